"""Changing the embedding model while the product is used: nothing is lost, nothing is mixed."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from agentgrid.creator_studio.core import CredentialsRejected, Vector
from agentgrid.creator_studio.rag.embeddings import make_target
from agentgrid.features.deps import Services
from agentgrid.features.knowledge.embedding.build import BATCH, build
from agentgrid.features.knowledge.embedding.build_store import BuildStore, LeaseLost
from agentgrid.features.knowledge.embedding.repository import EmbeddingRepository
from agentgrid.features.knowledge.embedding.retire import GRACE_SECONDS, delete_retired
from agentgrid.features.knowledge.embedding.source import vectors_name
from agentgrid.kit.db import unit_of_work
from tests.fakes.embedding_servers import EmbeddingServer
from tests.features.knowledge.conftest import Shelf, Worker, make_shelf
from tests.features.knowledge.test_embedding_admin import KEY, choose, overview, wanted
from tests.features.knowledge.writer import Writer
from tests.people import Person

OLD = "all-MiniLM-L6-v2"


@pytest.fixture
async def server() -> AsyncGenerator[EmbeddingServer]:
    async with EmbeddingServer() as running:
        yield running


def unit_vectors(count: int) -> Vector:
    drawn = np.random.default_rng(7).normal(size=(count, 384)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


async def publish(services: Services, shelf: Shelf, count: int, name: str = "rules.txt") -> UUID:
    """A document with so many passages, embedded by the bundled model."""
    texts = [f"Rule {number} of {name}: part {number * 7} is checked." for number in range(count)]
    return await publish_texts(services, shelf, texts, name)


async def publish_texts(services: Services, shelf: Shelf, texts: Sequence[str], name: str) -> UUID:
    writer = Writer(services, shelf.agent_id)
    return await writer.publish(name, texts, unit_vectors(len(texts)), model=OLD)


async def stored(services: Services) -> dict[str, int]:
    """Vectors by model."""
    rows = await services.pool.fetch("select model, count(*) from knowledge_vectors group by 1")
    return dict(rows)


async def until_held(
    services: Services, server: EmbeddingServer, index: dict[str, Any]
) -> asyncio.Task[None]:
    """A worker that is in the middle of its work: the service keeps it waiting."""
    building = asyncio.create_task(build(services, UUID(index["id"])))
    held = asyncio.create_task(server.held.wait())
    await asyncio.wait({building, held}, return_when=asyncio.FIRST_COMPLETED)
    assert not building.done(), building.exception()
    return building


async def next_of(admin: Person) -> dict[str, Any] | None:
    return (await overview(admin))["next"]


async def test_questions_use_the_old_model_until_every_passage_has_the_new_one(
    admin: Person, shelf: Shelf, services: Services, server: EmbeddingServer
) -> None:
    await publish(services, shelf, 250)
    index = await choose(admin, wanted(server, dimension=3))
    server.received.clear()
    assert (await services.embedder.embed_query("when?")).shape == (384,)
    assert server.received == []
    assert (index["chunks_done"], index["chunks_total"]) == (0, 250)

    await build(services, UUID(index["id"]))

    active = (await overview(admin))["active"]
    assert (active["id"], active["state"]) == (index["id"], "active")
    assert (active["chunks_done"], active["chunks_total"]) == (250, 250)
    assert active["activated_at"] is not None
    assert await next_of(admin) is None
    assert len(server.embedded) == 250
    assert (await services.embedder.embed_query("when?")).shape == (3,)
    assert server.embedded[-1] == "when?"


async def test_the_new_model_finds_what_words_cannot(
    admin: Person, shelf: Shelf, services: Services, server: EmbeddingServer
) -> None:
    await publish(services, shelf, 3)
    index = await choose(admin, wanted(server))
    await build(services, UUID(index["id"]))
    found = await shelf.retrieve("xyzzy")
    assert {chunk["file_name"] for chunk in found["chunks"]} == {"rules.txt"}
    assert server.embedded[-1] == "xyzzy"


async def test_two_models_of_one_dimension_are_never_compared(
    admin: Person, shelf: Shelf, services: Services, server: EmbeddingServer
) -> None:
    server.dimension = 384
    await publish(services, shelf, 120)
    server.free, server.hold = 2, asyncio.Event()
    index = await choose(admin, wanted(server))
    building = await until_held(services, server, index)
    assert await stored(services) == {OLD: 120, new_name(server, 384): BATCH}
    found = await shelf.retrieve("xyzzy", limit=50)
    ids = [chunk["chunk_id"] for chunk in found["chunks"]]
    assert len(ids) == len(set(ids)) > 0
    server.hold.set()
    await building
    assert (await overview(admin))["active"]["id"] == index["id"]


def new_name(server: EmbeddingServer, dimension: int) -> str:
    return vectors_name(
        make_target("openai_compatible", "embed-x", base_url=server.url, dimension=dimension)
    )


async def test_documents_added_meanwhile_are_not_lost(
    admin: Person, shelf: Shelf, services: Services, server: EmbeddingServer
) -> None:
    await publish(services, shelf, 120)
    server.free, server.hold = 2, asyncio.Event()
    index = await choose(admin, wanted(server))
    building = await until_held(services, server, index)
    await publish(services, shelf, 30, "added.txt")
    server.hold.set()
    await building
    assert (await overview(admin))["active"]["id"] == index["id"]
    assert await stored(services) == {OLD: 150, new_name(server, 4): 150}


async def test_the_swap_waits_for_a_passage_that_came_at_the_last_moment(
    admin: Person, shelf: Shelf, services: Services, server: EmbeddingServer
) -> None:
    file_id = await publish(services, shelf, 2)
    index = await choose(admin, wanted(server))
    store = BuildStore(services.sessions, UUID(index["id"]), "a worker")
    known = await store.acquire()
    assert known is not None
    assert not await store.swap(known.index.vectors_named)
    assert (await overview(admin))["active"]["model"] == OLD
    await services.pool.execute("delete from knowledge_vectors where file_id = $1", file_id)
    assert await store.swap(known.index.vectors_named)


async def test_the_swap_waits_for_those_who_store_vectors_and_then_sees_theirs(
    admin: Person, shelf: Shelf, services: Services, server: EmbeddingServer
) -> None:
    await publish(services, shelf, 1)
    index = await choose(admin, wanted(server))
    store = BuildStore(services.sessions, UUID(index["id"]), "a worker")
    known = await store.acquire()
    assert known is not None
    async with services.pool.acquire() as other:
        transaction = other.transaction()
        await transaction.start()
        vectors = await other.fetch("delete from knowledge_vectors returning *")
        swapping = asyncio.create_task(store.swap(known.index.vectors_named))
        async with asyncio.timeout(20):
            while not await services.pool.fetchval(
                "select exists (select from pg_locks where not granted and mode = 'ShareLock')"
            ):
                await asyncio.sleep(0)
        assert not swapping.done()
        await other.execute(
            """insert into knowledge_vectors (chunk_id, model, agent_id, file_id, dimension,
               embedding) values ($1, $2, $3, $4, 384, $5::text::vector)""",
            *(vectors[0][name] for name in ("chunk_id", "model", "agent_id", "file_id")),
            str(unit_vectors(1)[0].tolist()),
        )
        await transaction.commit()
    assert not await swapping


async def test_a_text_that_occurs_twice_is_paid_for_once(
    admin: Person, shelf: Shelf, services: Services, server: EmbeddingServer
) -> None:
    await publish_texts(services, shelf, ["The same words.", "Other words."], "one.txt")
    await publish_texts(services, shelf, ["The same words."], "two.txt")
    index = await choose(admin, wanted(server))
    server.received.clear()
    await build(services, UUID(index["id"]))
    assert sorted(text.splitlines()[-1] for text in server.embedded) == [
        "Other words.",
        "The same words.",
    ]


async def test_old_vectors_go_when_every_process_has_seen_the_swap(
    admin: Person, shelf: Shelf, services: Services, server: EmbeddingServer
) -> None:
    await publish(services, shelf, 5)
    index = await choose(admin, wanted(server))
    await build(services, UUID(index["id"]))
    assert await due(services) == []
    assert (await stored(services))[OLD] == 5
    await services.pool.execute(
        "update embedding_indexes set retired_at = now() - make_interval(secs => $1)",
        GRACE_SECONDS + 1,
    )
    (retired,) = await due(services)
    await delete_retired(services, retired)
    assert await stored(services) == {new_name(server, 4): 5}
    await services.pool.execute("update embedding_indexes set retired_at = now() - interval '1 h'")
    await delete_retired(services, retired)
    assert await services.pool.fetchval("select count(*) from embedding_indexes") == 1


async def due(services: Services) -> list[UUID]:
    async with unit_of_work(services.sessions) as session:
        found = await EmbeddingRepository(session).due_for_deletion(grace=GRACE_SECONDS)
        return list(found)


async def test_going_back_uses_what_is_left_of_the_old_vectors(
    admin: Person, shelf: Shelf, services: Services, server: EmbeddingServer
) -> None:
    await publish(services, shelf, 5)
    index = await choose(admin, wanted(server))
    await build(services, UUID(index["id"]))
    back = await choose(admin, {"provider": "local", "model": OLD})
    await services.pool.execute("update embedding_indexes set retired_at = now() - interval '1 h'")
    for retired in await due(services):
        await delete_retired(services, retired)
    assert (await stored(services))[OLD] == 5, "vectors of a model in use are kept"
    await build(services, UUID(back["id"]))
    assert (await overview(admin))["active"]["model"] == OLD
    assert (await services.embedder.embed_query("x")).shape == (384,)


async def test_a_key_that_is_revoked_half_way_leaves_the_old_model_in_use(
    admin: Person, shelf: Shelf, services: Services, server: EmbeddingServer
) -> None:
    await publish(services, shelf, 200)
    index = await choose(admin, wanted(server))
    server.statuses = [200, 401]
    await build(services, UUID(index["id"]))
    seen = await overview(admin)
    assert seen["active"]["model"] == OLD
    assert seen["next"]["state"] == "failed"
    assert "refused the API key" in seen["next"]["error"]
    assert (seen["next"]["chunks_done"], seen["next"]["chunks_total"]) == (BATCH, 200)
    assert (await services.embedder.embed_query("x")).shape == (384,)
    await build(services, UUID(index["id"]))
    assert (await next_of(admin) or {})["state"] == "failed", "a late hint starts nothing"


async def test_trying_again_goes_on_from_where_it_stopped(
    admin: Person, shelf: Shelf, services: Services, server: EmbeddingServer
) -> None:
    await publish(services, shelf, 200)
    index = await choose(admin, wanted(server))
    server.statuses = [200, 401]
    await build(services, UUID(index["id"]))
    server.received.clear()
    answer = await admin.post("/admin/embedding/next/retry")
    assert (answer.status_code, answer.json()["state"]) == (202, "building")
    await build(services, UUID(index["id"]))
    assert len(server.embedded) == 200 - BATCH
    assert (await overview(admin))["active"]["id"] == index["id"]


async def test_a_failed_model_may_be_chosen_again_with_a_new_key(
    admin: Person, shelf: Shelf, services: Services, server: EmbeddingServer
) -> None:
    await publish(services, shelf, 200)
    failed = await choose(admin, wanted(server))
    server.statuses = [200, 401]
    await build(services, UUID(failed["id"]))
    server.keys = {"sk-a-newer-key-9999"}
    index = await choose(admin, wanted(server, api_key="sk-a-newer-key-9999"))
    server.received.clear()
    await build(services, UUID(index["id"]))
    assert len(server.embedded) == 200 - BATCH, "what was embedded before is kept"
    assert (await overview(admin))["active"]["id"] == index["id"]


async def test_what_may_pass_is_tried_again_later_and_in_the_end_given_up(
    admin: Person, shelf: Shelf, services: Services, server: EmbeddingServer
) -> None:
    await publish(services, shelf, 1)
    index = await choose(admin, wanted(server))
    server.status, server.headers = 429, {"retry-after": "90"}
    await build(services, UUID(index["id"]))
    waiting = await services.pool.fetchrow(
        """select attempts, error, extract(epoch from enqueued_at - now()) as wait
           from embedding_indexes where slot = 'next'"""
    )
    assert waiting is not None
    assert (waiting["attempts"], waiting["error"]) == (1, None)
    assert 60 < waiting["wait"] <= 90
    for _ in range(5):
        await build(services, UUID(index["id"]))
    assert (await next_of(admin) or {})["error"] == (
        "OpenAI-compatible server allows no more calls right now; try again in a moment."
    )


async def test_cancelling_stops_the_worker_and_deletes_what_it_made(
    admin: Person, shelf: Shelf, services: Services, server: EmbeddingServer
) -> None:
    await publish(services, shelf, 200)
    index = await choose(admin, wanted(server))
    server.free, server.hold = 2, asyncio.Event()
    building = await until_held(services, server, index)
    assert (await admin.delete("/admin/embedding/next")).status_code == 204
    server.hold.set()
    await building
    assert await stored(services) == {OLD: 200, new_name(server, 4): BATCH}
    await delete_retired(services, UUID(index["id"]))
    assert await stored(services) == {OLD: 200}
    seen = await overview(admin)
    assert (seen["active"]["model"], seen["next"]) == (OLD, None)


async def test_two_workers_do_not_embed_the_same(
    admin: Person, shelf: Shelf, services: Services, server: EmbeddingServer
) -> None:
    await publish(services, shelf, 200)
    index = await choose(admin, wanted(server))
    server.received.clear()
    await asyncio.gather(*(build(services, UUID(index["id"])) for _ in range(3)))
    assert len(server.embedded) == len(set(server.embedded)) == 200


async def test_a_worker_whose_lease_is_lost_changes_nothing(
    admin: Person, shelf: Shelf, services: Services, server: EmbeddingServer
) -> None:
    await publish(services, shelf, 1)
    index = await choose(admin, wanted(server))
    late = BuildStore(services.sessions, UUID(index["id"]), "late")
    known = await late.acquire()
    assert known is not None
    await services.pool.execute("update embedding_indexes set lease_until = now()")
    assert await BuildStore(services.sessions, UUID(index["id"]), "another").acquire() is not None
    with pytest.raises(LeaseLost):
        await late.change(chunks_done=7)
    with pytest.raises(LeaseLost):
        await late.swap(known.index.vectors_named)


async def test_every_call_is_in_the_ledger_on_the_account_of_its_agent(
    admin: Person, maker: Person, shelf: Shelf, services: Services, server: EmbeddingServer
) -> None:
    other = await make_shelf(maker, services, "Second")
    await publish(services, shelf, 100)
    await publish(services, other, 10, "second.txt")
    index = await choose(admin, wanted(server))
    server.received.clear()
    await build(services, UUID(index["id"]))
    rows = await services.pool.fetch(
        """select agent_id, user_id, purpose, provider, model, sum(prompt_tokens) as tokens,
                  count(*) as calls, sum(cost_usd) as cost
           from llm_usage group by 1, 2, 3, 4, 5"""
    )
    assert {row["agent_id"]: row["calls"] for row in rows} == {
        shelf.agent_id: 2,
        other.agent_id: 1,
    }
    assert sum(row["tokens"] for row in rows) == sum(len(t.split()) for t in server.embedded)
    for row in rows:
        assert (row["user_id"], row["purpose"]) == (admin.id, "embedding")
        assert (row["provider"], row["model"]) == ("openai_compatible", "embed-x")
        assert row["cost"] is None, "a price nobody knows is not zero"


async def test_vectors_of_an_unusual_dimension_get_a_graph_of_their_own(
    admin: Person, shelf: Shelf, services: Services, server: EmbeddingServer
) -> None:
    await publish(services, shelf, 3)
    index = await choose(admin, wanted(server, dimension=200))
    await build(services, UUID(index["id"]))
    assert await graphs(services, 200) == [True]
    await choose(admin, {"provider": "local", "model": OLD})
    back = await next_of(admin)
    assert back is not None
    await build(services, UUID(back["id"]))
    await delete_retired(services, UUID(index["id"]))
    assert await graphs(services, 200) == []


async def graphs(services: Services, dimension: int) -> list[bool]:
    rows = await services.pool.fetch(
        """select i.indisvalid from pg_class c join pg_index i on i.indexrelid = c.oid
           where c.relname = $1""",
        f"ix_knowledge_vectors_hnsw_{dimension}",
    )
    return [row[0] for row in rows]


async def test_documents_published_by_a_late_worker_are_embedded_after_the_swap(
    admin: Person, shelf: Shelf, services: Services, server: EmbeddingServer
) -> None:
    await publish(services, shelf, 1)
    index = await choose(admin, wanted(server))
    await build(services, UUID(index["id"]))
    async with unit_of_work(services.sessions) as session:
        assert await EmbeddingRepository(session).left_behind() == []
    await publish(services, shelf, 4, "late.txt")
    async with unit_of_work(services.sessions) as session:
        assert await EmbeddingRepository(session).left_behind() == [UUID(index["id"])]
    await build(services, UUID(index["id"]))
    assert (await stored(services))[new_name(server, 4)] == 5


async def test_a_hint_that_was_lost_is_given_again(
    admin: Person, services: Services, server: EmbeddingServer
) -> None:
    index = await choose(admin, wanted(server))
    await services.pool.execute("update embedding_indexes set enqueued_at = now() - interval '1 h'")
    async with unit_of_work(services.sessions) as session:
        indexes = EmbeddingRepository(session)
        assert await indexes.abandoned(patience=60) == [UUID(index["id"])]
        assert await indexes.abandoned(patience=60) == []


async def test_a_connection_that_is_removed_is_said_to_be_missing(
    admin: Person, services: Services, server: EmbeddingServer
) -> None:
    made = await admin.post(
        "/providers",
        json={
            "provider": "openai_compatible",
            "name": "ours",
            "base_url": server.url,
            "api_key": KEY,
        },
    )
    choice = {
        "provider": "openai_compatible",
        "model": "embed-x",
        "connection_id": made.json()["id"],
    }
    index = await choose(admin, choice)
    await build(services, UUID(index["id"]))
    server.keys = {KEY}
    assert (await services.embedder.embed_query("x")).shape == (4,)
    await admin.patch(f"/providers/{made.json()['id']}", json={"enabled": False})
    services.embeddings.forget()
    with pytest.raises(CredentialsRejected, match="Choose the model again"):
        await services.embedder.embed_query("y")


async def test_a_worker_killed_half_way_loses_nothing_and_pays_for_nothing_twice(
    admin: Person,
    shelf: Shelf,
    services: Services,
    server: EmbeddingServer,
    start_worker: Callable[[], Worker],
) -> None:
    await publish(services, shelf, 300)
    server.free, server.hold = 3, asyncio.Event()
    first = start_worker()
    index = await choose(admin, wanted(server))
    await server.held.wait()
    first.kill()
    assert (await stored(services))[new_name(server, 4)] == 2 * BATCH
    server.hold.set()
    server.received.clear()
    await services.pool.execute(
        "update embedding_indexes set lease_until = now() - interval '1 second'"
    )
    start_worker()
    await services.queue.enqueue("knowledge.sweep_embeddings")
    async with asyncio.timeout(120):
        while (await overview(admin))["active"]["id"] != index["id"]:
            await asyncio.sleep(0.05)
    assert (await stored(services))[new_name(server, 4)] == 300
    assert len(server.embedded) == 300 - 2 * BATCH
