"""Search in many passages: runs ``bench.retrieval_latency`` and reads what it prints.

It is a program of its own because it brings its own database; run it alone for each leg.
"""

import re
import subprocess
import sys
from pathlib import Path

from bench.report import Figure, Target

MOST_MILLISECONDS = 30.0
ROOT = Path(__file__).parents[1]
_CORPUS = re.compile(r"^(\d+) x ([\d,]+) chunks")
_NEAREST = re.compile(r"recall of the nearest 10 and 100: ([\d.]+)")
_WORDS = re.compile(r"recall of the 10 best by words: ([\d.]+)")
_WHOLE = re.compile(r"whole retrieve\s+p50\s+([\d.]+) ms\s+p95\s+([\d.]+) ms")


def measure() -> list[Figure]:
    """A whole retrieval, over one large agent and over many small ones."""
    return _measured()


def measure_large() -> list[Figure]:
    """The same over 10,000 documents of one agent, and over a thousand agents."""
    return _measured("--large")


def _measured(*options: str) -> list[Figure]:
    command = [sys.executable, "-m", "bench.retrieval_latency", *options]
    said = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return read(said.stdout.decode())


def read(output: str) -> list[Figure]:
    """The figures in what the program printed."""
    figures: list[Figure] = []
    corpus = ""
    for line in output.splitlines():
        if match := _CORPUS.match(line):
            agents, chunks = match.groups()
            corpus = f"{agents} agent{'s' if agents != '1' else ''} of {chunks} passages"
        if match := _WHOLE.search(line):
            p50, p95 = map(float, match.groups())
            target = Target(at_most=MOST_MILLISECONDS)
            figures += [
                Figure("retrieval", f"{corpus}, p50", p50, "ms"),
                Figure("retrieval", f"{corpus}, p95", p95, "ms", target=target),
            ]
        for pattern, what in ((_NEAREST, "nearest by meaning"), (_WORDS, "best by words")):
            if match := pattern.search(line):
                name = f"{corpus}, share of the 10 {what} found"
                figures.append(Figure("retrieval", name, float(match.group(1)), ""))
    return figures
