"""How fast documents are read: from the upload to "ready"."""

import asyncio
import time

from bench.documents import text_pdf
from bench.load import Connection, LoadError
from bench.product import Product, make_agent, running, sign_up, temporary_folder
from bench.report import Figure
from bench.uploads import upload, wait_read

PAGES = 100
MOST_SECONDS = 900.0


def measure() -> list[Figure]:
    """One PDF of 100 pages after a short one, which loads what is loaded once."""
    with temporary_folder() as folder, running(folder) as product:
        key = asyncio.run(sign_up(product))
        seconds, cpu, chunks = asyncio.run(_measure(product, key))
    return [
        Figure("ingestion", "100-page PDF, upload to ready", seconds, "s"),
        Figure("ingestion", "pages", PAGES / seconds, "pages/s"),
        Figure("ingestion", "passages", chunks / seconds, "passages/s"),
        Figure("ingestion", "CPU of all processes", cpu / PAGES * 1000, "ms/page"),
    ]


async def _measure(product: Product, key: str) -> tuple[float, float, float]:
    async with Connection(product.url, key) as person:
        agent_id = await make_agent(person)
        await _read(person, agent_id, "short.pdf", text_pdf(2, seed=2))
        document = text_pdf(PAGES)
        cpu = product.cpu_seconds()
        began = time.perf_counter()
        file = await _read(person, agent_id, "long.pdf", document)
        seconds = time.perf_counter() - began
        return seconds, product.cpu_seconds() - cpu, float(str(file["chunks"]))


async def _read(person: Connection, agent_id: str, name: str, content: bytes) -> dict[str, object]:
    file = await wait_read(
        person, agent_id, await upload(person, agent_id, name, content), MOST_SECONDS
    )
    if file["status"] != "ready":
        raise LoadError(f"{name} could not be read: {file['error']}")
    return file
