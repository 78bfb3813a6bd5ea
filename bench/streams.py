"""Many streams held open at once, and how soon each says its first word."""

import asyncio
import time
from dataclasses import dataclass, field

from bench.load import Connection

OPENED_A_SECOND = 200.0
_FIRST_WORD = (b"event: token", b'"content":"word')
_END = (b"event: done", b"data: [DONE]")


@dataclass(frozen=True, slots=True)
class Ask:
    """One stream to open."""

    url: str
    key: str | None
    path: str
    body: object


@dataclass(slots=True)
class StreamResult:
    """What was seen; times in milliseconds."""

    first_word: list[float] = field(default_factory=list)
    complete: int = 0
    open_now: int = 0
    most_open: int = 0


async def hold(asks: list[Ask], opened_a_second: float = OPENED_A_SECOND) -> StreamResult:
    """Open all streams, so many a second, and read each to its end."""
    result = StreamResult()
    began = time.perf_counter()

    async def one(number: int, ask: Ask) -> None:
        await asyncio.sleep(began + number / opened_a_second - time.perf_counter())
        await _read(ask, result)

    await asyncio.gather(*(one(number, ask) for number, ask in enumerate(asks)))
    return result


async def _read(ask: Ask, result: StreamResult) -> None:
    seen = b""
    heard = ended = False
    began = time.perf_counter()
    result.open_now += 1
    result.most_open = max(result.most_open, result.open_now)
    async with Connection(ask.url, ask.key) as connection:
        async for piece in connection.stream("POST", ask.path, ask.body):
            # Signs may be cut in two by the network: look at the seam as well.
            seen = seen[-64:] + piece
            if not heard and any(sign in seen for sign in _FIRST_WORD):
                heard = True
                result.first_word.append((time.perf_counter() - began) * 1000)
            ended = ended or any(sign in seen for sign in _END)
    result.complete += ended
    result.open_now -= 1
