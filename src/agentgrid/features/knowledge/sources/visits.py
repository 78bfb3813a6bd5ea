"""Reads one address of a source: asks robots.txt, fetches politely, takes the page apart."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote

from agentgrid.creator_studio.web import (
    AddressRefused,
    AnswerRefused,
    Fetched,
    Fetcher,
    Known,
    PageReader,
    RobotsRules,
    SiteScope,
    WebError,
    WebPage,
    WebUrl,
    fetch_robots,
    page_rules,
    parse_url,
    sitemap_urls,
    worth_following,
)
from agentgrid.features.knowledge.sources.models import KnowledgeSource, KnowledgeSourcePage
from agentgrid.features.knowledge.sources.outcomes import (
    Document,
    Later,
    Moved,
    Outcome,
    Same,
    Skip,
)
from agentgrid.features.knowledge.sources.turns import HostTurns

HTML: Final = "text/html"
MARKDOWN: Final = "text/markdown"
FIRST_WAIT: Final = 2.0
LONGEST_WAIT: Final = 120.0
"""Seconds; a site that asks to be left alone for longer is not waited for."""

_NO_INDEX: Final = Skip("The page asks robots not to keep it.", gone=True, code="not_allowed")
_NO_ROBOTS: Final = Skip(
    "The site asks robots not to read this page.",
    gone=True,
    code="not_allowed",
    advice="Ask whoever runs the site, or upload the page as a file.",
)
_SILENT_ROBOTS: Final = Skip(
    "The site could not say whether robots may read it.",
    code="unreachable",
    advice="Try again later.",
)
_NOTHING: Final = Skip(
    "There is no text on this page; perhaps a script would write it.", code="no_text"
)


class _Stop(WebError):
    """A redirect that is not followed; what it means instead."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__("")
        self.outcome = outcome


@dataclass(slots=True)
class Visitor:
    """Visits addresses of one source, with what it learns about their hosts."""

    source: KnowledgeSource
    fetcher: Fetcher
    pages: PageReader
    turns: HostTurns
    _rules: dict[str, RobotsRules] = field(default_factory=dict[str, RobotsRules])

    @property
    def scope(self) -> SiteScope:
        return SiteScope(parse_url(self.source.scope_url or self.source.url))

    async def visit(self, page: KnowledgeSourcePage) -> Outcome:
        """What comes of one address."""
        is_start = page.url == self.source.url
        try:
            url = parse_url(page.url)
            await self._check_robots(url)
            fetched = await self._fetch(url, page, is_start)
            if fetched.unchanged:
                return Same(fetched.known)
            return await self._understood(fetched, is_start, page)
        except _Stop as stop:
            return stop.outcome
        except AnswerRefused as error:
            skip = _skip(error, gone=error.gone)
            wait = error.retry_after or FIRST_WAIT * 2**page.attempts
            return Later(skip, wait) if error.passing and wait <= LONGEST_WAIT else skip
        except WebError as error:
            skip = _skip(error, gone=isinstance(error, AddressRefused))
            return Later(skip, FIRST_WAIT * 2**page.attempts) if error.retryable else skip

    async def sitemap(self, most: int) -> Sequence[WebUrl]:
        """Addresses of the source that the site itself lists; none when it lists none."""
        start = self.scope.start
        try:
            rules = await self._rules_of(start)
        except WebError:
            return ()

        async def may_fetch(url: WebUrl) -> bool:
            # A list on another host could make us fetch anything, from anybody.
            return url.host == start.host and rules.allows(url)

        listed = rules.sitemaps or (f"{start.origin}/sitemap.xml",)
        async with self.turns.turn(start.origin, delay=rules.delay):
            found = await sitemap_urls(self.fetcher, listed, most=most * 4, may_fetch=may_fetch)
        return _own_links(self.scope, [str(url) for url in found], start)[:most]

    async def _check_robots(self, url: WebUrl) -> None:
        rules = await self._rules_of(url)
        if rules.unreachable:
            del self._rules[url.origin]
            raise _Stop(Later(_SILENT_ROBOTS, FIRST_WAIT))
        if not rules.allows(url):
            raise _Stop(_NO_ROBOTS)

    async def _rules_of(self, url: WebUrl) -> RobotsRules:
        if url.origin not in self._rules:
            async with self.turns.turn(url.origin):
                self._rules[url.origin] = await fetch_robots(self.fetcher, url)
        return self._rules[url.origin]

    async def _fetch(self, url: WebUrl, page: KnowledgeSourcePage, is_start: bool) -> Fetched:
        async def on_redirect(target: WebUrl) -> None:
            if is_start:
                # The start may lead anywhere, also to the site's proper name.
                await self._check_robots(target)
                return
            own = self.scope.own(target)
            if own is None:
                raise _Stop(Skip(f"It leads to another site, {target.host}.", gone=True))
            if own != url:
                raise _Stop(Moved(own))

        known = Known(page.etag, page.last_modified) if page.file_id is not None else None
        async with self.turns.turn(url.origin, delay=self._rules[url.origin].delay):
            return await self.fetcher.fetch(url, known=known, on_redirect=on_redirect)

    async def _understood(
        self, fetched: Fetched, is_start: bool, page: KnowledgeSourcePage
    ) -> Outcome:
        rules = page_rules(fetched.robots)
        scope_url = fetched.url if is_start else None
        if not fetched.is_html:
            name = _file_name(fetched.url)
            document = _document(name, fetched.media_type, fetched.body, fetched.known, scope_url)
            return document if rules.index else _NO_INDEX
        read = await self.pages.read(
            fetched.body, charset=fetched.charset, address=str(fetched.url)
        )
        rules = rules.and_also(page_rules(read.robots))
        scope = SiteScope(scope_url) if scope_url is not None else self.scope
        links = _own_links(scope, read.links, fetched.url) if rules.follow else ()
        if not rules.index:
            return replace(_NO_INDEX, links=links)
        main = _main_address(scope, read, fetched.url)
        if main is not None and page.hops == 0 and not is_start:
            return Moved(main)
        body, media_type = _text_of(read, fetched)
        if not (read.has_text and body.strip()):
            return replace(_NOTHING, links=links)
        name = read.title or _file_name(fetched.url)
        return _document(name, media_type, body, fetched.known, scope_url, links)


def _skip(error: WebError, *, gone: bool) -> Skip:
    return Skip(str(error), gone=gone, code=error.code, advice=error.advice)


def _own_links(scope: SiteScope, links: Sequence[str], page: WebUrl) -> Sequence[WebUrl]:
    """The addresses of the site among them that may hold text, each once."""
    found: dict[WebUrl, None] = {}
    for link in links:
        try:
            own = scope.own(page.join(link))
        except AddressRefused:
            continue
        if own is not None and own != page and worth_following(own):
            found[own] = None
    return tuple(found)


def _main_address(scope: SiteScope, read: WebPage, page: WebUrl) -> WebUrl | None:
    """Where the page says that it really lives, when that is elsewhere in the site."""
    if read.canonical is None:
        return None
    try:
        main = scope.own(page.join(read.canonical))
    except AddressRefused:
        return None
    # Sites that name their front page on every page mean nothing by it.
    return main if main not in {None, page, scope.start} else None


def _text_of(read: WebPage, fetched: Fetched) -> tuple[bytes, str]:
    """The main text as Markdown; the page itself where no main text was found."""
    if not read.markdown:
        return fetched.body, HTML
    lines = [f"# {read.title}"] if read.title and not read.markdown.startswith("# ") else []
    if read.date:
        lines.append(f"Published: {read.date}")
    return "\n\n".join([*lines, read.markdown]).encode(), MARKDOWN


def _document(
    name: str,
    media_type: str,
    body: bytes,
    known: Known,
    scope_url: WebUrl | None,
    links: Sequence[WebUrl] = (),
) -> Document:
    digest = hashlib.sha256(body).hexdigest()
    return Document(name, media_type, body, digest, known, links, scope_url)


def _file_name(url: WebUrl) -> str:
    """What a file at this address is called: its last folder, or the host."""
    last = PurePosixPath(unquote(url.path)).name
    return last or url.host
