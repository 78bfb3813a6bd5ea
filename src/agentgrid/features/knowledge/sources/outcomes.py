"""What came of one address: the words between reading a page and writing it down."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from agentgrid.creator_studio.web import Known, WebUrl


@dataclass(frozen=True, slots=True)
class Skip:
    """It gives no document, for good or for this run."""

    reason: str
    gone: bool = False
    """What it gave before is no longer there, or may no longer be read: take it away."""
    code: str = "page_skipped"
    advice: str = ""
    links: Sequence[WebUrl] = ()
    """A page that is not kept may still be followed."""


@dataclass(frozen=True, slots=True)
class Later:
    """Something that may pass. The reason is for the case that it does not."""

    skip: Skip
    wait: float
    """Seconds."""


@dataclass(frozen=True, slots=True)
class Moved:
    """It leads to another address of the source."""

    to: WebUrl


@dataclass(frozen=True, slots=True)
class Same:
    """The server says that nothing has changed."""

    known: Known


@dataclass(frozen=True, slots=True)
class Document:
    """Something to read."""

    name: str
    media_type: str
    body: bytes
    content_hash: str
    """SHA-256 of the body, hexadecimal."""
    known: Known
    links: Sequence[WebUrl] = ()
    scope_url: WebUrl | None = None
    """Set for the start: where it was found in the end."""


Outcome: TypeAlias = Skip | Later | Moved | Same | Document
