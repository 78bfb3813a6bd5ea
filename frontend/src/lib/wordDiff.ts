/** A stretch of text that both sides have, or that one side alone has. */
export interface DiffPart {
  kind: "same" | "added" | "removed";
  text: string;
}

const MAX_CELLS = 4_000_000;

/** Words, spaces, line ends and single signs, so that a moved full stop changes no word. */
function tokens(text: string): string[] {
  return text.match(/\n|[^\S\n]+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];
}

/** Length of the longest common subsequence of every pair of suffixes, row by row. */
function table(a: string[], b: string[]): Uint32Array {
  const width = b.length + 1;
  const cells = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number) => cells[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      cells[i * width + j] =
        a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  return cells;
}

function push(parts: DiffPart[], kind: DiffPart["kind"], text: string): void {
  if (!text) return;
  const last = parts.at(-1);
  if (last?.kind === kind) last.text += text;
  else parts.push({ kind, text });
}

function commonPrefix(a: string[], b: string[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length += 1;
  return length;
}

/** What changed between two texts, word by word. Very long and very different texts: as a whole. */
export function wordDiff(before: string, after: string): DiffPart[] {
  const a = tokens(before);
  const b = tokens(after);
  const head = commonPrefix(a, b);
  const tail = commonPrefix(a.slice(head).reverse(), b.slice(head).reverse());
  const parts: DiffPart[] = [];
  push(parts, "same", a.slice(0, head).join(""));
  compare(parts, a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  push(parts, "same", a.slice(a.length - tail).join(""));
  return parts;
}

function compare(parts: DiffPart[], a: string[], b: string[]): void {
  if (a.length * b.length > MAX_CELLS) {
    push(parts, "removed", a.join(""));
    push(parts, "added", b.join(""));
    return;
  }
  const cells = table(a, b);
  const width = b.length + 1;
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      push(parts, "same", a[i] ?? "");
      i += 1;
      j += 1;
    } else if ((cells[(i + 1) * width + j] ?? 0) >= (cells[i * width + j + 1] ?? 0)) {
      push(parts, "removed", a[i] ?? "");
      i += 1;
    } else {
      push(parts, "added", b[j] ?? "");
      j += 1;
    }
  }
  push(parts, "removed", a.slice(i).join(""));
  push(parts, "added", b.slice(j).join(""));
}
