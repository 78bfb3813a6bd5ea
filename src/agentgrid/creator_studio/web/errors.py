"""What can go wrong when something is fetched from the web.

::

    StudioError
    └── WebError               ``str(error)`` is the reason in plain words
        ├── AddressRefused     not an address that may be fetched from here
        ├── HostNotFound       no such name
        ├── Unreachable        refused, reset, not encrypted as it should be
        │   └── AnswerTooSlow
        ├── AnswerRefused      the server said no; ``status`` is what it said
        ├── RedirectRefused    too many redirects, or one that leads nowhere
        ├── ContentRefused     a kind of content that is not read
        ├── AnswerTooLarge
        └── PageUnreadable     the page could not be taken apart
"""

from typing import ClassVar

from agentgrid.creator_studio.core import StudioError


class WebError(StudioError):
    """Something on the web was not read. The words are for the person who asked for it."""

    code: ClassVar[str] = "web_error"
    advice: ClassVar[str] = ""


class AddressRefused(WebError):
    code: ClassVar[str] = "address_refused"
    advice: ClassVar[str] = (
        "Use a public http or https address. For a server of your own network, ask an admin "
        "to add it to the allowed hosts."
    )


class HostNotFound(WebError):
    code: ClassVar[str] = "host_not_found"
    advice: ClassVar[str] = "Check the address for typing errors."


class Unreachable(WebError):
    code: ClassVar[str] = "unreachable"
    retryable: ClassVar[bool] = True
    advice: ClassVar[str] = "Check that the site opens in a browser, then try again."


class AnswerTooSlow(Unreachable):
    code: ClassVar[str] = "too_slow"


class AnswerRefused(WebError):
    code: ClassVar[str] = "answer_refused"
    advice: ClassVar[str] = "Check that the page opens in a browser without signing in."

    def __init__(self, reason: str, *, status: int, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.retry_after = retry_after
        """Seconds the server asked to be left alone, when it said so."""

    @property
    def gone(self) -> bool:
        """Whether the server says that there is nothing at this address."""
        return self.status in {404, 410}

    @property
    def passing(self) -> bool:
        """Whether the same request may be answered later."""
        return self.status == 429 or self.status >= 500


class RedirectRefused(WebError):
    code: ClassVar[str] = "redirect_refused"
    advice: ClassVar[str] = "Open the page in a browser and use the address it ends at."


class ContentRefused(WebError):
    code: ClassVar[str] = "content_refused"
    advice: ClassVar[str] = "Use the address of a page with text, or of a document."


class AnswerTooLarge(WebError):
    code: ClassVar[str] = "answer_too_large"
    advice: ClassVar[str] = "Download it, split it and upload the parts."


class PageUnreadable(WebError):
    code: ClassVar[str] = "page_unreadable"
    advice: ClassVar[str] = "Save the page as PDF and upload that."
