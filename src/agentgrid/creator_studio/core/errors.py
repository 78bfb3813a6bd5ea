"""The engine's error tree.

StudioError
├── ModelError                 a language or embedding model did not answer as asked
│   ├── CredentialsRejected    401/403: the key is wrong or lacks a permission
│   ├── RateLimited            429: try again after ``retry_after`` seconds
│   ├── RequestRejected        other 4xx: the request itself is at fault; never retried
│   │   └── ContextTooLong     the prompt does not fit the model's window
│   ├── ModelUnavailable       5xx, refused or reset connection
│   │   ├── ModelTimeout       no answer within the time limit
│   │   └── CircuitOpen        failed so often that it is left alone for a while
│   ├── StreamInterrupted      the stream ended before its end marker
│   └── ResponseMalformed      the answer could not be understood
├── ModelNotConfigured         no connection offers the model that was asked for
└── DocumentError              a document cannot be read; ``advice`` says what to do
    ├── UnsupportedFormat
    ├── EmptyDocument
    ├── EncryptedDocument
    ├── CorruptDocument
    ├── DocumentTooLarge
    └── ReadingCancelled       a person stopped it; reading again starts afresh
"""

from typing import ClassVar


class StudioError(Exception):
    """Base of everything the engine raises on purpose."""

    code: ClassVar[str] = "studio_error"
    retryable: ClassVar[bool] = False


class ModelError(StudioError):
    """A model did not answer as asked.

    ``str(error)`` is safe to show: it never holds a key or the prompt.
    """

    code: ClassVar[str] = "model_error"

    def __init__(
        self, message: str, *, provider: str, model: str = "", status: int | None = None
    ) -> None:
        super().__init__(message)
        self.provider = provider
        self.model = model
        self.status = status


class CredentialsRejected(ModelError):
    code: ClassVar[str] = "credentials_rejected"


class RateLimited(ModelError):
    code: ClassVar[str] = "provider_rate_limited"
    retryable: ClassVar[bool] = True

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        model: str = "",
        status: int | None = 429,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, provider=provider, model=model, status=status)
        self.retry_after = retry_after
        """Seconds the provider asked to wait, when it said so."""


class RequestRejected(ModelError):
    code: ClassVar[str] = "request_rejected"


class ContextTooLong(RequestRejected):
    code: ClassVar[str] = "context_too_long"


class ModelUnavailable(ModelError):
    code: ClassVar[str] = "model_unavailable"
    retryable: ClassVar[bool] = True


class ModelTimeout(ModelUnavailable):
    code: ClassVar[str] = "model_timeout"


class CircuitOpen(ModelUnavailable):
    code: ClassVar[str] = "circuit_open"
    retryable: ClassVar[bool] = False


class StreamInterrupted(ModelError):
    code: ClassVar[str] = "stream_interrupted"
    retryable: ClassVar[bool] = True


class ResponseMalformed(ModelError):
    code: ClassVar[str] = "response_malformed"
    retryable: ClassVar[bool] = True


class ModelNotConfigured(StudioError):
    code: ClassVar[str] = "model_not_configured"


class DocumentError(StudioError):
    """A document cannot be read; retrying the same bytes cannot help.

    ``str(error)`` is the reason in plain words, ``advice`` what the person can do.
    """

    code: ClassVar[str] = "document_error"

    def __init__(self, reason: str, *, advice: str = "") -> None:
        super().__init__(reason)
        self.advice = advice


class UnsupportedFormat(DocumentError):
    code: ClassVar[str] = "unsupported_format"


class EmptyDocument(DocumentError):
    code: ClassVar[str] = "empty_document"


class EncryptedDocument(DocumentError):
    code: ClassVar[str] = "encrypted_document"


class CorruptDocument(DocumentError):
    code: ClassVar[str] = "corrupt_document"


class DocumentTooLarge(DocumentError):
    code: ClassVar[str] = "document_too_large"


class ReadingCancelled(DocumentError):
    code: ClassVar[str] = "cancelled"
