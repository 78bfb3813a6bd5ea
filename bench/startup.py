"""Seconds from the command to the line "AgentGrid is ready"."""

from statistics import median

from bench.product import running, temporary_folder
from bench.report import Figure, Target

SECOND_STARTS = 3
MOST_SECONDS = 10.0


def measure() -> list[Figure]:
    """An empty data folder first, then the same folder again, model and all."""
    with temporary_folder() as folder:
        with running(folder, with_model=True) as product:
            first = product.ready_seconds
        later: list[float] = []
        for _ in range(SECOND_STARTS):
            with running(folder, with_model=True) as product:
                later.append(product.ready_seconds)
    return [
        Figure("startup", "first start, empty data folder", first, "s"),
        Figure("startup", "second start", median(later), "s", target=Target(at_most=MOST_SECONDS)),
    ]
