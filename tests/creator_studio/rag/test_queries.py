"""A model plans the search only where it can help, and its plan is read with care."""

import json

import pytest

from agentgrid.creator_studio.core import ChatMessage, Coverage, ModelProfile
from agentgrid.creator_studio.rag.queries import planner as queries
from agentgrid.creator_studio.rag.queries.json_answers import decode_answer
from agentgrid.creator_studio.rag.queries.planner import (
    QueryMode,
    QueryPlan,
    is_compound,
    model_plan,
    plain_plan,
    why_not,
)
from tests.creator_studio.rag.answering import CAPABLE, PLAIN, SMALL, Answering

HISTORY = [ChatMessage("user", "How much leave do I have?"), ChatMessage("assistant", "28 days.")]
QUESTION = "How many days of leave do I have?"
COMPARED = "What is the difference between leave in Hamburg and in Berlin?"


@pytest.mark.parametrize(
    ("question", "history", "profile", "mode", "passages", "coverage", "why"),
    [
        (QUESTION, [], CAPABLE, "auto", 0, None, queries.NO_DOCUMENTS),
        (QUESTION, HISTORY, SMALL, "multiple", 900, None, queries.SMALL_MODEL),
        ("And then?", HISTORY, CAPABLE, "single", 900, None, queries.SINGLE),
        (QUESTION, [], CAPABLE, "auto", 20, "partial", queries.FEW),
        (QUESTION, HISTORY, CAPABLE, "auto", 900, "full", queries.PLAIN),
        (QUESTION, [], CAPABLE, "auto", 900, "partial", None),
        (COMPARED, [], CAPABLE, "auto", 900, "full", None),
        ("And for part-timers?", HISTORY, CAPABLE, "auto", 20, None, None),
        (QUESTION, [], CAPABLE, "multiple", 20, None, None),
    ],
)
def test_a_model_is_asked_only_where_it_can_help(
    question: str,
    history: list[ChatMessage],
    profile: ModelProfile,
    mode: QueryMode,
    passages: int,
    coverage: Coverage | None,
    why: str | None,
) -> None:
    assert (
        why_not(question, history, profile=profile, mode=mode, passages=passages, coverage=coverage)
        == why
    )


def kinds(plan: QueryPlan) -> list[tuple[str, str]]:
    return [(query.text, query.kind) for query in plan.queries]


async def test_the_models_plan_puts_the_rewritten_question_first() -> None:
    plan = {
        "standalone": "How much leave do part-timers have?",
        "variants": ["paid vacation of part-time staff"],
        "parts": ["leave of part-timers"],
    }
    ask = Answering(json.dumps(plan))
    made = await model_plan("And for part-timers?", HISTORY, ask, CAPABLE)
    assert kinds(made) == [
        ("How much leave do part-timers have?", "rewrite"),
        ("leave of part-timers", "part"),
        ("paid vacation of part-time staff", "variant"),
    ]
    assert made.main == "How much leave do part-timers have?"
    assert (made.model, made.skipped) == ("openai/gpt-5", None)
    assert ask.asked[0].response_schema is not None
    told = ask.asked[0].messages[-1].content
    assert "28 days." in told
    assert told.endswith("And for part-timers?")


async def test_a_question_that_stands_alone_stays_the_question() -> None:
    ask = Answering(json.dumps({"standalone": QUESTION, "variants": [QUESTION], "parts": []}))
    assert kinds(await model_plan(QUESTION, [], ask, CAPABLE)) == [(QUESTION, "question")]


async def test_a_model_without_schemas_is_told_the_form_and_read_tolerantly() -> None:
    ask = Answering(
        'Sure! Here is {my} plan:\n```json\n{"standalone": "Leave of {all} staff?", '
        '"variants": ["a \\"b\\" }"]}\n```\nGood luck {'
    )
    made = await model_plan(QUESTION, [], ask, PLAIN)
    assert kinds(made) == [("Leave of {all} staff?", "rewrite"), ('a "b" }', "variant")]
    assert ask.asked[0].response_schema is None
    assert "JSON alone" in ask.asked[0].messages[0].content


@pytest.mark.parametrize("answer", ["", "no", "{", '{"standalone": 3}', "{" * 5000, "[1]"])
async def test_what_is_no_plan_leaves_the_rules(answer: str) -> None:
    made = await model_plan("And for part-timers?", HISTORY, Answering(answer), CAPABLE)
    assert made.skipped == queries.NO_PLAN
    assert made.queries[0].kind == "rewrite"
    assert "leave" in made.main


async def test_queries_are_few_and_short() -> None:
    many = [f"leave number {n}" for n in range(20)]
    ask = Answering(json.dumps({"standalone": "x" * 900, "variants": many, "parts": many}))
    made = await model_plan(QUESTION, [], ask, CAPABLE)
    assert made.main == QUESTION
    assert len(made.queries) <= 1 + queries.MOST_PARTS + queries.MOST_VARIANTS


def test_rules_rewrite_what_a_small_model_is_asked() -> None:
    assert kinds(plain_plan(QUESTION, HISTORY, "why")) == [(QUESTION, "question")]
    made = plain_plan("And for part-timers?", HISTORY, "why")
    assert made.queries[0].kind == "rewrite"
    assert made.skipped == "why"


@pytest.mark.parametrize(
    ("question", "compound"),
    [
        (COMPARED, True),
        ("Was ist der Unterschied zwischen Garantie und Gewährleistung?", True),
        ("How long is the warranty? And what does a repair cost?", True),
        ("How long is the warranty?", False),
        ("Compare!", False),
    ],
)
def test_questions_for_several_things_are_known_by_their_form(
    question: str, *, compound: bool
) -> None:
    assert is_compound(question) == compound


def test_the_first_object_that_fits_is_read() -> None:
    assert decode_answer('{"a": "x"} {"a": 1}', dict[str, int]) == {"a": 1}
    assert decode_answer("nothing", dict[str, int]) is None
