"""Chooses the embedder of a provider. Providers that differ only in numbers are rows."""

from dataclasses import dataclass
from typing import Final

import aiohttp

from agentgrid.creator_studio.rag.embeddings.api import (
    TIMEOUT_SECONDS,
    ApiEmbedder,
    CohereEmbedder,
    EmbeddingTarget,
    GoogleEmbedder,
    OpenAiEmbedder,
    VoyageEmbedder,
)


@dataclass(frozen=True, slots=True)
class EmbeddingProvider:
    """A service that embeds. An empty ``base_url`` must be given by the person."""

    label: str
    base_url: str
    kind: type[ApiEmbedder]


PROVIDERS: Final[dict[str, EmbeddingProvider]] = {
    "openai": EmbeddingProvider("OpenAI", "https://api.openai.com/v1", OpenAiEmbedder),
    "google": EmbeddingProvider(
        "Google", "https://generativelanguage.googleapis.com/v1beta", GoogleEmbedder
    ),
    "cohere": EmbeddingProvider("Cohere", "https://api.cohere.com/v2", CohereEmbedder),
    "voyage": EmbeddingProvider("Voyage", "https://api.voyageai.com/v1", VoyageEmbedder),
    "ollama": EmbeddingProvider("Ollama", "http://127.0.0.1:11434/v1", OpenAiEmbedder),
    "openai_compatible": EmbeddingProvider("The embedding server", "", OpenAiEmbedder),
}

SIZES: Final[dict[str, tuple[int, int]]] = {
    "text-embedding-3-small": (1536, 8191),
    "text-embedding-3-large": (3072, 8191),
    "text-embedding-ada-002": (1536, 8191),
    "gemini-embedding-001": (3072, 2048),
    "embed-v4.0": (1536, 128_000),
    "embed-multilingual-v3.0": (1024, 512),
    "embed-english-v3.0": (1024, 512),
    "voyage-3.5": (1024, 32_000),
    "voyage-3.5-lite": (1024, 32_000),
    "voyage-3-large": (1024, 32_000),
    "nomic-embed-text": (768, 2048),
    "mxbai-embed-large": (1024, 512),
    "bge-m3": (1024, 8192),
}
"""Dimension and longest input of models that people are likely to name."""

CAUTIOUS_MAX_TOKENS: Final = 512


def make_embedder(
    provider: str,
    model: str,
    http: aiohttp.ClientSession,
    *,
    api_key: str | None = None,
    base_url: str = "",
    dimension: int | None = None,
    max_tokens: int | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> ApiEmbedder:
    """Return the embedder of one of ``PROVIDERS``.

    ``dimension`` must be given for a model that ``SIZES`` does not list. Raises
    ``ValueError`` with one sentence for the person who configures it.
    """
    row = PROVIDERS.get(provider)
    if row is None:
        raise ValueError(
            f"{provider!r} offers no embeddings here; choose one of {', '.join(PROVIDERS)}."
        )
    address = (base_url.strip() or row.base_url).rstrip("/")
    if not address.startswith(("http://", "https://")):
        raise ValueError(f"{row.label} needs a base URL that starts with http:// or https://.")
    known_dimension, known_window = SIZES.get(model.partition(":")[0], (0, CAUTIOUS_MAX_TOKENS))
    size = dimension or known_dimension
    if not size:
        raise ValueError(f"Say how many dimensions the vectors of {model!r} have.")
    target = EmbeddingTarget(
        provider=provider,
        label=row.label,
        base_url=address,
        model=model,
        dimension=size,
        max_tokens=max_tokens or known_window,
        api_key=api_key,
    )
    return row.kind(target, http, timeout_seconds=timeout_seconds)
