"""Turns over HTTP: the whole app, a real listener, a provider that speaks its protocol."""

import asyncio
import json
from decimal import Decimal
from uuid import UUID

from agentgrid.creator_studio.core import TokenUsage
from agentgrid.features.deps import Services
from tests.fakes.script import Script
from tests.features.chat.talking import Conversation
from tests.people import People


async def test_an_answer_comes_whole_as_json(talk: Conversation, services: Services) -> None:
    talk.provider.script = Script(
        pieces=("Good ", "morning."), usage=TokenUsage(prompt=1000, completion=100)
    )
    answer = await talk.person.post(talk.messages, json={"message": "Hello?"})
    assert answer.status_code == 200, answer.text
    message = answer.json()
    assert message["content"] == "Good morning."
    assert (message["role"], message["status"], message["version"]) == ("assistant", "complete", 1)
    assert message["usage"] == {
        "provider": "openai",
        "model": "gpt-4",
        "prompt_tokens": 1000,
        "completion_tokens": 100,
        "cost_usd": "0.036",
    }
    ledger = await services.pool.fetch("select * from llm_usage where purpose = 'chat'")
    assert [row["cost_usd"] for row in ledger] == [Decimal("0.036")]
    assert ledger[0]["message_id"] == UUID(message["id"])
    history = await talk.history()
    assert [m["content"] for m in history["messages"]] == ["Hello?", "Good morning."]
    assert history["messages"][1] == message
    assert (history["title"], history["message_count"]) == ("Hello?", 2)


async def test_an_answer_streams_as_typed_events(talk: Conversation) -> None:
    async with talk.stream(talk.messages, "Hello?") as events:
        talk.provider.say("Good ")
        turn = await events.until("turn")
        assert turn["user_message"]["content"] == "Hello?"
        await events.until("token")
        talk.provider.say("morning.")
        talk.provider.finish()
        done = await events.until("done")
    assert events.text == "Good morning."
    assert events.names == ["turn", "token", "token", "usage", "done"]
    assert done["message"] == (await talk.history())["messages"][1]
    assert done["message"]["first_token_ms"] is not None


async def test_an_answer_is_finished_when_its_reader_leaves(talk: Conversation) -> None:
    async with talk.stream(talk.messages, "Hello?") as events:
        talk.provider.say("Good ")
        await events.until("token")
    assert (await talk.history())["running"] is not None
    talk.provider.say("night.")
    talk.provider.finish()
    history = await talk.settled()
    assert history["messages"][1]["content"] == "Good night."
    assert history["messages"][1]["status"] == "complete"


async def test_a_reader_who_comes_back_gets_the_rest(talk: Conversation) -> None:
    async with talk.stream(talk.messages, "Hello?") as events:
        talk.provider.say("Good ")
        await events.until("token")
    talk.provider.say("mor")
    path = f"/sessions/{talk.session_id}/stream"
    async with talk.stream(path, **{"Last-Event-ID": events.last_id}) as rest:
        talk.provider.say("ning.")
        talk.provider.finish()
        await rest.until("done")
    assert rest.text == "morning."
    assert rest.names[0] == "turn"
    async with talk.stream(path) as nothing:
        assert nothing.response.status == 204


async def test_a_page_that_was_reloaded_gets_the_answer_from_its_start(talk: Conversation) -> None:
    async with talk.stream(talk.messages, "Hello?") as events:
        talk.provider.say("Good ")
        await events.until("token")
        async with talk.stream(f"/sessions/{talk.session_id}/stream") as second:
            talk.provider.say("day.")
            talk.provider.finish()
            await second.until("done")
    assert second.text == "Good day."


async def test_stopping_keeps_what_was_written(talk: Conversation) -> None:
    async with talk.stream(talk.messages, "Hello?") as events:
        talk.provider.say("Once upon")
        await events.until("token")
        stopped = await talk.person.post(f"/sessions/{talk.session_id}/stop")
        assert stopped.status_code == 204
        done = await events.until("done")
    assert (done["message"]["status"], done["message"]["content"]) == ("stopped", "Once upon")
    await asyncio.wait_for(talk.provider.left.wait(), 5)
    assert (await talk.history())["running"] is None


async def test_one_answer_at_a_time(talk: Conversation) -> None:
    async with talk.stream(talk.messages, "Hello?") as events:
        await events.until("turn")
        refused = await talk.person.post(talk.messages, json={"message": "And?"})
        assert (refused.status_code, refused.json()["code"]) == (409, "turn_running")
        talk.provider.finish()
        await events.until("done")
    again = await talk.person.post(talk.messages, json={"message": "And?"})
    assert again.status_code == 200


async def test_a_refused_key_is_told_and_the_question_is_kept(talk: Conversation) -> None:
    talk.provider.script = Script(error="key")
    async with talk.stream(talk.messages, "Hello?") as events:
        error = await events.until("error")
    assert error["code"] == "credentials_rejected"
    assert "sk-test" not in json.dumps(error)
    history = await talk.history()
    assert [m["status"] for m in history["messages"]] == ["complete", "failed"]
    refused = await talk.person.post(talk.messages, json={"message": "Again?"})
    assert (refused.status_code, refused.json()["code"]) == (502, "answer_failed")


async def test_a_stream_that_breaks_keeps_its_beginning(talk: Conversation) -> None:
    async with talk.stream(talk.messages, "Hello?") as events:
        talk.provider.say("Half an ans")
        await events.until("token")
        talk.provider.script = Script(fault="error_event")
        talk.provider.finish()
        await events.until("done")
    talk.provider.script = Script()
    ended = (await talk.settled())["messages"][1]
    assert ended["content"] == "Half an ans"


async def test_regenerating_makes_another_answer_that_the_conversation_goes_on_from(
    talk: Conversation,
) -> None:
    talk.provider.script = Script(pieces=("First.",))
    first = (await talk.person.post(talk.messages, json={"message": "Hello?"})).json()
    talk.provider.script = Script(pieces=("Second.",))
    second = await talk.person.post(f"/messages/{first['id']}/regenerate")
    assert second.json()["content"] == "Second."
    question, *answers = (await talk.history())["messages"]
    assert [a["content"] for a in answers] == ["First.", "Second."]
    assert {a["parent_id"] for a in answers} == {question["id"]}
    await talk.person.post(talk.messages, json={"message": "And?"})
    sent = talk.provider.asked["messages"]
    assert isinstance(sent, list)
    assert [m["content"] for m in sent if m["role"] == "assistant"] == ["Second."]


async def test_the_model_sees_the_conversation(talk: Conversation) -> None:
    await talk.person.post(talk.messages, json={"message": "My name is Ann."})
    await talk.person.post(talk.messages, json={"message": "Who am I?"})
    sent = talk.provider.asked["messages"]
    assert isinstance(sent, list)
    said = [(m["role"], m["content"]) for m in sent if m["role"] != "system"]
    assert said == [("user", "My name is Ann."), ("assistant", "Hello."), ("user", "Who am I?")]


async def test_an_agent_that_still_reads_says_so(talk: Conversation, services: Services) -> None:
    agent_id = (await talk.history())["agent_id"]
    upload = {"file": ("notes.txt", b"The kettle holds 1.7 litres.", "text/plain")}
    added = await talk.person.post(f"/agents/{agent_id}/files", files=upload)
    assert added.status_code == 202, added.text
    answer = (await talk.person.post(talk.messages, json={"message": "How much?"})).json()
    assert "still reading" in answer["content"]
    assert answer["usage"] is None
    assert await services.pool.fetchval("select count(*) from llm_usage") == 0


async def test_feedback_stays_with_the_answer(talk: Conversation) -> None:
    answer = (await talk.person.post(talk.messages, json={"message": "Hello?"})).json()
    path = f"/messages/{answer['id']}/feedback"
    rated = await talk.person.post(path, json={"rating": "down", "text": "Too short"})
    assert rated.json()["feedback"] == {"rating": "down", "text": "Too short"}
    assert (await talk.history())["messages"][1]["feedback"]["rating"] == "down"
    taken_back = await talk.person.post(path, json={"rating": None})
    assert taken_back.json()["feedback"] == {"rating": None, "text": ""}


async def test_a_model_nobody_set_up_is_explained(talk: Conversation, people: People) -> None:
    maker = await people("maker")
    agent = await maker.post("/agents", json={"name": "Lost", "model": "nowhere/model"})
    session = await maker.post(f"/agents/{agent.json()['id']}/sessions", json={})
    answer = await maker.post(
        f"/sessions/{session.json()['id']}/messages", json={"message": "Hello?"}
    )
    assert answer.status_code == 502
    assert "nowhere" in answer.json()["detail"]
