"""Language models: what is asked of them, what they answer, and the port to reach them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

JsonObject: TypeAlias = dict[str, object]

Role: TypeAlias = Literal["system", "user", "assistant", "tool"]
FinishReason: TypeAlias = Literal["stop", "length", "tool_calls", "content_filter", "other"]


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A function the model may call. ``parameters`` is a JSON Schema object."""

    name: str
    description: str
    parameters: JsonObject


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call the model asked for. ``arguments`` is the JSON text as the model wrote it."""

    id: str
    name: str
    arguments: str
    provider_state: str | None = None
    """Opaque text some providers want back with the call (a reasoning signature)."""


@dataclass(frozen=True, slots=True)
class ChatMessage:
    role: Role
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    """For ``role="tool"``: which call this answers."""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One call of a language model, in no provider's format."""

    model: str
    """The provider's own model name, without our ``provider/`` prefix."""
    messages: tuple[ChatMessage, ...]
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    tools: tuple[ToolSpec, ...] = ()
    response_schema: JsonObject | None = None
    """When set, the answer must be JSON that fits this JSON Schema."""


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens as the provider billed them; ``cached`` and ``reasoning`` are parts of the others."""

    prompt: int = 0
    completion: int = 0
    cached: int = 0
    reasoning: int = 0
    estimated: bool = False
    """True when the provider sent no usage and the numbers are our own count."""


@dataclass(frozen=True, slots=True)
class ChatResult:
    text: str
    finish_reason: FinishReason
    usage: TokenUsage
    provider: str
    model: str
    tool_calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the answer, as it arrives."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """A piece of the model's visible reasoning; never part of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class StreamEnd:
    """The last event of every complete stream, with the whole result."""

    result: ChatResult


StreamEvent: TypeAlias = TextDelta | ReasoningDelta | StreamEnd


@dataclass(frozen=True, slots=True)
class ModelProfile:
    """What a model can do. Unknown models get cautious values."""

    context_length: int = 8192
    max_output_tokens: int = 4096
    tools: bool = False
    json_schema: bool = False
    vision: bool = False
    streaming: bool = True
    sampling: bool = True
    """False for models that refuse ``temperature`` and ``top_p``."""
    small: bool = False
    """True for models of a few hundred million parameters: short prompts, few rules."""


class ChatModel(Protocol):
    """A way to reach language models: one provider connection, or a wrapper round one.

    Errors: every method raises ``ModelError`` (see the tree), nothing else.
    Cancelling the surrounding task closes the upstream connection.
    """

    @property
    def provider(self) -> str: ...

    async def complete(self, request: ChatRequest) -> ChatResult: ...

    def stream(self, request: ChatRequest) -> AsyncIterator[StreamEvent]:
        """Yield deltas and, as the last event, one ``StreamEnd``."""
        ...

    async def list_models(self) -> tuple[str, ...]:
        """Names this connection offers; also what "test connection" calls."""
        ...
