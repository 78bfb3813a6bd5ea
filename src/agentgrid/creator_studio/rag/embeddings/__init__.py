"""Embedders: the one that runs on this machine, and the paid or self-hosted APIs."""

from agentgrid.creator_studio.rag.embeddings.factory import (
    embedder_of,
    make_embedder,
    make_target,
    measured,
)
from agentgrid.creator_studio.rag.embeddings.minilm import MiniLmEmbedder

__all__ = ["MiniLmEmbedder", "embedder_of", "make_embedder", "make_target", "measured"]
