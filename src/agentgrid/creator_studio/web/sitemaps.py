"""Reads sitemap.xml: the addresses a site names itself."""

import html
import re
import zlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from agentgrid.creator_studio.web.errors import AddressRefused, WebError
from agentgrid.creator_studio.web.fetching import Fetcher
from agentgrid.creator_studio.web.urls import WebUrl, parse_url

SITEMAP_BYTES: Final = 10 * 1024 * 1024
MOST_SITEMAPS: Final = 10

# Not an XML parser: two names are looked for, and no entity can be defined.
_LOCATION: Final = re.compile(r"<(?:\w+:)?loc\s*>\s*(?:<!\[CDATA\[)?([^<\]]{1,2000})")
_INDEX: Final = re.compile(r"<(?:\w+:)?sitemapindex\b")


async def sitemap_urls(
    fetcher: Fetcher,
    sitemaps: Sequence[str],
    *,
    most: int,
    may_fetch: Callable[[WebUrl], Awaitable[bool]],
) -> list[WebUrl]:
    """Up to ``most`` addresses from these sitemaps and those they lead to.

    What cannot be read is left out: a site needs no sitemap. ``may_fetch`` is asked before
    each request.
    """
    waiting = list(sitemaps)
    known = set(waiting)
    found: dict[WebUrl, None] = {}
    for _ in range(MOST_SITEMAPS):
        if not waiting or len(found) >= most:
            break
        text = await _text(fetcher, waiting.pop(0), may_fetch)
        locations = [html.unescape(match).strip() for match in _LOCATION.findall(text)]
        if _INDEX.search(text):
            waiting += [each for each in locations if each not in known]
            known.update(locations)
            continue
        for location in locations[: most * 4]:
            try:
                found[parse_url(location)] = None
            except AddressRefused:
                continue
    return list(found)[:most]


async def _text(
    fetcher: Fetcher, address: str, may_fetch: Callable[[WebUrl], Awaitable[bool]]
) -> str:
    try:
        url = parse_url(address)
        if not await may_fetch(url):
            return ""
        body = (await fetcher.fetch(url, most_bytes=SITEMAP_BYTES)).body
    except WebError:
        return ""
    if body.startswith(b"\x1f\x8b"):
        try:
            body = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(body, SITEMAP_BYTES)
        except zlib.error:
            return ""
    return body.decode("utf-8", errors="replace")
