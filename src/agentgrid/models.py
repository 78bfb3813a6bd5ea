"""The list of tables, for Alembic and for everything that needs the whole schema."""

from agentgrid.features.agents.models import Agent, AgentVersion
from agentgrid.features.auth.models import ApiKey, AuditEntry, RefreshToken, User
from agentgrid.features.chat.models import ChatMessage, ChatSession, MessageFeedback
from agentgrid.features.installation.models import InstallationSettings
from agentgrid.features.knowledge.embedding.models import EmbeddingIndex
from agentgrid.features.knowledge.models import (
    KnowledgeChunk,
    KnowledgeFile,
    KnowledgeLexeme,
    KnowledgeObject,
    KnowledgeStatistics,
    KnowledgeVector,
)
from agentgrid.features.knowledge.sources.models import KnowledgeSource, KnowledgeSourcePage
from agentgrid.features.providers.models import ProviderConnection
from agentgrid.features.usage.models import LlmUsage
from agentgrid.kit.db import Base

__all__ = [
    "Agent",
    "AgentVersion",
    "ApiKey",
    "AuditEntry",
    "Base",
    "ChatMessage",
    "ChatSession",
    "EmbeddingIndex",
    "InstallationSettings",
    "KnowledgeChunk",
    "KnowledgeFile",
    "KnowledgeLexeme",
    "KnowledgeObject",
    "KnowledgeSource",
    "KnowledgeSourcePage",
    "KnowledgeStatistics",
    "KnowledgeVector",
    "LlmUsage",
    "MessageFeedback",
    "ProviderConnection",
    "RefreshToken",
    "User",
]
