"""Reads the web for people and agents: guarded fetching, robots, links, main text."""

from agentgrid.creator_studio.web.errors import (
    AddressRefused,
    AnswerRefused,
    AnswerTooLarge,
    AnswerTooSlow,
    ContentRefused,
    HostNotFound,
    PageUnreadable,
    RedirectRefused,
    Unreachable,
    WebError,
)
from agentgrid.creator_studio.web.fetching import (
    Fetched,
    Fetcher,
    FetchLimits,
    GuardedFetcher,
    Known,
    open_fetcher,
)
from agentgrid.creator_studio.web.guard import AddressGuard, AllowedHosts
from agentgrid.creator_studio.web.pages import PageReader, WebPage
from agentgrid.creator_studio.web.reading import IsolatedPageReader
from agentgrid.creator_studio.web.robots import PageRules, RobotsRules, fetch_robots, page_rules
from agentgrid.creator_studio.web.scope import SiteScope, worth_following
from agentgrid.creator_studio.web.sitemaps import sitemap_urls
from agentgrid.creator_studio.web.urls import WebUrl, parse_url

__all__ = [
    "AddressGuard",
    "AddressRefused",
    "AllowedHosts",
    "AnswerRefused",
    "AnswerTooLarge",
    "AnswerTooSlow",
    "ContentRefused",
    "FetchLimits",
    "Fetched",
    "Fetcher",
    "GuardedFetcher",
    "HostNotFound",
    "IsolatedPageReader",
    "Known",
    "PageReader",
    "PageRules",
    "PageUnreadable",
    "RedirectRefused",
    "RobotsRules",
    "SiteScope",
    "Unreachable",
    "WebError",
    "WebPage",
    "WebUrl",
    "fetch_robots",
    "open_fetcher",
    "page_rules",
    "parse_url",
    "sitemap_urls",
    "worth_following",
]
