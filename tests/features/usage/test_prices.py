"""What calls cost: known to the cent, exactly nothing, or openly unknown."""

from decimal import Decimal

import pytest

from agentgrid.creator_studio.core import TokenUsage
from agentgrid.features.usage.prices import cost_of


def test_a_known_model_costs_what_its_price_list_says() -> None:
    cost = cost_of("openai", "gpt-4", TokenUsage(prompt=1000, completion=1000))
    assert cost is not None
    assert (cost.prompt_price, cost.completion_price) == (Decimal("0.03"), Decimal("0.06"))
    assert cost.total == Decimal("0.09")


def test_cached_tokens_cost_less() -> None:
    whole = cost_of("openai", "gpt-4o", TokenUsage(prompt=10_000, completion=10))
    cached = cost_of("openai", "gpt-4o", TokenUsage(prompt=10_000, completion=10, cached=9_000))
    assert whole is not None
    assert cached is not None
    assert cached.total < whole.total


@pytest.mark.parametrize("provider", ["local", "ollama"])
def test_ones_own_machine_costs_exactly_nothing(provider: str) -> None:
    cost = cost_of(provider, "anything", TokenUsage(prompt=10, completion=10))
    assert cost is not None
    assert cost.total == Decimal(0)


@pytest.mark.parametrize(
    ("provider", "model"),
    [("openai_compatible", "my-own-finetune"), ("openai", "no-such-model"), ("nobody", "gpt-4")],
)
def test_an_unknown_price_is_unknown_and_not_zero(provider: str, model: str) -> None:
    assert cost_of(provider, model, TokenUsage(prompt=10, completion=10)) is None


def test_a_call_without_tokens_costs_nothing() -> None:
    cost = cost_of("openai", "gpt-4", TokenUsage())
    assert cost is not None
    assert cost.total == Decimal(0)
