"""From rows to what the API shows."""

from typing import cast

from agentgrid.features.knowledge.sources.models import KnowledgeSource
from agentgrid.features.knowledge.sources.repository import Progress
from agentgrid.features.knowledge.sources.schemas import (
    SkippedPage,
    SourceError,
    SourceKind,
    SourceStatus,
    SourceView,
)


def source_view(source: KnowledgeSource, progress: Progress) -> SourceView:
    error = None
    if source.error_code is not None:
        error = SourceError(
            code=source.error_code,
            reason=source.error_reason or "",
            advice=source.error_advice or "",
        )
    return SourceView(
        id=source.id,
        agent_id=source.agent_id,
        url=source.url,
        kind=cast("SourceKind", source.kind),
        max_depth=source.max_depth,
        max_pages=source.max_pages,
        tags=source.tags,
        status=cast("SourceStatus", source.status),
        pages_found=progress.found,
        pages_read=progress.read,
        pages_unchanged=progress.unchanged,
        skipped=[SkippedPage(url=url, reason=reason) for url, reason in progress.skipped],
        error=error,
        last_crawled_at=source.last_crawled_at,
        created_at=source.created_at,
    )
