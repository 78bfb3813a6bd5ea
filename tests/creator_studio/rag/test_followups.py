"""Follow-ups are searched for in words that stand alone, without asking a model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgrid.creator_studio.core import ChatMessage
from agentgrid.creator_studio.rag.queries.followups import standalone
from tests.creator_studio.rag.conversations import ALONE, FOLLOW_UPS, FollowUp


def before(case: FollowUp) -> list[ChatMessage]:
    return [ChatMessage("user", case.first), ChatMessage("assistant", case.answer)]


@pytest.mark.parametrize("case", FOLLOW_UPS, ids=lambda case: case.then)
def test_a_follow_up_gets_what_it_leaves_out(case: FollowUp) -> None:
    rewritten = standalone(case.then, before(case)) or ""
    for words in case.needs:
        assert words in rewritten
    for words in case.without:
        assert words not in rewritten


@pytest.mark.parametrize("case", ALONE, ids=lambda case: case.then)
def test_a_question_that_stands_alone_is_left_alone(case: FollowUp) -> None:
    assert standalone(case.then, before(case)) is None


@pytest.mark.parametrize("case", FOLLOW_UPS, ids=lambda case: case.then)
def test_without_a_question_before_nothing_is_rewritten(case: FollowUp) -> None:
    assert standalone(case.then, []) is None
    assert standalone(case.then, [ChatMessage("assistant", "Welcome!")]) is None


@given(st.text(max_size=80), st.text(max_size=80))
def test_whatever_is_written_the_question_is_not_lost(first: str, then: str) -> None:
    rewritten = standalone(then, [ChatMessage("user", first)])
    assert rewritten is None or rewritten.strip()
