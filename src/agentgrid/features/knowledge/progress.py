"""How far each stage of a file is, as it is stored and shown.

Stages stand in the order in which they run. Passages are found by their words as soon as
they are indexed; embedding comes last, since it takes most of the time.
"""

import time
from collections.abc import Callable, Sequence
from typing import Final, Literal, TypeAlias, TypedDict, cast

StageName: TypeAlias = Literal["extracting", "chunking", "indexing", "embedding"]
StageState: TypeAlias = Literal["waiting", "running", "done", "failed"]

NAMES: Final[tuple[StageName, ...]] = ("extracting", "chunking", "indexing", "embedding")

_SHARES: Final[dict[StageName, tuple[float, float]]] = {
    "extracting": (0.0, 0.25),
    "chunking": (0.25, 0.3),
    "indexing": (0.3, 0.35),
    "embedding": (0.35, 1.0),
}
"""Where on the way of the whole file a stage begins and ends."""


class Stage(TypedDict):
    name: StageName
    state: StageState
    progress: float
    time_ms: int | None
    detail: str | None


def stages_of(stored: Sequence[object]) -> list[Stage]:
    """The stages as they were stored; all waiting for a file that nobody took up yet."""
    known = {stage["name"]: stage.copy() for stage in cast("Sequence[Stage]", stored)}
    return [known.get(name) or _waiting(name) for name in NAMES]


def reopened(stored: Sequence[object]) -> list[Stage]:
    """The stages of a file that is tried again: what failed waits, what is done stays."""
    return [
        stage if stage["state"] == "done" else _waiting(stage["name"])
        for stage in stages_of(stored)
    ]


def stopped(stored: Sequence[object]) -> tuple[list[Stage], StageName | None]:
    """The stages of a file whose work somebody stopped, and the one that ran."""
    stages = stages_of(stored)
    name: StageName | None = None
    for stage in stages:
        if stage["state"] == "running":
            stage["state"] = "failed"
            name = stage["name"]
    return stages, name


class Progress:
    """The stages of one file while a worker brings it on."""

    def __init__(
        self,
        stored: Sequence[object],
        reached: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stages = {stage["name"]: stage for stage in stages_of(stored)}
        self._reached = reached
        self._clock = clock
        self._began = clock()
        self._before = 0
        self.current: StageName | None = None

    def begin(self, name: StageName) -> dict[str, object]:
        """The stage runs; what is to be stored of it."""
        stage = self._stages[name]
        self.current = name
        self._began = self._clock()
        self._before = stage["time_ms"] or 0 if stage["state"] != "done" else 0
        stage["state"] = "running"
        return self._values(0.0)

    def at(self, done: int, total: int, detail: str | None) -> dict[str, object]:
        """The running stage has done so much of so much."""
        if self.current is None:
            return {}
        self._stages[self.current]["detail"] = detail
        return self._values(done / max(1, total))

    def end(self, detail: str | None) -> dict[str, object]:
        """The running stage is done."""
        if self.current is None:
            return {}
        self._stages[self.current]["state"] = "done"
        self._stages[self.current]["detail"] = detail
        return self._values(1.0)

    def pause(self) -> dict[str, object]:
        """The running stage waits for a worker to go on with it."""
        for stage in self._stages.values():
            if stage["state"] == "running":
                stage["state"] = "waiting"
        return {"stages": self.stored()}

    def fail(self) -> dict[str, object]:
        """The running stage failed, also one that a worker left which died."""
        if self.current is not None:
            self._stages[self.current]["time_ms"] = self._time()
        stages, name = stopped(self.stored())
        return {"failed_stage": name, "stages": stages}

    def stored(self) -> list[Stage]:
        return [self._stages[name] for name in NAMES]

    def _values(self, share: float) -> dict[str, object]:
        if self.current is None:
            return {}
        stage = self._stages[self.current]
        stage["progress"] = round(max(stage["progress"] if share else 0.0, share), 3)
        stage["time_ms"] = self._time()
        start, end = _SHARES[self.current]
        # The whole never goes back, also where a stage is done again.
        self._reached = max(self._reached, start + (end - start) * share)
        return {"progress": self._reached, "stages": self.stored()}

    def _time(self) -> int:
        return self._before + round((self._clock() - self._began) * 1000)


def _waiting(name: StageName) -> Stage:
    return Stage(name=name, state="waiting", progress=0.0, time_ms=None, detail=None)
