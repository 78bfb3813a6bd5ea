"""What a site allows robots to read (RFC 9309, and what pages themselves say)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from protego import Protego

from agentgrid.creator_studio.web.errors import AnswerRefused, WebError
from agentgrid.creator_studio.web.fetching import PRODUCT, Fetcher
from agentgrid.creator_studio.web.urls import WebUrl, parse_url

ROBOTS_BYTES: Final = 512 * 1024
LONGEST_DELAY: Final = 10.0
"""Seconds between two requests that a site may ask for; one that asks for more gets these."""


@dataclass(frozen=True, slots=True)
class RobotsRules:
    """The rules of one origin for us."""

    rules: Protego
    unreachable: bool = False
    """The site could not say: nothing is read until it can."""

    def allows(self, url: WebUrl) -> bool:
        return not self.unreachable and self.rules.can_fetch(str(url), PRODUCT)

    @property
    def delay(self) -> float:
        """Seconds to leave between two requests, 0 when the site does not mind."""
        return min(max(self.rules.crawl_delay(PRODUCT) or 0.0, 0.0), LONGEST_DELAY)

    @property
    def sitemaps(self) -> Sequence[str]:
        return tuple(self.rules.sitemaps)[:20]


def read_robots(text: str) -> RobotsRules:
    return RobotsRules(Protego.parse(text))


async def fetch_robots(fetcher: Fetcher, url: WebUrl) -> RobotsRules:
    """The rules for the origin of ``url``.

    Without a robots.txt (4xx) everything is allowed; when the site can't be asked (5xx,
    429, no connection), nothing is for now. Raises ``WebError`` where no site can be.
    """
    try:
        answer = await fetcher.fetch(parse_url(url.origin + "/robots.txt"), most_bytes=ROBOTS_BYTES)
    except AnswerRefused as error:
        return RobotsRules(Protego.parse(""), unreachable=error.passing)
    except WebError as error:
        if error.retryable:
            return RobotsRules(Protego.parse(""), unreachable=True)
        if error.code in {"host_not_found", "address_refused"}:
            raise
        return RobotsRules(Protego.parse(""))
    # A page instead of the file is what sites without one often send.
    text = "" if answer.is_html else answer.body.decode("utf-8", errors="replace")
    return read_robots(text.removeprefix("\ufeff"))


_RULE: Final = re.compile(r"(?:([\w-]+)\s*:\s*)?(.*)", re.S)


@dataclass(frozen=True, slots=True)
class PageRules:
    """What a page says about itself."""

    index: bool = True
    follow: bool = True

    def and_also(self, other: "PageRules") -> "PageRules":
        return PageRules(self.index and other.index, self.follow and other.follow)


def page_rules(directives: str) -> PageRules:
    """From a meta element or the header X-Robots-Tag: "noindex, otherbot: nofollow"."""
    index = follow = True
    ours = True
    for raw in directives.lower().split(","):
        found = _RULE.fullmatch(raw.strip())
        agent, rule = (found[1], found[2].strip()) if found else (None, "")
        if agent and agent not in {"unavailable_after", "max-snippet", "max-image-preview"}:
            ours = agent == PRODUCT.lower()
        if not ours:
            continue
        index = index and rule not in {"noindex", "none"}
        follow = follow and rule not in {"nofollow", "none"}
    return PageRules(index, follow)
