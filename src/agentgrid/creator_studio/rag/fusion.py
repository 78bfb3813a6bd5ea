"""Merges ranked lists and scores. Pure functions."""

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T", bound=Hashable)

RRF_K = 60


def reciprocal_rank_fusion(
    lists: Sequence[Sequence[T]], *, k: int = RRF_K, weights: Sequence[float] | None = None
) -> list[tuple[T, float]]:
    """Return (item, score) best first; score = sum of weight / (k + rank), rank from 1.

    Only ranks count, so lists whose scores mean different things can be merged. Ties keep
    the order of first appearance. Cormack, Clarke and Büttcher, SIGIR 2009.
    """
    chosen = weights if weights is not None else [1.0] * len(lists)
    scores: dict[T, float] = {}
    for ranked, weight in zip(lists, chosen, strict=True):
        for rank, item in enumerate(dict.fromkeys(ranked), start=1):
            scores[item] = scores.get(item, 0.0) + weight / (k + rank)
    return sorted(scores.items(), key=lambda pair: -pair[1])


def standardised(scores: Mapping[T, float]) -> dict[T, float]:
    """Return the scores with mean 0 and standard deviation 1 (all 0 when they are equal)."""
    if not scores:
        return {}
    # Not the statistics module: its exact fractions cost more than the rest of a search.
    mean = math.fsum(scores.values()) / len(scores)
    spread = math.sqrt(math.fsum((score - mean) ** 2 for score in scores.values()) / len(scores))
    return {item: (score - mean) / spread if spread else 0.0 for item, score in scores.items()}


def score_fusion(
    lists: Sequence[Mapping[T, float]], *, weights: Sequence[float] | None = None
) -> dict[T, float]:
    """Return the weighted sum of the standardised scores of each list.

    An item that a list lacks gets that list's lowest score: it was found no better.
    """
    chosen = weights if weights is not None else [1.0] * len(lists)
    items = dict.fromkeys(item for scores in lists for item in scores)
    fused = dict.fromkeys(items, 0.0)
    for scores, weight in zip(lists, chosen, strict=True):
        normal = standardised(scores)
        lowest = min(normal.values(), default=0.0)
        for item in items:
            fused[item] += weight * normal.get(item, lowest)
    return fused
