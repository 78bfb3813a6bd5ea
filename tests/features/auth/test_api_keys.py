"""API keys: made, used, revoked, expired."""

from datetime import UTC, datetime, timedelta

import pytest
from dirty_equals import IsPartialDict
from sqlalchemy import select, update

from agentgrid.features.auth.models import ApiKey, User
from agentgrid.features.auth.recent import RecentKeys, recent_keys
from agentgrid.features.auth.repository import KnownKey
from agentgrid.features.auth.tokens import digest
from agentgrid.features.deps import Services
from agentgrid.kit.db import unit_of_work
from tests.people import People, Person


async def make_key(person: Person, **wanted: object) -> dict[str, str]:
    answer = await person.post("/api-keys", json={"name": "script", **wanted})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_key_acts_for_its_owner(client: Person, maker: Person) -> None:
    key = await make_key(maker)
    assert key["key"].startswith("ag_")
    client.carry(key["key"])
    assert (await client.get("/auth/me")).json()["email"] == maker.email


async def test_a_key_is_shown_once_and_stored_as_a_hash(maker: Person, services: Services) -> None:
    key = await make_key(maker)
    listed = (await maker.get("/api-keys")).json()["items"]
    assert listed == [IsPartialDict(id=key["id"], prefix=key["key"][:11], name="script")]
    assert "key" not in listed[0]
    async with unit_of_work(services.sessions) as session:
        assert (await session.scalars(select(ApiKey.key_hash))).one() == digest(key["key"])


async def test_a_revoked_key_is_refused_at_once(client: Person, maker: Person) -> None:
    key = await make_key(maker)
    client.carry(key["key"])
    assert (await client.get("/auth/me")).status_code == 200
    assert (await maker.delete(f"/api-keys/{key['id']}")).status_code == 204
    answer = await client.get("/auth/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "api_key_rejected")
    assert (await maker.get("/api-keys")).json()["items"] == []


async def test_a_key_that_nobody_issued_is_refused(client: Person) -> None:
    client.carry("ag_nobody-issued-this")
    assert (await client.get("/auth/me")).json()["code"] == "api_key_rejected"


async def test_an_expired_key_is_refused(client: Person, maker: Person, services: Services) -> None:
    key = await make_key(maker, expires_in_days=1)
    async with unit_of_work(services.sessions) as session:
        past = datetime.now(UTC) - timedelta(seconds=1)
        await session.execute(update(ApiKey).values(expires_at=past))
    client.carry(key["key"])
    assert (await client.get("/auth/me")).status_code == 401


async def test_a_key_of_an_account_that_is_switched_off_is_refused(
    client: Person, maker: Person, services: Services
) -> None:
    key = await make_key(maker)
    async with unit_of_work(services.sessions) as session:
        await session.execute(update(User).where(User.id == maker.id).values(active=False))
    client.carry(key["key"])
    assert (await client.get("/auth/me")).status_code == 401


async def test_nobody_sees_or_revokes_the_keys_of_others(maker: Person, admin: Person) -> None:
    key = await make_key(maker)
    assert (await admin.get("/api-keys")).json()["items"] == []
    answer = await admin.delete(f"/api-keys/{key['id']}")
    assert (answer.status_code, answer.json()["code"]) == (404, "api_key_not_found")


async def test_the_last_use_is_noted_once_a_minute(
    client: Person, maker: Person, services: Services
) -> None:
    key = await make_key(maker)
    client.carry(key["key"])
    seen: list[str] = []
    for _ in range(2):
        recent_keys.forget(digest(key["key"]))
        await client.get("/models")
        seen.append((await maker.get("/api-keys")).json()["items"][0]["last_used_at"])
    assert seen[0] is not None
    assert seen[0] == seen[1]
    async with unit_of_work(services.sessions) as session:
        long_ago = datetime.now(UTC) - timedelta(minutes=5)
        await session.execute(update(ApiKey).values(last_used_at=long_ago))
    recent_keys.forget(digest(key["key"]))
    await client.get("/models")
    again = (await maker.get("/api-keys")).json()["items"][0]["last_used_at"]
    assert again > seen[1]


async def test_keys_are_listed_page_by_page_newest_first(maker: Person) -> None:
    made = [(await make_key(maker, name=f"key {n}"))["id"] for n in range(3)]
    first = (await maker.get("/api-keys", params={"limit": 2})).json()
    rest = (await maker.get("/api-keys", params={"cursor": first["next_cursor"]})).json()
    assert [key["id"] for key in first["items"] + rest["items"]] == made[::-1]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("cursor", ["nonsense", "WyJub3QgYW4gaWQiXQ", "WyJhIiwiYiJd"])
async def test_a_cursor_from_elsewhere_is_refused(maker: Person, cursor: str) -> None:
    answer = await maker.get("/api-keys", params={"cursor": cursor})
    assert answer.status_code == 422


async def test_members_have_keys_too(people: People) -> None:
    await make_key(await people("member"))


async def test_a_key_is_not_remembered_beyond_its_expiry(maker: Person) -> None:
    assert maker.principal is not None
    recent = RecentKeys()
    recent.remember(b"x", KnownKey(maker.principal, datetime.now(UTC) - timedelta(seconds=1)))
    assert recent.get(b"x") is None
    recent.remember(b"x", KnownKey(maker.principal, None))
    assert recent.get(b"x") == maker.principal
