"""The embedding services we can speak to and their models, as rows of data."""

from dataclasses import dataclass
from typing import Final

from agentgrid.creator_studio.rag.embeddings.api import ApiEmbedder
from agentgrid.creator_studio.rag.embeddings.wires import (
    CohereEmbedder,
    GoogleEmbedder,
    MistralEmbedder,
    OpenAiEmbedder,
    VoyageEmbedder,
)

CAUTIOUS_MAX_TOKENS: Final = 512
"""Longest input of a model that is not listed."""


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """A model that people are likely to choose."""

    name: str
    dimension: int
    """Of its vectors when nothing else is asked for."""
    max_tokens: int


@dataclass(frozen=True, slots=True)
class EmbeddingProvider:
    """A service that embeds. An empty ``base_url`` must be given by the person."""

    label: str
    base_url: str
    kind: type[ApiEmbedder]
    needs_key: bool = True
    models: tuple[EmbeddingModel, ...] = ()

    def model(self, name: str) -> EmbeddingModel | None:
        """The listed model, whatever tag (``:latest``) is behind its name."""
        plain = name.partition(":")[0]
        return next((known for known in self.models if known.name == plain), None)


PROVIDERS: Final[dict[str, EmbeddingProvider]] = {
    "openai": EmbeddingProvider(
        "OpenAI",
        "https://api.openai.com/v1",
        OpenAiEmbedder,
        models=(
            EmbeddingModel("text-embedding-3-small", 1536, 8191),
            EmbeddingModel("text-embedding-3-large", 3072, 8191),
            EmbeddingModel("text-embedding-ada-002", 1536, 8191),
        ),
    ),
    "google": EmbeddingProvider(
        "Google Gemini",
        "https://generativelanguage.googleapis.com/v1beta",
        GoogleEmbedder,
        models=(
            EmbeddingModel("gemini-embedding-2", 3072, 8192),
            EmbeddingModel("gemini-embedding-001", 3072, 2048),
        ),
    ),
    "cohere": EmbeddingProvider(
        "Cohere",
        "https://api.cohere.com/v2",
        CohereEmbedder,
        models=(
            EmbeddingModel("embed-v4.0", 1536, 128_000),
            EmbeddingModel("embed-multilingual-v3.0", 1024, 512),
            EmbeddingModel("embed-english-v3.0", 1024, 512),
        ),
    ),
    "voyage": EmbeddingProvider(
        "Voyage AI",
        "https://api.voyageai.com/v1",
        VoyageEmbedder,
        models=(
            EmbeddingModel("voyage-4", 1024, 32_000),
            EmbeddingModel("voyage-4-large", 1024, 32_000),
            EmbeddingModel("voyage-4-lite", 1024, 32_000),
            EmbeddingModel("voyage-3.5", 1024, 32_000),
            EmbeddingModel("voyage-3.5-lite", 1024, 32_000),
            EmbeddingModel("voyage-3-large", 1024, 32_000),
            EmbeddingModel("voyage-code-3", 1024, 32_000),
        ),
    ),
    "mistral": EmbeddingProvider(
        "Mistral",
        "https://api.mistral.ai/v1",
        MistralEmbedder,
        models=(
            EmbeddingModel("mistral-embed", 1024, 8192),
            EmbeddingModel("codestral-embed", 1536, 8192),
        ),
    ),
    "ollama": EmbeddingProvider(
        "Ollama",
        "http://127.0.0.1:11434/v1",
        OpenAiEmbedder,
        needs_key=False,
        models=(
            EmbeddingModel("nomic-embed-text", 768, 2048),
            EmbeddingModel("mxbai-embed-large", 1024, 512),
            EmbeddingModel("bge-m3", 1024, 8192),
        ),
    ),
    "openai_compatible": EmbeddingProvider(
        "OpenAI-compatible server", "", OpenAiEmbedder, needs_key=False
    ),
}
"""By id, in the order a person should see them."""
