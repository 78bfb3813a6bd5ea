"""Value types, ports and the error tree of the engine.

Everything the engine exchanges with the rest of the product is defined here. Nothing in
``creator_studio`` knows a web framework, a database or a queue: those implement the
ports below and are handed in.

The error tree::

    StudioError
    ├── ModelError                 a language or embedding model did not answer as asked
    │   ├── CredentialsRejected    401/403: the key is wrong or lacks a permission
    │   ├── RateLimited            429: try again after ``retry_after`` seconds
    │   ├── RequestRejected        other 4xx: the request itself is at fault; never retried
    │   │   └── ContextTooLong     the prompt does not fit the model's window
    │   ├── ModelUnavailable       5xx, refused or reset connection
    │   │   ├── ModelTimeout       no answer within the time limit
    │   │   └── CircuitOpen        failed so often that it is left alone for a while
    │   ├── StreamInterrupted      the stream ended before its end marker
    │   └── ResponseMalformed      the answer could not be understood
    ├── ModelNotConfigured         no connection offers the model that was asked for
    └── DocumentError              a document cannot be read; ``advice`` says what to do
        ├── UnsupportedFormat
        ├── EmptyDocument
        ├── EncryptedDocument
        ├── CorruptDocument
        └── DocumentTooLarge
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal, Protocol, TypeAlias
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float32]
JsonObject: TypeAlias = dict[str, object]


# --- errors ---------------------------------------------------------------------------


class StudioError(Exception):
    """Base of everything the engine raises on purpose."""

    code: ClassVar[str] = "studio_error"
    retryable: ClassVar[bool] = False


class ModelError(StudioError):
    """A model did not answer as asked.

    ``str(error)`` is safe to show: it never holds a key or the prompt.
    """

    code: ClassVar[str] = "model_error"

    def __init__(
        self, message: str, *, provider: str, model: str = "", status: int | None = None
    ) -> None:
        super().__init__(message)
        self.provider = provider
        self.model = model
        self.status = status


class CredentialsRejected(ModelError):
    code: ClassVar[str] = "credentials_rejected"


class RateLimited(ModelError):
    code: ClassVar[str] = "provider_rate_limited"
    retryable: ClassVar[bool] = True

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        model: str = "",
        status: int | None = 429,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, provider=provider, model=model, status=status)
        self.retry_after = retry_after
        """Seconds the provider asked to wait, when it said so."""


class RequestRejected(ModelError):
    code: ClassVar[str] = "request_rejected"


class ContextTooLong(RequestRejected):
    code: ClassVar[str] = "context_too_long"


class ModelUnavailable(ModelError):
    code: ClassVar[str] = "model_unavailable"
    retryable: ClassVar[bool] = True


class ModelTimeout(ModelUnavailable):
    code: ClassVar[str] = "model_timeout"


class CircuitOpen(ModelUnavailable):
    code: ClassVar[str] = "circuit_open"
    retryable: ClassVar[bool] = False


class StreamInterrupted(ModelError):
    code: ClassVar[str] = "stream_interrupted"
    retryable: ClassVar[bool] = True


class ResponseMalformed(ModelError):
    code: ClassVar[str] = "response_malformed"
    retryable: ClassVar[bool] = True


class ModelNotConfigured(StudioError):
    code: ClassVar[str] = "model_not_configured"


class DocumentError(StudioError):
    """A document cannot be read; retrying the same bytes cannot help.

    ``str(error)`` is the reason in plain words, ``advice`` what the person can do.
    """

    code: ClassVar[str] = "document_error"

    def __init__(self, reason: str, *, advice: str = "") -> None:
        super().__init__(reason)
        self.advice = advice


class UnsupportedFormat(DocumentError):
    code: ClassVar[str] = "unsupported_format"


class EmptyDocument(DocumentError):
    code: ClassVar[str] = "empty_document"


class EncryptedDocument(DocumentError):
    code: ClassVar[str] = "encrypted_document"


class CorruptDocument(DocumentError):
    code: ClassVar[str] = "corrupt_document"


class DocumentTooLarge(DocumentError):
    code: ClassVar[str] = "document_too_large"


# --- language models ------------------------------------------------------------------

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


# --- embeddings and documents ---------------------------------------------------------


class Embedder(Protocol):
    """Turns text into unit vectors. Implementations are safe to share between tasks."""

    @property
    def model(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    @property
    def max_tokens(self) -> int:
        """Longest input in tokens of ``count_tokens``; longer text is cut by the model."""
        ...

    def count_tokens(self, text: str) -> int: ...

    async def embed_passages(self, texts: Sequence[str]) -> Vector:
        """Return an array of shape (len(texts), dimension), float32, rows of length 1."""
        ...

    async def embed_query(self, text: str) -> Vector:
        """Return an array of shape (dimension,), float32, of length 1."""
        ...


@dataclass(frozen=True, slots=True)
class Page:
    """One page, slide or sheet. ``number`` counts from 1."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class ExtractedDocument:
    """The text of a document, page by page, as Markdown where the format has structure."""

    title: str
    pages: tuple[Page, ...]
    media_type: str
    warnings: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All pages joined by one newline; citations count characters in this string."""
        return "\n".join(page.text for page in self.pages)


class Extractor(Protocol):
    def extract(self, path: Path, *, name: str) -> ExtractedDocument:
        """Read the file at ``path``; ``name`` is what the person called it.

        Runs in the calling thread. Raises ``DocumentError``.
        """
        ...


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage of a document.

    ``char_start``/``char_end`` count characters in ``ExtractedDocument.text``, and
    ``document.text[char_start:char_end] == text`` holds for every chunk.
    """

    position: int
    text: str
    page: int | None
    heading_path: tuple[str, ...]
    char_start: int
    char_end: int
    token_count: int
    content_hash: str
    """SHA-256, hexadecimal, over the embedded form (heading path, table header and text)."""
    table_header: str = ""
    """For a chunk that begins inside a table: the table's header rows, to embed with it."""


# --- retrieval ------------------------------------------------------------------------

Coverage: TypeAlias = Literal["full", "partial", "none"]


@dataclass(frozen=True, slots=True)
class KnowledgeView:
    """What one version of an agent may read: chunks with added <= sequence < removed."""

    agent_id: UUID
    sequence: int


@dataclass(frozen=True, slots=True)
class IndexedChunk:
    """A chunk as the index returns it. ``score`` is the leg's own (higher is better).

    On its way to the reranker ``score`` is the fused score, and the legs' own scores are
    beside it (None when a leg did not find the chunk).
    """

    chunk_id: UUID
    file_id: UUID
    file_name: str
    page: int | None
    heading_path: tuple[str, ...]
    position: int
    char_start: int
    char_end: int
    text: str
    score: float
    dense_score: float | None = None
    lexical_score: float | None = None


@dataclass(frozen=True, slots=True)
class RetrievedChunk:
    """A chunk chosen for a question. ``confidence`` is in 0..1."""

    chunk: IndexedChunk
    score: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Everything one retrieval found and how, for the answer, the log and the panel."""

    chunks: tuple[RetrievedChunk, ...]
    coverage: Coverage
    confidence: float
    queries: tuple[str, ...]
    retrieval_ms: float = 0.0
    rerank_ms: float = 0.0


class ChunkIndex(Protocol):
    """Search over chunks. Every call sees only the view's agent and sequence."""

    async def count(self, view: KnowledgeView) -> int: ...

    async def search_dense(
        self, view: KnowledgeView, vector: Vector, *, model: str, limit: int
    ) -> list[IndexedChunk]:
        """Nearest by cosine similarity among the chunks embedded by ``model``."""
        ...

    async def search_lexical(
        self, view: KnowledgeView, query: str, *, limit: int
    ) -> list[IndexedChunk]: ...


class Reranker(Protocol):
    """Orders candidates again, best first, and says how sure it is of each."""

    async def rerank(
        self, query: str, candidates: Sequence[IndexedChunk], *, limit: int
    ) -> list[RetrievedChunk]: ...


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a claim of an answer comes from.

    ``number`` is the [n] in the answer. ``char_start``/``char_end`` locate ``quote`` in
    the document's text.
    """

    number: int
    chunk_id: UUID
    file_id: UUID
    file_name: str
    page: int | None
    char_start: int
    char_end: int
    quote: str
    confidence: float
    heading_path: tuple[str, ...] = field(default=())
