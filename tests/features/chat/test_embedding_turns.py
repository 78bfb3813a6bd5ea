"""Turns of an agent whose documents are embedded by a service."""

from collections.abc import AsyncGenerator
from uuid import UUID

import pytest

from agentgrid.features.deps import Services
from agentgrid.features.knowledge.embedding.build import build
from tests.fakes.embedding_servers import EmbeddingServer
from tests.fakes.script import Script
from tests.features.chat.talking import Conversation
from tests.features.knowledge.conftest import Shelf
from tests.features.knowledge.test_embedding_admin import choose, wanted
from tests.features.knowledge.test_embedding_switch import publish_texts
from tests.people import People

LEAVE = "Employees have 28 days of paid leave per year."


@pytest.fixture
async def embedding(
    talk: Conversation, people: People, services: Services
) -> AsyncGenerator[EmbeddingServer]:
    agent_id = (await talk.history())["agent_id"]
    shelf = Shelf(talk.person, UUID(agent_id), services)
    await publish_texts(services, shelf, [LEAVE, "Dogs are welcome on Fridays."], "rules.txt")
    async with EmbeddingServer() as server:
        index = await choose(await people("admin"), wanted(server))
        await build(services, UUID(index["id"]))
        server.received.clear()
        yield server


async def ask(talk: Conversation) -> dict[str, object]:
    talk.provider.script = Script(pieces=("28 days [1].",))
    answer = await talk.person.post(
        talk.messages, json={"message": "How many days of paid leave per year?"}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_what_a_question_cost_to_embed_belongs_to_its_answer(
    talk: Conversation, embedding: EmbeddingServer, services: Services
) -> None:
    message = await ask(talk)
    rows = await services.pool.fetch(
        "select * from llm_usage where purpose = 'embedding' and message_id = $1",
        UUID(str(message["id"])),
    )
    assert [(row["model"], row["user_id"]) for row in rows] == [("embed-x", talk.person.id)]
    assert rows[0]["session_id"] == UUID(talk.session_id)
    assert rows[0]["prompt_tokens"] == sum(len(text.split()) for text in embedding.embedded)
    usage = message["usage"]
    assert isinstance(usage, dict)
    assert usage["model"] == "gpt-4", "the answer's own usage is that of the model that wrote it"


async def test_a_question_is_answered_from_documents_while_the_service_is_away(
    talk: Conversation, embedding: EmbeddingServer
) -> None:
    embedding.status = 500
    message = await ask(talk)
    assert message["status"] == "complete"
    citations = message["citations"]
    assert isinstance(citations, list)
    assert [citation["file_name"] for citation in citations] == ["rules.txt"]
    steps = message["steps"]
    assert isinstance(steps, list)
    (step,) = [step for step in steps if step["name"] == "rag_retrieval"]
    failed = {leg["leg"]: leg["failed"] for leg in step["legs"]}
    assert failed["dense"] == "OpenAI-compatible server failed to answer (error 500); try again."
    assert failed["words"] is None
