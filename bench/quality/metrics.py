"""Measures of a ranking. Documents are ranked by their best passage."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

DEPTH = 10


def ndcg(ranked: Sequence[str], grades: Mapping[str, int], depth: int = DEPTH) -> float:
    """Normalised discounted cumulative gain with linear gains, as BEIR and trec_eval report."""
    gains = [grades.get(each, 0) for each in ranked[:depth]]
    ideal = sorted(grades.values(), reverse=True)[:depth]
    return _discounted(gains) / _discounted(ideal)


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 2) for rank, gain in enumerate(gains))


def recall(ranked: Sequence[str], grades: Mapping[str, int], depth: int = DEPTH) -> float:
    """Share of the relevant documents among the first ``depth``."""
    return sum(each in grades for each in ranked[:depth]) / len(grades)


def area_under_curve(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Chance that a positive scores above a negative; ties count half."""
    order: NDArray[np.float64] = np.sort(np.asarray(negative, np.float64))
    below = np.searchsorted(order, positive, "left")
    upto = np.searchsorted(order, positive, "right")
    return float((below + upto).sum() / 2 / (len(positive) * len(negative)))
