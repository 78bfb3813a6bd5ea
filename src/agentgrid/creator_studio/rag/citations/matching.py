"""Connects what an answer says with the passages it came from. Pure functions."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agentgrid.creator_studio.core import Citation, RetrievedChunk
from agentgrid.creator_studio.rag.citations.support import (
    best_supporter,
    check_claim,
    is_negated,
    missing_figures,
    nearest,
    term_share,
)
from agentgrid.creator_studio.rag.text.markdown import blocks_of
from agentgrid.creator_studio.rag.text.sentences import Span, sentence_spans
from agentgrid.creator_studio.rag.text.terms import terms

SUPPORT = 0.6
"""Least share of a sentence's content words, by rarity, that a passage must hold to be
named as its source when the model named none."""

STRICT_SUPPORT = 0.8
"""Least share of its content words that one sentence shown to a small model must have: such
a model is right only where it repeats what it read."""

LEAST_TERMS = 2
"""A sentence of fewer content words ("Yes, gladly.") claims nothing that could be cited."""

_MARKER = re.compile(r"[ \t]?(?:\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\](?!\()|【(\d{1,3})[^】]{0,40}】)")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")


SURE = 0.7
"""How sure it must be that another passage says what the cited one does not, before the
marker is set right instead of taken out."""


@dataclass(frozen=True, slots=True)
class CheckedAnswer:
    """An answer whose citations were compared with their passages.

    ``claims`` is how many citations the model made, ``supported`` how many stayed.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    claims: int = 0
    supported: int = 0

    @property
    def removed(self) -> int:
        return self.claims - self.supported


def checked_answer(answer: str, sources: Sequence[RetrievedChunk]) -> CheckedAnswer:
    """Keep the markers ``[n]`` whose passage says the sentence that carries them.

    ``[n]`` means ``sources[n - 1]``. Where another passage surely says it, the marker is set
    right; otherwise it is taken out, and so are numbers that name no source. The citations
    are ordered by number.
    """
    written: list[str] = []
    claims: dict[int, list[str]] = {}
    position, made, kept = 0, 0, 0
    for start, end, numbers in _markers(answer):
        claim = _claim_before(answer, start, end)
        known = [number for number in numbers if 1 <= number <= len(sources)]
        right = list(dict.fromkeys(filter(None, (_right(n, claim, sources) for n in known))))
        for number in right:
            claims.setdefault(number, []).append(claim)
        made, kept = made + len(known), kept + len(right)
        written += [answer[position:start], _rewritten(answer[start:end], numbers, right)]
        position = end
    text = "".join([*written, answer[position:]])
    cited = tuple(
        citation(number, sources[number - 1], claims[number]) for number in sorted(claims)
    )
    return CheckedAnswer(text, cited, made, kept)


def _right(number: int, claim: str, sources: Sequence[RetrievedChunk]) -> int:
    """The number of the source that says ``claim``, ``number`` first; 0 without one."""
    if check_claim(claim, sources[number - 1]).supported:
        return number
    other, verdict = best_supporter(claim, sources)
    return other if verdict.confidence >= SURE else 0


def _rewritten(marker: str, numbers: list[int], right: list[int]) -> str:
    if numbers == right:
        return marker
    lead = marker[: len(marker) - len(marker.lstrip())]
    return lead + "".join(f"[{number}]" for number in right) if right else ""


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


def supported_part(answer: str, shown: str) -> str:
    """Return the sentences of ``answer`` that repeat one sentence of ``shown``, or "".

    ``shown`` is all that a small model was given to read. It joins the words of one sentence
    to things that another says; so what it says must stand together.
    """
    given = [shown[start:end] for start, end in sentence_spans(shown)]
    said = [answer[start:end] for start, end in _sentences(answer)]
    return " ".join(each for each in said if any(_repeats(each, one) for one in given))


def _repeats(sentence: str, given: str) -> bool:
    if missing_figures(sentence, given) or is_negated(sentence) != is_negated(given):
        return False
    return (term_share(sentence, given) or 0.0) >= STRICT_SUPPORT


class CitationMatcher:
    """Finds the markers of an answer while it is streamed.

    ``feed`` takes each piece and returns the citations that it completed, each number
    once and only if its passage says what it is cited for. ``checked_answer`` over the whole
    answer may choose better quotes.
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
            if not 1 <= number <= len(self._sources) or number in self._named:
                continue
            source, claim = self._sources[number - 1], _claim_before(self._text, start, end)
            if check_claim(claim, source).supported:
                self._named.add(number)
                found.append(citation(number, source, [claim]))
        return found


_OPEN_MARKER = re.compile(r"[ \t]?(?:\[[\d,\s]{0,20}(?:\])?|【[^】]{0,45})?$")


class MarkerStripper:
    """Takes the markers out of an answer while it is streamed.

    What may be the beginning of a marker is held back until it is clear.
    """

    def __init__(self) -> None:
        self._held = ""

    def feed(self, piece: str) -> str:
        """Return what can be shown of everything fed so far and not yet returned."""
        text = self._held + piece
        open_at = _OPEN_MARKER.search(text)
        keep = open_at.start() if open_at is not None else len(text)
        self._held = text[keep:]
        return without_markers(text[:keep])

    def finish(self) -> str:
        """Say that the answer is complete; returns what was held back."""
        rest, self._held = without_markers(self._held), ""
        return rest


def citation(number: int, source: RetrievedChunk, claims: Sequence[str]) -> Citation:
    """Cite ``source`` for ``claims`` (at least one).

    The quote is the place that is nearest to the claim it supports best; the confidence says
    how sure it is that the passage says it.
    """
    chunk = source.chunk
    sure, claim = max((check_claim(each, source).confidence, each) for each in claims)
    start, end = nearest(claim, chunk.text).span
    return Citation(
        number=number,
        chunk_id=chunk.chunk_id,
        file_id=chunk.file_id,
        file_name=chunk.file_name,
        page=chunk.page,
        char_start=chunk.char_start + start,
        char_end=chunk.char_start + end,
        quote=chunk.text[start:end],
        confidence=sure,
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


def _best_source(sentence: str, sources: Sequence[RetrievedChunk]) -> int:
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
        if share >= SUPPORT and share > support and check_claim(sentence, source).supported:
            best, support = number, share
    return best


def _whole(source: RetrievedChunk) -> str:
    return " ".join((*source.chunk.heading_path, source.chunk.text))
