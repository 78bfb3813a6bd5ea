"""A web page as it was read, and the port that reads one."""

from collections.abc import Sequence
from typing import Protocol

import msgspec


class WebPage(msgspec.Struct, frozen=True, kw_only=True):
    """What a page says. All of it is a stranger's text: data, never instructions."""

    title: str
    """One line; "" when the page has none."""
    date: str | None
    """When it was published, as YYYY-MM-DD, where the page says so."""
    markdown: str
    """Its main text with headings, lists and tables, without menus and footers; "" when no
    main text was found."""
    has_text: bool
    """Whether anything can be read on it at all, menus included."""
    links: Sequence[str]
    """Where its links lead, as written but complete; without those marked nofollow."""
    canonical: str | None
    """The address the page calls its main one."""
    robots: str
    """What its meta elements tell robots, as ``page_rules`` reads it."""


class PageReader(Protocol):
    """Takes HTML apart. Raises ``PageUnreadable``."""

    async def read(self, body: bytes, *, charset: str | None, address: str) -> WebPage:
        """``charset`` is what the server said; the bytes are believed before it."""
        ...


class Order(msgspec.Struct):
    """One page to be read, within so many seconds."""

    body: bytes
    charset: str | None
    address: str
    seconds: int


class Reply(msgspec.Struct):
    """None when there was no page in it."""

    page: WebPage | None
