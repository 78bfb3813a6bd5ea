"""The product, started as a person starts it: ``agentgrid up`` in a process of its own."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agentgrid.embedded.postgres import EmbeddedPostgres
from bench.accounting import Process, all_processes, cpu_seconds, tree
from bench.load import Connection

READY = "AgentGrid is ready: "
START_SECONDS = 300.0
STOP_SECONDS = 30.0
IDLE_SHARE = 0.05
"""Processes that use less of one core than this over a second are at rest."""
ADDRESSES = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "CELERY_RESULT_BACKEND")
_PROFILE = {"email": "bench@example.com", "password": "a long benchmark password"}


class ProductError(Exception):
    """The product could not be started; the message holds what it said."""


@dataclass(slots=True)
class Product:
    """A running installation."""

    url: str
    data_dir: Path
    process: subprocess.Popen[str]
    ready_seconds: float
    """From the start of the command to its line "AgentGrid is ready"."""

    @property
    def database_url(self) -> str:
        return EmbeddedPostgres(self.data_dir).url

    def processes(self) -> list[Process]:
        """All its processes, the supervisor first."""
        return tree(self.process.pid, all_processes())

    def cpu_seconds(self) -> float:
        return cpu_seconds(process.pid for process in self.processes())

    def wait_idle(self, seconds: float = 60.0) -> None:
        """Return once nothing works any more, or when ``seconds`` have passed."""
        deadline = time.monotonic() + seconds
        before = self.cpu_seconds()
        while time.monotonic() < deadline:
            time.sleep(1.0)
            after = self.cpu_seconds()
            if after - before < IDLE_SHARE:
                return
            before = after


@contextmanager
def running(data_dir: Path, *, with_model: bool = False) -> Generator[Product]:
    """Start on a free port and stop afterwards. Raises ``ProductError``."""
    command = [sys.executable, "-m", "agentgrid.cli", "up", "--port", "0"]
    command += ["--data-dir", str(data_dir)] + ([] if with_model else ["--no-model"])
    environment = {key: value for key, value in os.environ.items() if key not in ADDRESSES}
    environment["AGENTGRID_LOG_LEVEL"] = environment.get("AGENTGRID_LOG_LEVEL", "INFO")
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=data_dir.parent,  # away from any .env file of the working folder
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        url = _wait_ready(process)
        yield Product(url, data_dir, process, time.perf_counter() - began)
    finally:
        _stop(process)


def _wait_ready(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said: list[str] = []
    for line in process.stdout:
        if line.startswith(READY):
            return line.removeprefix(READY).strip()
        said.append(line)
    raise ProductError("`agentgrid up` did not become ready. It said:\n" + "".join(said))


def _stop(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.communicate(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


@contextmanager
def temporary_folder() -> Generator[Path]:
    """A folder for the data of one measurement."""
    with tempfile.TemporaryDirectory(prefix="agentgrid-bench-") as folder:
        yield Path(folder) / "data"


@contextmanager
def fake_upstream() -> Generator[str]:
    """The measured model, in a process of its own. Gives its OpenAI-compatible address."""
    command = [sys.executable, "-m", "bench.upstream"]
    root = Path(__file__).resolve().parent.parent
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            port = process.stdout.readline().strip()
            if not port:
                raise ProductError("The fake upstream did not start.")
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()


async def sign_up(product: Product) -> str:
    """Register the first person. Returns an API key, which does not expire while measuring."""
    async with Connection(product.url) as anonymous:
        registered = await anonymous.request("POST", "/api/v1/auth/register", _PROFILE)
        registered.json(expect=201)
        login = (await anonymous.request("POST", "/api/v1/auth/login", _PROFILE)).json()
    async with Connection(product.url, str(login["access_token"])) as signed_in:
        made = await signed_in.request("POST", "/api/v1/api-keys", {"name": "bench"})
        return str(made.json(expect=201)["key"])


async def connect_upstream(admin: Connection, upstream: str) -> None:
    """Make the fake upstream the installation's provider ``openai_compatible``."""
    wanted = {"provider": "openai_compatible", "base_url": upstream}
    (await admin.request("POST", "/api/v1/providers", wanted)).json(expect=201)


async def make_agent(maker: Connection, model: str = "") -> str:
    """An agent without documents. Returns its id."""
    wanted = {
        "name": f"Bench {model or 'default'}",
        "instruction": "Answer in one sentence.",
        "model": f"openai_compatible/{model}" if model else "",
    }
    return str((await maker.request("POST", "/api/v1/agents", wanted)).json(expect=201)["id"])


async def make_session(person: Connection, agent_id: str, title: str = "Bench") -> str:
    """A conversation that has a title already. Returns its id."""
    path = f"/api/v1/agents/{agent_id}/sessions"
    return str((await person.request("POST", path, {"title": title})).json(expect=201)["id"])
