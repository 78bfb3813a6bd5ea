"""Search in 100,000 passages: runs ``retrieval_latency.py`` and reads what it prints.

It is a program of its own because it brings its own database; run it alone for each leg.
"""

import re
import subprocess
import sys
from pathlib import Path

from bench.report import Figure, Target

MOST_MILLISECONDS = 30.0
PROGRAM = Path(__file__).with_name("retrieval_latency.py")
_CORPUS = re.compile(r"^(\d+) x ([\d,]+) chunks")
_WHOLE = re.compile(r"whole retrieve\s+p50\s+([\d.]+) ms\s+p95\s+([\d.]+) ms")


def measure() -> list[Figure]:
    """A whole retrieval, over one large agent and over many small ones."""
    command = [sys.executable, str(PROGRAM)]
    said = subprocess.run(command, cwd=PROGRAM.parent.parent, stdout=subprocess.PIPE, check=True)
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
    return figures
