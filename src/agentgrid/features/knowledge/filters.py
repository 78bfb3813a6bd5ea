"""Which documents a question is asked of: the request's filter within the agent's own."""

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from agentgrid.creator_studio.core import KnowledgeFilter
from agentgrid.features.agents.schemas import Tags


class Filter(BaseModel):
    """What is absent does not limit. Fields limit together; within one, any match counts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    files: Annotated[list[UUID], Field(max_length=1000)] = []
    tags: Tags = []
    added_from: Annotated[AwareDatetime | None, Field(description="Then or later.")] = None
    added_before: AwareDatetime | None = None


def knowledge_filter(wanted: Filter | None, agent_tags: Iterable[str] = ()) -> KnowledgeFilter:
    """The filter as the engine takes it; tags are compared in folded case."""
    wanted = wanted or Filter()
    return KnowledgeFilter(
        files=frozenset(wanted.files),
        tags=_folded(wanted.tags),
        agent_tags=_folded(agent_tags),
        added_from=wanted.added_from,
        added_before=wanted.added_before,
    )


def _folded(tags: Iterable[str]) -> frozenset[str]:
    return frozenset(tag.casefold() for tag in tags)
