"""The errors a caller can be told about.

Every feature derives its own from one of these; ``problems.py`` turns them into RFC 9457
problems. ``detail`` is written for the person who reads it and says what to do::

    ProductError
    ├── BadRequest          400
    ├── NotAuthenticated    401
    ├── Forbidden           403
    ├── NotFound            404
    ├── Conflict            409
    ├── TooLarge            413
    ├── UnsupportedMedia    415
    ├── Invalid             422
    ├── TooManyRequests     429
    ├── UpstreamFailed      502
    └── Unavailable         503
"""

from typing import ClassVar


class ProductError(Exception):
    """Base of all errors with an HTTP status and a stable code."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Something went wrong"

    def __init__(self, detail: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.retry_after = retry_after
        """Seconds after which trying again makes sense; becomes ``Retry-After``."""


class BadRequest(ProductError):
    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_request"
    title: ClassVar[str] = "The request cannot be understood"


class NotAuthenticated(ProductError):
    status: ClassVar[int] = 401
    code: ClassVar[str] = "not_authenticated"
    title: ClassVar[str] = "Sign in first"


class Forbidden(ProductError):
    status: ClassVar[int] = 403
    code: ClassVar[str] = "forbidden"
    title: ClassVar[str] = "You may not do this"


class NotFound(ProductError):
    status: ClassVar[int] = 404
    code: ClassVar[str] = "not_found"
    title: ClassVar[str] = "Not found"


class Conflict(ProductError):
    status: ClassVar[int] = 409
    code: ClassVar[str] = "conflict"
    title: ClassVar[str] = "This clashes with the present state"


class TooLarge(ProductError):
    status: ClassVar[int] = 413
    code: ClassVar[str] = "too_large"
    title: ClassVar[str] = "Too large"


class UnsupportedMedia(ProductError):
    status: ClassVar[int] = 415
    code: ClassVar[str] = "unsupported_media"
    title: ClassVar[str] = "This kind of file is not supported"


class Invalid(ProductError):
    status: ClassVar[int] = 422
    code: ClassVar[str] = "invalid"
    title: ClassVar[str] = "The request is not valid"


class TooManyRequests(ProductError):
    status: ClassVar[int] = 429
    code: ClassVar[str] = "too_many_requests"
    title: ClassVar[str] = "Too many requests"


class UpstreamFailed(ProductError):
    status: ClassVar[int] = 502
    code: ClassVar[str] = "upstream_failed"
    title: ClassVar[str] = "A service this depends on failed"


class Unavailable(ProductError):
    status: ClassVar[int] = 503
    code: ClassVar[str] = "unavailable"
    title: ClassVar[str] = "Temporarily unavailable"
