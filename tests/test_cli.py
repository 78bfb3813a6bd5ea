"""The command line as a person uses it: real processes, their output and exit codes."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from agentgrid import __version__
from agentgrid.embedded.postgres import EmbeddedPostgres
from tests.embedded.running import PLAIN_ENVIRONMENT

COMMANDS = ("up", "serve", "worker", "beat", "migrate", "openapi", "version")


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(tmp_path_factory.mktemp("cli"), durable=False) as server:
        server.ensure_database()
        yield server


def agentgrid(
    *arguments: str, environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "agentgrid.cli", *arguments],
        env={**PLAIN_ENVIRONMENT, **(environment or {})},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    """What a refused command said: one line, no traceback."""
    assert done.returncode == 1, done
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_the_version_is_told_in_both_ways() -> None:
    assert agentgrid("version").stdout.strip() == __version__
    assert __version__ in agentgrid("--version").stdout


def test_help_names_every_command() -> None:
    said = agentgrid("--help").stdout
    assert all(f"  {name} " in said for name in COMMANDS)


def test_openapi_prints_the_description_of_the_api() -> None:
    description = json.loads(agentgrid("openapi").stdout)
    assert description["info"]["version"] == __version__
    assert "/api/v1/agents" in description["paths"]


def test_migrate_makes_the_tables_and_may_be_run_again(postgres: EmbeddedPostgres) -> None:
    for _ in range(2):
        done = agentgrid("migrate", environment={"DATABASE_URL": postgres.url})
        assert done.returncode == 0, done.stderr


def test_alembic_by_hand_finds_nothing_left_to_do(postgres: EmbeddedPostgres) -> None:
    environment = {**os.environ, "DATABASE_URL": postgres.ensure_database("by_hand")}
    for step in (["upgrade", "head"], ["check"]):
        command = [sys.executable, "-m", "alembic", *step]
        done = subprocess.run(command, env=environment, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr


def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    said = refusal(agentgrid("up", environment={"AGENTGRID_MAX_UPLOAD_BYTES": "0"}))
    assert "max_upload_bytes" in said.lower()


def test_a_database_address_of_another_kind_is_refused() -> None:
    assert "postgresql://" in refusal(agentgrid("migrate", environment={"DATABASE_URL": "x://y"}))


def test_a_taken_port_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        said = refusal(agentgrid("up", "--port", port, "--data-dir", str(tmp_path)))
    assert f"Port {port} on 127.0.0.1 is taken" in said
    assert "--port" in said
    assert not (tmp_path / "postgres").exists()


def test_a_data_directory_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    said = refusal(agentgrid("up", "--data-dir", str(tmp_path / "file" / "data")))
    assert "--data-dir" in said


def test_the_supervisor_itself_loads_nothing_heavy() -> None:
    program = "import agentgrid.cli, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    heavy = {"fastapi", "sqlalchemy", "celery", "alembic", "numpy", "onnxruntime", "xllamacpp"}
    assert heavy.isdisjoint(done.stdout.split())


def test_serve_takes_a_free_port_and_says_which(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    server = subprocess.Popen(
        [sys.executable, "-m", "agentgrid.cli", "serve", "--port", "0"],
        env={
            **PLAIN_ENVIRONMENT,
            "DATABASE_URL": postgres.url,
            "AGENTGRID_DATA_DIR": str(tmp_path),
            "PYTHONUNBUFFERED": "1",
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        said = server.stdout.readline()
        port = int(said.strip().rstrip(".").rpartition(" ")[2])
        assert port > 0
    finally:
        server.terminate()
        server.communicate()
