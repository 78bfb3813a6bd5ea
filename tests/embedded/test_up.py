"""The whole product, started and looked after by `agentgrid up`."""

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from agentgrid.embedded.postgres import EmbeddedPostgres
from agentgrid.embedded.valkey import EmbeddedValkey
from tests.embedded.running import PLAIN_ENVIRONMENT, Running, eventually, gone

READY = "AgentGrid is ready: http://127.0.0.1:"


def start(folder: Path, *options: str, environment: dict[str, str] | None = None) -> Running:
    arguments = ["-m", "agentgrid.cli", "up", "--port", "0", "--data-dir", str(folder), *options]
    return Running(arguments, environment)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Path]]:
    folder = tmp_path_factory.mktemp("product")
    running = start(folder)
    try:
        running.wait_for(READY)
        yield running, folder
    finally:
        running.end()


def address(running: Running) -> str:
    return running.wait_for(READY).rpartition(" ")[2]


def readiness(running: Running) -> dict[str, str]:
    """The state of each component, as the API tells it; empty while it does not answer."""
    try:
        with urllib.request.urlopen(f"{address(running)}/health/ready") as answer:  # noqa: S310
            told = json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            told = json.load(refused)
    except OSError:
        return {}
    return {name: component["status"] for name, component in told["components"].items()}


def all_well(running: Running) -> bool:
    states = readiness(running)
    return bool(states) and set(states.values()) == {"ok"}


def test_it_tells_what_it_does_and_then_one_line_with_the_address(
    product: tuple[Running, Path],
) -> None:
    running, _ = product
    ready = [line for line in running.lines if line.startswith("AgentGrid is ready")]
    assert ready == [running.lines[-1]]
    assert len(running.lines) > 5


def test_the_page_and_every_component_answer(product: tuple[Running, Path]) -> None:
    running, _ = product
    with urllib.request.urlopen(address(running)) as page:  # noqa: S310
        assert page.status == 200
    assert eventually(lambda: all_well(running)), readiness(running)


def test_a_second_up_on_the_same_folder_names_the_first(product: tuple[Running, Path]) -> None:
    running, folder = product
    second = subprocess.run(
        [sys.executable, "-m", "agentgrid.cli", "up", "--port", "0", "--data-dir", str(folder)],
        env=PLAIN_ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert second.stderr.startswith(f"Another AgentGrid (process {running.pid}) is using")
    assert second.stderr.count("\n") == 1


def is_celery(process: psutil.Process) -> bool:
    return "celery" in process.cmdline()


@pytest.mark.parametrize(
    "program",
    ["bin/postgres", "valkey-server", "model_server", "worker", "beat", "api_server"],
)
def test_whatever_is_killed_comes_back_by_itself(
    product: tuple[Running, Path], program: str
) -> None:
    running, _ = product
    assert eventually(lambda: all_well(running)), readiness(running)
    assert eventually(lambda: len(running.children(program)) == 1)
    (victim,) = running.children(program)
    descendants = victim.children(recursive=True)
    servers = {child.pid for child in running.children("") if not is_celery(child)} - {victim.pid}
    victim.kill()
    running.wait_for("starting it again")
    assert eventually(lambda: gone([victim, *descendants]))
    assert eventually(lambda: len(running.children(program)) == 1)
    assert running.children(program)[0].pid != victim.pid
    assert eventually(lambda: all_well(running)), readiness(running)
    # The others went on. Celery may give up when its broker goes away at a bad moment; it
    # is then started again like anything else.
    assert servers <= {child.pid for child in running.children("")}
    running.lines[:] = [line for line in running.lines if line.startswith(READY)]


def test_while_the_database_is_away_the_api_says_so_and_recovers(
    product: tuple[Running, Path],
) -> None:
    running, _ = product
    postmaster = running.child("bin/postgres")
    database = [postmaster, *postmaster.children(recursive=True)]
    for process in database:
        process.suspend()
    try:
        assert eventually(lambda: readiness(running).get("database") == "unavailable")
    finally:
        for process in database:
            process.resume()
    assert eventually(lambda: all_well(running)), readiness(running)


def test_asked_to_stop_nothing_is_left_and_the_next_start_finds_everything(
    tmp_path: Path,
) -> None:
    for expected in ("Making the database files", "Starting PostgreSQL"):
        running = start(tmp_path, "--no-model")
        try:
            running.wait_for(READY)
            assert any(expected in line for line in running.lines)
            family = running.family()
            running.signal(signal.SIGINT)
            assert running.wait() == 0
            assert gone(family)
        finally:
            running.end()


def test_killed_outright_it_takes_everything_along_and_starts_again(tmp_path: Path) -> None:
    first = start(tmp_path, "--no-model")
    try:
        first.wait_for(READY)
        family = first.family()
        first.signal(signal.SIGKILL)
        first.wait()
    finally:
        first.end()
    second = start(tmp_path, "--no-model")
    try:
        second.wait_for(READY)
        assert gone(family)
    finally:
        second.end()


def test_a_server_whose_address_is_given_is_used_and_not_started(tmp_path: Path) -> None:
    with (
        EmbeddedPostgres(tmp_path / "given", durable=False) as postgres,
        EmbeddedValkey(tmp_path / "given") as valkey,
    ):
        given = {"DATABASE_URL": postgres.ensure_database(), "REDIS_URL": valkey.url}
        running = start(tmp_path / "own", "--no-model", environment=given)
        try:
            running.wait_for(READY)
            programs = [" ".join(child.cmdline()) for child in running.family()]
            assert not any("bin/postgres" in program for program in programs)
            # Celery's addresses were not given, so its queues lie in a Valkey of our own.
            own_queue = str(tmp_path / "own" / "valkey")
            assert any("valkey-server" in p and own_queue in p for p in programs)
            environment = running.child("worker").environ()
            assert given.items() <= environment.items()
            assert own_queue in environment["CELERY_BROKER_URL"]
            assert own_queue in environment["CELERY_RESULT_BACKEND"]
        finally:
            running.end()
