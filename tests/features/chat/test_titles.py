"""Titles: the first question at once, a better one from a model that can."""

from uuid import UUID

from agentgrid.features.chat.titles import write_title
from agentgrid.features.deps import Services
from tests.fakes.script import Script
from tests.features.chat.talking import Conversation


async def titled(talk: Conversation, services: Services, model_says: str) -> str:
    talk.provider.script = Script(pieces=("Boil it.",))
    await talk.person.post(talk.messages, json={"message": "How do I make tea?\nPlease."})
    talk.provider.script = Script(pieces=(model_says,))
    await write_title(services, UUID(talk.session_id))
    return (await talk.history())["title"]


async def test_a_capable_model_names_the_conversation(
    talk: Conversation, services: Services
) -> None:
    assert await titled(talk, services, '"Making tea."') == "Making tea"
    purposes = await services.pool.fetch("select purpose from llm_usage order by created_at")
    assert [row["purpose"] for row in purposes] == ["chat", "title"]


async def test_naming_twice_asks_once(talk: Conversation, services: Services) -> None:
    await titled(talk, services, "Making tea")
    asked = len(talk.provider.received)
    await write_title(services, UUID(talk.session_id))
    assert len(talk.provider.received) == asked


async def test_without_an_answer_the_first_question_stays(
    talk: Conversation, services: Services
) -> None:
    await talk.person.post(talk.messages, json={"message": "How do I make tea?"})
    talk.provider.script = Script(error="key")
    await write_title(services, UUID(talk.session_id))
    assert (await talk.history())["title"] == "How do I make tea?"


async def test_a_persons_own_title_stays(talk: Conversation, services: Services) -> None:
    await talk.person.post(talk.messages, json={"message": "How do I make tea?"})
    await talk.person.patch(f"/sessions/{talk.session_id}", json={"title": "Tea"})
    await write_title(services, UUID(talk.session_id))
    assert (await talk.history())["title"] == "Tea"
