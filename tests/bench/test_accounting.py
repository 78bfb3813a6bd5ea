"""Memory and CPU are those of the processes that were asked about."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from bench.accounting import MEBIBYTE, Process, cpu_seconds, pss_bytes, read_process, tree
from bench.memory import kind_of

HOLDS_50_MEBIBYTES = """
import subprocess, sys
held = bytearray(b"x" * (50 * 1024 * 1024))
child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
print(child.pid, flush=True)
input()
child.communicate()
"""


@pytest.fixture
def family() -> Iterator[tuple[int, int]]:
    """A process that holds 50 MiB and has one child."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS_50_MEBIBYTES],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        yield parent.pid, int(parent.stdout.readline())
        parent.communicate("\n")


def test_a_tree_is_a_process_and_what_it_started(family: tuple[int, int]) -> None:
    assert tuple(process.pid for process in tree(family[0])) == family


def test_a_deep_tree_is_found_whatever_the_order_of_the_processes() -> None:
    known = [Process(pid, pid - 1, (), 0.0) for pid in (5, 3, 4, 2, 9)]
    assert [process.pid for process in tree(2, known)] == [2, 3, 4, 5]


def test_memory_that_a_process_holds_is_counted(family: tuple[int, int]) -> None:
    assert 50 * MEBIBYTE < pss_bytes(family[0]) < 100 * MEBIBYTE
    assert pss_bytes(family[1]) < 50 * MEBIBYTE


def test_cpu_time_grows_with_work_done() -> None:
    before = cpu_seconds([os.getpid()])
    spent = sum(os.times()[:2])
    while sum(os.times()[:2]) < spent + 0.1:
        pass
    assert cpu_seconds([os.getpid()]) >= before + 0.05


def test_a_process_that_is_gone_counts_as_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    assert read_process(gone.pid) is None
    assert pss_bytes(gone.pid) == 0
    assert cpu_seconds([gone.pid]) == 0


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("/v/bin/python -m agentgrid.cli up --port 0 --data-dir /x", "supervisor"),
        ("/v/bin/python -m agentgrid.embedded.api_server 5", "API"),
        ("/v/bin/python -m celery -A agentgrid.tasks worker --loglevel=info", "Celery worker"),
        ("/v/bin/python -m celery -A agentgrid.tasks beat --loglevel=info", "Celery beat"),
        ("/v/bin/python -m agentgrid.embedded.model_server", "local model"),
        ("/v/pginstall18/bin/postgres -D /x/postgres", "PostgreSQL"),
        ("postgres: checkpointer", "PostgreSQL"),
        ("/v/bin/valkey-server *:0", "Valkey"),
    ],
)
def test_each_process_of_the_product_has_a_name_people_know(command: str, kind: str) -> None:
    assert kind_of(Process(1, 0, tuple(command.split()), 0.0)) == kind
