"""Text as vectors."""

from collections.abc import Sequence
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float32]


class Embedder(Protocol):
    """Turns text into unit vectors. Implementations are safe to share between tasks."""

    @property
    def model(self) -> str:
        """Names its vectors: only vectors under one name may be compared."""
        ...

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


@runtime_checkable
class EmbedderSource(Protocol):
    """Something whose embedder may be another one from one moment to the next."""

    async def current(self) -> Embedder:
        """The one in use now. Raises ``ModelError`` when it cannot be used."""
        ...


async def in_use(embedder: Embedder) -> Embedder:
    """The embedder to keep for one piece of work, so that model and vectors belong together.

    Without it, ``embed_query`` and ``model`` of an embedder that is also an
    ``EmbedderSource`` may speak of two models. Raises ``ModelError``.
    """
    return await embedder.current() if isinstance(embedder, EmbedderSource) else embedder
