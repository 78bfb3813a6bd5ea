"""The two statements of a turn, on the real database."""

import asyncio
from decimal import Decimal
from uuid import UUID

import pytest

from agentgrid.creator_studio.core import TokenUsage
from agentgrid.features.chat.errors import (
    MessageNotFound,
    NothingToRegenerate,
    SessionNotFound,
    TurnRunning,
)
from agentgrid.features.chat.store import TurnEnd, TurnStart, TurnStore
from agentgrid.features.usage.ledger import CallSubject, LedgerRow, ledger_row
from agentgrid.kit.db import new_id
from tests.features.chat.conftest import Talker


def gpt4_call(start: TurnStart) -> LedgerRow:
    subject = CallSubject(
        purpose="chat",
        user_id=start.user_id,
        agent_id=start.agent_id,
        version_id=start.version_id,
        session_id=start.session_id,
        message_id=start.message_id,
    )
    return ledger_row(
        subject,
        provider="openai",
        model="gpt-4",
        usage=TokenUsage(prompt=1000, completion=100),
        latency_ms=12.4,
        first_token_ms=3.2,
        attempts=1,
        error_code=None,
    )


def ended(message_id: UUID, content: str, calls: list[LedgerRow] | None = None) -> TurnEnd:
    return TurnEnd(
        message_id=message_id,
        status="complete",
        content=content,
        citations=[],
        steps=[{"name": "model", "time_ms": 3}],
        coverage=None,
        confidence=None,
        latency_ms=5,
        first_token_ms=None,
        error_code=None,
        error_message=None,
        title="A title",
        calls=calls or [],
    )


async def exchange(store: TurnStore, talker: Talker, session_id: UUID, answer: str) -> TurnStart:
    start = await store.send(session_id, talker.user_id, f"What about {answer}?")
    await store.finish(ended(start.message_id, answer))
    return start


async def test_a_question_is_stored_with_an_empty_answer(store: TurnStore, talker: Talker) -> None:
    start = await store.send(await talker.session(), talker.user_id, "Hello?")
    assert start.spec.instruction == "Be kind."
    assert (start.version_number, start.history, start.untitled) == (1, [], True)
    question = await talker.message(start.user_message_id)
    answer = await talker.message(start.message_id)
    assert (question["role"], question["content"], question["seq"]) == ("user", "Hello?", 1)
    assert (answer["role"], answer["status"], answer["seq"]) == ("assistant", "streaming", 2)
    assert answer["parent_id"] == start.user_message_id


async def test_the_end_stores_answer_cost_and_title_at_once(
    store: TurnStore, talker: Talker
) -> None:
    start = await store.send(await talker.session(), talker.user_id, "Hello?")
    assert await store.finish(ended(start.message_id, "Hi.", [gpt4_call(start)]))
    row = await talker.message(start.message_id)
    assert (row["status"], row["content"]) == ("complete", "Hi.")
    assert row["cost_usd"] == Decimal("0.036")  # 1000 x 0.03 + 100 x 0.06 per 1,000 tokens
    ledger = await talker.pool.fetchrow("select * from llm_usage")
    assert ledger is not None
    assert ledger["cost_usd"] == Decimal("0.036")
    assert ledger["prompt_price"] == Decimal("0.03")
    assert ledger["completion_price"] == Decimal("0.06")
    assert ledger["message_id"] == start.message_id
    session = await talker.pool.fetchrow(
        "select * from chat_sessions where id = $1", start.session_id
    )
    assert session is not None
    assert (session["title"], session["running_message_id"]) == ("A title", None)
    assert session["message_count"] == 2


async def test_an_end_that_is_sent_twice_counts_once(store: TurnStore, talker: Talker) -> None:
    start = await store.send(await talker.session(), talker.user_id, "Hello?")
    end = ended(start.message_id, "Hi.", [gpt4_call(start)])
    assert [await store.finish(end), await store.finish(end)] == [True, False]
    assert await talker.pool.fetchval("select count(*) from llm_usage") == 1


async def test_the_next_question_sees_the_conversation_so_far(
    store: TurnStore, talker: Talker
) -> None:
    session_id = await talker.session()
    await exchange(store, talker, session_id, "tea")
    await exchange(store, talker, session_id, "milk")
    start = await store.send(session_id, talker.user_id, "And sugar?")
    assert [m.content for m in start.history] == [
        "What about tea?",
        "tea",
        "What about milk?",
        "milk",
    ]
    assert start.seq == 6


async def test_of_many_questions_at_once_one_is_answered(store: TurnStore, talker: Talker) -> None:
    session_id = await talker.session()
    sends = [store.send(session_id, talker.user_id, f"Question {n}") for n in range(8)]
    results = await asyncio.gather(*sends, return_exceptions=True)
    assert sum(isinstance(result, TurnStart) for result in results) == 1
    assert sum(isinstance(result, TurnRunning) for result in results) == 7
    assert await talker.pool.fetchval("select count(*) from chat_messages") == 2


async def test_a_claim_that_ran_out_does_not_block_the_conversation(
    store: TurnStore, talker: Talker
) -> None:
    session_id = await talker.session()
    await store.send(session_id, talker.user_id, "Hello?")
    await talker.pool.execute("update chat_sessions set running_until = now() - interval '1 s'")
    assert (await store.send(session_id, talker.user_id, "Still there?")).seq == 4


async def test_renewing_keeps_a_claim(store: TurnStore, talker: Talker) -> None:
    session_id = await talker.session()
    start = await store.send(session_id, talker.user_id, "Hello?")
    await talker.pool.execute("update chat_sessions set running_until = now() - interval '1 s'")
    await store.renew([start.message_id])
    with pytest.raises(TurnRunning):
        await store.send(session_id, talker.user_id, "Still there?")


async def test_regenerating_makes_a_branch_from_the_same_question(
    store: TurnStore, talker: Talker
) -> None:
    session_id = await talker.session()
    await exchange(store, talker, session_id, "tea")
    first = await exchange(store, talker, session_id, "milk")
    again = await store.again(session_id, talker.user_id, first.message_id)
    assert again.question == "What about milk?"
    assert again.user_message_id == first.user_message_id
    assert [m.content for m in again.history] == ["What about tea?", "tea"]
    await store.finish(ended(again.message_id, "cream"))
    start = await store.send(session_id, talker.user_id, "And?")
    assert [m.content for m in start.history][-2:] == ["What about milk?", "cream"]


async def test_only_the_last_answer_can_be_regenerated(store: TurnStore, talker: Talker) -> None:
    session_id = await talker.session()
    first = await exchange(store, talker, session_id, "tea")
    await exchange(store, talker, session_id, "milk")
    for message_id in (first.message_id, first.user_message_id, new_id()):
        with pytest.raises(NothingToRegenerate):
            await store.again(session_id, talker.user_id, message_id)


async def test_somebody_elses_conversation_is_not_there(store: TurnStore, talker: Talker) -> None:
    session_id = await talker.session()
    start = await exchange(store, talker, session_id, "tea")
    with pytest.raises(SessionNotFound):
        await store.send(session_id, new_id(), "Let me in")
    with pytest.raises(MessageNotFound):
        await store.session_of(start.message_id, new_id())


@pytest.mark.parametrize(
    "statement",
    [
        "update chat_sessions set deleted_at = now()",
        "update agents set deleted_at = now()",
        "update users set active = false",
    ],
)
async def test_what_is_deleted_or_inactive_takes_no_questions(
    store: TurnStore, talker: Talker, statement: str
) -> None:
    session_id = await talker.session()
    await talker.pool.execute(statement)
    with pytest.raises(SessionNotFound):
        await store.send(session_id, talker.user_id, "Hello?")


async def test_a_session_kept_on_a_version_stays_there(store: TurnStore, talker: Talker) -> None:
    session_id, newer = await talker.session(), new_id()
    await talker.pool.execute("update chat_sessions set version_id = $1", talker.version_id)
    await talker.pool.execute(
        """insert into agent_versions (id, agent_id, number, change_summary, spec, content_hash)
           values ($1, $2, 2, 'Second', '{"instruction": "Be brief."}', 'other')""",
        newer,
        talker.agent_id,
    )
    await talker.pool.execute("update agents set active_version_id = $1", newer)
    kept = await store.send(session_id, talker.user_id, "Hello?")
    following = await store.send(await talker.session(), talker.user_id, "Hello?")
    assert kept.spec.instruction == "Be kind."
    assert following.spec.instruction == "Be brief."
