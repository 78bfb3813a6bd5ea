"""Figures, how they are printed, and how they are kept."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from agentgrid import __version__

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure should be: ``at_most`` or ``at_least`` this."""

    at_most: float | None = None
    at_least: float | None = None

    def is_met(self, value: float) -> bool:
        return (self.at_most is None or value <= self.at_most) and (
            self.at_least is None or value >= self.at_least
        )

    def __str__(self) -> str:
        return f"<= {self.at_most:g}" if self.at_most is not None else f">= {self.at_least:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value.

    ``baseline`` is what the same run measured without the product between, in the same unit;
    the ratio of both says more than either on a machine that others use too.
    """

    benchmark: str
    name: str
    value: float
    unit: str
    baseline: float | None = None
    target: Target | None = None

    @property
    def ratio(self) -> float | None:
        return self.value / self.baseline if self.baseline else None


def table(figures: Iterable[Figure]) -> str:
    """The figures as aligned text, one a line."""
    rows = [("benchmark", "figure", "value", "unit", "baseline", "ratio", "target", "")]
    rows += [_row(figure) for figure in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(_aligned(row, widths) for row in rows)


def _row(figure: Figure) -> tuple[str, ...]:
    met = ""
    if figure.target is not None:
        met = "met" if figure.target.is_met(figure.value) else "MISSED"
    return (
        figure.benchmark,
        figure.name,
        _number(figure.value),
        figure.unit,
        _number(figure.baseline),
        f"{figure.ratio:.2f}x" if figure.ratio is not None else "",
        str(figure.target or ""),
        met,
    )


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    numbers = {2, 4, 5, 6}
    cells = (
        cell.rjust(width) if column in numbers else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join(cells).rstrip()


def keep(figures: Iterable[Figure], folder: Path = RESULTS) -> Path:
    """Write the figures as JSON; the file's name is the time. Returns its path."""
    now = datetime.now(UTC)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{now:%Y%m%dT%H%M%SZ}.json"
    content = {
        "version": __version__,
        "measured_at": now,
        "figures": [{**asdict(figure), "ratio": figure.ratio} for figure in figures],
    }
    path.write_bytes(msgspec.json.format(msgspec.json.encode(content)))
    return path
