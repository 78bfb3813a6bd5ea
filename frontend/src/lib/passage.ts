/** A part of a text; its positions count code points, as the server's do. */
export interface Window {
  text: string;
  start: number;
}

export interface Marked {
  before: string;
  passage: string;
  after: string;
}

const MARGIN = 1500;

/** What to load so that a passage stands in its surroundings. */
export function windowAround(
  start: number,
  end: number,
  extra = 0,
): { start: number; end: number } {
  return { start: Math.max(0, start - MARGIN - extra), end: end + MARGIN + extra };
}

/** Cuts a loaded part at a passage's borders. JavaScript counts UTF-16 units, so it is spread. */
export function mark({ text, start }: Window, from: number, to: number): Marked {
  const points = [...text];
  const a = Math.min(points.length, Math.max(0, from - start));
  const b = Math.min(points.length, Math.max(a, to - start));
  return {
    before: points.slice(0, a).join(""),
    passage: points.slice(a, b).join(""),
    after: points.slice(b).join(""),
  };
}
