"""Reading a site again: what changed is replaced in one step, what is the same costs nothing."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from uuid import UUID

import msgspec
import pytest
from aiohttp import web

from agentgrid.features.deps import Services
from agentgrid.features.knowledge.live import KEEP_ALIVE, FileEvents
from agentgrid.features.knowledge.schemas import KnowledgeFileView
from agentgrid.features.knowledge.sources.crawl import crawl_source
from agentgrid.features.knowledge.sources.crawl_store import CrawlStore, LeaseLost, abandoned
from agentgrid.kit.db import unit_of_work
from tests.features.knowledge.conftest import Shelf, Worker
from tests.features.knowledge.library import Library, page
from tests.web_site import running_site

PUMPS = "The pump must be serviced every six months by a trained person."
VALVES = "The valve is replaced after four years or when it leaks."


@pytest.fixture
async def library(shelf: Shelf, services: Services) -> AsyncGenerator[Library]:
    async with running_site() as site:
        yield Library(shelf, site, services)


async def sequence(library: Library) -> int:
    return await library.services.pool.fetchval(
        "select knowledge_sequence from agents where id = $1", library.shelf.agent_id
    )


async def test_what_is_unchanged_costs_nothing(library: Library) -> None:
    library.put("/", page("Home", PUMPS, "/a"), etag='"1"')
    library.put("/a", page("A", VALVES))
    source = await library.read()
    before, sequence_before = await library.files(), await sequence(library)
    again = await library.sync(source["id"])
    assert (again["status"], again["pages_read"], again["pages_unchanged"]) == ("ready", 2, 2)
    assert await library.files() == before
    assert await sequence(library) == sequence_before
    last = [request for request in library.site.asked if request.path == "/"][-1]
    assert last.headers.get("if-none-match") == '"1"'


async def test_a_changed_page_takes_the_place_of_its_document_in_one_step(
    library: Library, services: Services
) -> None:
    library.put("/", page("Home", PUMPS, "/a"), etag='"1"')
    library.put("/a", page("Home", VALVES), etag='"1"')
    source = await library.read()
    old = {library.site_path(file["source_url"]): file["id"] for file in await library.files()}
    library.put("/a", page("Home", "The valve is replaced after nine years."), etag='"2"')
    again = await library.sync(source["id"])
    assert (again["pages_read"], again["pages_unchanged"]) == (2, 1)
    new = {library.site_path(file["source_url"]): file["id"] for file in await library.files()}
    assert new["/"] == old["/"]
    assert new["/a"] != old["/a"]
    rows = await services.pool.fetch(
        "select id, added_seq, removed_seq from knowledge_files where source_url like '%/a'"
    )
    seen = {str(row["id"]): (row["added_seq"], row["removed_seq"]) for row in rows}
    assert seen[old["/a"]][1] == seen[new["/a"]][0]
    found = await library.shelf.retrieve("When is the valve replaced?")
    assert "nine years" in found["chunks"][0]["text"]
    assert not any("four years" in chunk["text"] for chunk in found["chunks"])


async def test_progress_is_told_live(library: Library, services: Services) -> None:
    library.put("/", page("Home", PUMPS, "/a"))
    library.put("/a", page("A", VALVES))

    async def nothing() -> list[KnowledgeFileView]:
        return []

    events = FileEvents(services.redis).follow(library.shelf.agent_id, nothing)
    async with aclosing(events):
        assert await anext(events) == KEEP_ALIVE
        work = asyncio.create_task(library.read())
        seen: list[tuple[str, int]] = []
        while ("ready", 2) not in seen:
            event, _, data = (await anext(events)).decode().partition("\n")
            if event == "event: source":
                source = msgspec.json.decode(data.strip().removeprefix("data: "))
                seen.append((source["status"], source["pages_read"]))
        read = await work
        await library.shelf.owner.delete(f"{library.path}/{read['id']}")
        told = ""
        while "event: source_removed" not in told:
            told = (await anext(events)).decode()
    assert read["id"] in told
    assert seen[0] == ("queued", 0)
    assert ("crawling", 1) in seen


async def test_the_old_text_answers_until_the_new_one_can(library: Library) -> None:
    library.put("/", page("Home", VALVES))
    source = await library.read()
    library.put("/", page("Home", "The valve is replaced after nine years."))
    await library.shelf.owner.post(f"{library.path}/{source['id']}/sync")
    await crawl_source(library.services, UUID(source["id"]), stopping=lambda: False)
    found = await library.shelf.retrieve("When is the valve replaced?")
    assert "four years" in found["chunks"][0]["text"]
    await library.read_documents()
    found = await library.shelf.retrieve("When is the valve replaced?")
    assert ["nine years" in chunk["text"] for chunk in found["chunks"]] == [True]


async def test_vanished_pages_go_and_pages_that_fail_for_now_stay(library: Library) -> None:
    library.put("/", page("Home", PUMPS, "/gone", "/busy", "/new"), etag='"1"')
    library.put("/gone", page("Gone", VALVES))
    library.put("/busy", page("Busy", "Filters are changed twice a year."))
    source = await library.read()
    assert await library.read_paths() == ["/", "/busy", "/gone"]
    assert library.skipped(source) == {"/new": "There is no such page."}

    del library.site.answers["/gone"]
    library.site.answers["/busy"] = web.Response(status=403)
    library.put("/new", page("New", "Gaskets are ordered in March."))
    again = await library.sync(source["id"])
    assert again["status"] == "ready"
    assert await library.read_paths() == ["/", "/busy", "/new"]
    assert library.skipped(again) == {
        "/gone": "There is no such page.",
        "/busy": "The site does not allow it to be read. Its text from the last time is kept.",
    }
    assert await library.shelf.found("When is the valve replaced?") != ["Gone"]


async def test_a_site_that_is_away_loses_nothing(library: Library) -> None:
    library.put("/", page("Home", PUMPS, "/a"))
    library.put("/a", page("A", VALVES))
    source = await library.read()
    before = await library.files()
    library.site.answers["/"] = web.Response(status=503, headers={"retry-after": "999999"})
    asked = len(library.asked())
    again = await library.sync(source["id"])
    assert again["status"] == "failed"
    assert "not available" in again["error"]["reason"]
    assert await library.files() == before
    assert library.asked()[asked:] == ["/"]
    library.put("/", page("Home", PUMPS, "/a"))
    assert (await library.sync(source["id"]))["status"] == "ready"


async def test_only_one_worker_reads_a_source_and_a_lost_lease_writes_nothing(
    library: Library, services: Services
) -> None:
    source_id = await library.add()
    first, second = (CrawlStore(services.sessions, name) for name in ("first", "second"))
    source = await first.acquire(source_id)
    assert source is not None
    assert await second.acquire(source_id) is None
    assert await crawl_source(services, source_id, stopping=lambda: False) is False
    async with unit_of_work(services.sessions) as session:
        assert await abandoned(session, patience=1000, most=10) == []
    await services.pool.execute(
        "update knowledge_sources set lease_until = now() - interval '1 second'"
    )
    async with unit_of_work(services.sessions) as session:
        assert await abandoned(session, patience=1000, most=10) == [source_id]
    assert await second.acquire(source_id) is not None
    with pytest.raises(LeaseLost):
        await first.renew(source_id)
    with pytest.raises(LeaseLost):
        async with first.holding(source):
            pass


async def test_a_worker_that_is_asked_to_stop_hands_the_source_on(
    library: Library, services: Services
) -> None:
    library.put("/", page("Home", PUMPS, "/a"))
    library.put("/a", page("A", VALVES))
    source_id = await library.add()
    answers = iter([False, True])
    assert await crawl_source(services, source_id, stopping=lambda: next(answers)) is True
    row = await services.pool.fetchrow("select * from knowledge_sources")
    assert row is not None
    assert (row["status"], row["lease_owner"]) == ("crawling", None)
    assert await library.read_paths() == ["/"]
    await library.crawl(source_id)
    assert await library.read_paths() == ["/", "/a"]
    assert library.asked() == ["/", "/a"]


async def test_a_worker_killed_half_way_is_followed_by_one_that_goes_on(
    library: Library, services: Services, start_worker: Callable[[], Worker]
) -> None:
    half_way, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_request: web.Request) -> web.Response:
        half_way.set()
        await go_on.wait()
        text = "Filters are changed twice a year."
        return web.Response(text=page("Slow", text), content_type="text/html")

    library.put("/", page("Home", PUMPS, "/a", "/slow", "/z"))
    library.put("/a", page("A", VALVES))
    library.site.answers["/slow"] = slow
    library.put("/z", page("Z", "Gaskets are ordered in March."))
    first = start_worker()
    source_id = await library.add()
    await half_way.wait()
    first.kill()
    go_on.set()
    asked_before = library.asked()
    assert asked_before == ["/", "/a", "/slow"]

    await services.pool.execute(
        "update knowledge_sources set lease_until = now() - interval '1 second'"
    )
    await services.redis.flushdb()  # the turn at the host that the dead worker held
    start_worker()
    await services.queue.enqueue("knowledge.sweep_sources")
    await until_ready(library, source_id)
    assert await library.read_paths() == ["/", "/a", "/slow", "/z"]
    assert library.asked() == ["/", "/a", "/slow", "/slow", "/z"]
    doubled = await services.pool.fetchval(
        "select count(*) from (select 1 from knowledge_files group by source_url"
        " having count(*) > 1) d"
    )
    assert doubled == 0


async def until_ready(library: Library, source_id: UUID) -> None:
    """Wait for the workers; the test's own time limit ends it."""
    while (await library.source(source_id))["status"] != "ready":
        await asyncio.sleep(0.2)
