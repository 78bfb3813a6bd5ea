import asyncio
from collections.abc import AsyncGenerator
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI

from agentgrid.features.deps import Services
from tests.features.knowledge.conftest import Shelf, file_of, process
from tests.serving import serving

TEXT = "The warranty covers two years from the day of delivery."


@pytest.fixture
async def events(app: FastAPI, shelf: Shelf) -> AsyncGenerator[asyncio.Queue[bytes]]:
    """What a page that watches the agent's files receives, event by event."""
    received: asyncio.Queue[bytes] = asyncio.Queue()
    async with serving(app) as address, httpx2.AsyncClient(headers=shelf.owner.headers) as client:

        async def read() -> None:
            url = f"{address}/api/v1{shelf.path}/files/events"
            async with client.stream("GET", url, timeout=None) as answer:
                assert answer.status_code == 200
                assert answer.headers["content-type"].startswith("text/event-stream")
                buffer = b""
                async for piece in answer.aiter_bytes():
                    buffer += piece
                    *whole, buffer = buffer.split(b"\n\n")
                    for event in whole:
                        received.put_nowait(event)

        reading = asyncio.create_task(read())
        yield received
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def test_progress_is_seen_live_from_snapshot_to_ready(
    shelf: Shelf, services: Services, events: asyncio.Queue[bytes]
) -> None:
    assert await events.get() == b": keep-alive"
    file_id = await shelf.upload("warranty.txt", TEXT)
    processing = asyncio.create_task(process(services, file_id))
    seen: list[str] = []
    progress: list[float] = []
    while "ready" not in seen:
        view = file_of(await events.get())
        if view is not None:
            assert view.id == file_id
            seen.append(view.status)
            progress.append(view.progress)
    await processing
    assert list(dict.fromkeys(seen)) == ["queued", "extracting", "chunking", "embedding", "ready"]
    assert progress == sorted(progress)
    assert progress[-1] == 1


async def test_a_removed_file_is_told(shelf: Shelf, events: asyncio.Queue[bytes]) -> None:
    assert await events.get() == b": keep-alive"
    file_id = await shelf.upload("warranty.txt", TEXT)
    await shelf.owner.delete(f"{shelf.path}/files/{file_id}")
    event = b""
    while b"event: removed" not in event:
        event = await events.get()
    assert str(file_id).encode() in event


async def test_a_page_that_opens_later_gets_every_file_as_it_is(
    app: FastAPI, shelf: Shelf, services: Services
) -> None:
    file = await shelf.add("warranty.txt", TEXT)
    async with serving(app) as address, httpx2.AsyncClient(headers=shelf.owner.headers) as client:
        url = f"{address}/api/v1{shelf.path}/files/events"
        async with client.stream("GET", url, timeout=None) as answer:
            async for piece in answer.aiter_bytes():
                view = file_of(piece.split(b"\n\n")[0])
                assert view is not None
                assert (view.id, view.status) == (UUID(file["id"]), "ready")
                break
