"""Connections to providers: kept by admins, their keys never shown, tried for real."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from dirty_equals import IsDatetime, IsInt, IsPartialDict, IsUUID
from sqlalchemy import select, update

from agentgrid.creator_studio.core import ChatMessage, ChatRequest, ModelNotConfigured
from agentgrid.creator_studio.llm.connection import ProviderConnection as EngineConnection
from agentgrid.features.auth.models import AuditEntry
from agentgrid.features.deps import Services
from agentgrid.features.providers.models import ProviderConnection
from agentgrid.features.providers.source import DatabaseConnectionSource
from agentgrid.kit.db import new_id, unit_of_work
from agentgrid.kit.secrets import SecretBox
from tests.fakes.model_server import MODELS
from tests.fakes.openai_server import OpenAiServer
from tests.fakes.script import Script
from tests.people import People, Person

KEY = "sk-the-key-of-the-tests-1234"
HELLO = ChatRequest(model="", messages=(ChatMessage("user", "Hello?"),))


@pytest.fixture
async def upstream() -> AsyncGenerator[OpenAiServer]:
    """A server that speaks OpenAI's protocol."""
    server = OpenAiServer()
    async with server:
        yield server


async def connect(admin: Person, **wanted: object) -> Any:
    answer = await admin.post("/providers", json={"provider": "openai", "api_key": KEY, **wanted})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_connection_shows_all_but_its_key(admin: Person) -> None:
    made = await connect(admin)
    assert made == {
        "id": IsUUID(),
        "name": "openai",
        "provider": "openai",
        "base_url": "https://api.openai.com/v1",
        "key_hint": "…1234",
        "enabled": True,
        "created_at": IsDatetime(iso_string=True),
        "updated_at": IsDatetime(iso_string=True),
    }
    listed = await admin.get("/providers")
    assert listed.json() == {"items": [made], "next_cursor": None}
    assert KEY not in listed.text


async def test_a_key_is_stored_encrypted(admin: Person, services: Services) -> None:
    await connect(admin)
    async with unit_of_work(services.sessions) as session:
        stored = (await session.scalars(select(ProviderConnection.key_encrypted))).one()
    assert stored is not None
    assert KEY.encode() not in stored
    assert services.secrets.decrypt(stored) == KEY


@pytest.mark.parametrize("role", ["maker", "member"])
async def test_connections_and_settings_are_the_admins(people: People, role: Any) -> None:
    person = await people(role)
    url = f"/providers/{new_id()}"
    answers = [
        await person.get("/providers"),
        await person.get("/providers/catalog"),
        await person.post("/providers", json={"provider": "openai", "api_key": KEY}),
        await person.patch(url, json={}),
        await person.delete(url),
        await person.post(f"{url}/test"),
        await person.get("/admin/settings"),
        await person.patch("/admin/settings", json={}),
    ]
    assert [answer.json()["code"] for answer in answers] == ["admin_only"] * len(answers)


async def test_the_catalog_lists_what_can_be_connected(admin: Person) -> None:
    entries = {entry["provider"]: entry for entry in (await admin.get("/providers/catalog")).json()}
    assert entries["anthropic"] == IsPartialDict(wire="anthropic", needs_key=True)
    assert entries["ollama"] == IsPartialDict(
        default_base_url="http://127.0.0.1:11434/v1", needs_key=False
    )
    assert "local" not in entries


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"provider": "nobody"}, "provider_unknown"),
        ({"provider": "local"}, "provider_unknown"),
        ({"provider": "openai"}, "model_not_configured"),
        ({"provider": "openai", "api_key": "two words"}, "model_not_configured"),
        ({"provider": "openai", "api_key": KEY, "base_url": "ftp://x"}, "base_url_invalid"),
        ({"provider": "openai", "api_key": KEY, "base_url": "http://u:p@x/v1"}, "base_url_invalid"),
        ({"provider": "ollama", "base_url": "http://169.254.169.254/v1"}, "base_url_invalid"),
        ({"provider": "openai_compatible"}, "base_url_invalid"),
        ({"provider": "ollama", "name": "a/b"}, "invalid"),
        ({"provider": "ollama", "name": "Big Name"}, "invalid"),
        ({"provider": "ollama", "api_key": ""}, "invalid"),
    ],
)
async def test_a_connection_that_cannot_work_is_refused(
    admin: Person, wanted: dict[str, str], code: str
) -> None:
    answer = await admin.post("/providers", json=wanted)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_names_are_taken_once(admin: Person) -> None:
    await connect(admin)
    second = await connect(admin, name="openai-eu")
    for answer in (
        await admin.post("/providers", json={"provider": "openai", "api_key": KEY}),
        await admin.patch(f"/providers/{second['id']}", json={"name": "openai"}),
        await admin.patch(f"/providers/{second['id']}", json={"name": "local"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "connection_name_taken")


async def test_a_stored_key_does_not_follow_to_another_host(
    admin: Person, services: Services
) -> None:
    url = f"/providers/{(await connect(admin))['id']}"
    moved = {"base_url": "https://elsewhere.example/v1"}
    refused = await admin.patch(url, json=moved)
    assert (refused.status_code, refused.json()["code"]) == (422, "key_needed_again")
    accepted = await admin.patch(url, json={**moved, "api_key": "sk-another-key-of-5678"})
    assert accepted.json() == IsPartialDict({**moved, "key_hint": "…5678"})
    same_host = await admin.patch(url, json={"base_url": "https://elsewhere.example/v2"})
    assert same_host.json()["base_url"] == "https://elsewhere.example/v2"


async def test_null_removes_a_key_where_none_is_needed(
    admin: Person, upstream: OpenAiServer
) -> None:
    made = await connect(admin, provider="openai_compatible", base_url=upstream.url)
    changed = await admin.patch(f"/providers/{made['id']}", json={"api_key": None})
    assert changed.json()["key_hint"] is None


async def test_changes_stand_in_the_audit_log_without_the_key(
    admin: Person, services: Services
) -> None:
    url = f"/providers/{(await connect(admin))['id']}"
    await admin.patch(url, json={"enabled": False})
    assert (await admin.delete(url)).status_code == 204
    async with unit_of_work(services.sessions) as session:
        entries = (await session.scalars(select(AuditEntry).order_by(AuditEntry.id))).all()
    assert [entry.action for entry in entries] == [
        "provider.created",
        "provider.changed",
        "provider.deleted",
    ]
    assert all(entry.details == {"name": "openai"} for entry in entries)


async def test_trying_a_connection_lists_its_models(admin: Person, upstream: OpenAiServer) -> None:
    made = await connect(admin, base_url=upstream.url)
    answer = await admin.post(f"/providers/{made['id']}/test")
    assert answer.json() == {
        "ok": True,
        "latency_ms": IsInt(ge=0),
        "models": list(MODELS),
        "error": None,
    }
    assert upstream.received[-1].headers["authorization"] == f"Bearer {KEY}"


async def test_trying_a_connection_with_a_model_asks_it_for_one_token(
    admin: Person, upstream: OpenAiServer
) -> None:
    made = await connect(admin, base_url=upstream.url)
    answer = await admin.post(f"/providers/{made['id']}/test", json={"model": MODELS[0]})
    assert answer.json()["ok"]
    assert upstream.asked == IsPartialDict(model=MODELS[0], max_completion_tokens=1)


async def test_a_refused_key_is_told_in_words_and_not_quoted(
    admin: Person, upstream: OpenAiServer
) -> None:
    upstream.script = Script(error="key")
    made = await connect(admin, base_url=upstream.url)
    answer = await admin.post(f"/providers/{made['id']}/test")
    assert answer.status_code == 200
    assert answer.json() == IsPartialDict(ok=False, models=[])
    assert "key" in answer.json()["error"]
    assert KEY not in answer.text


async def test_an_address_where_nobody_listens_is_told_in_words(admin: Person) -> None:
    made = await connect(admin, base_url="http://127.0.0.1:9/v1")
    outcome = (await admin.post(f"/providers/{made['id']}/test")).json()
    assert not outcome["ok"]
    assert outcome["error"]


async def test_models_of_all_usable_connections_may_be_chosen(
    admin: Person, maker: Person, upstream: OpenAiServer
) -> None:
    await connect(admin, name="one", base_url=upstream.url)
    off = await connect(admin, name="off", base_url=upstream.url)
    await admin.patch(f"/providers/{off['id']}", json={"enabled": False})
    await connect(admin, name="dead", base_url="http://127.0.0.1:9/v1")
    models = (await maker.get("/models")).json()
    assert [model["id"] for model in models] == ["one/alpha-1", "one/beta-2"]
    assert models[0] == IsPartialDict(provider="openai", model="alpha-1")
    assert models[0]["profile"] == IsPartialDict(streaming=True, small=False)


async def test_a_call_goes_through_the_connection_it_names(
    admin: Person, services: Services, upstream: OpenAiServer
) -> None:
    with pytest.raises(ModelNotConfigured):
        await services.models.complete("mine/alpha-1", (), HELLO)
    made = await connect(admin, name="mine", base_url=upstream.url)
    for name in ("mine", "openai"):
        result = await services.models.complete(f"{name}/alpha-1", (), HELLO)
        assert result.text == "Hello."
    await admin.delete(f"/providers/{made['id']}")
    with pytest.raises(ModelNotConfigured):
        await services.models.complete("mine/alpha-1", (), HELLO)


async def test_a_new_key_is_used_from_the_next_call_on(
    admin: Person, services: Services, upstream: OpenAiServer
) -> None:
    made = await connect(admin, base_url=upstream.url)
    await services.models.complete("openai/alpha-1", (), HELLO)
    await admin.patch(f"/providers/{made['id']}", json={"api_key": "sk-a-new-key-of-tests"})
    await services.models.complete("openai/alpha-1", (), HELLO)
    assert [received.headers["authorization"] for received in upstream.received] == [
        f"Bearer {KEY}",
        "Bearer sk-a-new-key-of-tests",
    ]


async def test_other_processes_see_a_change_once_their_copy_is_old(
    admin: Person, services: Services
) -> None:
    other = DatabaseConnectionSource(services.sessions, services.secrets, local=None)
    assert await other.get("openai") is None
    await connect(admin)
    other.forget()
    known = await other.get("openai")
    assert known is not None
    assert known.connection.api_key == KEY


async def test_a_key_stored_under_another_secret_is_asked_for_again(
    admin: Person, services: Services
) -> None:
    made = await connect(admin)
    box = SecretBox("another secret of another installation")
    async with unit_of_work(services.sessions) as session:
        await session.execute(
            update(ProviderConnection).values(key_encrypted=box.encrypt(KEY), revision=9)
        )
    services.connections.forget()
    with pytest.raises(ModelNotConfigured, match="Enter it again"):
        await services.models.complete("openai/alpha-1", (), HELLO)
    assert (await admin.get("/models")).json() == []
    await admin.patch(f"/providers/{made['id']}", json={"api_key": KEY})
    assert await services.connections.get("openai") is not None


async def test_the_bundled_model_needs_no_row(services: Services, upstream: OpenAiServer) -> None:
    local = EngineConnection(provider="local", base_url=upstream.url)
    source = DatabaseConnectionSource(services.sessions, services.secrets, local=local)
    assert [known.connection for known in await source.usable()] == [local]
    assert await source.get("local") == (await source.usable())[0]
