"""Choosing the embedding model: what is offered, what is refused and in which words."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any
from uuid import UUID

import pytest

from agentgrid.features.deps import Services
from agentgrid.features.knowledge.embedding.build import build
from tests.fakes.embedding_servers import EmbeddingServer
from tests.people import Person

BUNDLED = {"provider": "local", "model": "all-MiniLM-L6-v2"}
KEY = "sk-embedding-secret-1234"


@pytest.fixture
async def server() -> AsyncGenerator[EmbeddingServer]:
    async with EmbeddingServer() as running:
        running.keys = {KEY}
        yield running


def wanted(server: EmbeddingServer, **more: object) -> dict[str, object]:
    choice: dict[str, object] = {
        "provider": "openai_compatible",
        "model": "embed-x",
        "base_url": server.url,
        "api_key": KEY,
    }
    return choice | more


async def overview(admin: Person) -> dict[str, Any]:
    answer = await admin.get("/admin/embedding")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def choose(admin: Person, choice: Mapping[str, object]) -> dict[str, Any]:
    answer = await admin.post("/admin/embedding", json=choice)
    assert answer.status_code == 202, answer.text
    return answer.json()


async def test_a_new_installation_uses_the_bundled_model(admin: Person) -> None:
    seen = await overview(admin)
    active = seen["active"]
    assert (active["provider"], active["model"], active["dimension"], active["state"]) == (
        "local",
        "all-MiniLM-L6-v2",
        384,
        "active",
    )
    assert seen["next"] is None
    assert (await overview(admin))["active"]["id"] == active["id"]


async def test_every_service_is_offered_with_what_it_needs(admin: Person) -> None:
    offered = {row["provider"]: row for row in (await overview(admin))["providers"]}
    assert list(offered) == [
        *("local", "openai", "google", "cohere", "voyage"),
        *("mistral", "ollama", "openai_compatible"),
    ]
    assert offered["openai"]["needs_key"]
    assert not offered["ollama"]["needs_key"]
    assert offered["openai_compatible"]["needs_base_url"]
    assert {"model": "text-embedding-3-small", "dimension": 1536} in offered["openai"]["models"]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_only_admins_get_in(maker: Person, method: str) -> None:
    answer = await maker.request(method, "/admin/embedding", json=BUNDLED)
    assert answer.status_code == 403


async def test_a_model_is_tried_before_anything_is_built(
    admin: Person, server: EmbeddingServer
) -> None:
    server.dimension = 6
    index = await choose(admin, wanted(server))
    assert (index["state"], index["dimension"]) == ("building", 6)
    assert len(server.embedded) == 1
    assert (await overview(admin))["next"]["id"] == index["id"]


@pytest.mark.parametrize(
    ("provider", "end", "path"),
    [
        ("openai_compatible", "", "/v1/embeddings"),
        ("openai_compatible", "/", "/v1/embeddings"),
        ("openai_compatible", "/v1/", "/v1/embeddings"),
        ("openai_compatible", "/v1/embeddings", "/v1/embeddings"),
        ("openai_compatible", "/models/api", "/models/api/embeddings"),
        ("voyage", "", "/v1/embeddings"),
        ("cohere", "", "/v2/embed"),
        ("cohere", "/v2/embed", "/v2/embed"),
    ],
)
async def test_an_address_may_be_pasted_as_it_is_found(
    admin: Person, server: EmbeddingServer, provider: str, end: str, path: str
) -> None:
    root = server.url.removesuffix("/v1")
    server.status = 404
    await admin.post(
        "/admin/embedding/test", json=wanted(server, provider=provider, base_url=root + end)
    )
    assert [call.path for call in server.received] == [path]


async def test_another_dimension_may_be_asked_for(admin: Person, server: EmbeddingServer) -> None:
    assert (await choose(admin, wanted(server, dimension=2)))["dimension"] == 2


async def test_a_wrong_key_is_refused_in_words_and_nothing_changes(
    admin: Person, server: EmbeddingServer
) -> None:
    answer = await admin.post("/admin/embedding", json=wanted(server, api_key="sk-wrong-key-999"))
    assert answer.status_code == 502
    assert "refused the API key" in answer.json()["detail"]
    assert "sk-wrong" not in answer.text
    assert (await overview(admin))["next"] is None


@pytest.mark.parametrize(
    ("status", "code"), [(404, 422), (400, 422), (429, 503), (500, 503), (403, 502)]
)
async def test_a_service_that_does_not_embed_is_told_apart(
    admin: Person, server: EmbeddingServer, status: int, code: int
) -> None:
    server.status = status
    answer = await admin.post("/admin/embedding", json=wanted(server))
    assert answer.status_code == code
    assert (await overview(admin))["next"] is None


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"provider": "openai", "model": "text-embedding-3-small"}, "needs an API key"),
        ({"provider": "anthropic", "model": "x"}, "offers no embeddings"),
        ({"provider": "openai_compatible", "model": "x"}, "base URL"),
        ({"provider": "ollama", "model": "x", "base_url": "ftp://host"}, "http://"),
        ({"provider": "ollama", "model": "x", "base_url": "http://169.254.169.254"}, "metadata"),
        ({"provider": "local", "model": "another"}, "all-MiniLM-L6-v2"),
        ({**BUNDLED, "dimension": 99}, "384"),
    ],
)
async def test_a_choice_that_cannot_work_says_what_to_do(
    admin: Person, choice: dict[str, object], words: str
) -> None:
    answer = await admin.post("/admin/embedding", json=choice)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


async def test_the_model_in_use_cannot_be_chosen_again(admin: Person) -> None:
    answer = await admin.post("/admin/embedding", json=BUNDLED)
    assert answer.status_code == 409
    assert "in use already" in answer.json()["detail"]


async def test_one_model_is_prepared_at_a_time(admin: Person, server: EmbeddingServer) -> None:
    await choose(admin, wanted(server))
    answer = await admin.post("/admin/embedding", json=wanted(server, model="another"))
    assert answer.status_code == 409
    assert "embed-x is being prepared" in answer.json()["detail"]


async def test_a_key_is_stored_encrypted_and_never_shown(
    admin: Person, server: EmbeddingServer, services: Services
) -> None:
    await choose(admin, wanted(server))
    assert KEY not in (await admin.get("/admin/embedding")).text
    stored = await services.pool.fetchval(
        "select key_encrypted from embedding_indexes where slot = 'next'"
    )
    assert KEY.encode() not in stored
    assert services.secrets.decrypt(stored) == KEY


async def connection(admin: Person, server: EmbeddingServer, **more: object) -> dict[str, Any]:
    given = {"provider": "openai_compatible", "name": "ours", "base_url": server.url}
    answer = await admin.post("/providers", json={**given, "api_key": KEY, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_the_key_of_a_connection_may_be_used(
    admin: Person, server: EmbeddingServer, services: Services
) -> None:
    made = await connection(admin, server)
    offered = {row["provider"]: row for row in (await overview(admin))["providers"]}
    assert offered["openai_compatible"]["connections"] == [{"id": made["id"], "name": "ours"}]
    choice = {"provider": "openai_compatible", "model": "embed-x", "connection_id": made["id"]}
    index = await choose(admin, choice)
    await build(services, UUID(index["id"]))
    assert (await overview(admin))["active"]["id"] == index["id"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"provider": "openai"}, "no such connection"),
        ({"connection_id": "01890000-0000-7000-8000-000000000000"}, "no such connection"),
        ({"api_key": "sk-other-key-000"}, "not both"),
    ],
)
async def test_a_connection_that_does_not_fit_is_refused(
    admin: Person, server: EmbeddingServer, more: dict[str, object], words: str
) -> None:
    made = await connection(admin, server)
    choice = {"provider": "openai_compatible", "model": "x", "connection_id": made["id"]}
    answer = await admin.post("/admin/embedding", json={**choice, **more})
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


async def test_trying_a_model_changes_nothing(admin: Person, server: EmbeddingServer) -> None:
    answer = await admin.post("/admin/embedding/test", json=wanted(server))
    assert answer.status_code == 200
    tried = answer.json()
    assert (tried["ok"], tried["dimension"], tried["error"]) == (True, 4, None)
    server.status = 404
    tried = (await admin.post("/admin/embedding/test", json=wanted(server))).json()
    assert not tried["ok"]
    assert "check the model's name" in tried["error"]
    assert (await overview(admin))["next"] is None


async def test_there_is_nothing_to_cancel_or_try_again(admin: Person) -> None:
    assert (await admin.delete("/admin/embedding/next")).status_code == 404
    assert (await admin.post("/admin/embedding/next/retry")).status_code == 404


async def test_what_is_under_way_cannot_be_tried_again(
    admin: Person, server: EmbeddingServer
) -> None:
    await choose(admin, wanted(server))
    assert (await admin.post("/admin/embedding/next/retry")).status_code == 409


async def test_the_key_of_the_model_in_use_can_be_replaced(
    admin: Person, server: EmbeddingServer, services: Services
) -> None:
    index = await choose(admin, wanted(server))
    await build(services, UUID(index["id"]))
    server.keys = {"sk-the-new-key-5678"}
    changed = await choose(admin, wanted(server, api_key="sk-the-new-key-5678"))
    assert (changed["id"], changed["state"]) == (index["id"], "active")
    assert (await services.embedder.embed_query("with the new key")).shape == (4,)


async def test_what_was_chosen_stands_in_the_audit_log(
    admin: Person, server: EmbeddingServer, services: Services
) -> None:
    await choose(admin, wanted(server))
    await admin.delete("/admin/embedding/next")
    actions = await services.pool.fetch(
        "select action from audit_log where subject_type = 'embedding_index' order by id"
    )
    assert [row["action"] for row in actions] == ["embedding.chosen", "embedding.cancelled"]
