"""Fetches from the web: guarded, bounded, without memory of who asked.

Every name is looked up once, here; what it leads to is checked, and the connection goes to
exactly the address that was checked. So a name that changes its mind in between (DNS
rebinding) gains nothing. The same holds again for every redirect.
"""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import Message
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final, Protocol, TypeAlias

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from agentgrid.creator_studio.web.errors import (
    AnswerRefused,
    AnswerTooLarge,
    AnswerTooSlow,
    ContentRefused,
    HostNotFound,
    RedirectRefused,
    Unreachable,
)
from agentgrid.creator_studio.web.guard import AddressGuard
from agentgrid.creator_studio.web.unpacking import ACCEPTED, Unpacker
from agentgrid.creator_studio.web.urls import WebUrl

PRODUCT: Final = "AgentGrid"
"""What robots.txt may call us."""

USER_AGENT: Final = (
    f"{PRODUCT}/2.0 (+https://github.com/axeecom/AgentGrid; reads pages for its users)"
)
MOST_REDIRECTS: Final = 5

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_ACCEPT: Final = "text/html,application/xhtml+xml;q=0.9,text/markdown;q=0.9,text/*;q=0.8,*/*;q=0.5"
_NEVER_READ: Final = ("image/", "audio/", "video/", "font/", "model/")

Lookup: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""The IP addresses of a name; raises ``OSError`` when it has none."""

RedirectCheck: TypeAlias = Callable[[WebUrl], Awaitable[None]]
"""Told of every address a redirect leads to before it is fetched; may raise."""


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What one answer may cost."""

    page_bytes: int = 5 * 1024 * 1024
    """Of HTML and other text, unpacked."""
    document_bytes: int = 50 * 1024 * 1024
    """Of a PDF or another file, unpacked."""
    seconds: float = 60.0
    """From the first name lookup to the last byte, redirects included."""
    connect_seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class Known:
    """What the server said about the copy that is here already."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer. ``body`` is empty when the copy that was ``Known`` is still good."""

    url: WebUrl
    """Where it came from in the end."""
    unchanged: bool
    media_type: str
    """Lower case, without parameters; "" when the server did not say."""
    charset: str | None
    body: bytes
    known: Known
    robots: str
    """The header X-Robots-Tag, "" without one."""

    @property
    def is_html(self) -> bool:
        return self.media_type in {"text/html", "application/xhtml+xml"}


class Fetcher(Protocol):
    """Reads one address. Raises ``WebError``."""

    async def fetch(
        self,
        url: WebUrl,
        *,
        known: Known | None = None,
        on_redirect: RedirectCheck | None = None,
        most_bytes: int | None = None,
    ) -> Fetched: ...


async def system_lookup(host: str, port: int) -> Sequence[str]:
    """The addresses this machine's resolver gives for a name."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


class _GuardedResolver(AbstractResolver):
    def __init__(self, guard: AddressGuard, lookup: Lookup) -> None:
        self._guard = guard
        self._lookup = lookup

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Addresses that were checked, every one of them. Raises ``WebError``."""
        try:
            found = await self._lookup(host, port)
        except (OSError, UnicodeError) as error:
            raise HostNotFound(f"There is no site called {host}.") from error
        addresses = [ipaddress.ip_address(address.partition("%")[0]) for address in found]
        if not addresses:
            raise HostNotFound(f"There is no site called {host}.")
        for address in addresses:
            self._guard.check_address(host, port, address)
        return [
            ResolveResult(
                hostname=host,
                host=str(address),
                port=port,
                family=socket.AF_INET if address.version == 4 else socket.AF_INET6,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
            if family
            in {socket.AF_UNSPEC, socket.AF_INET if address.version == 4 else socket.AF_INET6}
        ]

    async def close(self) -> None:
        """Nothing is held."""


class GuardedFetcher:
    """The ``Fetcher`` of the product. ``open_fetcher`` makes one."""

    def __init__(
        self, http: aiohttp.ClientSession, guard: AddressGuard, limits: FetchLimits
    ) -> None:
        self._http = http
        self._guard = guard
        self._limits = limits

    async def fetch(
        self,
        url: WebUrl,
        *,
        known: Known | None = None,
        on_redirect: RedirectCheck | None = None,
        most_bytes: int | None = None,
    ) -> Fetched:
        """Read ``url``, over at most five redirects. Raises ``WebError``.

        ``most_bytes`` replaces the limits on size.
        """
        try:
            async with asyncio.timeout(self._limits.seconds):
                return await self._follow(url, known, on_redirect, most_bytes)
        except TimeoutError as error:
            raise AnswerTooSlow(f"{url.host} did not answer in time.") from error
        except aiohttp.ClientSSLError as error:
            raise Unreachable(f"The encrypted connection to {url.host} failed.") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unreachable(f"{url.host} could not be reached.") from error

    def check(self, url: WebUrl) -> None:
        """What can be said of an address without asking anybody. Raises ``AddressRefused``."""
        self._guard.check_url(url)

    async def _follow(
        self,
        url: WebUrl,
        known: Known | None,
        on_redirect: RedirectCheck | None,
        most_bytes: int | None,
    ) -> Fetched:
        for _ in range(MOST_REDIRECTS + 1):
            answer = await self._once(url, known, most_bytes)
            if isinstance(answer, Fetched):
                return answer
            # Drawn from the answer, so as untrusted as the page: checked like the first.
            self._guard.check_url(answer)
            if on_redirect is not None:
                await on_redirect(answer)
            url = answer
        raise RedirectRefused(f"The address leads on more than {MOST_REDIRECTS} times.")

    async def _once(
        self, url: WebUrl, known: Known | None, most_bytes: int | None
    ) -> Fetched | WebUrl:
        """The answer, or where it sends us."""
        self._guard.check_url(url)
        headers = {"accept": _ACCEPT, "accept-encoding": ACCEPTED, "user-agent": USER_AGENT}
        if known is not None and known.etag:
            headers["if-none-match"] = known.etag
        if known is not None and known.last_modified:
            headers["if-modified-since"] = known.last_modified
        async with self._http.get(
            URL(str(url), encoded=True), headers=headers, allow_redirects=False
        ) as response:
            if response.status in _REDIRECTS:
                location = response.headers.get("location", "")
                if not location:
                    raise RedirectRefused("The address leads on, but does not say where.")
                return url.join(location)
            unchanged = response.status == HTTPStatus.NOT_MODIFIED and known is not None
            if not unchanged and response.status != HTTPStatus.OK:
                raise _refused(response)
            media_type, charset = _content_type(response.headers.get("content-type", ""))
            return Fetched(
                url=url,
                unchanged=unchanged,
                media_type=media_type,
                charset=charset,
                body=b"" if unchanged else await self._body(response, media_type, most_bytes),
                known=Known(response.headers.get("etag"), response.headers.get("last-modified")),
                robots=", ".join(response.headers.getall("x-robots-tag", [])),
            )

    async def _body(
        self, response: aiohttp.ClientResponse, media_type: str, most_bytes: int | None
    ) -> bytes:
        if media_type.startswith(_NEVER_READ):
            kind = media_type.partition("/")[0]
            raise ContentRefused(f"There is no text here, but something of the kind “{kind}”.")
        textual = media_type.startswith("text/") or "html" in media_type
        limit = most_bytes or (self._limits.page_bytes if textual else self._limits.document_bytes)
        if (response.content_length or 0) > limit:
            raise _too_large(limit)
        unpacker = Unpacker(response.headers.get("content-encoding", ""))
        body = bytearray()
        async for piece in response.content.iter_chunked(64 * 1024):
            for plain in unpacker.feed(piece):
                body += plain
                if len(body) > limit:
                    raise _too_large(limit)
        return bytes(body)


@asynccontextmanager
async def open_fetcher(
    guard: AddressGuard, *, limits: FetchLimits | None = None, lookup: Lookup = system_lookup
) -> AsyncGenerator[GuardedFetcher]:
    """A fetcher whose connections end with the block."""
    limits = limits or FetchLimits()
    connector = aiohttp.TCPConnector(
        resolver=_GuardedResolver(guard, lookup),
        use_dns_cache=False,
        limit=32,
        keepalive_timeout=15,
    )
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        # Never a proxy of the environment: behind one, addresses could not be checked.
        trust_env=False,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=limits.connect_seconds),
    ) as http:
        yield GuardedFetcher(http, guard, limits)


def _content_type(header: str) -> tuple[str, str | None]:
    message = Message()
    message["content-type"] = header.replace("\n", " ").replace("\r", " ")
    kind = message.get_content_type() if header else ""
    return kind, message.get_content_charset()


def _too_large(limit: int) -> AnswerTooLarge:
    return AnswerTooLarge(f"It is larger than the {limit / 1024**2:.4g} MB that are read.")


def _refused(response: aiohttp.ClientResponse) -> AnswerRefused:
    status = response.status
    said = {
        401: "The site wants you to sign in.",
        402: "The site wants to be paid.",
        403: "The site does not allow it to be read.",
        404: "There is no such page.",
        410: "The page was taken away.",
        429: "The site asks not to be read so often.",
        451: "The site may not show it, for legal reasons.",
        503: "The site is not available at the moment.",
    }.get(status) or (
        f"The site has a fault of its own ({status})."
        if status >= 500
        else f"The site answered with the code {status}."
    )
    return AnswerRefused(said, status=status, retry_after=_retry_after(response))


def _retry_after(response: aiohttp.ClientResponse) -> float | None:
    raw = response.headers.get("retry-after", "").strip()
    if raw.isascii() and raw.isdecimal():
        return float(raw[:9])
    try:
        due = parsedate_to_datetime(raw)
        now = parsedate_to_datetime(response.headers.get("date", ""))
        return max(0.0, (due - now).total_seconds())
    except (ValueError, TypeError):
        return None
