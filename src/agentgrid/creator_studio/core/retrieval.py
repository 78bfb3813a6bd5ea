"""What is found for a question, and the ports that find it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeAlias
from uuid import UUID

from agentgrid.creator_studio.core.embedding import Vector

Coverage: TypeAlias = Literal["full", "partial", "none"]
LegName: TypeAlias = Literal["dense", "quick", "words"]
"""Search by the main embedding model, by a quick one, and by words."""


@dataclass(frozen=True, slots=True)
class KnowledgeFilter:
    """Which documents of a view are read. An empty field does not limit.

    Fields limit together (and); within ``files`` or ``tags`` one match is enough (or).
    """

    files: frozenset[UUID] = frozenset()
    tags: frozenset[str] = frozenset()
    """In folded case, as are those of the documents they are compared with."""
    agent_tags: frozenset[str] = frozenset()
    """One of these as well: what the agent may read at all, whatever a question asks for."""
    added_from: datetime | None = None
    """Added at this time or later."""
    added_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class KnowledgeView:
    """What one version of an agent may read: chunks with added <= sequence < removed."""

    agent_id: UUID
    sequence: int
    filter: KnowledgeFilter = KnowledgeFilter()


@dataclass(frozen=True, slots=True)
class ChunkScores:
    """How one chunk compares with a query, whether a leg found it or not."""

    dense: float | None
    """Cosine with the query; None when the model has not embedded the chunk."""
    lexical: float
    """BM25, 0 when no word of the query occurs."""
    lexical_share: float
    """BM25 as a share of the most that any passage could reach for this query; in 0..1."""
    term_share: float
    """Share of the query's words that occur, weighted by their rarity; in 0..1."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a candidate, on scales that do not depend on the other candidates."""

    similarity: float
    """Cosine with the query; near a middle value where the model does not know the language."""
    lexical_share: float
    """See ``ChunkScores``."""
    term_share: float
    """See ``ChunkScores``."""


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
    tags: tuple[str, ...] = ()
    """Those of its document."""
    evidence: Evidence | None = None
    """Set on the way to the reranker, when the scores of both legs were at hand."""


@dataclass(frozen=True, slots=True)
class RetrievedChunk:
    """A chunk chosen for a question. ``confidence`` is in 0..1."""

    chunk: IndexedChunk
    score: float
    confidence: float
    rerank_score: float | None = None
    """What a reranking service or model said; None when scores alone decided."""
    queries: tuple[int, ...] = ()
    """Which of ``Retrieval.queries`` found it."""
    neighbour: bool = False
    """Not found itself: it stands right before or after a passage that was cut there."""


@dataclass(frozen=True, slots=True)
class LegReport:
    """One leg of one query: what it found and how long that took."""

    query: int
    """Index in ``Retrieval.queries``."""
    leg: LegName
    found: int
    time_ms: float
    weight: float
    """What its scores counted for; 0 when it was late or failed."""
    late: bool = False
    """It was not back within the time budget, so the result does without it."""
    failed: str | None = None
    """Why the result does without it, in words: its model did not answer."""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Everything one retrieval found and how, for the answer, the log and the panel."""

    chunks: tuple[RetrievedChunk, ...]
    coverage: Coverage
    confidence: float
    queries: tuple[str, ...]
    retrieval_ms: float = 0.0
    rerank_ms: float = 0.0
    legs: tuple[LegReport, ...] = ()
    candidates: int = 0
    """Passages that the legs found together."""


class ChunkIndex(Protocol):
    """Search over chunks. Every call sees only the view's agent, sequence and filter.

    Calls may run at the same time.
    """

    async def count(self, view: KnowledgeView) -> int:
        """How many chunks the view holds; asked once per retrieval, so it must be cheap."""
        ...

    async def search_dense(
        self, view: KnowledgeView, vector: Vector, *, model: str, limit: int
    ) -> list[IndexedChunk]:
        """Nearest by cosine similarity among the chunks embedded by ``model``."""
        ...

    async def search_lexical(
        self, view: KnowledgeView, query: str, *, limit: int
    ) -> list[IndexedChunk]: ...

    async def score(
        self,
        view: KnowledgeView,
        chunk_ids: Sequence[UUID],
        query: str,
        vector: Vector,
        *,
        model: str,
    ) -> dict[UUID, ChunkScores]:
        """Compare chunks of the view with a query, in both ways, found or not."""
        ...

    async def score_moved(
        self,
        chunk_ids: Sequence[UUID],
        vector: Vector,
        *,
        model: str,
        towards: Sequence[UUID],
        by: float,
    ) -> dict[UUID, float]:
        """Cosines with ``vector`` plus ``by`` times the mean vector of other chunks (Rocchio).

        Chunks that ``model`` has not embedded are left out; ``by`` is above 0.
        """
        ...

    async def around(
        self, view: KnowledgeView, places: Sequence[tuple[UUID, int]]
    ) -> list[IndexedChunk]:
        """The chunks at these places (file, position); places without one are left out."""
        ...


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
