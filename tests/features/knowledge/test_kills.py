"""``kill -9`` of a real worker at every stage: nothing is lost, nothing is there twice."""

import asyncio
import random
from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

import pytest

from agentgrid.features.deps import Services
from agentgrid.features.knowledge.progress import NAMES, StageName
from agentgrid.features.knowledge.schemas import KnowledgeFileView
from tests.features.knowledge.conftest import Shelf, Worker, make_shelf, until
from tests.features.knowledge.whole import assert_statistics_exact, assert_whole
from tests.fixtures.documents import builders

KILLS = 100
LONGEST_DELAY = 0.05
"""Seconds from the moment a stage is told to have begun to the kill, at random: so that it
hits different statements of the stage."""

RANDOM = random.Random(20)  # noqa: S311 - not for secrets


def prose(topic: str, sections: int) -> str:
    return "\n\n".join(
        f"# {topic} {number}\n\nRule {number} of the {topic} says that part {number * 7} must be "
        f"checked {number % 9 + 2} times a year, and that whoever does it writes down the day."
        for number in range(sections)
    )


def document(number: int) -> tuple[str, bytes]:
    """A real file with enough passages for a few batches; each next one in another format."""
    rules = prose(f"pump {number}", 90)
    match number % 4:
        case 0:
            return f"{number}.md", rules.encode()
        case 1:
            return f"{number}.txt", rules.encode()
        case 2:
            pages = [(f"Chapter {page} of {number}", prose("duct", 3)) for page in range(40)]
            return f"{number}.pdf", builders.text_pdf(pages)
        case _:
            body = "".join(f"<p>{rule}</p>" for rule in rules.split("\n\n"))
            return f"{number}.html", f"<h1>Boiler {number}</h1>{body}".encode()


async def kill_at(
    shelf: Shelf,
    services: Services,
    strike: Callable[[], None],
    file_id: UUID,
    stage: StageName,
) -> bool:
    """Kill who works on the file while it is in ``stage``; False when it was ready before."""

    def reached(file: KnowledgeFileView) -> bool:
        running = {each.name for each in file.stages if each.state == "running"}
        return file.id == file_id and (stage in running or file.status in ("ready", "failed"))

    seen = await until(services, shelf.agent_id, reached)
    await asyncio.sleep(RANDOM.uniform(0, LONGEST_DELAY))
    await asyncio.to_thread(strike)
    return seen.status not in ("ready", "failed")


def is_ready(file_id: UUID, file: KnowledgeFileView) -> bool:
    return file.id == file_id and file.status == "ready"


async def let_the_lease_run_out(services: Services, file_id: UUID) -> None:
    """As if half a minute had passed; then the sweep finds the file."""
    await services.pool.execute(
        """update knowledge_files set lease_until = now() - interval '1 second'
           where id = $1 and lease_until is not null""",
        file_id,
    )
    await services.queue.enqueue("knowledge.sweep")


async def kill_all_along(
    shelf: Shelf,
    services: Services,
    start_worker: Callable[[], Worker],
    files: Sequence[tuple[str, bytes]],
) -> tuple[int, list[UUID]]:
    """Each file is hit once in every stage; how many kills hit the work.

    The last kill of a file is of the whole worker, the others of the process that works.
    """
    kills, ids = 0, list[UUID]()
    worker = start_worker()
    for name, data in files:
        file_id = await shelf.upload(name, data)
        ids.append(file_id)
        for stage in NAMES:
            strike = worker.kill if stage == NAMES[-1] else worker.kill_process
            watching = asyncio.create_task(kill_at(shelf, services, strike, file_id, stage))
            await let_the_lease_run_out(services, file_id)
            kills += await watching
        ready = asyncio.create_task(
            until(services, shelf.agent_id, partial(is_ready, file_id), or_is=True)
        )
        worker = start_worker()
        await let_the_lease_run_out(services, file_id)
        await ready
    worker.end()
    return kills, ids


async def undisturbed(shelf: Shelf, services: Services, name: str, data: bytes) -> list[str]:
    """The passages of a file as an agent of its own gets them without any kill."""
    calm = await make_shelf(shelf.owner, services, f"Calm {name}")
    file = await calm.add(name, data)
    rows = await services.pool.fetch(
        "select text from knowledge_chunks where file_id = $1 order by position", UUID(file["id"])
    )
    return [row["text"] for row in rows]


async def check(
    shelf: Shelf, services: Services, files: Sequence[tuple[str, bytes]], ids: Sequence[UUID]
) -> None:
    for (name, data), file_id in zip(files, ids, strict=True):
        await assert_whole(services, file_id, await undisturbed(shelf, services, name, data))
    rows = await services.pool.fetch(
        "select added_seq from knowledge_files where agent_id = $1", shelf.agent_id
    )
    assert sorted(row["added_seq"] for row in rows) == list(range(1, len(ids) + 1))
    await assert_statistics_exact(services)


async def test_a_file_survives_the_death_of_its_worker_in_every_stage(
    shelf: Shelf, services: Services, start_worker: Callable[[], Worker]
) -> None:
    files = [document(0)]
    kills, ids = await kill_all_along(shelf, services, start_worker, files)
    assert kills >= len(NAMES) - 1, "the worker was hardly ever killed at work"
    await check(shelf, services, files, ids)


@pytest.mark.slow
@pytest.mark.timeout(7200)
async def test_a_hundred_kills_lose_nothing_and_double_nothing(
    shelf: Shelf, services: Services, start_worker: Callable[[], Worker]
) -> None:
    files = [document(number) for number in range(KILLS // len(NAMES))]
    kills, ids = await kill_all_along(shelf, services, start_worker, files)
    assert kills >= KILLS * 0.9
    await check(shelf, services, files, ids)
