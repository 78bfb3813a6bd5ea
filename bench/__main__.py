"""``python -m bench [NAME ...]``: measure, print a table, keep the figures as JSON."""

import argparse
import sys
from collections.abc import Callable

from bench import ingestion, memory, report, retrieval, startup, turns, uploads
from bench.report import Figure

BENCHMARKS: dict[str, Callable[[], list[Figure]]] = {
    "startup": startup.measure,
    "memory": memory.measure,
    "turn": turns.measure,
    "upload": uploads.measure,
    "ingestion": ingestion.measure,
    "retrieval": retrieval.measure,
    "large": retrieval.measure_large,
}


def main() -> int:
    """0 when every target was met."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}")
    names: list[str] = parser.parse_args().names
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]}: choose of {', '.join(BENCHMARKS)}")
    figures: list[Figure] = []
    for name in names or BENCHMARKS:
        print(f"Measuring {name} ...", file=sys.stderr, flush=True)
        figures += BENCHMARKS[name]()
    print(report.table(figures))
    print(f"\nKept in {report.keep(figures)}")
    missed = [f for f in figures if f.target is not None and not f.target.is_met(f.value)]
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
