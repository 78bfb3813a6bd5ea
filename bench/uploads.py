"""How soon an upload of 10 MB is answered."""

import asyncio
import time

from bench.documents import scan_pdf
from bench.load import Connection, median, percentile
from bench.product import fake_upstream, make_agent, running, sign_up, temporary_folder
from bench.report import Figure, Target

SIZE = 10_000_000
UPLOADS = 20
MOST_MILLISECONDS = 100.0
READ_SECONDS = 60.0
_BOUNDARY = "bench-boundary"


def measure() -> list[Figure]:
    """Against a server that takes the same bytes and does nothing with them."""
    with temporary_folder() as folder, running(folder) as product, fake_upstream() as upstream:
        key = asyncio.run(sign_up(product))
        product.wait_idle()
        bare, whole = asyncio.run(_measure(product.url, key, upstream))
    return [
        Figure(
            "upload",
            "10 MB, answer p50",
            median(whole),
            "ms",
            baseline=median(bare),
            target=Target(at_most=MOST_MILLISECONDS),
        ),
        Figure(
            "upload",
            "10 MB, answer p95",
            percentile(whole, 0.95),
            "ms",
            baseline=percentile(bare, 0.95),
        ),
    ]


async def _measure(url: str, key: str, upstream: str) -> tuple[list[float], list[float]]:
    bare: list[float] = []
    whole: list[float] = []
    async with Connection(upstream) as direct, Connection(url, key) as person:
        agent_id = await make_agent(person)
        path = f"/api/v1/agents/{agent_id}/files"
        for number in range(UPLOADS):
            body = multipart(f"scan-{number}.pdf", scan_pdf(SIZE, seed=number))
            headers = {"content-type": f"multipart/form-data; boundary={_BOUNDARY}"}
            began = time.perf_counter()
            (await direct.request("POST", "/received", body, headers=headers)).json()
            bare.append((time.perf_counter() - began) * 1000)
            began = time.perf_counter()
            answer = await person.request("POST", path, body, headers=headers)
            whole.append((time.perf_counter() - began) * 1000)
            # The next one is measured when this one is read, so that only answering counts.
            await wait_read(person, agent_id, str(answer.json(expect=202)["id"]), READ_SECONDS)
    return bare, whole


def multipart(name: str, content: bytes, media_type: str = "application/pdf") -> bytes:
    """The body of a form with one field, ``file``."""
    disposition = f'content-disposition: form-data; name="file"; filename="{name}"'
    head = f"--{_BOUNDARY}\r\n{disposition}\r\ncontent-type: {media_type}\r\n\r\n"
    return head.encode() + content + f"\r\n--{_BOUNDARY}--\r\n".encode()


async def upload(person: Connection, agent_id: str, name: str, content: bytes) -> str:
    """Upload a PDF. Returns its id."""
    headers = {"content-type": f"multipart/form-data; boundary={_BOUNDARY}"}
    path = f"/api/v1/agents/{agent_id}/files"
    answer = await person.request("POST", path, multipart(name, content), headers=headers)
    return str(answer.json(expect=202)["id"])


async def wait_read(
    person: Connection, agent_id: str, file_id: str, seconds: float, *, askable: bool = False
) -> dict[str, object]:
    """The file as it is once it is ready or has failed; raises ``TimeoutError``.

    With ``askable`` as soon as questions find it, which is before it is ready.
    """
    async with asyncio.timeout(seconds):
        while True:
            path = f"/api/v1/agents/{agent_id}/files/{file_id}"
            file = (await person.request("GET", path)).json()
            if file["status"] in {"ready", "failed"} or (askable and file["askable"] != "no"):
                return file
            await asyncio.sleep(0.05)
