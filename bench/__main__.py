"""``python -m bench [NAME ...]``: measure, print a table, keep the figures as JSON.

``--data FOLDER`` measures how well search ranks instead, on labelled data sets; with the name
``answers`` it asks the questions of that one set as well.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from bench import answers, ingestion, memory, report, retrieval, startup, turns, uploads
from bench.quality import run as quality
from bench.report import Figure

BENCHMARKS: dict[str, Callable[[], list[Figure]]] = {
    "startup": startup.measure,
    "memory": memory.measure,
    "turn": turns.measure,
    "upload": uploads.measure,
    "ingestion": ingestion.measure,
    "retrieval": retrieval.measure,
    "answers": answers.measure,
}


def main() -> int:
    """0 when every target was met."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="data sets in BEIR form")
    parser.add_argument("--sets", default="", help="names of data sets, with commas between")
    parser.add_argument("--questions", type=int, help="most questions of a data set")
    arguments = parser.parse_args()
    if arguments.data is not None and arguments.names == ["answers"]:
        return _show(answers.measure(arguments.data))
    if arguments.data is not None:
        sets = tuple(name for name in arguments.sets.split(",") if name)
        try:
            options = quality.Options(arguments.data, sets, arguments.questions)
            return _measure_quality(options)
        except ValueError as error:
            parser.error(str(error))
    names: list[str] = arguments.names
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]}: choose of {', '.join(BENCHMARKS)}")
    figures: list[Figure] = []
    for name in names or BENCHMARKS:
        print(f"Measuring {name} ...", file=sys.stderr, flush=True)
        figures += BENCHMARKS[name]()
    return _show(figures)


def _show(figures: list[Figure]) -> int:
    print(report.table(figures))
    print(f"\nKept in {report.keep(figures)}")
    missed = [f for f in figures if f.target is not None and not f.target.is_met(f.value)]
    return 1 if missed else 0


def _measure_quality(options: quality.Options) -> int:
    results = quality.measure(options)
    print(quality.text(results))
    print(f"\nKept in {report.keep(quality.figures(results))}")
    return 0 if quality.is_met(results) else 1


if __name__ == "__main__":
    sys.exit(main())
