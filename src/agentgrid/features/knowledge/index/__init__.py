"""Search over the passages in the database: by meaning and by words."""

from agentgrid.features.knowledge.index.dense import EXACT_UP_TO
from agentgrid.features.knowledge.index.postgres import PostgresChunkIndex

__all__ = ["EXACT_UP_TO", "PostgresChunkIndex"]
