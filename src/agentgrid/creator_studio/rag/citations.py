"""Connects what an answer says with the passages it came from. Pure functions."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agentgrid.creator_studio.core import Citation, RetrievedChunk
from agentgrid.creator_studio.rag.markdown import blocks_of
from agentgrid.creator_studio.rag.sentences import Span, sentence_spans
from agentgrid.creator_studio.rag.terms import terms

SUPPORT = 0.6
"""Least share of a sentence's content words, by rarity, that a passage must hold to be
named as its source when the model named none."""

STRICT_SUPPORT = 0.8
"""The same for a small model, whose sentences are right only where they repeat a source."""

LEAST_TERMS = 2
"""A sentence of fewer content words ("Yes, gladly.") claims nothing that could be cited."""

_MARKER = re.compile(r"[ \t]?(?:\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\](?!\()|【(\d{1,3})[^】]{0,40}】)")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")


@dataclass(frozen=True, slots=True)
class _Match:
    """The sentences of a passage that support a claim best."""

    span: Span
    support: float


def citations_of(answer: str, sources: Sequence[RetrievedChunk]) -> tuple[Citation, ...]:
    """Return one citation for each source that a marker ``[n]`` in ``answer`` names.

    ``[n]`` means ``sources[n - 1]``; other numbers are ignored. The quote is what supports
    best one of the sentences that carry the marker. Ordered by number.
    """
    claims: dict[int, list[str]] = {}
    for start, end, numbers in _markers(answer):
        claim = _claim_before(answer, start, end)
        for number in numbers:
            if 1 <= number <= len(sources):
                claims.setdefault(number, []).append(claim)
    return tuple(citation(number, sources[number - 1], claims[number]) for number in sorted(claims))


def without_unknown_markers(answer: str, sources: Sequence[RetrievedChunk]) -> str:
    """Take out the numbers that name no source: a reader could not follow them."""

    def keep(match: re.Match[str]) -> str:
        numbers = _numbers(match)
        known = [number for number in numbers if 1 <= number <= len(sources)]
        if known == numbers:
            return match.group()
        lead = match.group()[: len(match.group()) - len(match.group().lstrip())]
        return lead + "".join(f"[{number}]" for number in known) if known else ""

    return _MARKER.sub(keep, answer)


def without_markers(answer: str) -> str:
    """Take out every marker."""
    return _MARKER.sub("", answer)


def attribute_sources(
    answer: str, sources: Sequence[RetrievedChunk]
) -> tuple[str, tuple[Citation, ...]]:
    """Find the sources of an answer without markers and write them in.

    A sentence is attributed to the passage that supports it best, if the support reaches
    ``SUPPORT`` and every number in the sentence stands in the passage. The marker goes
    after the sentence. Code and tables of the answer are left alone.
    """
    found: list[tuple[int, int, str]] = []
    for start, end in _sentences(answer):
        sentence = answer[start:end]
        number = _best_source(sentence, sources)
        if number:
            found.append((end, number, sentence))
    written, position = [], 0
    for index, (end, number, _) in enumerate(found):
        written.append(answer[position:end])
        position = end
        # Of neighbouring sentences from one source, only the last carries the marker.
        following = found[index + 1] if index + 1 < len(found) else None
        if following is None or following[1] != number or "\n" in answer[end : following[0]]:
            written.append(f" [{number}]")
    written.append(answer[position:])
    claims: dict[int, list[str]] = {}
    for _, number, sentence in found:
        claims.setdefault(number, []).append(sentence)
    cited = tuple(citation(n, sources[n - 1], claims[n]) for n in sorted(claims))
    return "".join(written), cited


def supported_part(answer: str, sources: Sequence[RetrievedChunk]) -> str:
    """Return the sentences of ``answer`` that a source supports by ``STRICT_SUPPORT``, or ""."""
    sentences = [answer[start:end] for start, end in _sentences(answer)]
    return " ".join(each for each in sentences if _best_source(each, sources, STRICT_SUPPORT))


class CitationMatcher:
    """Finds the markers of an answer while it is streamed.

    ``feed`` takes each piece and returns the citations that it completed, each number
    once. ``citations_of`` over the whole answer may choose better quotes.
    """

    def __init__(self, sources: Sequence[RetrievedChunk]) -> None:
        self._sources = sources
        self._text = ""
        self._scanned = 0
        self._named: set[int] = set()

    def feed(self, piece: str) -> tuple[Citation, ...]:
        self._text += piece
        found: list[Citation] = []
        for start, end, numbers in _markers(self._text, self._scanned):
            if end == len(self._text):
                break  # "[1]" may turn out to be the link "[1](..."
            found += self._cite(start, end, numbers)
            self._scanned = end
        return tuple(found)

    def finish(self) -> tuple[Citation, ...]:
        """Say that the answer is complete; returns what its last characters named."""
        found: list[Citation] = []
        for start, end, numbers in _markers(self._text, self._scanned):
            found += self._cite(start, end, numbers)
        self._scanned = len(self._text)
        return tuple(found)

    def _cite(self, start: int, end: int, numbers: Iterable[int]) -> list[Citation]:
        found: list[Citation] = []
        for number in numbers:
            if 1 <= number <= len(self._sources) and number not in self._named:
                self._named.add(number)
                claim = _claim_before(self._text, start, end)
                found.append(citation(number, self._sources[number - 1], [claim]))
        return found


def citation(number: int, source: RetrievedChunk, claims: Sequence[str]) -> Citation:
    """Cite ``source`` for ``claims``; the quote is the place that supports one of them best."""
    chunk = source.chunk
    matches = [_best_place(claim, chunk.text) for claim in claims] or [_best_place("", chunk.text)]
    start, end = max(matches, key=lambda match: match.support).span
    return Citation(
        number=number,
        chunk_id=chunk.chunk_id,
        file_id=chunk.file_id,
        file_name=chunk.file_name,
        page=chunk.page,
        char_start=chunk.char_start + start,
        char_end=chunk.char_start + end,
        quote=chunk.text[start:end],
        confidence=source.confidence,
        heading_path=chunk.heading_path,
    )


# --- markers and sentences of the answer ----------------------------------------------


def _numbers(match: re.Match[str]) -> list[int]:
    return [int(number) for number in (match.group(1) or match.group(2)).split(",")]


def _markers(answer: str, start: int = 0) -> Iterable[tuple[int, int, list[int]]]:
    code = [(b.start, b.end) for b in blocks_of(answer) if b.kind == "code"]
    for match in _MARKER.finditer(answer, start):
        if not any(begin <= match.start() < end for begin, end in code):
            yield match.start(), match.end(), _numbers(match)


def _claim_before(answer: str, start: int, end: int) -> str:
    """Return the sentence that a marker stands in or directly behind."""
    line = answer.rfind("\n", 0, start) + 1
    stop = answer.find("\n", end)
    stop = len(answer) if stop < 0 else stop
    plain = without_markers(answer[line:start])
    before = sentence_spans(plain)
    if not before:
        return without_markers(answer[end:stop])
    begin, finish = before[-1]
    claim = plain[begin:finish]
    if claim[-1] in ".!?。":
        return claim
    # The marker stands inside the sentence: what follows belongs to the claim as well.
    rest = without_markers(answer[end:stop])
    after = sentence_spans(rest)
    return claim + " " + rest[: after[0][1]] if after else claim


def _sentences(answer: str) -> list[Span]:
    return [
        span
        for block in blocks_of(answer)
        if block.kind in {"paragraph", "item"}
        for span in sentence_spans(answer, block.start, block.end)
    ]


# --- support --------------------------------------------------------------------------


def _best_source(sentence: str, sources: Sequence[RetrievedChunk], least: float = SUPPORT) -> int:
    """Return the number of the source that supports ``sentence``, or 0."""
    said = set(terms(sentence))
    if len(said) < LEAST_TERMS or sentence.rstrip().endswith("?"):
        return 0
    figures = set(_NUMBER.findall(sentence))
    held = [set(terms(_whole(source))) for source in sources]
    rarity = {
        term: math.log(1 + len(held) / (0.5 + sum(term in words for words in held)))
        for term in said
    }
    total = sum(rarity.values())
    best, support = 0, 0.0
    for number, (source, words) in enumerate(zip(sources, held, strict=True), start=1):
        if not figures <= set(_NUMBER.findall(source.chunk.text)):
            continue
        share = sum(rarity[term] for term in said & words) / total
        if share >= least and share > support:
            best, support = number, share
    return best


def _whole(source: RetrievedChunk) -> str:
    return " ".join((*source.chunk.heading_path, source.chunk.text))


def _best_place(claim: str, passage: str) -> _Match:
    """Return the sentence, or two neighbours, of ``passage`` that says most of ``claim``."""
    spans = _passage_spans(passage)
    said = set(terms(claim))
    figures = set(_NUMBER.findall(claim))
    words = [set(terms(passage[start:end])) for start, end in spans]
    numbers = [set(_NUMBER.findall(passage[start:end])) for start, end in spans]
    best = _Match(spans[0], 0.0)
    for width in (1, 2):
        for first in range(len(spans) - width + 1):
            held = set[str]().union(*words[first : first + width])
            shown = set[str]().union(*numbers[first : first + width])
            shared = len(said & held) + len(figures & shown)
            # Two sentences must say clearly more than one to be worth the longer quote.
            value = shared / max(1, len(said) + len(figures)) - 0.15 * (width - 1)
            value += 0.01 * shared / max(1, len(held))
            if shared and value > best.support:
                best = _Match((spans[first][0], spans[first + width - 1][1]), value)
    return best


def _passage_spans(passage: str) -> list[Span]:
    spans: list[Span] = []
    for block in blocks_of(passage):
        if block.kind in {"table", "code"}:
            start = block.start
            for line in passage[block.start : block.end].split("\n"):
                if line.strip():
                    spans.append((start, start + len(line)))
                start += len(line) + 1
        else:
            spans += sentence_spans(passage, block.start, block.end)
    return spans or [(0, len(passage))]
