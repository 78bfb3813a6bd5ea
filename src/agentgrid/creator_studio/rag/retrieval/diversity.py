"""What is shown of a ranking: nothing twice, not everything from one page, no torn ends."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from agentgrid.creator_studio.core import IndexedChunk, RetrievedChunk

DUPLICATE_SHARE: Final = 0.5
"""Two passages of a file that share more of the shorter one are the same to a reader.
Chunks overlap by a fifth, so plain neighbours stay."""

ALIKE: Final = 0.9
"""Share of common words from which two passages say the same, wherever they stand."""

FROM_ONE_PLACE: Final = 3
"""Passages of one page or section before those of other places come."""

MOST_NEIGHBOURS: Final = 2

_ENDS = (".", "!", "?", "…", ":", "。", "！", "？", "।", '"', "”", "»", "」", ")")  # noqa: RUF001


def without_duplicates(
    ranked: Iterable[RetrievedChunk], most: int | None = None
) -> list[RetrievedChunk]:
    """Drop passages that repeat a better one: the same words, or mostly the same place.

    Looks no further once ``most`` are left.
    """
    kept: list[RetrievedChunk] = []
    words: list[frozenset[str]] = []
    for candidate in ranked:
        own = frozenset(candidate.chunk.text.split())
        if any(
            _same_place(candidate.chunk, other.chunk) or _alike(own, theirs)
            for other, theirs in zip(kept, words, strict=True)
        ):
            continue
        kept.append(candidate)
        words.append(own)
        if len(kept) == most:
            break
    return kept


def _same_place(one: IndexedChunk, other: IndexedChunk) -> bool:
    if one.file_id != other.file_id:
        return False
    shared = min(one.char_end, other.char_end) - max(one.char_start, other.char_start)
    shorter = min(one.char_end - one.char_start, other.char_end - other.char_start)
    return shared > DUPLICATE_SHARE * shorter


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    smaller, larger = sorted((len(one), len(other)))
    if smaller < ALIKE * larger:
        return False
    common = len(one & other)
    return common >= ALIKE * (len(one) + len(other) - common)


def spread_out(ranked: Sequence[RetrievedChunk], worth: float) -> list[RetrievedChunk]:
    """Let other places come before the fourth passage of one page or section.

    Only those with a confidence of ``worth`` overtake; otherwise the order stays.
    """
    seen: Counter[tuple[UUID, int | None, tuple[str, ...]]] = Counter()
    first: list[RetrievedChunk] = []
    crowded: list[RetrievedChunk] = []
    rest: list[RetrievedChunk] = []
    for each in ranked:
        place = (each.chunk.file_id, each.chunk.page, each.chunk.heading_path)
        seen[place] += 1
        if seen[place] > FROM_ONE_PLACE:
            crowded.append(each)
        elif crowded and each.confidence < worth:
            rest.append(each)
        else:
            first.append(each)
    return [*first, *sorted((*crowded, *rest), key=lambda each: -each.score)]


def torn_places(
    chosen: Sequence[RetrievedChunk], worth: float
) -> dict[tuple[UUID, int], RetrievedChunk]:
    """Places (file, position) that go on where a good passage was cut, with that passage."""
    known = {(each.chunk.file_id, each.chunk.position) for each in chosen}
    wanted: dict[tuple[UUID, int], RetrievedChunk] = {}
    for each in chosen[:MOST_NEIGHBOURS]:
        if each.confidence < worth:
            continue
        chunk = each.chunk
        text = chunk.text.strip()
        if text and not text.endswith(_ENDS):
            wanted.setdefault((chunk.file_id, chunk.position + 1), each)
        if text[:1].islower():
            wanted.setdefault((chunk.file_id, chunk.position - 1), each)
    return {place: each for place, each in wanted.items() if place not in known}


def with_neighbours(
    chosen: Sequence[RetrievedChunk],
    found: Sequence[IndexedChunk],
    torn: dict[tuple[UUID, int], RetrievedChunk],
    *,
    limit: int,
    worth: float,
) -> list[RetrievedChunk]:
    """Add what goes on where a passage was cut, at the end.

    It takes free places, or those of passages below ``worth``; none that may matter is lost.
    """
    added = [
        replace(
            torn[(chunk.file_id, chunk.position)],
            chunk=chunk,
            # It was not found by itself; it is as useful as what it completes, at most half.
            confidence=torn[(chunk.file_id, chunk.position)].confidence / 2,
            rerank_score=None,
            neighbour=True,
        )
        for chunk in found
        if chunk.heading_path == torn[(chunk.file_id, chunk.position)].chunk.heading_path
    ][:MOST_NEIGHBOURS]
    kept = list(chosen)
    while len(kept) + len(added) > limit and kept and kept[-1].confidence < worth:
        kept.pop()
    return [*kept, *added[: max(0, limit - len(kept))]]
