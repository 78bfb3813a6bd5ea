"""Reads pages in a child process with limits; one child serves many pages."""

import asyncio
import contextlib
import os
import sys
from types import TracebackType
from typing import Final

import msgspec

from agentgrid.creator_studio.web.errors import PageUnreadable
from agentgrid.creator_studio.web.pages import Order, Reply, WebPage

SECONDS_PER_PAGE: Final = 20
_START_SECONDS: Final = 30


class IsolatedPageReader:
    """A ``PageReader`` whose child starts with the first page and ends with the block."""

    def __init__(self, *, seconds_per_page: int = SECONDS_PER_PAGE) -> None:
        self._seconds = seconds_per_page
        self._child: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> "IsolatedPageReader":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._end()

    async def read(self, body: bytes, *, charset: str | None, address: str) -> WebPage:
        """See ``PageReader``. A child that died over a page is replaced for the next."""
        async with self._turn:
            try:
                async with asyncio.timeout(self._seconds + _START_SECONDS):
                    reply = await self._ask(Order(body, charset, address, self._seconds))
            except (TimeoutError, OSError, EOFError) as error:
                await self._end()
                raise PageUnreadable(
                    "The page is built in a way that takes too long or too much memory to read."
                ) from error
            except BaseException:
                # Half an exchange: the next page would get this one's answer.
                await self._end()
                raise
        if reply.page is None:
            raise PageUnreadable("There is no readable page at this address.")
        return reply.page

    async def _ask(self, order: Order) -> Reply:
        if self._child is None:
            self._child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "agentgrid.creator_studio.web.reading_child",
                str(os.getpid()),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
        source, target = self._child.stdout, self._child.stdin
        if source is None or target is None:
            raise EOFError
        data = msgspec.msgpack.encode(order)
        target.write(len(data).to_bytes(4, "big") + data)
        await target.drain()
        length = int.from_bytes(await source.readexactly(4), "big")
        return msgspec.msgpack.decode(await source.readexactly(length), type=Reply)

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        if child.stdin is not None:
            child.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
