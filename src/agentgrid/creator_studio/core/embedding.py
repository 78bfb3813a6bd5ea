"""Text as vectors."""

from collections.abc import Sequence
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float32]


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
