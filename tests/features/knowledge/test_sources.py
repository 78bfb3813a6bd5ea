"""Sites and pages become documents: what is read, what is not, and what that says."""

import asyncio
from collections.abc import AsyncGenerator
from uuid import UUID

import pytest
from aiohttp import web

from agentgrid.features.deps import Services
from agentgrid.features.knowledge.sources.crawl import crawl_source
from tests.features.knowledge.conftest import Shelf
from tests.features.knowledge.library import Library, page
from tests.fixtures.documents import builders
from tests.people import People
from tests.web_site import running_site


@pytest.fixture
async def library(shelf: Shelf, services: Services) -> AsyncGenerator[Library]:
    async with running_site() as site:
        yield Library(shelf, site, services)


PUMPS = "The pump must be serviced every six months by a trained person."
VALVES = "The valve is replaced after four years or when it leaks."


async def test_a_page_becomes_a_document_that_cites_its_address(library: Library) -> None:
    library.put("/guide?v=2", page("TCP/IP and Node.js", PUMPS, "/other"))
    source = await library.read("/guide?v=2&utm_source=mail", kind="page", tags=["Web"])
    assert (source["status"], source["pages_found"], source["pages_read"]) == ("ready", 1, 1)
    assert source["url"] == str(library.site.url("/guide?v=2"))
    assert source["last_crawled_at"] is not None
    (file,) = await library.files()
    assert file["name"] == "TCP-IP and Node.js"
    assert (file["status"], file["tags"]) == ("ready", ["Web"])
    assert (file["source_url"], file["source_id"]) == (source["url"], source["id"])
    found = await library.shelf.retrieve("How often is the pump serviced?")
    chunk = found["chunks"][0]
    assert "six months" in chunk["text"]
    assert chunk["heading_path"] == ["TCP/IP and Node.js"]
    assert "Imprint" not in chunk["text"]
    assert library.asked() == ["/guide?v=2"]


async def test_a_site_is_followed_below_its_start_to_a_depth(library: Library) -> None:
    library.put("/docs/", page("Docs", PUMPS, "a", "/blog", "https://elsewhere.example/x"))
    library.put("/docs/a", page("A", VALVES, "b", "/docs/"))
    library.put(
        "/docs/b", page("B", "Filters are changed twice a year by whoever is on duty.", "c")
    )
    library.put("/docs/c", page("C", "Too deep."))
    library.put("/blog", page("Blog", "Not of the docs."))
    source = await library.read("/docs/", max_depth=2)
    assert source["status"] == "ready"
    assert await library.read_paths() == ["/docs/", "/docs/a", "/docs/b"]
    assert "/blog" not in library.asked()
    assert "/docs/c" not in library.asked()


async def test_robots_are_asked_first_and_obeyed(library: Library) -> None:
    library.site.answers["/robots.txt"] = web.Response(
        text="User-agent: *\nDisallow: /private\nDisallow: /*.pdf$\n"
    )
    library.put("/", page("Home", PUMPS, "/private/x", "/open", "/a.pdf"))
    library.put("/open", page("Open", VALVES))
    library.put("/private/x", page("Private", "Nobody may read this."))
    source = await library.read()
    assert library.site.paths[0] == "/robots.txt"
    assert await library.read_paths() == ["/", "/open"]
    assert library.skipped(source) == {
        "/private/x": "The site asks robots not to read this page.",
        "/a.pdf": "The site asks robots not to read this page.",
    }
    assert not {"/private/x", "/a.pdf"} & set(library.site.paths)


async def test_pages_that_ask_not_to_be_kept_or_followed_are_not(library: Library) -> None:
    hidden = '<meta name="robots" content="noindex">'
    library.put("/", page("Home", PUMPS, "/hidden", "/dead-end"))
    library.put("/hidden", page("Hidden", "Not to be kept.", "/behind", head=hidden))
    library.put("/behind", page("Behind", VALVES))
    follow = '<meta name="robots" content="nofollow">'
    library.put(
        "/dead-end", page("End", "Filters are changed twice a year.", "/never", head=follow)
    )
    source = await library.read()
    assert await library.read_paths() == ["/", "/behind", "/dead-end"]
    assert library.skipped(source) == {"/hidden": "The page asks robots not to keep it."}


async def test_the_same_text_is_kept_once(library: Library) -> None:
    library.put("/", page("Home", PUMPS, "/a", "/b", "/print?of=a", "/c?utm_source=x", "/c"))
    for path in ("/a", "/b"):
        library.put(path, page("Valves", VALVES))
    library.put("/print?of=a", page("P", VALVES, head='<link rel="canonical" href="/a">'))
    library.put("/c", page("C", "Filters are changed twice a year."))
    source = await library.read()
    assert await library.read_paths() == ["/", "/a", "/c"]
    assert library.skipped(source) == {"/b": f"It says the same as {library.site.url('/a')}."}
    assert library.asked().count("/c") == 1


async def test_redirects_within_the_site_lead_to_one_document_and_loops_end(
    library: Library,
) -> None:
    library.put("/", page("Home", PUMPS, "/old", "/new", "/loop1", "/away", "/inside"))
    library.put("/new", page("New", VALVES))
    for start, target in (
        ("/old", "/new"),
        ("/loop1", "/loop2"),
        ("/loop2", "/loop1"),
        ("/away", "https://elsewhere.example/"),
        ("/inside", "http://169.254.169.254/latest/meta-data/"),
    ):
        library.site.answers[start] = web.Response(status=302, headers={"location": target})
    source = await library.read()
    assert source["status"] == "ready"
    assert await library.read_paths() == ["/", "/new"]
    assert library.asked().count("/new") == 1
    assert library.skipped(source) == {
        "/away": "It leads to another site, elsewhere.example.",
        "/inside": "169.254.169.254 does not lead to the public internet.",
    }


async def test_a_start_that_has_moved_is_read_where_it_is_now(
    library: Library, services: Services
) -> None:
    async with running_site() as new_home:
        library.site.answers["/"] = web.Response(
            status=301, headers={"location": str(new_home.url("/docs/"))}
        )
        new_home.answers["/robots.txt"] = web.Response(text="User-agent: *\nDisallow: /docs/b")
        new_home.answers["/docs/"] = page("Docs", PUMPS, "a", "b")
        new_home.answers["/docs/a"] = page("A", VALVES)
        source = await library.read()
        closed = str(new_home.url("/docs/b"))
    assert (source["status"], source["pages_read"]) == ("ready", 2)
    assert [skip["url"] for skip in source["skipped"]] == [closed]
    assert new_home.paths[0] == "/robots.txt"
    assert await services.redis.keys("agentgrid:web:turn:*") == []


async def test_endless_sites_end_at_the_limits(library: Library) -> None:
    async def trap(request: web.Request) -> web.Response:
        here = request.path.rstrip("/")
        number = len(here)
        text = f"Room {number} of the maze looks like every other one. {here}"
        return web.Response(
            text=page(f"Room {here}", text, f"{here}/x", f"{here}/y", f"?n={number}"),
            content_type="text/html",
        )

    library.site.answers["/robots.txt"] = web.Response(status=404)
    library.site.otherwise = trap
    source = await library.read("/maze/", max_depth=5, max_pages=7)
    assert (source["status"], source["pages_read"]) == ("ready", 7)
    assert len(library.asked()) < 7 * 4 + 20
    assert set(library.skipped(source).values()) >= {"The limit of 7 pages was reached."}


async def test_the_sites_own_list_is_used(library: Library) -> None:
    library.put("/", page("Home", PUMPS))
    library.put("/lonely", page("Lonely", VALVES))
    library.site.answers["/robots.txt"] = web.Response(
        text=f"Sitemap: {library.site.url('/map.xml')}\nSitemap: https://elsewhere.example/m.xml"
    )
    library.site.answers["/map.xml"] = web.Response(
        text=f"<urlset><url><loc>{library.site.url('/lonely')}</loc></url>"
        "<url><loc>https://elsewhere.example/x</loc></url></urlset>"
    )
    await library.read(max_depth=1)
    assert await library.read_paths() == ["/", "/lonely"]


async def test_what_cannot_be_read_is_listed_with_a_reason_and_fails_nothing(
    library: Library,
) -> None:
    library.put("/", page("Home", PUMPS, *"abcdefg"))
    library.site.answers["/b"] = web.Response(status=403)
    library.site.answers["/c"] = web.Response(body=b"\x89PNG", content_type="image/png")
    library.site.answers["/d"] = (
        "<html><body><script>write()</script><noscript>On!</noscript></body></html>"
    )
    library.site.answers["/e"] = web.Response(body=b"MZ\x90\x00", content_type="application/x-exe")
    library.site.answers["/f"] = web.Response(status=503, headers={"retry-after": "86400"})
    library.site.answers["/g"] = web.Response(
        body=builders.text_pdf([("Warranty", "Two years from delivery.")]),
        content_type="application/pdf",
    )
    source = await library.read()
    assert source["status"] == "ready"
    assert library.skipped(source) == {
        "/a": "There is no such page.",
        "/b": "The site does not allow it to be read.",
        "/c": "There is no text here, but something of the kind “image”.",
        "/d": "There is no text on this page; perhaps a script would write it.",
        "/e": "This is a program, not a document.",
        "/f": "The site is not available at the moment.",
    }
    assert await library.read_paths() == ["/", "/g"]
    found = await library.shelf.retrieve("How long is the warranty?")
    assert "Two years" in found["chunks"][0]["text"]


async def test_a_server_that_is_busy_is_asked_again_when_it_says_so(library: Library) -> None:
    async def busy(request: web.Request) -> web.Response:
        if library.site.paths.count("/busy") < 3:
            return web.Response(status=429 if request else 503, headers={"retry-after": "0"})
        return web.Response(text=page("Busy", VALVES), content_type="text/html")

    library.put("/", page("Home", PUMPS, "/busy"))
    library.site.answers["/busy"] = busy
    await library.read()
    assert await library.read_paths() == ["/", "/busy"]
    assert library.site.paths.count("/busy") == 3


async def test_a_start_that_cannot_be_read_fails_the_source_with_a_reason(
    library: Library,
) -> None:
    source = await library.read("/nothing")
    assert source["status"] == "failed"
    assert source["error"]["reason"] == "There is no such page."
    assert source["error"]["advice"]
    library.site.answers["/robots.txt"] = web.Response(text="User-agent: agentgrid\nDisallow: /")
    library.put("/closed", page("Closed", PUMPS))
    source = await library.read("/closed", kind="page")
    assert source["error"]["reason"] == "The site asks robots not to read this page."


async def test_wrong_encodings_do_not_spoil_the_text(library: Library) -> None:
    html = page("Prüfung", "Die Bögen werden zweimal im Jahr geprüft, sagt die Anleitung.")
    library.site.answers["/"] = web.Response(
        body=html.encode("cp1252"), headers={"content-type": "text/html; charset=utf-8"}
    )
    await library.read(kind="page")
    (file,) = await library.files()
    assert file["name"] == "Prüfung"
    assert "Bögen" in (await library.shelf.chunks(file["id"]))[0]["text"]


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/",
        "ftp://example.com/",
        "http://user:pw@example.com/",
        "javascript:alert(1)",
        "http://169.254.169.254/latest/",
        "not an address",
    ],
)
async def test_an_address_that_may_not_be_read_is_refused_at_once(
    url: str, library: Library
) -> None:
    answer = await library.shelf.owner.post(library.path, json={"url": url, "kind": "page"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "address_not_allowed"
    assert (await library.shelf.owner.get(library.path)).json()["items"] == []


async def test_an_address_is_added_once_and_limits_are_checked(library: Library) -> None:
    await library.add("/")
    url = str(library.site.url("/"))
    again = await library.shelf.owner.post(library.path, json={"url": url, "kind": "page"})
    assert (again.status_code, again.json()["code"]) == (409, "source_already_there")
    for wrong in ({"max_depth": 6}, {"max_pages": 0}, {"max_pages": 501}, {"kind": "all"}):
        body = {"url": f"{url}x", "kind": "site", **wrong}
        assert (await library.shelf.owner.post(library.path, json=body)).status_code == 422


async def test_removing_a_source_removes_its_documents_and_nothing_else(
    library: Library,
) -> None:
    library.put("/", page("Home", PUMPS, "/a"))
    library.put("/a", page("A", VALVES))
    own = await library.shelf.add("own.txt", "The warranty covers two years.")
    source = await library.read()
    assert len(await library.files()) == 3
    answer = await library.shelf.owner.delete(f"{library.path}/{source['id']}")
    assert answer.status_code == 204
    assert [file["id"] for file in await library.files()] == [own["id"]]
    assert await library.shelf.found("How often is the pump serviced?") == ["own.txt"]
    assert (await library.shelf.owner.get(f"{library.path}/{source['id']}")).status_code == 404


async def test_cancelling_stops_the_worker_and_keeps_what_was_read(
    library: Library, services: Services
) -> None:
    asked = asyncio.Event()
    released = asyncio.Event()

    async def slow(_request: web.Request) -> web.Response:
        asked.set()
        await released.wait()
        return web.Response(text=page("Slow", VALVES), content_type="text/html")

    library.put("/", page("Home", PUMPS, "/slow", "/after"))
    library.site.answers["/slow"] = slow
    library.put("/after", page("After", "Filters are changed twice a year."))
    source_id = await library.add()
    work = asyncio.create_task(crawl_source(services, source_id, stopping=lambda: False))
    await asked.wait()
    answer = await library.shelf.owner.post(f"{library.path}/{source_id}/cancel")
    assert answer.status_code == 202
    released.set()
    assert await work is False
    source = await library.source(source_id)
    assert (source["status"], source["error"]["code"]) == ("failed", "cancelled")
    assert await library.read_paths() == ["/"]
    assert "/after" not in library.asked()
    again = await library.shelf.owner.post(f"{library.path}/{source_id}/cancel")
    assert again.status_code == 409
    await library.sync(source_id)
    assert await library.read_paths() == ["/", "/after", "/slow"]


async def test_strangers_see_nothing_and_readers_change_nothing(
    library: Library, people: People
) -> None:
    source_id = await library.add()
    stranger = await people("maker")
    for method, path in (
        ("GET", library.path),
        ("GET", f"{library.path}/{source_id}"),
        ("POST", f"{library.path}/{source_id}/sync"),
        ("POST", f"{library.path}/{source_id}/cancel"),
        ("DELETE", f"{library.path}/{source_id}"),
    ):
        assert (await stranger.request(method, path)).status_code == 404, path
    visitor = people.visitor()
    assert (await visitor.get(library.path)).status_code == 401
    missing = UUID(int=0)
    assert (await library.shelf.owner.get(f"{library.path}/{missing}")).status_code == 404
