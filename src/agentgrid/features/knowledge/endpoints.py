"""Documents of agents over HTTP."""

from collections.abc import AsyncGenerator, Sequence
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse

from agentgrid.features.auth.deps import PrincipalDep
from agentgrid.features.deps import ServicesDep, SessionDep
from agentgrid.features.knowledge.live import FileEvents
from agentgrid.features.knowledge.schemas import (
    ChunkView,
    KnowledgeFileView,
    RetrievalView,
    RetrieveRequest,
    TextWindow,
)
from agentgrid.features.knowledge.service import KnowledgeService, make_retriever
from agentgrid.features.knowledge.uploads import received
from agentgrid.features.knowledge.views import retrieval_view
from agentgrid.kit.db import unit_of_work
from agentgrid.kit.pagination import Page, PageDep

router = APIRouter(prefix="/agents/{agent_id}", tags=["knowledge"])

_SSE = "text/event-stream"
_SSE_HEADERS = {"cache-control": "no-cache, no-transform", "x-accel-buffering": "no"}
# The body is read as a stream, so the framework cannot derive this from a parameter.
_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "contentMediaType": "application/octet-stream",
                        }
                    },
                }
            }
        },
    }
}
_UPLOAD_PROBLEMS: dict[int | str, dict[str, Any]] = {
    409: {"description": "The same file is there already."},
    413: {"description": "Larger than the installation allows."},
    415: {"description": "Not a kind of file that can be read."},
    422: {"description": "No file, or an empty one."},
}


async def get_knowledge(services: ServicesDep, session: SessionDep) -> KnowledgeService:
    return KnowledgeService(services, session)


KnowledgeDep = Annotated[KnowledgeService, Depends(get_knowledge)]


@router.post("/files", status_code=202, openapi_extra=_FORM, responses=_UPLOAD_PROBLEMS)
async def upload_file(
    agent_id: UUID, request: Request, principal: PrincipalDep, services: ServicesDep
) -> KnowledgeFileView:
    """Add a document. It is read in the background: follow it with `files/events`."""
    async with unit_of_work(services.sessions) as session:
        await KnowledgeService(services, session).check_may_add(principal, agent_id)
    # No connection is held while the body comes in, however slow the sender is.
    async with (
        received(request, limit=services.policy.max_upload_bytes) as upload,
        unit_of_work(services.sessions) as session,
    ):
        return await KnowledgeService(services, session).add_upload(principal, agent_id, upload)


@router.get("/files")
async def list_files(
    agent_id: UUID, principal: PrincipalDep, knowledge: KnowledgeDep, page: PageDep
) -> Page[KnowledgeFileView]:
    """The agent's documents, newest first."""
    return await knowledge.list(principal, agent_id, page)


@router.get(
    "/files/events",
    response_class=StreamingResponse,
    responses={200: {"content": {_SSE: {"schema": {"type": "string"}}}}},
)
async def follow_files(
    agent_id: UUID, principal: PrincipalDep, services: ServicesDep
) -> StreamingResponse:
    """Live progress: an event `file` for each document as it is, and for each change.

    A removed document is told by an event `removed` with its id.
    """

    async def snapshot() -> Sequence[KnowledgeFileView]:
        async with unit_of_work(services.sessions) as session:
            return await KnowledgeService(services, session).snapshot(principal, agent_id)

    await snapshot()  # who may not see the agent gets a 404, not a broken stream
    events: AsyncGenerator[bytes] = FileEvents(services.redis).follow(agent_id, snapshot)
    return StreamingResponse(events, media_type=_SSE, headers=_SSE_HEADERS)


@router.get("/files/{file_id}")
async def get_file(
    agent_id: UUID, file_id: UUID, principal: PrincipalDep, knowledge: KnowledgeDep
) -> KnowledgeFileView:
    return await knowledge.get(principal, agent_id, file_id)


@router.delete("/files/{file_id}", status_code=204)
async def remove_file(
    agent_id: UUID, file_id: UUID, principal: PrincipalDep, knowledge: KnowledgeDep
) -> None:
    """Take a document away. It is out of answers at once; older versions keep it."""
    await knowledge.remove(principal, agent_id, file_id)


@router.post("/files/{file_id}/retry", status_code=202)
async def retry_file(
    agent_id: UUID, file_id: UUID, principal: PrincipalDep, knowledge: KnowledgeDep
) -> KnowledgeFileView:
    """Process a failed document again, from the stage that failed."""
    return await knowledge.retry(principal, agent_id, file_id)


@router.get("/files/{file_id}/chunks")
async def list_chunks(
    agent_id: UUID, file_id: UUID, principal: PrincipalDep, knowledge: KnowledgeDep, page: PageDep
) -> Page[ChunkView]:
    """The passages a document was cut into, in reading order."""
    return await knowledge.chunks(principal, agent_id, file_id, page)


@router.get("/files/{file_id}/text")
async def read_text(
    agent_id: UUID,
    file_id: UUID,
    principal: PrincipalDep,
    knowledge: KnowledgeDep,
    start: Annotated[int, Query(ge=0)] = 0,
    end: Annotated[int | None, Query(ge=0)] = None,
) -> TextWindow:
    """A part of a document's text; citations count characters in it."""
    return await knowledge.text(principal, agent_id, file_id, start, end)


@router.get("/files/{file_id}/content", response_class=StreamingResponse)
async def download_original(
    agent_id: UUID, file_id: UUID, principal: PrincipalDep, knowledge: KnowledgeDep
) -> StreamingResponse:
    """The document as it was uploaded."""
    file, pieces = await knowledge.original(principal, agent_id, file_id)
    headers = {
        # Never shown in the page's origin, whatever the file claims to be.
        "content-disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
        "x-content-type-options": "nosniff",
        "content-length": str(file.size),
    }
    return StreamingResponse(pieces, media_type="application/octet-stream", headers=headers)


@router.post("/retrieve")
async def retrieve(
    agent_id: UUID, wanted: RetrieveRequest, principal: PrincipalDep, services: ServicesDep
) -> RetrievalView:
    """What the agent would read for a question, and how sure it is of it."""
    async with unit_of_work(services.sessions) as session:
        reading = await KnowledgeService(services, session).reading(principal, agent_id)
    found = await make_retriever(services).retrieve(
        wanted.query, reading.view, wanted.limit or reading.limit
    )
    return retrieval_view(found)
