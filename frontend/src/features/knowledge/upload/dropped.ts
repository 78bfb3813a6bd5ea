/** Files that systems put beside yours and that nobody means to add. */
function isClutter(name: string): boolean {
  return name.startsWith(".") || name === "Thumbs.db" || name === "desktop.ini";
}

function isClutterFolder(name: string): boolean {
  return name.startsWith(".") || name === "__MACOSX" || name === "node_modules";
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** A folder's entries; the browser hands them out in portions, and an empty one is the last. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return all;
    all.push(...some);
  }
}

async function filesIn(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile) {
    return isClutter(entry.name) ? [] : [await fileOf(entry as FileSystemFileEntry)];
  }
  if (isClutterFolder(entry.name)) return [];
  const files: File[] = [];
  for (const child of await childrenOf(entry as FileSystemDirectoryEntry)) {
    files.push(...(await filesIn(child)));
  }
  return files;
}

/** Everything that was dropped, with what lies in dropped folders. */
export async function droppedFiles(data: DataTransfer): Promise<File[]> {
  // The items are gone once the event is over, so all entries are taken before anything is awaited.
  const entries = [...data.items].flatMap((item) => item.webkitGetAsEntry?.() ?? []);
  if (entries.length === 0) return [...data.files];
  const found = await Promise.all(entries.map(filesIn));
  return found.flat();
}

/** What a folder chosen in a dialog holds. */
export function chosenFiles(files: Iterable<File>): File[] {
  return [...files].filter((file) => {
    const path: string | undefined = file.webkitRelativePath;
    const folders = (path ?? "").split("/").slice(0, -1);
    return !isClutter(file.name) && !folders.some(isClutterFolder);
  });
}
