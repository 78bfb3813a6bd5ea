"""From what a provider says went wrong to the engine's error tree.

Providers report failures as an HTTP status, as an event inside a stream, or both; the
words differ, the cases do not. One table decides for all of them. What ends up in a
message is safe to show: the key is cut out, and a reason that quotes the prompt is left
out altogether.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeGuard

import msgspec

from agentgrid.creator_studio.core import (
    ChatRequest,
    ContextTooLong,
    CredentialsRejected,
    ModelError,
    ModelTimeout,
    ModelUnavailable,
    RateLimited,
    RequestRejected,
)

_REASON_LENGTH = 300
_QUOTED_LENGTH = 24
"""A reason that shares this many characters in a row with the prompt quotes it."""

_TOO_LONG = re.compile(
    r"context[ _]length|context[ _]window|context[ _]size|context limit|prompt is too long"
    r"|input token count|too many (input )?tokens|reduce the length|maximum context"
    r"|request_too_large",
    re.IGNORECASE,
)
_BAD_KEY = re.compile(r"api[ _]key[ _](not valid|invalid|expired)", re.IGNORECASE)
_NO_CREDIT = re.compile(r"insufficient_quota|insufficient balance|billing", re.IGNORECASE)

_STATUS_OF_KIND = {
    "authentication_error": 401,
    "unauthenticated": 401,
    "billing_error": 402,
    "insufficient_quota": 402,
    "permission_error": 403,
    "permission_denied": 403,
    "not_found_error": 404,
    "not_found": 404,
    "invalid_request_error": 400,
    "invalid_argument": 400,
    "context_length_exceeded": 400,
    "exceed_context_size_error": 400,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "resource_exhausted": 429,
    "timeout_error": 504,
    "deadline_exceeded": 504,
}


@dataclass(frozen=True, slots=True)
class Failure:
    """What a provider reported. ``kind`` is its own name for the case, in lower case."""

    status: int
    kind: str = ""
    message: str = ""
    retry_after: float | None = None


class ReportedFailure(Exception):
    """An answer or a stream event said that the call failed."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.kind)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom and what a call was about, for messages."""

    provider: str
    label: str
    model: str = ""
    secret: str | None = field(default=None, repr=False)
    request: ChatRequest | None = field(default=None, repr=False)


def read_failure(
    body: bytes, *, status: int | None = None, retry_after: float | None = None
) -> Failure:
    """Understand an error body of any wire; ``status`` is None for events inside a stream."""
    try:
        value: object = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        value = None
    report = _report(value)
    kind = _first_text(report, "code", "type", "status").lower()
    message = _first_text(report, "message", "detail", "msg")
    delay = retry_after if retry_after is not None else _retry_info(report)
    return Failure(_status(report, kind, status), kind, message, delay)


def _report(value: object) -> dict[str, object]:
    if isinstance(value, list) and value:
        value = value[0]
    if not _is_object(value):
        return {}
    inner = value.get("error", value)
    if isinstance(inner, str):
        return {"message": inner}
    return inner if _is_object(inner) else {}


def _is_object(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def _first_text(report: Mapping[str, object], *names: str) -> str:
    for name in names:
        value = report.get(name)
        if isinstance(value, str) and value and not value.isdigit():
            return value
    return ""


def _status(report: Mapping[str, object], kind: str, status: int | None) -> int:
    if status is not None and status >= 400:
        return status
    code = report.get("code")
    number = int(code) if isinstance(code, (int, str)) and str(code).isdigit() else 0
    if 400 <= number < 600:
        return number
    named = (_first_text(report, name).lower() for name in ("code", "type", "status"))
    return next((_STATUS_OF_KIND[name] for name in (kind, *named) if name in _STATUS_OF_KIND), 500)


def _retry_info(report: Mapping[str, object]) -> float | None:
    details = report.get("details")
    for detail in details if isinstance(details, list) else ():
        delay = detail.get("retryDelay") if _is_object(detail) else None
        if isinstance(delay, str) and re.fullmatch(r"\d+(\.\d+)?s", delay):
            return float(delay[:-1])
    return None


def read_retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds to wait, from ``retry-after-ms`` or ``Retry-After`` (seconds or an HTTP date)."""
    milliseconds = headers.get("retry-after-ms", "")
    if re.fullmatch(r"\d+(\.\d+)?", milliseconds):
        return float(milliseconds) / 1000
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", value):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())


def to_error(failure: Failure, subject: Subject) -> ModelError:
    """Place a failure in the error tree, with a sentence that says what to do."""
    status, label = failure.status, subject.label
    model = subject.model or "the model"
    if status == 429 and not _NO_CREDIT.search(failure.kind):
        return RateLimited(
            f"{label} allows no more calls right now; try again in a moment.",
            provider=subject.provider,
            model=subject.model,
            status=status,
            retry_after=failure.retry_after,
        )
    kind, sentence = _case(failure, label, model)
    reason = _safe_reason(failure.message, subject) if issubclass(kind, RequestRejected) else ""
    return kind(
        f"{sentence} {label} said: {reason}" if reason else sentence,
        provider=subject.provider,
        model=subject.model,
        status=status,
    )


def _case(failure: Failure, label: str, model: str) -> tuple[type[ModelError], str]:
    status, text = failure.status, f"{failure.kind} {failure.message}"
    if status == 401 or (status == 400 and _BAD_KEY.search(text)):
        return CredentialsRejected, f"{label} refused the API key; enter a valid key for it."
    if status in {402, 429}:
        return CredentialsRejected, f"The {label} account has no credit left; top it up."
    if status == 403:
        return CredentialsRejected, f"{label} does not let this API key use {model}."
    if status == 413 or (status in {400, 422} and _TOO_LONG.search(text)):
        return ContextTooLong, f"The request is longer than {model} can read; shorten it."
    if status == 404:
        return RequestRejected, f"{label} does not offer {model}; check the model's name."
    if status in {408, 504, 524}:
        return ModelTimeout, f"{label} did not answer in time; try again."
    if status >= 500:
        return ModelUnavailable, f"{label} failed to answer (error {status}); try again."
    return RequestRejected, f"{label} rejected the request (error {status})."


def _safe_reason(message: str, subject: Subject) -> str:
    if subject.secret:
        message = message.replace(subject.secret, "[key]")
    reason = " ".join(message.split())[:_REASON_LENGTH]
    return "" if subject.request and _quotes(reason, subject.request) else reason


def _quotes(reason: str, request: ChatRequest) -> bool:
    prompt = " ".join(" ".join(message.content.split()) for message in request.messages)
    windows = range(max(0, len(reason) - _QUOTED_LENGTH) + 1)
    return len(reason) >= _QUOTED_LENGTH and any(
        reason[start : start + _QUOTED_LENGTH] in prompt for start in windows
    )
