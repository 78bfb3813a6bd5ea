"""What happens between a question and its answer: planned, searched, ordered, checked."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

import aiohttp
import pytest
from fastapi import FastAPI

from agentgrid.creator_studio.rag.queries import planner as queries
from agentgrid.creator_studio.rag.reranking import model as model_reranking
from agentgrid.features.deps import Services
from agentgrid.features.knowledge.ingestion import process_file
from tests.fakes.script import Script
from tests.features.chat.planning import PlanningServer
from tests.features.chat.talking import Events
from tests.people import People, Person
from tests.serving import serving

Json: TypeAlias = dict[str, Any]

LEAVE = "# Leave\n\nFull-time employees have 28 days of paid leave. Part-timers have 14 days."
DOGS = "# Office\n\nDogs are welcome in the office on Fridays. Cats stay at home."


@dataclass
class Desk:
    """A person, their agent with two documents, and the provider behind it."""

    person: Person
    services: Services
    provider: PlanningServer
    agent_id: str
    files: dict[str, str]
    session: str = ""

    async def set(self, **retrieval: object) -> None:
        changed = await self.person.patch(f"/agents/{self.agent_id}", json={"retrieval": retrieval})
        assert changed.status_code == 200, changed.text

    async def begin(self) -> None:
        made = await self.person.post(f"/agents/{self.agent_id}/sessions", json={})
        self.session = made.json()["id"]

    async def ask(self, question: str, answer: str = "Yes.", **more: object) -> Json:
        """The answer to a question, which the provider words as given."""
        self.provider.script = Script(pieces=(answer,))
        if not self.session:
            await self.begin()
        body = {"message": question, **more}
        said = await self.person.post(f"/sessions/{self.session}/messages", json=body)
        assert said.status_code == 200, said.text
        return said.json()

    async def purposes(self) -> list[str]:
        rows = await self.services.pool.fetch("select purpose from llm_usage order by created_at")
        return [row["purpose"] for row in rows]


@pytest.fixture
async def desk(app: FastAPI, people: People, services: Services) -> AsyncGenerator[Desk]:
    async with PlanningServer() as provider:
        assert isinstance(provider, PlanningServer)
        admin = await people("admin")
        connection = {"provider": "openai", "base_url": provider.url, "api_key": "sk-test-1234"}
        made = await admin.post("/providers", json=connection)
        assert made.status_code == 201, made.text
        maker = await people("maker")
        agent = await maker.post("/agents", json={"name": "Desk", "model": "openai/gpt-4o"})
        agent_id = agent.json()["id"]
        files: dict[str, str] = {}
        for name, text in (("leave.md", LEAVE), ("office.md", DOGS)):
            added = await maker.post(
                f"/agents/{agent_id}/files", files={"file": (name, text.encode())}
            )
            files[name] = added.json()["id"]
            await process_file(services, UUID(files[name]), stopping=lambda: False)
        yield Desk(maker, services, provider, agent_id, files)


def step(message: Json, name: str) -> Json:
    return next(each for each in message["steps"] if each["name"] == name)


async def test_every_step_is_kept_with_the_answer(desk: Desk) -> None:
    message = await desk.ask(
        "How many days of paid leave do full-time employees have?",
        "Full-time employees have 28 days [1]. They get a yacht [1].",
    )
    assert [each["name"] for each in message["steps"]] == [
        "rag_queries", "rag_retrieval", "rag_rerank", "model", "rag_sources", "rag_check",
    ]  # fmt: skip
    assert all(each["time_ms"] >= 0 for each in message["steps"])
    asked = step(message, "rag_queries")
    assert asked["queries"][0]["kind"] == "question"
    assert (asked["model"], asked["skipped"]) == (None, queries.FEW)
    assert {leg["leg"] for leg in step(message, "rag_retrieval")["legs"]} >= {"dense", "words"}
    sources = step(message, "rag_sources")["sources"]
    assert (sources[0]["file_name"], sources[0]["cited"]) == ("leave.md", True)
    assert sources[0]["file_id"] == desk.files["leave.md"]
    check = step(message, "rag_check")
    assert (check["claims"], check["supported"], check["removed"]) == (2, 1, 1)
    assert message["content"] == "Full-time employees have 28 days [1]. They get a yacht."
    stored = await desk.person.get(f"/sessions/{desk.session}")
    assert stored.json()["messages"][1] == message


async def test_a_turn_without_documents_has_no_steps_but_the_models(desk: Desk) -> None:
    agent = await desk.person.post("/agents", json={"name": "Bare", "model": "openai/gpt-4o"})
    desk.agent_id = agent.json()["id"]
    message = await desk.ask("How much leave do I have?")
    assert [each["name"] for each in message["steps"]] == ["model"]
    assert await desk.purposes() == ["chat"]


async def test_a_follow_up_is_planned_by_the_model_and_paid_for_apart(desk: Desk) -> None:
    await desk.ask("How many days of paid leave do full-time employees have?")
    desk.provider.plan = {
        "standalone": "How many days of leave do part-timers have?",
        "variants": ["leave of part-time staff"],
        "parts": [],
    }
    message = await desk.ask("And for part-timers?", "They have 14 days [1].")
    planned = step(message, "rag_queries")
    assert [each["kind"] for each in planned["queries"]] == ["rewrite", "variant"]
    assert planned["model"] == "openai/gpt-4o"
    assert step(message, "rag_retrieval")["queries"] == [
        "How many days of leave do part-timers have?",
        "leave of part-time staff",
    ]
    assert sorted(await desk.purposes()) == ["chat", "chat", "queries"]
    assert message["usage"]["completion_tokens"] == 7


async def test_what_is_not_back_in_time_is_left_out(desk: Desk) -> None:
    await desk.set(time_budget_ms=200, queries="multiple", rerank="model")
    desk.provider.plan = desk.provider.judgement = None
    message = await desk.ask("How much paid leave is there?", "There are 28 days [1].")
    assert step(message, "rag_queries")["skipped"] == queries.TOO_LATE
    assert step(message, "rag_rerank")["skipped"] == model_reranking.TOO_LATE
    assert message["status"] == "complete"
    assert message["citations"]


async def test_a_model_that_refuses_costs_no_answer(desk: Desk) -> None:
    await desk.set(queries="multiple", rerank="model")
    desk.provider.refuses = True
    message = await desk.ask("How much paid leave is there?", "There are 28 days [1].")
    assert step(message, "rag_queries")["skipped"] == queries.NO_ANSWER
    assert step(message, "rag_rerank") | {"time_ms": 0} == {
        "name": "rag_rerank",
        "time_ms": 0,
        "method": "scores",
        "model": None,
        "passages": step(message, "rag_rerank")["passages"],
        "skipped": model_reranking.NO_ANSWER,
    }
    assert message["status"] == "complete"


async def test_the_models_judgement_decides_what_is_read(desk: Desk) -> None:
    await desk.set(rerank="model", limit=1)
    desk.provider.judgement = {
        "grades": [{"passage": 2, "grade": 3}, {"passage": 1, "grade": 0}],
        "coverage": "partial",
    }
    message = await desk.ask("How much paid leave is there?")
    assert step(message, "rag_rerank")["method"] == "model"
    assert [each["file_name"] for each in step(message, "rag_sources")["sources"]] == ["office.md"]
    assert message["coverage"] == "partial"
    assert "rerank" in await desk.purposes()


async def test_a_question_is_answered_from_the_wanted_documents_and_again(desk: Desk) -> None:
    wanted = {"files": [desk.files["office.md"]]}
    message = await desk.ask("Are dogs welcome in the office?", filter=wanted)
    names = {each["file_name"] for each in step(message, "rag_sources")["sources"]}
    assert names == {"office.md"}
    again = await desk.person.post(f"/messages/{message['id']}/regenerate")
    names = {each["file_name"] for each in step(again.json(), "rag_sources")["sources"]}
    assert names == {"office.md"}
    question = (await desk.person.get(f"/sessions/{desk.session}")).json()["messages"][0]
    assert question["filter"]["files"] == wanted["files"]


@pytest.mark.parametrize(
    "wanted", [{"tags": [""]}, {"files": ["x"]}, {"added_from": "yesterday"}, {"owner": "me"}]
)
async def test_a_filter_that_cannot_be_is_refused(desk: Desk, wanted: Json) -> None:
    await desk.begin()
    body = {"message": "Hello?", "filter": wanted}
    refused = await desk.person.post(f"/sessions/{desk.session}/messages", json=body)
    assert refused.status_code == 422


class TestDocumentsOnly:
    async def test_silence_is_said_without_asking_a_model(self, desk: Desk) -> None:
        await desk.set(answer_from="documents_only")
        message = await desk.ask("Wer ist der Bürgermeister von Ulaanbaatar?")
        assert message["content"].startswith("Das konnte ich in den Dokumenten nicht finden.")
        assert "„Ulaanbaatar“" in message["content"]
        assert message["coverage"] == "none"
        assert await desk.purposes() == []

    async def test_ones_own_words_for_it_are_used(self, desk: Desk) -> None:
        await desk.set(answer_from="documents_only", not_found_reply="Ask the front desk.")
        message = await desk.ask("Who is the mayor of Ulaanbaatar?")
        assert message["content"] == "Ask the front desk."

    async def test_an_answer_without_a_source_is_not_given(self, desk: Desk) -> None:
        await desk.set(answer_from="documents_only", not_found_reply="Ask the front desk.")
        message = await desk.ask("How much paid leave is there?", "Everybody gets a yacht.")
        assert (message["content"], message["citations"]) == ("Ask the front desk.", [])

    async def test_a_greeting_is_returned(self, desk: Desk) -> None:
        await desk.set(answer_from="documents_only")
        assert (await desk.ask("Hello!", "Good morning."))["content"] == "Good morning."


async def test_general_knowledge_is_allowed_where_the_agent_says_so(desk: Desk) -> None:
    await desk.set(answer_from="anything")
    message = await desk.ask("Who is the mayor of Ulaanbaatar?", "I do not know him.")
    assert message["content"] == "I do not know him."
    assert "general knowledge" in desk.provider.prompts[-1]


@pytest.mark.parametrize(
    ("mode", "content", "cited"),
    [
        ("inline", "You have 28 days [1].", [1]),
        ("end", "You have 28 days.\n\n[1]", [1]),
        ("off", "You have 28 days.", []),
    ],
)
async def test_sources_are_named_where_the_agent_says(
    desk: Desk, mode: str, content: str, cited: list[int]
) -> None:
    await desk.set(citations=mode)
    message = await desk.ask("How many days of paid leave are there?", "You have 28 days [1].")
    assert message["content"] == content
    assert [each["number"] for each in message["citations"]] == cited


class TestStreaming:
    async def events(self, desk: Desk, app: FastAPI, *pieces: str) -> Events:
        desk.provider.script = Script(pieces=pieces)
        await desk.begin()
        headers = {
            "Authorization": desk.person.headers["Authorization"],
            "Accept": "text/event-stream",
        }
        path = f"/api/v1/sessions/{desk.session}/messages"
        body = {"message": "How many days of paid leave do employees have?"}
        async with (
            serving(app) as url,
            aiohttp.ClientSession(url, headers=headers) as http,
            http.post(path, json=body) as response,
        ):
            events = Events(response)
            await events.until("done")
        return events

    async def test_a_citation_is_sent_when_its_marker_is_complete(
        self, desk: Desk, app: FastAPI
    ) -> None:
        pieces = ("Full-time employees have 28 days [", "1", "]", ".", " Part-timers", " less.")
        events = await self.events(desk, app, *pieces)
        names = events.names
        assert names.count("citation") == 1
        last_token = len(names) - 1 - names[::-1].index("token")
        assert names.index("citation") < last_token
        cited = next(data for name, data in events.seen if name == "citation")
        assert cited["quote"] == "Full-time employees have 28 days of paid leave."

    async def test_an_invented_figure_carries_no_citation(self, desk: Desk, app: FastAPI) -> None:
        events = await self.events(desk, app, "Full-time employees have 77 days [1].", " Nice.")
        assert "citation" not in events.names
        done = events.seen[-1][1]["message"]
        assert done["content"] == "Full-time employees have 77 days. Nice."

    async def test_markers_are_not_shown_where_sources_stand_at_the_end(
        self, desk: Desk, app: FastAPI
    ) -> None:
        await desk.set(citations="end")
        events = await self.events(desk, app, "Employees have 28 days [", "1]", ".")
        assert events.text == "Employees have 28 days."
        assert "citation" in events.names
