"""Embedders: the one that runs on this machine, and the paid or self-hosted APIs."""

from agentgrid.creator_studio.rag.embeddings.factory import make_embedder
from agentgrid.creator_studio.rag.embeddings.minilm import MiniLmEmbedder

__all__ = ["MiniLmEmbedder", "make_embedder"]
