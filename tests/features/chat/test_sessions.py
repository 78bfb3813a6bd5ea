"""Conversations: made, found, renamed, deleted, and nobody else's business."""

import pytest

from tests.people import People, Person


@pytest.fixture
async def agent_id(maker: Person) -> str:
    created = await maker.post("/agents", json={"name": "Tester"})
    assert created.status_code == 201, created.text
    return created.json()["id"]


async def start(person: Person, agent_id: str, title: str = "") -> str:
    created = await person.post(f"/agents/{agent_id}/sessions", json={"title": title})
    assert created.status_code == 201, created.text
    return created.json()["id"]


async def titles(person: Person, agent_id: str, **query: str) -> list[str]:
    listed = await person.get(f"/agents/{agent_id}/sessions", params=query)
    assert listed.status_code == 200, listed.text
    return [item["title"] for item in listed.json()["items"]]


async def test_conversations_are_listed_newest_first_in_pages(maker: Person, agent_id: str) -> None:
    for number in range(5):
        await start(maker, agent_id, f"Talk {number}")
    first = (await maker.get(f"/agents/{agent_id}/sessions", params={"limit": 3})).json()
    rest = (
        await maker.get(
            f"/agents/{agent_id}/sessions", params={"limit": 3, "cursor": first["next_cursor"]}
        )
    ).json()
    shown = [item["title"] for item in first["items"] + rest["items"]]
    assert shown == ["Talk 4", "Talk 3", "Talk 2", "Talk 1", "Talk 0"]
    assert rest["next_cursor"] is None


async def test_search_and_filter(maker: Person, agent_id: str) -> None:
    await start(maker, agent_id, "100% of tea")
    pinned = await start(maker, agent_id, "Milk")
    await maker.patch(f"/sessions/{pinned}", json={"pinned": True})
    assert await titles(maker, agent_id, q="TEA") == ["100% of tea"]
    assert await titles(maker, agent_id, q="100% o") == ["100% of tea"]
    assert await titles(maker, agent_id, q="%") == ["100% of tea"]
    assert await titles(maker, agent_id, pinned="true") == ["Milk"]
    assert await titles(maker, agent_id, pinned="false") == ["100% of tea"]


async def test_renaming_and_deleting(maker: Person, agent_id: str) -> None:
    session_id = await start(maker, agent_id)
    renamed = await maker.patch(f"/sessions/{session_id}", json={"title": "  Better  "})
    assert renamed.json()["title"] == "Better"
    empty = await maker.patch(f"/sessions/{session_id}", json={"title": "   "})
    assert empty.status_code == 422
    assert (await maker.delete(f"/sessions/{session_id}")).status_code == 204
    assert (await maker.get(f"/sessions/{session_id}")).status_code == 404
    assert await titles(maker, agent_id) == []


async def test_nobody_else_sees_a_conversation(
    people: People, maker: Person, agent_id: str
) -> None:
    session_id = await start(maker, agent_id)
    for stranger in (await people("maker"), await people("admin")):
        for method, path in [
            ("GET", f"/sessions/{session_id}"),
            ("PATCH", f"/sessions/{session_id}"),
            ("DELETE", f"/sessions/{session_id}"),
            ("POST", f"/sessions/{session_id}/stop"),
            ("GET", f"/sessions/{session_id}/stream"),
        ]:
            body = {} if method == "PATCH" else None
            answer = await stranger.request(method, path, json=body)
            assert answer.status_code == 404, (method, path)
        sent = await stranger.post(f"/sessions/{session_id}/messages", json={"message": "Hi"})
        assert sent.status_code == 404


async def test_a_conversation_can_be_kept_on_a_version(maker: Person, agent_id: str) -> None:
    agent = (await maker.get(f"/agents/{agent_id}")).json()
    version_id = agent["active_version"]["id"]
    kept = await maker.post(f"/agents/{agent_id}/sessions", json={"version_id": version_id})
    assert kept.json()["version_id"] == version_id
    strange = await maker.post(f"/agents/{agent_id}/sessions", json={"version_id": agent_id})
    assert strange.status_code == 422


@pytest.mark.parametrize(
    "body", [{"message": ""}, {"message": "  "}, {}, {"message": "x" * 100_001}]
)
async def test_a_message_needs_words(maker: Person, agent_id: str, body: dict[str, str]) -> None:
    session_id = await start(maker, agent_id)
    assert (await maker.post(f"/sessions/{session_id}/messages", json=body)).status_code == 422
