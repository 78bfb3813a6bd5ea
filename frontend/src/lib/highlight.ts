/** A stretch of text; `hit` where it is one of the words looked for. */
export interface Piece {
  text: string;
  hit: boolean;
}

const WORD = /[\p{L}\p{N}]+/gu;
const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;
const STOP = new Set(
  "the and for are was were has have had that this with from what when where which who how why does did can could would should will not you your our their its into than then there about der die das und ist ein eine wie was wer den dem les des une est que qui".split(
    " ",
  ),
);
const SHORTEST = 3;
const STEM = 4;

function fold(word: string): string {
  return word.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** Two forms of one word: "visits" and "visit", "opening" and "opens". */
function sameWord(a: string, b: string): boolean {
  if (a === b) return true;
  if (/\d/.test(a) || /\d/.test(b)) return false;
  const shorter = Math.min(a.length, b.length);
  const stem = Math.max(STEM, shorter - 2);
  return (
    shorter >= STEM && Math.abs(a.length - b.length) <= 4 && a.slice(0, stem) === b.slice(0, stem)
  );
}

function termsOf(queries: readonly string[]): { words: string[]; bigrams: Set<string> } {
  const words = new Set<string>();
  const bigrams = new Set<string>();
  for (const word of queries.flatMap((query) => query.match(WORD) ?? [])) {
    const folded = fold(word);
    if (CJK.test(word)) {
      const signs = [...word];
      for (let at = 0; at + 1 < signs.length; at += 1) {
        bigrams.add(`${signs[at]}${signs[at + 1]}`);
      }
    } else if (folded.length >= SHORTEST ? !STOP.has(folded) : /\d/.test(folded)) {
      words.add(folded);
    }
  }
  return { words: [...words], bigrams };
}

function cjkPieces(word: string, bigrams: Set<string>): Piece[] {
  const signs = [...word];
  const hits = signs.map(
    (sign, at) =>
      bigrams.has(`${sign}${signs[at + 1] ?? ""}`) || bigrams.has(`${signs[at - 1] ?? ""}${sign}`),
  );
  return signs.map((sign, at) => ({ text: sign, hit: hits[at] ?? false }));
}

/** Cuts a text so that the words of the queries stand out. */
export function highlight(text: string, queries: readonly string[]): Piece[] {
  const { words, bigrams } = termsOf(queries);
  const pieces: Piece[] = [];
  const push = (piece: Piece) => {
    const last = pieces.at(-1);
    if (last && last.hit === piece.hit) last.text += piece.text;
    else if (piece.text) pieces.push({ ...piece });
  };
  let end = 0;
  for (const match of text.matchAll(WORD)) {
    push({ text: text.slice(end, match.index), hit: false });
    const word = match[0];
    end = match.index + word.length;
    if (CJK.test(word)) for (const piece of cjkPieces(word, bigrams)) push(piece);
    else push({ text: word, hit: words.some((known) => sameWord(fold(word), known)) });
  }
  push({ text: text.slice(end), hit: false });
  return pieces;
}
