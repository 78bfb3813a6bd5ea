"""Makes passages for tests of what happens after retrieval."""

from uuid import NAMESPACE_URL, uuid5

from agentgrid.creator_studio.core import Coverage, IndexedChunk, Retrieval, RetrievedChunk


def passage(
    text: str,
    *,
    name: str = "handbook.md",
    start: int = 0,
    headings: tuple[str, ...] = (),
    page: int | None = None,
    score: float = 0.0,
    dense: float | None = None,
    lexical: float | None = None,
) -> IndexedChunk:
    """A chunk whose ids follow from its file and text."""
    return IndexedChunk(
        chunk_id=uuid5(NAMESPACE_URL, f"{name}#{start}#{text}"),
        file_id=uuid5(NAMESPACE_URL, name),
        file_name=name,
        page=page,
        heading_path=headings,
        position=start,
        char_start=start,
        char_end=start + len(text),
        text=text,
        score=score,
        dense_score=dense,
        lexical_score=lexical,
    )


def source(text: str, *, confidence: float = 0.9, **fields: object) -> RetrievedChunk:
    return RetrievedChunk(passage(text, **fields), 1.0, confidence)  # pyright: ignore[reportArgumentType]


def retrieval(*sources: RetrievedChunk, coverage: Coverage = "full") -> Retrieval:
    best = max((each.confidence for each in sources), default=0.0)
    return Retrieval(sources, coverage, best, queries=("question",))
