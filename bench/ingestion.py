"""How fast documents are read: from the upload to "ready", and beside LlamaIndex."""

import asyncio
import time
from dataclasses import dataclass

from bench.documents import text_pdf
from bench.load import Connection, LoadError
from bench.product import Product, make_agent, running, sign_up, temporary_folder
from bench.readers import measure_readers
from bench.report import Figure, Target
from bench.uploads import upload, wait_read

PAGES = 100
SHORT_PAGES = 3
MOST_SECONDS = 900.0
MOST_ASKABLE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _Times:
    askable: float
    """Seconds from the upload until questions find the document by its words."""
    ready: float
    """Until all of it is embedded."""
    chunks: float


def measure() -> list[Figure]:
    """A PDF of 100 pages and one of three, after one that loads what is loaded once."""
    with temporary_folder() as folder, running(folder) as product:
        key = asyncio.run(sign_up(product))
        short, long, cpu = asyncio.run(_measure(product, key))
    target = Target(at_most=MOST_ASKABLE_SECONDS)
    return [
        Figure("ingestion", "3-page PDF, upload to askable", short.askable, "s", target=target),
        Figure("ingestion", "3-page PDF, upload to ready", short.ready, "s"),
        Figure("ingestion", "100-page PDF, upload to askable", long.askable, "s"),
        Figure("ingestion", "100-page PDF, upload to ready", long.ready, "s"),
        Figure("ingestion", "pages", PAGES / long.ready, "pages/s"),
        Figure("ingestion", "passages", long.chunks / long.ready, "passages/s"),
        Figure("ingestion", "CPU of all processes", cpu / PAGES * 1000, "ms/page"),
        *measure_readers(),
    ]


async def _measure(product: Product, key: str) -> tuple[_Times, _Times, float]:
    async with Connection(product.url, key) as person:
        agent_id = await make_agent(person)
        await _read(person, agent_id, "first.pdf", text_pdf(2, seed=2))
        short = await _read(person, agent_id, "short.pdf", text_pdf(SHORT_PAGES, seed=3))
        document = text_pdf(PAGES)
        cpu = product.cpu_seconds()
        long = await _read(person, agent_id, "long.pdf", document)
        return short, long, product.cpu_seconds() - cpu


async def _read(person: Connection, agent_id: str, name: str, content: bytes) -> _Times:
    began = time.perf_counter()
    file_id = await upload(person, agent_id, name, content)
    await wait_read(person, agent_id, file_id, MOST_SECONDS, askable=True)
    askable = time.perf_counter() - began
    file = await wait_read(person, agent_id, file_id, MOST_SECONDS)
    if file["status"] != "ready":
        raise LoadError(f"{name} could not be read: {file['error']}")
    return _Times(askable, time.perf_counter() - began, float(str(file["chunks"])))
