"""Questions to an embedding service: paid for once, in the ledger, and never in the way."""

from collections.abc import AsyncGenerator, Callable
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from redis.asyncio import Redis

from agentgrid.creator_studio.rag.embeddings import MiniLmEmbedder
from agentgrid.features.deps import Services
from agentgrid.features.knowledge.embedding.active import InstallationEmbedder
from agentgrid.features.knowledge.embedding.build import build
from agentgrid.features.knowledge.embedding.cache import SECONDS, QueryVectors, query_key
from agentgrid.features.usage.metering import record_call
from tests.fakes.embedding_servers import DIMENSION, EmbeddingServer, vector_of
from tests.features.knowledge.conftest import Shelf
from tests.features.knowledge.test_embedding_admin import KEY, choose, wanted
from tests.features.knowledge.test_embedding_switch import publish
from tests.people import Person


@pytest.fixture
async def server(
    admin: Person, shelf: Shelf, services: Services
) -> AsyncGenerator[EmbeddingServer]:
    """A service whose model is in use, with one document that it has embedded."""
    await publish(services, shelf, 3)
    async with EmbeddingServer() as running:
        index = await choose(admin, wanted(running))
        await build(services, UUID(index["id"]))
        running.received.clear()
        yield running


Another = Callable[[], InstallationEmbedder]


@pytest.fixture
def another(services: Services) -> Another:
    """The embedder of another process of the same installation."""

    def make() -> InstallationEmbedder:
        bundled = services.embeddings.bundled
        assert isinstance(bundled, MiniLmEmbedder)
        return InstallationEmbedder(
            bundled,
            sessions=services.sessions,
            secrets=services.secrets,
            redis=services.redis,
            http=services.http,
            on_call=record_call,
        )

    return make


async def test_a_question_is_paid_for_once(server: EmbeddingServer, services: Services) -> None:
    first = await services.embedder.embed_query("when?")
    assert np.array_equal(first, await services.embedder.embed_query("when?"))
    assert server.embedded == ["when?"]
    await services.embedder.embed_query("When?")
    assert server.embedded == ["when?", "When?"]


async def test_other_processes_know_what_was_asked_for_a_day(
    server: EmbeddingServer, services: Services, another: Another
) -> None:
    first = await services.embedder.embed_query("when?")
    assert np.array_equal(first, await another().embed_query("when?"))
    assert server.embedded == ["when?"]
    (key,) = [key async for key in services.redis.scan_iter("embedding:*")]
    assert SECONDS - 60 < await services.redis.ttl(key) <= SECONDS
    assert b"when" not in key


@pytest.mark.parametrize(
    "poison",
    [
        b"",
        b"not a vector",
        b"\x00" * 4 * DIMENSION,
        np.full(DIMENSION, np.nan, "<f4").tobytes(),
        np.full(DIMENSION, 7, "<f4").tobytes(),
        np.eye(1, DIMENSION + 1, dtype="<f4").tobytes(),
    ],
)
async def test_an_entry_that_is_no_such_vector_is_a_miss(
    server: EmbeddingServer, services: Services, another: Another, poison: bytes
) -> None:
    first = await services.embedder.embed_query("when?")
    (key,) = [key async for key in services.redis.scan_iter("embedding:*")]
    await services.redis.set(key, poison)
    assert np.array_equal(first, await another().embed_query("when?"))
    assert server.embedded == ["when?", "when?"]
    assert np.array_equal(first, await another().embed_query("when?")), "and is written anew"
    assert len(server.embedded) == 2


async def test_questions_are_answered_while_the_cache_is_away() -> None:
    async with Redis.from_url("redis://127.0.0.1:9/0") as nowhere:
        cache = QueryVectors(nowhere)
        assert await cache.get("embedding:x", 4) is None
        await cache.put("embedding:x", np.array([1, 0, 0, 0], np.float32))
        assert await cache.get("embedding:x", 4) is not None, "this process still knows it"


def test_a_key_depends_on_everything_a_vector_depends_on() -> None:
    keys = {
        query_key(vectors_named=name, dimension=dimension, text=text)
        for name in ("openai/a@4", "openai/b@4", "cohere/a@4")
        for dimension in (4, 8)
        for text in ("when?", "where?", "")
    }
    assert len(keys) == 18


async def test_the_bundled_model_needs_no_cache(services: Services) -> None:
    await services.embedder.embed_query("when?")
    assert [key async for key in services.redis.scan_iter("embedding:*")] == []


async def test_other_processes_see_the_swap_by_themselves(
    admin: Person, shelf: Shelf, services: Services, another: Another
) -> None:
    await publish(services, shelf, 1)
    elsewhere = another()
    assert (await elsewhere.current()).model == "all-MiniLM-L6-v2"
    async with EmbeddingServer() as running:
        index = await choose(admin, wanted(running))
        await build(services, UUID(index["id"]))
        # What the seconds that pass do, without their passing.
        elsewhere.forget()
        assert (await elsewhere.current()).dimension == DIMENSION
        assert elsewhere.dimension == DIMENSION


async def test_passages_are_cut_by_the_tokens_of_the_bundled_model(
    server: EmbeddingServer, services: Services
) -> None:
    assert (await services.embedder.embed_query("x")).shape == (DIMENSION,)
    assert services.embedder.max_tokens == services.embeddings.bundled.max_tokens
    assert services.embedder.count_tokens("Hello, world!") == 4


async def rows(services: Services) -> list[dict[str, Any]]:
    found = await services.pool.fetch(
        "select * from llm_usage where latency_ms >= 0 order by created_at desc, id desc"
    )
    return [dict(row) for row in found]


async def test_a_search_is_on_the_account_of_who_searched(
    server: EmbeddingServer, shelf: Shelf, services: Services
) -> None:
    await shelf.retrieve("which part is checked")
    latest = (await rows(services))[0]
    assert (latest["user_id"], latest["agent_id"]) == (shelf.owner.id, shelf.agent_id)
    assert (latest["purpose"], latest["prompt_tokens"]) == ("embedding", 4)
    known = len(await rows(services))
    await shelf.retrieve("which part is checked")
    assert len(await rows(services)) == known, "what the cache knows costs nothing"


async def test_a_service_that_fails_leaves_the_search_to_words(
    server: EmbeddingServer, shelf: Shelf, services: Services
) -> None:
    server.status = 401
    found = await shelf.retrieve("which part is checked")
    assert {chunk["file_name"] for chunk in found["chunks"]} == {"rules.txt"}
    (step,) = [step for step in found["steps"] if step["name"] == "rag_retrieval"]
    failed = {leg["leg"]: leg["failed"] for leg in step["legs"]}
    assert (
        failed["dense"] == "OpenAI-compatible server refused the API key; enter a valid key for it."
    )
    assert failed["words"] is None
    latest = (await rows(services))[0]
    assert (latest["purpose"], latest["error_code"]) == ("embedding", "credentials_rejected")
    assert latest["cost_usd"] is None or latest["cost_usd"] == 0


async def test_the_answer_of_the_service_is_what_is_searched_with(
    server: EmbeddingServer, services: Services
) -> None:
    made = np.array(vector_of("when?"), np.float32)
    assert await services.embedder.embed_query("when?") == pytest.approx(
        made / np.linalg.norm(made), abs=1e-6
    )
    assert KEY in server.received[0].headers["authorization"]
