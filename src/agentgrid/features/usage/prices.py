"""What a model call costs, by the library ``genai-prices``."""

from dataclasses import dataclass
from decimal import Decimal

from genai_prices import Usage, calc_price

from agentgrid.creator_studio.core import TokenUsage

_OWN_MACHINE = frozenset({"local", "ollama"})
_THOUSAND = Decimal(1000)
_GENAI_PROVIDER = {"openai_compatible": None}


@dataclass(frozen=True, slots=True)
class Cost:
    """US dollars. The prices are per 1,000 tokens, as used for this call."""

    total: Decimal
    prompt_price: Decimal
    completion_price: Decimal


def cost_of(provider: str, model: str, usage: TokenUsage) -> Cost | None:
    """The cost of one call, or None when the price is unknown: never silently zero.

    Models that run on one's own machine (``local``, ``ollama``) cost exactly nothing.
    """
    if provider in _OWN_MACHINE:
        return Cost(Decimal(0), Decimal(0), Decimal(0))
    counted = Usage(
        input_tokens=usage.prompt,
        cache_read_tokens=usage.cached or None,
        output_tokens=usage.completion,
    )
    try:
        price = calc_price(counted, model, provider_id=_GENAI_PROVIDER.get(provider, provider))
    except (LookupError, ValueError):
        return None
    return Cost(
        total=price.total_price,
        prompt_price=_per_thousand(price.input_price, usage.prompt),
        completion_price=_per_thousand(price.output_price, usage.completion),
    )


def load_prices() -> None:
    """Load the price list: half a second that should not fall into somebody's first answer."""
    cost_of("openai", "gpt-4", TokenUsage(prompt=1, completion=1))


def _per_thousand(price: Decimal, tokens: int) -> Decimal:
    return price * _THOUSAND / tokens if tokens else Decimal(0)
