"""The report says what was measured, against what, and whether it is enough."""

from pathlib import Path

import msgspec
from inline_snapshot import snapshot

from bench.load import percentile
from bench.report import Figure, Target, keep, table

FIGURES = [
    Figure("turn", "alone, p50", 6.5, "ms", baseline=0.5, target=Target(at_most=12)),
    Figure("turn", "rate", 80, "turns/s", target=Target(at_least=100)),
    Figure("memory", "all", 512.25, "MiB"),
]


def test_the_table_shows_ratios_and_what_was_missed() -> None:
    assert table(FIGURES) == snapshot("""\
benchmark  figure      value  unit     baseline   ratio  target
turn       alone, p50    6.5  ms            0.5  13.00x   <= 12  met
turn       rate           80  turns/s                    >= 100  MISSED
memory     all         512.2  MiB\
""")


def test_figures_are_kept_with_their_ratio_and_version(tmp_path: Path) -> None:
    kept = msgspec.json.decode(keep(FIGURES, tmp_path / "results").read_bytes())
    assert kept["figures"][0]["ratio"] == 13.0
    assert kept["figures"][1]["ratio"] is None
    assert kept["version"]


def test_percentiles_are_values_that_were_seen() -> None:
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert percentile(values, 0.5) == 3.0
    assert percentile(values, 0.95) == 5.0
    assert percentile([7.0], 0.95) == 7.0
