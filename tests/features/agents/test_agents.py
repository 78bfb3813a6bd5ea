"""Agents: made, seen, changed, deleted, and by whom."""

import pytest
from dirty_equals import IsPartialDict, IsUUID
from sqlalchemy import select, update

from agentgrid.features.agents.models import Agent
from agentgrid.features.auth.models import AuditEntry
from agentgrid.features.chat.models import ChatSession
from agentgrid.features.deps import Services
from agentgrid.features.knowledge.models import KnowledgeFile
from agentgrid.kit.db import new_id, unit_of_work
from tests.people import People, Person

Json = dict[str, object]


async def make_agent(person: Person, **wanted: object) -> dict[str, str]:
    answer = await person.post("/agents", json={"name": "Support", **wanted})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def share(services: Services, agent_id: str) -> None:
    async with unit_of_work(services.sessions) as session:
        await session.execute(update(Agent).where(Agent.id == agent_id).values(visibility="shared"))


async def test_a_new_agent_has_version_one_and_sensible_settings(maker: Person) -> None:
    answer = await maker.post("/agents", json={"name": "  Support desk  "})
    assert answer.status_code == 201
    assert answer.json() == IsPartialDict(
        id=IsUUID(),
        slug="support-desk",
        name="Support desk",
        description="",
        owner_id=str(maker.id),
        is_demo=False,
        active_version=IsPartialDict(number=1),
        spec={
            "instruction": "",
            "model": "",
            "fallbacks": [],
            "temperature": None,
            "max_tokens": None,
            "welcome_message": "",
            "starter_questions": [],
            "retrieval": {
                "enabled": True,
                "limit": 6,
                "answer_from": "documents_first",
                "citations": "inline",
                "not_found_reply": "",
                "queries": "auto",
                "rerank": "auto",
                "time_budget_ms": 3000,
                "tags": [],
            },
        },
        files={"total": 0, "ready": 0, "processing": 0, "failed": 0},
        last_used_at=None,
    )


async def test_an_agent_can_be_made_whole_in_one_request(maker: Person) -> None:
    spec: Json = {
        "instruction": "Be kind.",
        "model": "openai/gpt-5-mini",
        "fallbacks": ["local/smollm2-135m-instruct"],
        "temperature": 0.2,
        "max_tokens": 400,
        "welcome_message": "Hi!",
        "starter_questions": ["What do you do?"],
        "retrieval": {
            "enabled": True,
            "limit": 3,
            "answer_from": "documents_only",
            "citations": "end",
            "not_found_reply": "Ask the desk.",
            "queries": "multiple",
            "rerank": "fast",
            "time_budget_ms": 500,
            "tags": ["Prices", "leave"],
        },
    }
    agent = await make_agent(maker, description="Answers", emblem="🦉", **spec)
    assert agent["spec"] == spec
    assert (await maker.get(f"/agents/{agent['id']}")).json() == agent


@pytest.mark.parametrize(
    ("wanted", "loc"),
    [
        ({}, ["name"]),
        ({"name": "   "}, ["name"]),
        ({"name": "x" * 121}, ["name"]),
        ({"name": "x", "model": "gpt-5"}, ["model"]),
        ({"name": "x", "model": "/gpt-5"}, ["model"]),
        ({"name": "x", "temperature": 2.1}, ["temperature"]),
        ({"name": "x", "max_tokens": 0}, ["max_tokens"]),
        ({"name": "x", "retrieval": {"limit": 0}}, ["retrieval", "limit"]),
        ({"name": "x", "retrieval": {"time_budget_ms": 100}}, ["retrieval", "time_budget_ms"]),
        ({"name": "x", "retrieval": {"tags": ["a"] * 21}}, ["retrieval", "tags"]),
        (
            {"name": "x", "retrieval": {"enabled": False, "answer_from": "documents_only"}},
            ["retrieval"],
        ),
        ({"name": "x", "fallbacks": ["a/b"] * 6}, ["fallbacks"]),
        ({"name": "x", "prompt": "hi"}, ["prompt"]),
    ],
)
async def test_an_agent_that_cannot_be_says_which_field_is_at_fault(
    maker: Person, wanted: Json, loc: list[str]
) -> None:
    answer = await maker.post("/agents", json=wanted)
    assert answer.status_code == 422
    assert [error["loc"] for error in answer.json()["errors"]] == [["body", *loc]]


async def test_addresses_are_made_from_names_and_differ(maker: Person) -> None:
    names = ["Café Straße", "cafe strae", "客服", "!!!", "Café Straße"]
    slugs = [(await make_agent(maker, name=name))["slug"] for name in names]
    assert slugs == ["cafe-strae", "cafe-strae-2", "agent", "agent-2", "cafe-strae-3"]


async def test_a_deleted_agent_is_gone_and_its_address_is_free(maker: Person) -> None:
    agent = await make_agent(maker)
    assert (await maker.delete(f"/agents/{agent['id']}")).status_code == 204
    answer = await maker.get(f"/agents/{agent['id']}")
    assert (answer.status_code, answer.json()["code"]) == (404, "agent_not_found")
    assert (await maker.get("/agents")).json()["items"] == []
    assert (await make_agent(maker))["slug"] == agent["slug"]


async def test_members_use_agents_but_make_none(people: People) -> None:
    member = await people("member")
    answer = await member.post("/agents", json={"name": "Mine"})
    assert (answer.status_code, answer.json()["code"]) == (403, "maker_only")


async def test_a_private_agent_is_there_for_its_owner_and_admins_alone(
    maker: Person, admin: Person, people: People
) -> None:
    agent = await make_agent(maker)
    stranger = await people("maker")
    url = f"/agents/{agent['id']}"
    version = f"{url}/versions/{agent['active_version']['id']}"  # pyright: ignore[reportArgumentType]
    for path in (url, f"{url}/versions", version):
        assert (await stranger.get(path)).json()["code"] == "agent_not_found"
        assert (await admin.get(path)).status_code == 200
    assert (await stranger.patch(url, json={"name": "Mine"})).status_code == 404
    assert (await stranger.delete(url)).status_code == 404
    assert (await stranger.get("/agents")).json()["items"] == []
    assert len((await admin.get("/agents")).json()["items"]) == 1
    assert (await admin.patch(url, json={"name": "Ours"})).json()["name"] == "Ours"


async def test_a_shared_agent_may_be_used_and_not_changed(
    maker: Person, people: People, services: Services
) -> None:
    agent = await make_agent(maker)
    await share(services, agent["id"])
    stranger = await people("maker")
    url = f"/agents/{agent['id']}"
    assert (await stranger.get(url)).status_code == 200
    assert [item["id"] for item in (await stranger.get("/agents")).json()["items"]] == [agent["id"]]
    answers = [
        await stranger.patch(url, json={"name": "Mine"}),
        await stranger.delete(url),
        await stranger.post(f"{url}/versions", json={}),
        await stranger.post(f"{url}/versions/{agent['active_version']['id']}/activate"),  # pyright: ignore[reportArgumentType]
    ]
    assert [answer.json()["code"] for answer in answers] == ["agent_read_only"] * 4


async def test_ids_that_are_none_are_refused_and_unknown_ones_not_found(maker: Person) -> None:
    assert (await maker.get("/agents/not-an-id")).status_code == 422
    assert (await maker.get(f"/agents/{new_id()}")).status_code == 404


async def test_agents_are_listed_page_by_page_newest_first(maker: Person) -> None:
    made = [(await make_agent(maker, name=f"Agent {n}"))["id"] for n in range(5)]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await maker.get("/agents", params=query)).json()
        seen += [agent["id"] for agent in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == made[::-1]


async def test_agents_are_found_by_a_part_of_name_or_description(maker: Person) -> None:
    await make_agent(maker, name="100% cotton", description="Textiles")
    await make_agent(maker, name="Travel", description="Trains and COTTON mills")
    await make_agent(maker, name="Legal")

    async def found(text: str) -> set[str]:
        page = (await maker.get("/agents", params={"q": text})).json()
        return {agent["name"] for agent in page["items"]}

    assert await found("cotton") == {"100% cotton", "Travel"}
    assert await found(" 100% ") == {"100% cotton"}
    assert await found("%") == {"100% cotton"}
    assert await found("_") == set()


async def test_an_agent_tells_how_many_files_it_has_in_which_state(
    maker: Person, services: Services
) -> None:
    agent = await make_agent(maker)
    async with unit_of_work(services.sessions) as session:
        for number, status in enumerate(["ready", "ready", "failed", "queued", "embedding"]):
            session.add(_file(agent["id"], number, status))
        session.add(_file(agent["id"], 9, "ready", removed_seq=7))
    files = {"total": 5, "ready": 2, "processing": 2, "failed": 1}
    assert (await maker.get(f"/agents/{agent['id']}")).json()["files"] == files


def _file(agent_id: str, number: int, status: str, **columns: object) -> KnowledgeFile:
    return KnowledgeFile(
        agent_id=agent_id,
        name=f"{number}.txt",
        media_type="text/plain",
        size=1,
        content_hash=str(number),
        storage_key=str(number),
        status=status,
        **columns,
    )


async def test_an_agent_tells_each_person_when_they_last_used_it(
    maker: Person, admin: Person, services: Services
) -> None:
    agent = await make_agent(maker)
    async with unit_of_work(services.sessions) as session:
        session.add(ChatSession(agent_id=agent["id"], user_id=maker.id))
    url = f"/agents/{agent['id']}"
    assert (await maker.get(url)).json()["last_used_at"] is not None
    assert (await admin.get(url)).json()["last_used_at"] is None


async def test_what_happens_to_an_agent_stands_in_the_audit_log(
    maker: Person, services: Services
) -> None:
    agent = await make_agent(maker)
    url = f"/agents/{agent['id']}"
    await maker.patch(url, json={"name": "Helpdesk", "emblem": "🦉"})
    await maker.delete(url)
    async with unit_of_work(services.sessions) as session:
        entries = (await session.scalars(select(AuditEntry).order_by(AuditEntry.id))).all()
    assert [entry.action for entry in entries] == [
        "agent.created",
        "agent.changed",
        "agent.deleted",
    ]
    assert {entry.actor_id for entry in entries} == {maker.id}
    assert entries[1].details == {
        "name": {"before": "Support", "after": "Helpdesk"},
        "emblem": {"before": "", "after": "🦉"},
    }


@pytest.mark.parametrize("field", ["name", "instruction"])
async def test_a_character_the_database_cannot_keep_is_refused_in_words(
    maker: Person, field: str
) -> None:
    answer = await maker.post("/agents", json={"name": "Support", field: "a\x00b"})
    assert (answer.status_code, answer.json()["code"]) == (422, "character_not_allowed")
    assert (await maker.get("/agents", params={"q": "a\x00b"})).status_code == 422
