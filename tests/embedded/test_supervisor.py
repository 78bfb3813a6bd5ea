"""A supervisor as a process of its own, with real servers to look after."""

import os
import signal
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from redis import Redis

from agentgrid.embedded.leftovers import end_leftovers
from agentgrid.embedded.process import LOG_VARIABLE
from tests.embedded.running import Running, eventually, gone

Supervise = Callable[..., Running]


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Supervise]:
    started: list[Running] = []

    def start(*parts: str) -> Running:
        program = Running(["-m", "tests.embedded.supervised_servers", str(tmp_path), *parts])
        started.append(program)
        program.wait_for("watching")
        return program

    yield start
    for program in started:
        program.end()


def server_answers(name: str, url: str) -> bool:
    if name == "valkey":
        with Redis.from_url(url) as redis:
            return bool(redis.ping())
    with urllib.request.urlopen(url.removesuffix("/v1") + "/health") as answer:  # noqa: S310
        return answer.status == 200


@pytest.mark.parametrize(
    ("name", "program", "label"),
    [
        ("postgres", "bin/postgres", "PostgreSQL"),
        ("valkey", "valkey-server", "Valkey"),
        ("model", "model_server", "The local model"),
    ],
)
def test_a_killed_server_is_started_again_and_answers_at_the_same_address(
    supervise: Supervise, name: str, program: str, label: str
) -> None:
    running = supervise(name)
    url = running.wait_for(f"{name} up").split()[-1]
    before = running.family()
    running.child(program).kill()
    running.wait_for(f"{label} was killed by SIGKILL; starting it again")
    running.wait_for(f"{label} is back.")
    assert gone(before)
    if name != "postgres":  # whose "is back" says just that: it accepts connections
        assert server_answers(name, url)


def test_it_is_started_again_as_often_as_it_is_killed(supervise: Supervise) -> None:
    running = supervise("valkey")
    for _ in range(3):
        running.child("valkey-server").kill()
        running.lines.clear()
        running.wait_for("Valkey is back.")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_asked_to_stop_it_stops_everything_and_leaves_no_process(
    supervise: Supervise, number: signal.Signals
) -> None:
    running = supervise("postgres", "valkey")
    family = running.family()
    assert len(family) >= 2
    running.signal(number)
    assert running.wait() == 0
    assert gone(family)
    assert running.lines[-2:] == ["stopping", "stopped"]


def test_a_terminals_ctrl_c_reaches_the_supervisor_alone(supervise: Supervise) -> None:
    running = supervise("valkey")
    assert os.getpgid(running.child("valkey-server").pid) != os.getpgid(running.pid)


def test_a_killed_supervisor_takes_its_servers_along(supervise: Supervise) -> None:
    running = supervise("postgres", "valkey", "model")
    family = running.family()
    running.signal(signal.SIGKILL)
    running.wait()
    assert eventually(lambda: gone(family))


def test_what_a_crashed_part_leaves_behind_is_ended(supervise: Supervise) -> None:
    running = supervise("parent")
    assert eventually(lambda: any(p.name() == "sleep" for p in running.family()))
    before = running.family()
    running.child("sleep").kill()
    running.wait_for("The shell was killed")
    assert eventually(lambda: gone(before))


def test_a_second_ctrl_c_ends_what_does_not_want_to_stop(supervise: Supervise) -> None:
    running = supervise("stubborn")
    family = running.family()
    running.signal(signal.SIGINT)
    running.wait_for("stopping")
    running.signal(signal.SIGINT)
    running.wait()
    assert gone(family)


def test_a_part_that_cannot_start_says_why_and_stops_the_rest(tmp_path: Path) -> None:
    running = Running(
        ["-m", "tests.embedded.supervised_servers", str(tmp_path), "valkey", "broken"]
    )
    try:
        running.wait_for("The shell did not start: it exited with code 3.")
        assert running.wait() == 1
        assert "the reason is written here" in "\n".join(running.lines)
        assert str(tmp_path / "logs" / "shell.log") in "\n".join(running.lines)
    finally:
        running.end()


def test_leftovers_of_this_data_directory_are_ended_and_no_others(tmp_path: Path) -> None:
    ours, theirs = (tmp_path / name / "logs" / "valkey.log" for name in ("ours", "theirs"))
    loop = ["-c", "import signal; print('here', flush=True); signal.pause()"]
    left, other = (Running(loop, {LOG_VARIABLE: str(log)}) for log in (ours, theirs))
    try:
        left.wait_for("here")
        other.wait_for("here")
        reaper = psutil.Process(left.pid)
        assert end_leftovers(tmp_path / "ours") == 1
        assert gone([reaper])
        assert other.returncode is None
    finally:
        left.end()
        other.end()
