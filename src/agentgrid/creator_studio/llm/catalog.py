"""The providers we can speak to, as rows of data.

Two providers that differ only in address, key and a few habits of the same wire format
are two rows, not two classes.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Wire: TypeAlias = Literal["openai", "anthropic", "google"]


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """One provider. The quirks matter to the OpenAI wire only."""

    id: str
    label: str
    wire: Wire
    default_base_url: str
    """Empty when every installation has its own."""
    needs_key: bool = True
    max_tokens_field: str = "max_tokens"
    stream_options: bool = True
    """False: refuses ``stream_options`` (and sends usage unasked)."""
    json_schema: bool = True
    """False: knows only ``json_object``, so the schema is told in the prompt."""
    returns_reasoning: bool = False
    """True: wants its reasoning back together with the tool calls it led to."""


_ROWS = (
    ProviderRow("local", "Bundled model", "openai", "", needs_key=False),
    ProviderRow(
        "openai",
        "OpenAI",
        "openai",
        "https://api.openai.com/v1",
        max_tokens_field="max_completion_tokens",
    ),
    ProviderRow("anthropic", "Anthropic", "anthropic", "https://api.anthropic.com/v1"),
    ProviderRow(
        "google", "Google Gemini", "google", "https://generativelanguage.googleapis.com/v1beta"
    ),
    ProviderRow(
        "groq",
        "Groq",
        "openai",
        "https://api.groq.com/openai/v1",
        max_tokens_field="max_completion_tokens",
    ),
    ProviderRow(
        "deepseek",
        "DeepSeek",
        "openai",
        "https://api.deepseek.com/v1",
        json_schema=False,
        returns_reasoning=True,
    ),
    ProviderRow("mistral", "Mistral", "openai", "https://api.mistral.ai/v1", stream_options=False),
    ProviderRow("openrouter", "OpenRouter", "openai", "https://openrouter.ai/api/v1"),
    ProviderRow("ollama", "Ollama", "openai", "http://127.0.0.1:11434/v1", needs_key=False),
    ProviderRow("openai_compatible", "OpenAI-compatible server", "openai", "", needs_key=False),
)

PROVIDERS: dict[str, ProviderRow] = {row.id: row for row in _ROWS}
"""Every provider by its id, in the order a person should see them."""
