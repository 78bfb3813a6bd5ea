import { describe, expect, it } from "vitest";
import { chosenFiles, droppedFiles } from "./dropped";

interface Tree {
  [name: string]: Tree | null;
}

/** A file or folder as a browser hands it over; folders give their entries two at a time. */
function entry(name: string, tree: Tree | null): FileSystemEntry {
  if (tree === null) {
    const file = (done: (file: File) => void) => done(new File(["x"], name));
    return { name, isFile: true, isDirectory: false, file } as unknown as FileSystemEntry;
  }
  const children = Object.entries(tree).map(([child, below]) => entry(child, below));
  const createReader = () => {
    const left = [...children];
    return { readEntries: (done: (some: FileSystemEntry[]) => void) => done(left.splice(0, 2)) };
  };
  return { name, isFile: false, isDirectory: true, createReader } as unknown as FileSystemEntry;
}

function transfer(tree: Tree): DataTransfer {
  const items = Object.entries(tree).map(([name, below]) => ({
    webkitGetAsEntry: () => entry(name, below),
  }));
  return { items, files: [] } as unknown as DataTransfer;
}

describe("droppedFiles", () => {
  it("takes what lies in dropped folders, however deep and many", async () => {
    const files = await droppedFiles(
      transfer({
        "a.pdf": null,
        reports: { "1.md": null, "2.md": null, "3.md": null, old: { "0.md": null } },
      }),
    );
    expect(files.map((file) => file.name)).toEqual(["a.pdf", "1.md", "2.md", "3.md", "0.md"]);
  });

  it("leaves what systems put beside them", async () => {
    const files = await droppedFiles(
      transfer({ ".DS_Store": null, ".git": { config: null }, a: { "Thumbs.db": null, b: null } }),
    );
    expect(files.map((file) => file.name)).toEqual(["b"]);
  });
});

it("leaves hidden folders out of a folder that is chosen", () => {
  const file = (path: string) =>
    Object.defineProperty(new File(["x"], path.split("/").at(-1) ?? ""), "webkitRelativePath", {
      value: path,
    });
  const chosen = chosenFiles([file("a/b.md"), file("a/.git/c.md"), file("a/__MACOSX/d.md")]);
  expect(chosen.map(({ name }) => name)).toEqual(["b.md"]);
});
