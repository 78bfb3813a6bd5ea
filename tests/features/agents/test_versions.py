"""Versions: made by every change, numbered without gaps, compared, rolled back."""

import asyncio
from typing import Any

import pytest
from dirty_equals import IsPartialDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from agentgrid.features.agents.models import Agent, AgentVersion
from agentgrid.features.agents.schemas import AgentSpec
from agentgrid.features.agents.versions import content_hash, differences, slug_of, summary
from agentgrid.features.auth.models import AuditEntry
from agentgrid.features.deps import Services
from agentgrid.features.knowledge.models import KnowledgeFile
from agentgrid.kit.db import unit_of_work
from tests.features.agents.test_agents import make_agent
from tests.people import Person


class Made:
    """An agent that its maker works on."""

    def __init__(self, maker: Person, agent: Any) -> None:
        self.maker = maker
        self.url = f"/agents/{agent['id']}"
        self.id: str = agent["id"]

    async def patch(self, **change: object) -> Any:
        answer = await self.maker.patch(self.url, json=change)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def versions(self) -> list[Any]:
        return (await self.maker.get(f"{self.url}/versions")).json()["items"]

    async def activate(self, version: Any) -> Any:
        return (await self.maker.post(f"{self.url}/versions/{version['id']}/activate")).json()


@pytest.fixture
async def agent(maker: Person) -> Made:
    return Made(maker, await make_agent(maker, instruction="Be kind."))


async def test_a_change_makes_a_version_with_author_and_summary(agent: Made, maker: Person) -> None:
    changed = await agent.patch(instruction="Be brief.", model="openai/gpt-5-mini")
    assert changed["active_version"]["number"] == 2
    new, old = await agent.versions()
    assert new == IsPartialDict(
        number=2,
        parent_number=1,
        author={"id": str(maker.id), "name": "maker"},
        change_summary="Changed the instruction and the model",
        active=True,
        knowledge_sequence=None,
    )
    assert old == IsPartialDict(
        number=1, parent_number=None, change_summary="Created the agent", active=False
    )
    assert old["spec"]["instruction"] == "Be kind."
    assert new["spec"] == changed["spec"]


async def test_a_summary_of_ones_own_stands(agent: Made) -> None:
    await agent.patch(temperature=0.5, change_summary="Warmer")
    assert (await agent.versions())[0]["change_summary"] == "Warmer"


async def test_saving_what_is_there_already_makes_no_version(agent: Made) -> None:
    await agent.patch(instruction="Be kind.", temperature=None, retrieval={"limit": 6})
    assert len(await agent.versions()) == 1


async def test_the_name_and_its_company_make_no_version(agent: Made) -> None:
    changed = await agent.patch(name="Helpdesk", description="Answers", emblem="🦉")
    assert (changed["name"], changed["description"], changed["emblem"]) == (
        "Helpdesk",
        "Answers",
        "🦉",
    )
    assert len(await agent.versions()) == 1


async def test_null_clears_the_limits_and_leaves_the_rest(agent: Made) -> None:
    await agent.patch(temperature=0.5, max_tokens=100)
    changed = await agent.patch(temperature=None, max_tokens=None, instruction=None)
    assert changed["spec"] == IsPartialDict(
        temperature=None, max_tokens=None, instruction="Be kind."
    )


async def test_a_save_over_somebody_elses_is_refused(agent: Made) -> None:
    await agent.patch(instruction="Be brief.", base_version=1)
    answer = await agent.maker.patch(
        agent.url, json={"instruction": "Be funny.", "base_version": 1}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "version_conflict")
    assert "version 2 is active" in answer.json()["detail"]


async def test_of_two_saves_at_once_on_the_same_version_one_is_told_of_the_other(
    agent: Made,
) -> None:
    answers = await asyncio.gather(
        *(
            agent.maker.patch(agent.url, json={"instruction": text, "base_version": 1})
            for text in ("One", "Two")
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_saves_at_once_without_a_base_all_survive(agent: Made) -> None:
    changes: list[dict[str, object]] = [
        {"instruction": "New"},
        {"temperature": 0.7},
        {"welcome_message": "Hi"},
        {"max_tokens": 50},
        {"starter_questions": ["Who?"]},
    ]
    await asyncio.gather(*(agent.patch(**change) for change in changes))
    numbers = [version["number"] for version in await agent.versions()]
    assert numbers == [6, 5, 4, 3, 2, 1]
    spec = (await agent.maker.get(agent.url)).json()["spec"]
    for change in changes:
        assert spec == IsPartialDict(change)


async def test_a_snapshot_keeps_the_agent_with_its_documents_and_stays_aside(
    agent: Made, services: Services
) -> None:
    async with unit_of_work(services.sessions) as session:
        await session.execute(update(Agent).values(knowledge_sequence=5))
    answer = await agent.maker.post(f"{agent.url}/versions", json={})
    assert answer.status_code == 201
    assert answer.json() == IsPartialDict(
        number=2,
        parent_number=1,
        active=False,
        knowledge_sequence=5,
        change_summary="Snapshot of version 1",
    )
    assert (await agent.maker.get(agent.url)).json()["active_version"]["number"] == 1
    assert (await agent.patch(instruction="Next"))["active_version"]["number"] == 3


async def test_going_back_is_one_step_and_stands_in_the_audit_log(
    agent: Made, services: Services
) -> None:
    await agent.patch(instruction="Be brief.")
    first = (await agent.versions())[1]
    back = await agent.activate(first)
    assert back["active_version"]["number"] == 1
    assert back["spec"]["instruction"] == "Be kind."
    async with unit_of_work(services.sessions) as session:
        entries = (
            await session.scalars(
                select(AuditEntry).where(AuditEntry.action == "agent.version_activated")
            )
        ).all()
    assert [entry.details for entry in entries] == [{"before": 2, "after": 1}]
    await agent.activate(first)
    assert (await agent.patch(instruction="Onwards"))["active_version"]["number"] == 3
    assert (await agent.versions())[0]["parent_number"] == 1


async def test_the_version_that_leaves_keeps_the_documents_it_had(
    agent: Made, services: Services
) -> None:
    async def at(sequence: int) -> None:
        async with unit_of_work(services.sessions) as session:
            await session.execute(update(Agent).values(knowledge_sequence=sequence))

    async def kept() -> dict[int, int | None]:
        return {v["number"]: v["knowledge_sequence"] for v in await agent.versions()}

    await at(3)
    await agent.patch(instruction="Two")
    assert await kept() == {1: 3, 2: None}
    await at(8)
    await agent.activate((await agent.versions())[1])
    assert await kept() == {1: None, 2: 8}


async def test_versions_of_other_agents_are_not_found(agent: Made, maker: Person) -> None:
    other = Made(maker, await make_agent(maker))
    strange = (await other.versions())[0]
    answer = await maker.get(f"{agent.url}/versions/{strange['id']}")
    assert (answer.status_code, answer.json()["code"]) == (404, "version_not_found")
    answer = await maker.post(f"{agent.url}/versions/{strange['id']}/activate")
    assert answer.status_code == 404


async def test_versions_are_listed_page_by_page(agent: Made) -> None:
    for number in range(4):
        await agent.patch(instruction=str(number))
    url = f"{agent.url}/versions"
    first = (await agent.maker.get(url, params={"limit": 3})).json()
    rest = (await agent.maker.get(url, params={"cursor": first["next_cursor"]})).json()
    assert [v["number"] for v in first["items"] + rest["items"]] == [5, 4, 3, 2, 1]
    assert (await agent.maker.get(url, params={"cursor": "WyJ4Il0"})).status_code == 422


async def test_a_diff_tells_settings_and_documents_apart(agent: Made, services: Services) -> None:
    async with unit_of_work(services.sessions) as session:
        for name, added, removed in [
            ("old.txt", 1, 2),
            ("kept.txt", 1, None),
            ("new.txt", 3, None),
        ]:
            session.add(_file(agent.id, name, added, removed))
        await session.execute(update(Agent).values(knowledge_sequence=1))
    await agent.patch(instruction="Be brief.", retrieval={"limit": 3})
    async with unit_of_work(services.sessions) as session:
        await session.execute(update(Agent).values(knowledge_sequence=3))
    after, before = await agent.versions()
    answer = await agent.maker.get(f"{agent.url}/versions/{before['id']}/diff/{after['id']}")
    assert answer.json() == {
        "from": 1,
        "to": 2,
        "changes": [
            {"field": "instruction", "before": "Be kind.", "after": "Be brief."},
            {"field": "retrieval.limit", "before": 6, "after": 3},
        ],
        "files": {"added": ["new.txt"], "removed": ["old.txt"]},
    }


def _file(agent_id: str, name: str, added: int, removed: int | None) -> KnowledgeFile:
    return KnowledgeFile(
        agent_id=agent_id,
        name=name,
        media_type="text/plain",
        size=1,
        content_hash=name,
        storage_key=name,
        status="ready",
        added_seq=added,
        removed_seq=removed,
    )


async def test_a_stored_version_never_changes(agent: Made, services: Services) -> None:
    async def first() -> tuple[object, ...]:
        async with unit_of_work(services.sessions) as session:
            row = (
                await session.scalars(select(AgentVersion).where(AgentVersion.number == 1))
            ).one()
            return row.spec, row.content_hash, row.change_summary, row.created_at, row.author_id

    before = await first()
    await agent.patch(instruction="Other")
    await agent.activate((await agent.versions())[1])
    await agent.patch(instruction="Again")
    assert await first() == before


_ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("save"), st.sampled_from(["a", "b", "c"])),
        st.tuples(st.just("snapshot"), st.just("")),
        st.tuples(st.just("back"), st.integers(0, 5).map(str)),
    ),
    max_size=8,
)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(actions=_ACTIONS)
async def test_numbers_have_no_gaps_whatever_people_do(
    maker: Person, actions: list[tuple[str, str]]
) -> None:
    agent = Made(maker, await make_agent(maker, instruction="a"))
    made = 1
    for action, detail in actions:
        versions = await agent.versions()
        if action == "save":
            active = next(v for v in versions if v["active"])
            made += active["spec"]["instruction"] != detail
            await agent.patch(instruction=detail)
        elif action == "snapshot":
            made += 1
            await maker.post(f"{agent.url}/versions", json={})
        else:
            await agent.activate(versions[int(detail) % len(versions)])
    versions = await agent.versions()
    assert [v["number"] for v in versions] == list(range(made, 0, -1))
    assert [v["active"] for v in versions].count(True) == 1
    # Only the active version follows the documents, all others keep a view of their own.
    assert [v["knowledge_sequence"] is None for v in versions] == [v["active"] for v in versions]


_SPECS = st.builds(
    AgentSpec,
    instruction=st.text(max_size=20),
    temperature=st.none() | st.floats(0, 2),
    starter_questions=st.lists(st.text(max_size=5), max_size=2),
)


@given(before=_SPECS, after=_SPECS)
def test_a_hash_tells_whether_specs_differ_and_so_does_the_diff(
    before: AgentSpec, after: AgentSpec
) -> None:
    same = before == after
    assert (content_hash(before) == content_hash(after)) is same
    assert (differences(before, after) == []) is same


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model": "a/b"}, "Changed the model"),
        (
            {"model": "a/b", "temperature": 1.0, "max_tokens": 5},
            "Changed the model, the temperature and the longest answer",
        ),
        ({"retrieval": {"enabled": False, "limit": 2}}, "Changed how documents are read"),
    ],
)
def test_a_change_is_told_in_words(change: dict[str, object], words: str) -> None:
    assert summary(AgentSpec(), AgentSpec.model_validate(change)) == words


@given(name=st.text(max_size=200))
def test_an_address_is_always_plain(name: str) -> None:
    slug = slug_of(name)
    assert 1 <= len(slug) <= 60
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
