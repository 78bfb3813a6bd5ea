"""An agent, its documents, and workers: inside the test, or as a real Celery process."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select

from agentgrid.features.deps import Services
from agentgrid.features.knowledge.ingestion import process_file
from agentgrid.features.knowledge.live import FileEvents
from agentgrid.features.knowledge.models import KnowledgeFile
from agentgrid.features.knowledge.schemas import KnowledgeFileView
from agentgrid.features.knowledge.views import file_view
from agentgrid.kit.db import unit_of_work
from agentgrid.settings import Settings
from tests.people import Person
from tests.servers import Servers

Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Shelf:
    """An agent of a person, with its documents."""

    owner: Person
    agent_id: UUID
    services: Services

    @property
    def path(self) -> str:
        return f"/agents/{self.agent_id}"

    async def upload(self, name: str, data: bytes | str) -> UUID:
        """The new file's id."""
        content = data.encode() if isinstance(data, str) else data
        answer = await self.owner.post(f"{self.path}/files", files={"file": (name, content)})
        assert answer.status_code == 202, answer.text
        return UUID(answer.json()["id"])

    async def add(self, name: str, data: bytes | str) -> Json:
        """Upload and process; the file as the API shows it then."""
        file_id = await self.upload(name, data)
        await process(self.services, file_id)
        return await self.file(file_id)

    async def file(self, file_id: UUID) -> Json:
        answer = await self.owner.get(f"{self.path}/files/{file_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def chunks(self, file_id: UUID | str) -> list[Json]:
        answer = await self.owner.get(f"{self.path}/files/{file_id}/chunks?limit=200")
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def retrieve(self, query: str, **more: object) -> Json:
        answer = await self.owner.post(f"{self.path}/retrieve", json={"query": query, **more})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def found(self, query: str) -> list[str]:
        """Names of the files whose passages are found, best first."""
        return [chunk["file_name"] for chunk in (await self.retrieve(query))["chunks"]]


async def process(services: Services, file_id: UUID) -> None:
    """Do a worker's work on one file, here and now."""
    await process_file(services, file_id, stopping=lambda: False)


async def make_shelf(owner: Person, services: Services, name: str = "Librarian") -> Shelf:
    answer = await owner.post("/agents", json={"name": name})
    assert answer.status_code == 201, answer.text
    return Shelf(owner, UUID(answer.json()["id"]), services)


@pytest.fixture
async def shelf(maker: Person, services: Services) -> Shelf:
    return await make_shelf(maker, services)


class Worker:
    """A real Celery worker in a process of its own, with one child that works."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        with log.open("ab") as target:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "celery", "-A", "agentgrid.tasks", "worker"),
                    *("--concurrency=1", "--loglevel=info", "--without-gossip", "--without-mingle"),
                ],
                env=environment,
                stdout=target,
                stderr=target,
                start_new_session=True,
            )

    def kill(self) -> None:
        """``kill -9`` of the worker and of what it started."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=30)

    def kill_process(self) -> None:
        """``kill -9`` of the process that works; its parent starts another."""
        main = self._process.pid
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        os.kill(int(children[-1]), signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end, as a deployment does, and wait until it has."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(timeout=60)

    def end(self) -> None:
        if self._process.poll() is None:
            self.kill()


@pytest.fixture
def start_worker(
    servers: Servers, settings: Settings, tmp_path: Path
) -> Generator[Callable[[], Worker]]:
    environment = {
        **os.environ,
        **servers.environment,
        "AGENTGRID_DATA_DIR": str(settings.data_dir),
        "AGENTGRID_MODELS_DIR": str(settings.resolved_models_dir),
        "AGENTGRID_WEB_ALLOWED_HOSTS": settings.web_allowed_hosts,
        "AGENTGRID_WEB_PAUSE_SECONDS": str(settings.web_pause_seconds),
    }
    workers: list[Worker] = []

    def start() -> Worker:
        workers.append(Worker(environment, tmp_path / "worker.log"))
        return workers[-1]

    yield start
    for worker in workers:
        worker.end()


async def until(
    services: Services,
    agent_id: UUID,
    reached: Callable[[KnowledgeFileView], bool],
    *,
    or_is: bool = False,
) -> KnowledgeFileView:
    """Watch the agent's live events until a file gets where the test wants it, or is."""

    async def known() -> list[KnowledgeFileView]:
        if not or_is:
            return []
        async with unit_of_work(services.sessions) as session:
            query = select(KnowledgeFile).where(KnowledgeFile.agent_id == agent_id)
            return [file_view(file) for file in await session.scalars(query)]

    events: AsyncGenerator[bytes] = FileEvents(services.redis).follow(agent_id, known)
    async with aclosing(events):
        async for piece in events:
            view = file_of(piece)
            if view is not None and reached(view):
                return view
    raise AssertionError("the events ended")


def file_of(piece: bytes) -> KnowledgeFileView | None:
    """The file an SSE event tells of; None for anything else."""
    fields = dict(line.split(": ", 1) for line in piece.decode().splitlines() if ": " in line)
    if fields.get("event") != "file":
        return None
    return KnowledgeFileView.model_validate(msgspec.json.decode(fields["data"]))
