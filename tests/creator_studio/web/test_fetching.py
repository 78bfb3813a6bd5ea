"""Against a real server that is slow, huge, wrong or hostile."""

import asyncio
import gzip
import zlib

import pytest
from aiohttp import web

from agentgrid.creator_studio.web import (
    AddressRefused,
    AnswerRefused,
    AnswerTooLarge,
    AnswerTooSlow,
    ContentRefused,
    Fetcher,
    FetchLimits,
    HostNotFound,
    Known,
    RedirectRefused,
    Unreachable,
    WebUrl,
    parse_url,
)
from tests.creator_studio.web.conftest import OpenFetcher
from tests.web_site import Site


async def test_a_page_comes_with_what_the_server_said_of_it(site: Site, fetcher: Fetcher) -> None:
    site.answers["/a?b=1"] = web.Response(
        body=b"<p>hello</p>",
        headers={
            "content-type": "Text/HTML; charset=ISO-8859-1",
            "etag": '"v1"',
            "last-modified": "Sat, 21 Nov 2026 10:00:00 GMT",
            "x-robots-tag": "nofollow",
        },
    )
    page = await fetcher.fetch(site.url("/a?b=1"))
    assert (page.body, page.media_type, page.charset) == (
        b"<p>hello</p>",
        "text/html",
        "iso-8859-1",
    )
    assert page.is_html
    assert page.known == Known('"v1"', "Sat, 21 Nov 2026 10:00:00 GMT")
    assert page.robots == "nofollow"
    assert site.asked[0].headers["user-agent"].startswith("AgentGrid/")


async def test_no_cookies_are_kept_and_no_credentials_sent(site: Site, fetcher: Fetcher) -> None:
    site.answers["/"] = web.Response(text="x", headers={"set-cookie": "id=1; Path=/"})
    await fetcher.fetch(site.url())
    await fetcher.fetch(site.url())
    for request in site.asked:
        assert not {"cookie", "authorization", "referer"} & {key.lower() for key in request.headers}


async def test_what_is_known_is_asked_about_and_not_sent_again(
    site: Site, fetcher: Fetcher
) -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.headers.get("if-none-match") == '"v1"':
            return web.Response(status=304)
        return web.Response(text="new", headers={"etag": '"v1"'})

    site.answers["/"] = answer
    first = await fetcher.fetch(site.url())
    second = await fetcher.fetch(site.url(), known=first.known)
    assert (first.unchanged, first.body) == (False, b"new")
    assert (second.unchanged, second.body) == (True, b"")


async def test_five_redirects_are_followed_and_a_sixth_is_not(site: Site, fetcher: Fetcher) -> None:
    for number in range(6):
        site.answers[f"/{number}"] = web.Response(
            status=302, headers={"location": f"/{number + 1}"}
        )
    site.answers["/6"] = "arrived"
    seen: list[str] = []

    async def look(url: WebUrl) -> None:
        seen.append(url.path)

    page = await fetcher.fetch(site.url("/1"), on_redirect=look)
    assert (page.body, page.url.path) == (b"arrived", "/6")
    assert seen == ["/2", "/3", "/4", "/5", "/6"]
    with pytest.raises(RedirectRefused):
        await fetcher.fetch(site.url("/0"))


async def test_a_circle_of_redirects_ends(site: Site, fetcher: Fetcher) -> None:
    site.answers["/a"] = web.Response(status=301, headers={"location": "/b"})
    site.answers["/b"] = web.Response(status=301, headers={"location": "/a"})
    with pytest.raises(RedirectRefused):
        await fetcher.fetch(site.url("/a"))
    assert len(site.asked) == 6


async def test_whoever_watches_redirects_can_stop_them(site: Site, fetcher: Fetcher) -> None:
    async def stop(_url: WebUrl) -> None:
        raise AddressRefused("not there")

    site.answers["/a"] = web.Response(status=301, headers={"location": "/b"})
    with pytest.raises(AddressRefused, match="not there"):
        await fetcher.fetch(site.url("/a"), on_redirect=stop)
    assert site.paths == ["/a"]


def packed(encoding: str, body: bytes) -> web.Response:
    return web.Response(
        body=body, headers={"content-encoding": encoding, "content-type": "text/html"}
    )


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "raw deflate", "GZIP"])
async def test_packed_answers_are_unpacked(encoding: str, site: Site, fetcher: Fetcher) -> None:
    plain = b"<p>" + b"many words, " * 20_000 + b"</p>"
    body = {
        "gzip": gzip.compress(plain),
        "GZIP": gzip.compress(plain),
        "deflate": zlib.compress(plain),
        "raw deflate": zlib.compress(plain, wbits=-15),
    }[encoding]
    site.answers["/"] = packed(encoding.removeprefix("raw "), body)
    assert (await fetcher.fetch(site.url())).body == plain


async def test_a_decompression_bomb_is_given_up_at_the_limit(
    site: Site, fetcher_with: OpenFetcher
) -> None:
    bomb = zlib.compress(bytes(300 * 1024 * 1024), level=9)
    assert len(bomb) < 1024 * 1024
    site.answers["/"] = packed("deflate", bomb)
    fetcher = await fetcher_with(allowed="127.0.0.1", limits=FetchLimits(page_bytes=1024 * 1024))
    with pytest.raises(AnswerTooLarge, match="1 MB"):
        await fetcher.fetch(site.url())


async def test_unknown_and_damaged_packing_is_refused(site: Site, fetcher: Fetcher) -> None:
    for encoding, body in (("br", b"x"), ("gzip, gzip", b"x"), ("gzip", b"not packed at all")):
        site.answers["/"] = packed(encoding, body)
        with pytest.raises(ContentRefused):
            await fetcher.fetch(site.url())


async def test_an_endless_answer_is_given_up_at_the_limit(
    site: Site, fetcher_with: OpenFetcher
) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "text/html"})
        await response.prepare(request)
        while True:
            await response.write(b"more and more " * 5000)

    site.answers["/"] = endless
    fetcher = await fetcher_with(allowed="127.0.0.1", limits=FetchLimits(page_bytes=500_000))
    with pytest.raises(AnswerTooLarge):
        await fetcher.fetch(site.url())


async def test_an_answer_that_announces_too_much_is_not_read(
    site: Site, fetcher_with: OpenFetcher
) -> None:
    site.answers["/"] = web.Response(body=b"x" * 2000, content_type="application/pdf")
    fetcher = await fetcher_with(
        allowed="127.0.0.1", limits=FetchLimits(page_bytes=10**6, document_bytes=1000)
    )
    with pytest.raises(AnswerTooLarge):
        await fetcher.fetch(site.url())
    site.answers["/"] = web.Response(body=b"x" * 2000, content_type="text/html")
    assert len((await fetcher.fetch(site.url())).body) == 2000


@pytest.mark.parametrize("part", ["headers", "body"])
async def test_a_server_that_stalls_is_given_up(
    part: str, site: Site, fetcher_with: OpenFetcher
) -> None:
    never = asyncio.Event()

    async def stall(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "text/html"})
        if part == "body":
            await response.prepare(request)
            await response.write(b"first")
        await never.wait()
        return response

    site.answers["/"] = stall
    fetcher = await fetcher_with(allowed="127.0.0.1", limits=FetchLimits(seconds=0.3))
    with pytest.raises(AnswerTooSlow):
        await fetcher.fetch(site.url())
    never.set()


async def test_what_holds_no_text_is_not_downloaded(site: Site, fetcher: Fetcher) -> None:
    for kind in ("image/png", "video/mp4", "audio/ogg", "font/woff2"):
        site.answers["/"] = web.Response(body=b"x", content_type=kind)
        with pytest.raises(ContentRefused):
            await fetcher.fetch(site.url())


@pytest.mark.parametrize(
    ("status", "gone", "passing"),
    [(401, False, False), (403, False, False), (404, True, False), (410, True, False),
     (429, False, True), (500, False, True), (503, False, True), (204, False, False)],
)  # fmt: skip
async def test_a_refusal_says_whether_to_come_again(
    status: int, gone: bool, passing: bool, site: Site, fetcher: Fetcher
) -> None:
    site.answers["/"] = web.Response(status=status, headers={"retry-after": "17"})
    with pytest.raises(AnswerRefused) as caught:
        await fetcher.fetch(site.url())
    assert (caught.value.gone, caught.value.passing) == (gone, passing)
    assert caught.value.retry_after == 17
    assert str(caught.value).endswith(".")


async def test_a_date_to_come_again_is_understood(site: Site, fetcher: Fetcher) -> None:
    site.answers["/"] = web.Response(
        status=503,
        headers={
            "retry-after": "Sat, 21 Nov 2026 10:01:00 GMT",
            "date": "Sat, 21 Nov 2026 10:00:00 GMT",
        },
    )
    with pytest.raises(AnswerRefused) as caught:
        await fetcher.fetch(site.url())
    assert caught.value.retry_after == 60


async def test_nothing_there_is_said_in_plain_words(site: Site, fetcher: Fetcher) -> None:
    with pytest.raises(HostNotFound, match=r"no site called nowhere\.example"):
        await fetcher.fetch(parse_url("http://nowhere.example/"))
    with pytest.raises(Unreachable, match="encrypted"):
        await fetcher.fetch(parse_url(f"https://127.0.0.1:{site.port}/"))
    with pytest.raises(Unreachable, match="could not be reached"):
        await fetcher.fetch(parse_url("http://127.0.0.1:1/"))


async def test_a_connection_that_breaks_off_is_unreachable(site: Site, fetcher: Fetcher) -> None:
    async def broken(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-length": "1000"})
        await response.prepare(request)
        await response.write(b"only this")
        assert request.transport is not None
        request.transport.abort()
        return response

    site.answers["/"] = broken
    with pytest.raises(Unreachable):
        await fetcher.fetch(site.url())
