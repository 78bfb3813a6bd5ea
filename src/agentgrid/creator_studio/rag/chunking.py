"""Cuts a document into passages along its structure.

A chunk never crosses a heading. Inside a section whole sentences, list items or table
rows are packed up to the token budget, and the next chunk starts with the last of them
again, so that an answer on a border is whole in one of the two. Every chunk is an exact
slice of the document's text; a heading's own line is carried by ``heading_path``.

Sizes: the bundled model reads 254 tokens. 200 tokens of text leave room for the title and
the headings that are embedded with it; 40 tokens of overlap are one or two sentences.
"""

import hashlib
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TypeAlias

from agentgrid.creator_studio.core import Chunk, ExtractedDocument
from agentgrid.creator_studio.rag.text.markdown import Block, blocks_of
from agentgrid.creator_studio.rag.text.sentences import Span, sentence_spans
from agentgrid.creator_studio.rag.text.tokens import CountTokens

DEFAULT_MAX_TOKENS = 200
DEFAULT_OVERLAP_TOKENS = 40

TITLE_CHARACTERS = 80
HEADINGS_CHARACTERS = 160
"""What of title and headings is embedded: about the 54 tokens that the text leaves."""

CHARACTERS_PER_TOKEN = 12
"""A token is taken to hold no more: WordPiece calls any word over 100 characters one token,
and a page of base64 must not become one endless chunk."""

CountMany: TypeAlias = Callable[[Sequence[str]], Sequence[int]]

# Scripts written without spaces: a long run of them may be cut between any two characters.
_ATOM = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0eff]|"
    r"[^\s\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0eff]{1,48}"
)


@dataclass(frozen=True, slots=True)
class _Unit:
    """What is not torn apart: a sentence, a list item, a table row, a line of code."""

    start: int
    end: int
    tokens: int = 0
    header: str = ""
    """The header of the table, for every row but the first."""
    header_tokens: int = 0


def chunk_document(
    document: ExtractedDocument,
    *,
    count_tokens: CountTokens,
    max_tokens: int = DEFAULT_MAX_TOKENS,
    overlap_tokens: int = DEFAULT_OVERLAP_TOKENS,
    count_many: CountMany | None = None,
) -> list[Chunk]:
    """Return the chunks in reading order; ``position`` counts from 0.

    ``count_many`` counts a list at once and replaces ``count_tokens`` when given
    (``MiniLmEmbedder.count_tokens_batch``). ``token_count`` is the sum over a chunk's units.
    The overlap is at least one unit, unless that alone is over half of ``max_tokens``.
    A unit longer than ``max_tokens`` is cut between lines, then words, then characters.

    Raises ``ValueError`` when the overlap is not under half of ``max_tokens``.
    """
    if max_tokens < 8 or not 0 <= overlap_tokens * 2 < max_tokens:
        raise ValueError("overlap_tokens must be at least 0 and less than half of max_tokens")
    text = document.text
    count = _counter(count_tokens, count_many, max_tokens)
    page_starts = _page_starts(document)
    chunks: list[Chunk] = []
    for path, units in _all_sections(document, text):
        sized = list(_sized(text, units, count, max_tokens))
        for first, last in _pack(sized, max_tokens, overlap_tokens):
            used = sized[first:last]
            start, end = used[0].start, used[-1].end
            body = text[start:end]
            chunks.append(
                Chunk(
                    position=len(chunks),
                    text=body,
                    page=_page_at(document, page_starts, start),
                    heading_path=path,
                    char_start=start,
                    char_end=end,
                    token_count=sum(unit.tokens for unit in used),
                    content_hash=_digest(path, used[0].header, body),
                    table_header=used[0].header,
                )
            )
    return chunks


def embedding_text(document_title: str, chunk: Chunk) -> str:
    """Return what is embedded for a chunk: title, headings, table header, then the text.

    A passage alone often does not say what it is about; its title and headings do.
    """
    title = document_title.strip()[:TITLE_CHARACTERS]
    # The title is often the first heading as well: once is enough.
    path = [heading for heading in chunk.heading_path if heading.strip() != title]
    # The nearest heading says most, so a long path loses its beginning.
    headings = " > ".join(path)[-HEADINGS_CHARACTERS:]
    parts = (title, headings, chunk.table_header, chunk.text)
    return "\n".join(part for part in parts if part)


def _digest(path: tuple[str, ...], header: str, body: str) -> str:
    return hashlib.sha256("\x00".join((*path, header, body)).encode()).hexdigest()


def _counter(count_tokens: CountTokens, count_many: CountMany | None, max_tokens: int) -> CountMany:
    """Wrap the counter: each distinct text once, and none that is too long at sight."""

    def at_least(text: str) -> int:
        return max(1, -(-len(text) // CHARACTERS_PER_TOKEN))

    def count(texts: Sequence[str]) -> list[int]:
        short = [text for text in dict.fromkeys(texts) if at_least(text) <= max_tokens]
        counted = count_many(short) if count_many else map(count_tokens, short)
        sizes = dict(zip(short, counted, strict=True))
        return [max(sizes.get(text, 0), at_least(text)) for text in texts]

    return count


# --- pages ----------------------------------------------------------------------------


def _page_starts(document: ExtractedDocument) -> list[int]:
    starts: list[int] = []
    position = 0
    for page in document.pages:
        starts.append(position)
        position += len(page.text) + 1
    return starts


def _page_at(document: ExtractedDocument, starts: list[int], position: int) -> int | None:
    page = document.pages[bisect_right(starts, position) - 1]
    return page.number if page.turnable else None


# --- sections and units ---------------------------------------------------------------

_Section: TypeAlias = tuple[tuple[str, ...], list[_Unit]]


def _all_sections(document: ExtractedDocument, text: str) -> Iterator[_Section]:
    """Yield (heading path, units); headings reach over pages, but not out of their file."""
    start = 0
    for (outer, kind), pages in groupby(document.pages, key=lambda page: (page.section, page.kind)):
        end = start + sum(len(page.text) + 1 for page in pages) - 1
        body = text[start:end]
        if kind == "code":
            sections: Iterator[_Section] = iter([((), _lines_of(body))])
        else:
            sections = _sections(body)
        for path, units in sections:
            yield (
                (*outer, *path),
                [replace(unit, start=unit.start + start, end=unit.end + start) for unit in units]
                if start
                else units,
            )
        start = end + 1


def _lines_of(text: str) -> list[_Unit]:
    return [_Unit(*span) for span in _line_spans(text, 0, len(text))]


def _sections(text: str) -> Iterator[_Section]:
    """Yield (heading path, units) for each run of blocks below one heading."""
    path: tuple[str, ...] = ()
    units: list[_Unit] = []
    heading: Block | None = None
    for block in blocks_of(text):
        if block.kind != "heading":
            units.extend(_units(text, block))
            continue
        if units:
            yield path, units
        elif heading and block.heading_path[: len(path)] != path:
            # A heading with nothing below it (a title slide) is itself the text.
            yield path[:-1], [_Unit(heading.start, heading.end)]
        path, units, heading = block.heading_path, [], block
    if units:
        yield path, units
    elif heading:
        yield path[:-1], [_Unit(heading.start, heading.end)]


def _units(text: str, block: Block) -> list[_Unit]:
    if block.kind == "table":
        return _rows(text, block)
    if block.kind == "code":
        return [_Unit(*span) for span in _line_spans(text, block.start, block.end)]
    if block.kind == "item":
        return [_Unit(block.start, block.end)]
    return [_Unit(*span) for span in sentence_spans(text, block.start, block.end)]


def _rows(text: str, block: Block) -> list[_Unit]:
    header = text[block.start : block.header_end]
    rows = _line_spans(text, block.header_end, block.end)
    if not header or not rows:
        return [_Unit(*span) for span in _line_spans(text, block.start, block.end)]
    # The first row carries the header in its own slice of the text.
    first = _Unit(block.start, rows[0][1])
    return [first, *(_Unit(start, end, header=header) for start, end in rows[1:])]


def _line_spans(text: str, start: int, end: int) -> list[Span]:
    spans: list[Span] = []
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        begin, finish = start, stop
        while begin < finish and text[begin].isspace():
            begin += 1
        while finish > begin and text[finish - 1].isspace():
            finish -= 1
        if begin < finish:
            spans.append((begin, finish))
        start = stop + 1
    return spans


# --- sizes ----------------------------------------------------------------------------


def _sized(text: str, units: list[_Unit], count: CountMany, max_tokens: int) -> Iterator[_Unit]:
    """Count the units and cut those that are over the budget."""
    counts = count([text[unit.start : unit.end] for unit in units])
    headers = list({unit.header for unit in units if unit.header})
    sizes = dict(zip(headers, count(headers), strict=True))
    for unit, tokens in zip(units, counts, strict=True):
        header_tokens = sizes.get(unit.header, 0)
        # A header that would leave the rows little room says less than the rows do.
        fits = header_tokens * 2 <= max_tokens
        header, header_tokens = (unit.header, header_tokens) if fits else ("", 0)
        room = max_tokens - header_tokens
        spans = [(unit.start, unit.end, tokens)]
        if tokens > room:
            spans = _cut(text, unit, count, room)
        for start, end, size in spans:
            yield _Unit(start, end, size, header, header_tokens)


def _cut(text: str, unit: _Unit, count: CountMany, room: int) -> list[tuple[int, int, int]]:
    """Cut a long unit into pieces of at most ``room`` tokens, at lines if they fit."""
    lines = _line_spans(text, unit.start, unit.end)
    counts = count([text[start:end] for start, end in lines])
    pieces: list[tuple[int, int, int]] = []
    for (start, end), tokens in zip(lines, counts, strict=True):
        if tokens <= room:
            pieces.append((start, end, tokens))
        else:
            pieces.extend(_cut_line(text, start, end, count, room))
    return pieces


def _cut_line(
    text: str, start: int, end: int, count: CountMany, room: int
) -> list[tuple[int, int, int]]:
    atoms = [match.span() for match in _ATOM.finditer(text, start, end)]
    counts = count([text[begin:finish] for begin, finish in atoms])
    pieces: list[tuple[int, int, int]] = []
    begin, finish, total = start, start, 0
    for (atom_start, atom_end), tokens in zip(atoms, counts, strict=True):
        if total and total + tokens > room:
            pieces.append((begin, finish, total))
            begin, total = atom_start, 0
        finish, total = atom_end, total + tokens
    pieces.append((begin, finish, total))
    return pieces


def _pack(units: list[_Unit], max_tokens: int, overlap_tokens: int) -> Iterator[tuple[int, int]]:
    """Yield (first, last) ranges of units, each within the budget."""
    first = 0
    while first < len(units):
        last, total = first + 1, units[first].header_tokens + units[first].tokens
        while last < len(units) and total + units[last].tokens <= max_tokens:
            total += units[last].tokens
            last += 1
        yield first, last
        if last == len(units):
            return
        first = _overlap_start(units, first, last, max_tokens, overlap_tokens)


def _overlap_start(
    units: list[_Unit], first: int, last: int, max_tokens: int, overlap_tokens: int
) -> int:
    """Return where the next chunk begins: before ``last`` by the overlap, after ``first``."""
    start, total = last, 0
    while overlap_tokens and start - 1 > first:
        unit = units[start - 1]
        allowed = overlap_tokens if start < last else max_tokens // 2
        new = total + unit.tokens
        if new > allowed or new + unit.header_tokens + units[last].tokens > max_tokens:
            break
        start, total = start - 1, new
    return start
