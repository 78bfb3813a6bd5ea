"""One table: error -> RFC 9457 problem. Every error that leaves the API passes here."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import asyncpg
import msgspec
import sqlalchemy.exc
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from redis.exceptions import RedisError
from starlette.exceptions import HTTPException

from agentgrid.creator_studio.core import (
    CredentialsRejected,
    DocumentError,
    ModelError,
    ModelNotConfigured,
    RateLimited,
)
from agentgrid.kit.errors import ProductError

_log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
_UNSTORABLE = {
    asyncpg.CharacterNotInRepertoireError.sqlstate,
    asyncpg.UntranslatableCharacterError.sqlstate,
}
_AWAY = "A part of AgentGrid is restarting or unreachable. Nothing was lost; try again shortly."


class FieldProblem(BaseModel):
    """One field that is at fault: where it is, and what is wrong with it."""

    loc: list[str | int]
    message: str


class Problem(BaseModel):
    """RFC 9457 problem details, with a stable ``code`` and the request's id."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[FieldProblem] | None = None


def _problem(
    request: Request,
    status: int,
    *,
    code: str,
    title: str,
    detail: str,
    errors: Sequence[FieldProblem] | None = None,
    retry_after: float | None = None,
) -> Response:
    problem = Problem(
        title=title,
        status=status,
        detail=detail,
        code=code,
        request_id=getattr(request.state, "request_id", ""),
        errors=list(errors) if errors is not None else None,
    )
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else {}
    if retry_after is not None:
        headers["Retry-After"] = str(max(1, round(retry_after)))
    return Response(
        msgspec.json.encode(problem.model_dump(exclude_none=True)),
        status_code=status,
        headers=headers,
        media_type=MEDIA_TYPE,
    )


async def _product_error(request: Request, error: ProductError) -> Response:
    return _problem(
        request,
        error.status,
        code=error.code,
        title=error.title,
        detail=error.detail,
        retry_after=error.retry_after,
    )


async def _model_error(request: Request, error: ModelError) -> Response:
    status = HTTPStatus.BAD_GATEWAY
    retry_after = None
    if isinstance(error, RateLimited):
        status, retry_after = HTTPStatus.SERVICE_UNAVAILABLE, error.retry_after or 1
    elif error.retryable:
        status, retry_after = HTTPStatus.SERVICE_UNAVAILABLE, 1
    title = (
        "The provider refused the key"
        if isinstance(error, CredentialsRejected)
        else "The model did not answer"
    )
    return _problem(
        request, status, code=error.code, title=title, detail=str(error), retry_after=retry_after
    )


async def _not_configured(request: Request, error: ModelNotConfigured) -> Response:
    return _problem(
        request,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        code=error.code,
        title="No such model here",
        detail=str(error),
    )


async def _document_error(request: Request, error: DocumentError) -> Response:
    return _problem(
        request,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        code=error.code,
        title="The document cannot be read",
        detail=" ".join(part for part in (str(error), error.advice) if part),
    )


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    fields = [FieldProblem(loc=list(e["loc"]), message=e["msg"]) for e in error.errors()]
    where = ", ".join(".".join(str(part) for part in f.loc[1:]) or "body" for f in fields)
    return _problem(
        request,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        code="invalid",
        title="The request is not valid",
        detail=f"Check: {where}. {fields[0].message if fields else ''}".strip(),
        errors=fields,
    )


async def _http(request: Request, error: HTTPException) -> Response:
    title = HTTPStatus(error.status_code).phrase
    return _problem(
        request,
        error.status_code,
        code=title.lower().replace(" ", "_"),
        title=title,
        detail=str(error.detail),
    )


async def _away(request: Request, error: Exception) -> Response:
    _log.warning("dependency_unavailable", error=type(error).__name__, detail=str(error)[:300])
    return _problem(
        request,
        HTTPStatus.SERVICE_UNAVAILABLE,
        code="unavailable",
        title="Temporarily unavailable",
        detail=_AWAY,
        retry_after=1,
    )


async def _unstorable(request: Request, _error: Exception) -> Response:
    return _problem(
        request,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        code="character_not_allowed",
        title="A character cannot be stored",
        detail="Text must not hold the character NUL (U+0000). Remove it and send again.",
    )


async def _database(request: Request, error: sqlalchemy.exc.DBAPIError) -> Response:
    if getattr(error.orig, "sqlstate", None) in _UNSTORABLE:
        return await _unstorable(request, error)
    if error.connection_invalidated or isinstance(
        error, sqlalchemy.exc.OperationalError | sqlalchemy.exc.InterfaceError
    ):
        return await _away(request, error)
    return await _unexpected(request, error)


async def _unexpected(request: Request, error: Exception) -> Response:
    _log.error("unhandled_error", exc_info=error)
    return _problem(
        request,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        code="internal_error",
        title="Something went wrong",
        detail="It was logged, and nothing half-done was kept. Quote the request id to report it.",
    )


def install(app: FastAPI) -> None:
    """Register every handler. The framework picks the one nearest to the error's class."""
    handlers: list[tuple[type[Exception], Any]] = [
        (ProductError, _product_error),
        (ModelError, _model_error),
        (ModelNotConfigured, _not_configured),
        (DocumentError, _document_error),
        (RequestValidationError, _invalid),
        (HTTPException, _http),
        (sqlalchemy.exc.DBAPIError, _database),
        (sqlalchemy.exc.TimeoutError, _away),
        (asyncpg.CharacterNotInRepertoireError, _unstorable),
        (asyncpg.UntranslatableCharacterError, _unstorable),
        (asyncpg.PostgresConnectionError, _away),
        (asyncpg.CannotConnectNowError, _away),
        (asyncpg.AdminShutdownError, _away),
        (asyncpg.InterfaceError, _away),
        (RedisError, _away),
        (OSError, _away),
        (Exception, _unexpected),
    ]
    for error_class, handler in handlers:
        app.add_exception_handler(error_class, handler)
