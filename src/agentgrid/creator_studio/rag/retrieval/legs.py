"""Runs the legs of a search beside each other, within a time budget, and notes how it went."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from agentgrid.creator_studio.core import IndexedChunk, LegName, LegReport, ModelError

Leg = Coroutine[Any, Any, list[IndexedChunk]]


@dataclass(frozen=True, slots=True)
class LegResult:
    leg: LegName
    chunks: list[IndexedChunk]
    time_ms: float
    late: bool
    failed: str | None = None

    def report(self, query: int, weight: float) -> LegReport:
        used = 0.0 if self.late or self.failed else weight
        return LegReport(
            query, self.leg, len(self.chunks), self.time_ms, used, self.late, self.failed
        )


class Budget:
    """What is left of a time budget. Without one there is always enough.

    Measured with the event loop's own clock: it bounds waiting, and is not reported.
    """

    def __init__(self, budget_ms: float | None) -> None:
        self._loop = asyncio.get_running_loop()
        self._end = None if budget_ms is None else self._loop.time() + budget_ms / 1000

    @property
    def seconds_left(self) -> float | None:
        return None if self._end is None else max(0.0, self._end - self._loop.time())


async def run_legs(
    legs: Sequence[tuple[LegName, Leg]], budget: Budget, clock: Callable[[], float]
) -> list[LegResult]:
    """Run all; those not back in time are cancelled and marked late.

    A model that fails leaves its leg empty, and the others go on: words need no model. Any
    other error of a leg is raised, and ends the others.
    """
    began = clock()
    ends: dict[int, float] = {}
    failures: dict[int, str] = {}

    async def timed(number: int, leg: Leg) -> list[IndexedChunk]:
        found: list[IndexedChunk] = []
        try:
            found = await leg
        except ModelError as error:
            failures[number] = str(error)
        ends[number] = clock()
        return found

    tasks = [asyncio.create_task(timed(number, leg)) for number, (_, leg) in enumerate(legs)]
    try:
        await asyncio.wait(tasks, timeout=budget.seconds_left, return_when=asyncio.FIRST_EXCEPTION)
        for task in tasks:
            if task.done() and (error := task.exception()) is not None:
                raise error
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    now = clock()
    return [
        LegResult(
            leg=name,
            chunks=task.result() if number in ends else [],
            time_ms=(ends.get(number, now) - began) * 1000,
            late=number not in ends,
            failed=failures.get(number),
        )
        for number, ((name, _), task) in enumerate(zip(legs, tasks, strict=True))
    ]
