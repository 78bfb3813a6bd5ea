"""Documents of agents over HTTP."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse

from agentgrid.creator_studio.rag.extraction import OCR_OFF, ocr_status
from agentgrid.creator_studio.rag.extraction.formats import supported_formats
from agentgrid.features.auth.deps import PrincipalDep
from agentgrid.features.auth.principal import Principal
from agentgrid.features.deps import Services, ServicesDep, SessionDep
from agentgrid.features.knowledge.filters import Filter
from agentgrid.features.knowledge.live import FileEvents
from agentgrid.features.knowledge.repository import Listing
from agentgrid.features.knowledge.schemas import (
    ChunkView,
    CoverageRequest,
    CoverageView,
    FilePatch,
    FileStatus,
    FormatsView,
    KnowledgeFileView,
    RetrievalView,
    RetrieveRequest,
    TagView,
    TextWindow,
)
from agentgrid.features.knowledge.service import KnowledgeService, Reading, make_retriever
from agentgrid.features.knowledge.uploads import received
from agentgrid.features.knowledge.views import coverage_view, formats_view, retrieval_view
from agentgrid.features.usage.ledger import CallSubject
from agentgrid.features.usage.metering import booked
from agentgrid.kit.db import unit_of_work
from agentgrid.kit.pagination import Page, PageDep

_documents = APIRouter(prefix="/agents/{agent_id}", tags=["knowledge"])
_installation = APIRouter(prefix="/knowledge", tags=["knowledge"])

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
                        },
                        "tags": {
                            "type": "array",
                            "items": {"type": "string", "minLength": 1, "maxLength": 50},
                            "maxItems": 20,
                            "description": "One field for each tag.",
                        },
                        "replace": {
                            "type": "boolean",
                            "description": "Older files of the name are removed in the "
                            "moment in which this one can be asked.",
                        },
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


@_documents.post("/files", status_code=202, openapi_extra=_FORM, responses=_UPLOAD_PROBLEMS)
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


@_documents.get("/files")
async def list_files(
    agent_id: UUID,
    principal: PrincipalDep,
    knowledge: KnowledgeDep,
    page: PageDep,
    q: Annotated[str, Query(max_length=200, description="Part of the name.")] = "",
    tag: Annotated[str, Query(max_length=50)] = "",
    status: FileStatus | None = None,
) -> Page[KnowledgeFileView]:
    """The agent's documents, newest first."""
    return await knowledge.list(principal, agent_id, Listing(q, tag, status), page)


@_documents.get("/tags")
async def list_tags(
    agent_id: UUID, principal: PrincipalDep, knowledge: KnowledgeDep
) -> Sequence[TagView]:
    """The tags of the agent's documents, the most used first."""
    return await knowledge.tags(principal, agent_id)


@_documents.get(
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


@_documents.get("/files/{file_id}")
async def get_file(
    agent_id: UUID, file_id: UUID, principal: PrincipalDep, knowledge: KnowledgeDep
) -> KnowledgeFileView:
    return await knowledge.get(principal, agent_id, file_id)


@_documents.patch("/files/{file_id}")
async def change_file(
    agent_id: UUID,
    file_id: UUID,
    wanted: FilePatch,
    principal: PrincipalDep,
    knowledge: KnowledgeDep,
) -> KnowledgeFileView:
    """Give a document other tags."""
    return await knowledge.set_tags(principal, agent_id, file_id, wanted.tags)


@_documents.delete("/files/{file_id}", status_code=204)
async def remove_file(
    agent_id: UUID, file_id: UUID, principal: PrincipalDep, knowledge: KnowledgeDep
) -> None:
    """Take a document away. It is out of answers at once; older versions keep it."""
    await knowledge.remove(principal, agent_id, file_id)


@_documents.post("/files/{file_id}/retry", status_code=202)
async def retry_file(
    agent_id: UUID, file_id: UUID, principal: PrincipalDep, knowledge: KnowledgeDep
) -> KnowledgeFileView:
    """Process a failed document again, from the stage that failed."""
    return await knowledge.retry(principal, agent_id, file_id)


@_documents.post("/files/{file_id}/cancel", status_code=202)
async def cancel_file(
    agent_id: UUID, file_id: UUID, principal: PrincipalDep, knowledge: KnowledgeDep
) -> KnowledgeFileView:
    """Stop the work on a document: it fails with the code `cancelled`, and `retry` goes on."""
    return await knowledge.cancel(principal, agent_id, file_id)


@_documents.get("/files/{file_id}/chunks")
async def list_chunks(
    agent_id: UUID, file_id: UUID, principal: PrincipalDep, knowledge: KnowledgeDep, page: PageDep
) -> Page[ChunkView]:
    """The passages a document was cut into, in reading order."""
    return await knowledge.chunks(principal, agent_id, file_id, page)


@_documents.get("/files/{file_id}/text")
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


@_documents.get("/files/{file_id}/content", response_class=StreamingResponse)
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


@_documents.post("/retrieve")
async def retrieve(
    agent_id: UUID, wanted: RetrieveRequest, principal: PrincipalDep, services: ServicesDep
) -> RetrievalView:
    """What the agent would read for a question, and how sure it is of it."""
    reading = await _reading(services, principal, agent_id, wanted.filter)
    async with booked(services.sessions, _asked(principal, agent_id)):
        found = await make_retriever(services).retrieve(
            wanted.query, reading.view, wanted.limit or reading.limit
        )
    return retrieval_view(found)


@_documents.post("/coverage")
async def measure_coverage(
    agent_id: UUID, wanted: CoverageRequest, principal: PrincipalDep, services: ServicesDep
) -> CoverageView:
    """Which of these questions the agent's documents answer."""
    reading = await _reading(services, principal, agent_id, wanted.filter)
    retriever = make_retriever(services)
    # One after another: a list of questions must not slow down those who talk meanwhile.
    async with booked(services.sessions, _asked(principal, agent_id)):
        found = [
            await retriever.retrieve(question, reading.view, reading.limit)
            for question in wanted.questions
        ]
    return coverage_view(wanted.questions, found)


def _asked(principal: Principal, agent_id: UUID) -> CallSubject:
    """Who pays when questions are embedded by a service."""
    return CallSubject("embedding", user_id=principal.user_id, agent_id=agent_id)


async def _reading(
    services: Services, principal: Principal, agent_id: UUID, wanted: Filter | None
) -> Reading:
    async with unit_of_work(services.sessions) as session:
        return await KnowledgeService(services, session).reading(principal, agent_id, wanted)


@_installation.get("/formats")
async def list_formats(services: ServicesDep) -> FormatsView:
    """What kinds of files can be read here."""
    ocr = await asyncio.to_thread(ocr_status) if services.policy.ocr else OCR_OFF
    return formats_view(supported_formats(), ocr, services.policy.max_upload_bytes)


router = APIRouter()
router.include_router(_documents)
router.include_router(_installation)
