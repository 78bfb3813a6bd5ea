"""Conversations over HTTP."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from agentgrid.features.auth.deps import PrincipalDep
from agentgrid.features.chat.errors import AnswerFailed
from agentgrid.features.chat.repository import SessionFilter
from agentgrid.features.chat.runner import RunningTurn, TurnRunner
from agentgrid.features.chat.schemas import (
    CreateSession,
    GiveFeedback,
    MessageView,
    SendMessage,
    SessionView,
    SessionWithHistory,
    UpdateSession,
)
from agentgrid.features.chat.service import ChatService
from agentgrid.features.deps import ServicesDep, SessionDep
from agentgrid.kit.db import unit_of_work
from agentgrid.kit.pagination import Page, PageDep

router = APIRouter(tags=["chat"])

_SSE = "text/event-stream"
_SSE_HEADERS = {"cache-control": "no-cache, no-transform", "x-accel-buffering": "no"}
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The finished answer, or its events as they happen.",
        "content": {_SSE: {"schema": {"type": "string"}}},
    }
}


async def get_turns(request: Request) -> TurnRunner:
    turns: TurnRunner = request.app.state.turns
    return turns


async def get_chat(session: SessionDep) -> ChatService:
    return ChatService(session)


TurnsDep = Annotated[TurnRunner, Depends(get_turns)]
ChatDep = Annotated[ChatService, Depends(get_chat)]
AcceptHeader = Annotated[str, Header()]


def _events(source: AsyncGenerator[bytes]) -> StreamingResponse:
    return StreamingResponse(source, media_type=_SSE, headers=_SSE_HEADERS)


async def _answer(turns: TurnRunner, running: RunningTurn, accept: str) -> Response:
    if _SSE in accept:
        return _events(turns.follow(running))
    # A client that goes away cancels the request, not the turn: the turn has its own task.
    view = await running.wait()
    if view.error is not None:
        raise AnswerFailed(f"{view.error.message} ({view.error.code})")
    return Response(view.model_dump_json(), media_type="application/json")


@router.post("/agents/{agent_id}/sessions", status_code=201)
async def create_session(
    agent_id: UUID, wanted: CreateSession, principal: PrincipalDep, chat: ChatDep
) -> SessionView:
    """Start a conversation with an agent."""
    return await chat.create(principal, agent_id, wanted)


@router.get("/agents/{agent_id}/sessions")
async def list_sessions(
    agent_id: UUID,
    principal: PrincipalDep,
    chat: ChatDep,
    page: PageDep,
    q: Annotated[str, Query(max_length=200, description="Words in the title or messages.")] = "",
    pinned: bool | None = None,
) -> Page[SessionView]:
    """Your conversations with an agent, newest first."""
    return await chat.list(principal, SessionFilter(agent_id, q.strip(), pinned), page)


@router.get("/sessions/{session_id}")
async def get_session(
    session_id: UUID, principal: PrincipalDep, chat: ChatDep
) -> SessionWithHistory:
    """A conversation with its messages."""
    return await chat.get(principal, session_id)


@router.patch("/sessions/{session_id}")
async def update_session(
    session_id: UUID, change: UpdateSession, principal: PrincipalDep, chat: ChatDep
) -> SessionView:
    """Rename or pin a conversation."""
    return await chat.update(principal, session_id, change)


@router.delete("/sessions/{session_id}", status_code=204)
async def delete_session(session_id: UUID, principal: PrincipalDep, chat: ChatDep) -> None:
    """Delete a conversation."""
    await chat.delete(principal, session_id)


@router.post("/sessions/{session_id}/messages", response_model=MessageView, responses=_ANSWER)
async def send_message(
    session_id: UUID,
    body: SendMessage,
    principal: PrincipalDep,
    turns: TurnsDep,
    accept: AcceptHeader = "",
) -> Response:
    """Ask. `Accept: text/event-stream` streams the answer; otherwise it comes whole."""
    stream = _SSE in accept
    running = await turns.send(
        session_id, principal.user_id, body.message, body.filter, stream=stream
    )
    return await _answer(turns, running, accept)


@router.post("/messages/{message_id}/regenerate", response_model=MessageView, responses=_ANSWER)
async def regenerate(
    message_id: UUID, principal: PrincipalDep, turns: TurnsDep, accept: AcceptHeader = ""
) -> Response:
    """Answer the same question once more; the former answer stays as another branch."""
    running = await turns.again(message_id, principal.user_id, stream=_SSE in accept)
    return await _answer(turns, running, accept)


@router.get(
    "/sessions/{session_id}/stream",
    response_class=StreamingResponse,
    responses={204: {"description": "Nothing is being written."}},
)
async def resume_stream(
    session_id: UUID,
    principal: PrincipalDep,
    turns: TurnsDep,
    services: ServicesDep,
    last_event_id: Annotated[str, Header()] = "0",
) -> Response:
    """Go on reading the answer being written, after the event `Last-Event-ID`."""
    async with unit_of_work(services.sessions) as session:
        message_id = await ChatService(session).running(principal, session_id)
    if message_id is None:
        return Response(status_code=204)
    after = int(last_event_id) if last_event_id.isdecimal() else 0
    return _events(turns.resume(message_id, after))


@router.post("/sessions/{session_id}/stop", status_code=204)
async def stop(
    session_id: UUID, principal: PrincipalDep, turns: TurnsDep, services: ServicesDep
) -> None:
    """Stop the answer being written; what is there stays."""
    async with unit_of_work(services.sessions) as session:
        message_id = await ChatService(session).running(principal, session_id)
    if message_id is not None:
        await turns.stop(message_id)


@router.post("/messages/{message_id}/feedback")
async def give_feedback(
    message_id: UUID, feedback: GiveFeedback, principal: PrincipalDep, chat: ChatDep
) -> MessageView:
    """Rate an answer, or take the rating back with null."""
    return await chat.rate(principal, message_id, feedback)
