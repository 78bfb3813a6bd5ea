"""A real worker process: it does the work, is killed in the middle, and is replaced."""

import asyncio
from collections.abc import Callable
from uuid import UUID

from agentgrid.features.deps import Services
from agentgrid.features.knowledge.ingest_store import abandoned
from agentgrid.kit.db import unit_of_work
from tests.features.knowledge.conftest import Shelf, Worker, until
from tests.fixtures.documents import builders


def long_text(topic: str, sections: int = 300) -> str:
    """Enough passages that embedding them takes a while."""
    return "\n\n".join(
        f"# {topic} {number}\n\nRule {number} of the {topic} says that part {number * 7} must be "
        f"checked {number % 9 + 2} times a year, that part {number * 11} is replaced when worn, "
        "and that whoever does it writes down the day, the reading and their name."
        for number in range(sections)
    )


async def assert_whole(shelf: Shelf, services: Services, file_id: UUID) -> None:
    """Ready once, no passage twice, none missing, each with its vector and its words."""
    row = await services.pool.fetchrow(
        """select count(*) as chunks, count(distinct position) as places, max(position) as last,
                  count(v.embedding) as vectors, count(lexemes) as words
           from knowledge_chunks c left join knowledge_vectors v on v.chunk_id = c.id
           where c.file_id = $1""",
        file_id,
    )
    file = await shelf.file(file_id)
    assert row is not None
    assert file["status"] == "ready"
    assert set(row.values()) - {row["last"]} == {file["chunks"]}
    assert row["last"] == file["chunks"] - 1
    sequence = await services.pool.fetchval(
        "select knowledge_sequence from agents where id = $1", shelf.agent_id
    )
    assert sequence == 1


async def test_a_worker_brings_an_upload_to_ready(
    shelf: Shelf, services: Services, start_worker: Callable[[], Worker]
) -> None:
    ready = asyncio.create_task(
        until(services, shelf.agent_id, lambda file: file.status == "ready")
    )
    start_worker()
    file_id = await shelf.upload("policy.pdf", builders.text_pdf([("Refunds", "Thirty days.")]))
    await ready
    await assert_whole(shelf, services, file_id)


async def test_a_worker_killed_half_way_loses_nothing_and_doubles_nothing(
    shelf: Shelf, services: Services, start_worker: Callable[[], Worker]
) -> None:
    first = start_worker()
    half_way = asyncio.create_task(
        until(services, shelf.agent_id, lambda f: f.status == "embedding" and f.progress > 0.5)
    )
    file_id = await shelf.upload("pumps.md", long_text("pump"))
    await half_way
    first.kill()

    done_before = await embedded(services, file_id)
    total = await services.pool.fetchval("select count(*) from knowledge_chunks")
    assert 0 < len(done_before) < total
    assert (await shelf.file(file_id))["status"] == "embedding"

    ready = asyncio.create_task(
        until(services, shelf.agent_id, lambda file: file.status == "ready")
    )
    await services.pool.execute(
        "update knowledge_files set lease_until = now() - interval '1 second'"
    )
    start_worker()
    await services.queue.enqueue("knowledge.sweep")
    await ready
    await assert_whole(shelf, services, file_id)
    done_after = await embedded(services, file_id)
    assert done_before.items() <= done_after.items(), "what was embedded was not done again"


async def embedded(services: Services, file_id: UUID) -> dict[UUID, int]:
    """Passages that have their vector, and the transaction that wrote it."""
    rows = await services.pool.fetch(
        """select chunk_id as id, xmin::text::bigint as written from knowledge_vectors
           where file_id = $1""",
        file_id,
    )
    return {row["id"]: row["written"] for row in rows}


async def test_a_worker_that_is_stopped_half_way_hands_the_file_back(
    shelf: Shelf, services: Services, start_worker: Callable[[], Worker]
) -> None:
    worker = start_worker()
    working = asyncio.create_task(
        until(services, shelf.agent_id, lambda file: file.status == "embedding")
    )
    file_id = await shelf.upload("valves.md", long_text("valve"))
    await working
    await asyncio.to_thread(worker.stop)
    row = await services.pool.fetchrow("select * from knowledge_files where id = $1", file_id)
    assert row is not None
    assert (row["status"], row["lease_owner"], row["added_seq"]) == ("embedding", None, 1)
    async with unit_of_work(services.sessions) as session:
        assert file_id in await abandoned(session, patience=120, most=10)


async def test_the_sweep_tells_of_lost_hints_once_and_leaves_the_rest_alone(
    shelf: Shelf, services: Services
) -> None:
    lost, waiting, busy = [
        await shelf.upload(f"{name}.txt", f"The {name} one.") for name in ("lost", "new", "busy")
    ]
    await services.pool.execute(
        "update knowledge_files set enqueued_at = now() - interval '10 minutes' where id <> $1",
        waiting,
    )
    await services.pool.execute(
        "update knowledge_files set lease_until = now() + interval '1 minute' where id = $1", busy
    )
    async with unit_of_work(services.sessions) as session:
        assert await abandoned(session, patience=120, most=10) == [lost]
    async with unit_of_work(services.sessions) as session:
        assert await abandoned(session, patience=120, most=10) == []
