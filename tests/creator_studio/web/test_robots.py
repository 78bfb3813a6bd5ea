import gzip

import pytest
from aiohttp import web

from agentgrid.creator_studio.web import (
    AddressRefused,
    Fetcher,
    PageRules,
    WebUrl,
    fetch_robots,
    page_rules,
    parse_url,
    sitemap_urls,
)
from agentgrid.creator_studio.web.robots import LONGEST_DELAY, read_robots
from tests.web_site import Site

RULES = """
User-agent: *
Disallow: /

User-agent: agentgrid
Disallow: /private/
Allow: /private/open
Disallow: /*.php$
Disallow: /search?*q=
Crawl-delay: 2
Sitemap: https://site.example/map.xml
"""


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/", True),
        ("/private/x", False),
        ("/private/open/door", True),
        ("/a/index.php", False),
        ("/a/index.php5", True),
        ("/search?lang=en&q=a", False),
        ("/search?page=2", True),
    ],
)
def test_the_group_with_our_name_counts_with_wildcards_and_the_longest_rule(
    path: str, allowed: bool
) -> None:
    rules = read_robots(RULES)
    assert rules.allows(parse_url(f"https://site.example{path}")) is allowed
    assert rules.delay == 2
    assert rules.sitemaps == ("https://site.example/map.xml",)


def test_a_delay_is_bounded_and_nonsense_allows_everything() -> None:
    assert read_robots("User-agent: *\nCrawl-delay: 86400").delay == LONGEST_DELAY
    nonsense = read_robots("\x00\xff<html>this is no robots file\nDisallow: /")
    assert nonsense.allows(parse_url("https://site.example/a"))
    assert nonsense.delay == 0


@pytest.mark.parametrize(
    ("status", "allowed"), [(404, True), (403, True), (410, True), (500, False), (503, False),
                            (429, False)]
)  # fmt: skip
async def test_a_site_that_cannot_say_is_left_alone_and_one_without_rules_is_free(
    status: int, allowed: bool, site: Site, fetcher: Fetcher
) -> None:
    site.answers["/robots.txt"] = web.Response(status=status)
    rules = await fetch_robots(fetcher, site.url("/any/page"))
    assert rules.allows(site.url("/any/page")) is allowed
    assert site.paths == ["/robots.txt"]


async def test_robots_come_over_redirects_and_a_page_in_their_place_is_none(
    site: Site, fetcher: Fetcher
) -> None:
    site.answers["/robots.txt"] = web.Response(status=301, headers={"location": "/real.txt"})
    site.answers["/real.txt"] = web.Response(text="User-agent: *\nDisallow: /no")
    rules = await fetch_robots(fetcher, site.url())
    assert not rules.allows(site.url("/no/way"))
    assert rules.allows(site.url("/yes"))
    site.answers["/robots.txt"] = "<html>User-agent: *\nDisallow: /</html>"
    assert (await fetch_robots(fetcher, site.url())).allows(site.url("/no/way"))


async def test_robots_of_a_forbidden_host_are_not_fetched(fetcher: Fetcher) -> None:
    with pytest.raises(AddressRefused):
        await fetch_robots(fetcher, parse_url("http://10.0.0.1/x"))


@pytest.mark.parametrize(
    ("said", "index", "follow"),
    [
        ("", True, True),
        ("index, follow", True, True),
        ("NOINDEX", False, True),
        ("nofollow", True, False),
        ("none", False, False),
        ("otherbot: noindex, nofollow", True, True),
        ("otherbot: noindex, agentgrid: nofollow", True, False),
        ("unavailable_after: 25 Jun 2030 15:00:00 PST, noindex", False, True),
        ("max-snippet:-1, noindex", False, True),
    ],
)
def test_what_a_page_says_of_itself(said: str, index: bool, follow: bool) -> None:
    assert page_rules(said) == PageRules(index, follow)


async def test_sitemaps_are_read_through_their_index_packed_or_not(
    site: Site, fetcher: Fetcher
) -> None:
    here = f"http://127.0.0.1:{site.port}"
    site.answers["/index.xml"] = web.Response(
        text=f"<sitemapindex><sitemap><loc>{here}/a.xml</loc></sitemap>"
        f"<sitemap><loc>{here}/b.xml.gz</loc></sitemap>"
        f"<sitemap><loc>{here}/index.xml</loc></sitemap>"
        f"<sitemap><loc>http://10.0.0.1/inside.xml</loc></sitemap></sitemapindex>"
    )
    site.answers["/a.xml"] = web.Response(
        text='<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><urlset>'
        f"<url><loc> {here}/one?a=1&amp;b=2 </loc></url><url><loc>&e;</loc></url>"
        "<url><loc><![CDATA[https://other.example/two]]></loc></url></urlset>"
    )
    site.answers["/b.xml.gz"] = web.Response(
        body=gzip.compress(f"<urlset><url><loc>{here}/three</loc></url></urlset>".encode())
    )
    asked: list[str] = []

    async def may_fetch(url: WebUrl) -> bool:
        asked.append(url.path)
        return True

    found = await sitemap_urls(fetcher, [f"{here}/index.xml"], most=10, may_fetch=may_fetch)
    assert [str(url) for url in found] == [
        f"{here}/one?a=1&b=2",
        "https://other.example/two",
        f"{here}/three",
    ]
    assert asked == ["/index.xml", "/a.xml", "/b.xml.gz", "/inside.xml"]
