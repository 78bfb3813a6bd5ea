"""Small sites on this machine, and fetchers that may read them by name."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TypeAlias

import pytest
from aiohttp import web

from agentgrid.creator_studio.web import (
    AddressGuard,
    AllowedHosts,
    Fetcher,
    FetchLimits,
    WebUrl,
    open_fetcher,
    parse_url,
)

Answer: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Site:
    """A real HTTP server; ``answers`` says what each path gives."""

    port: int = 0
    answers: dict[str, Answer | web.Response | str] = field(default_factory=dict)
    asked: list[web.Request] = field(default_factory=list)

    def url(self, path: str = "/", host: str = "127.0.0.1") -> WebUrl:
        return parse_url(f"http://{host}:{self.port}{path}")

    @property
    def paths(self) -> list[str]:
        return [request.path_qs for request in self.asked]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        answer = self.answers.get(request.path_qs)
        if answer is None:
            return web.Response(status=404, text="nothing here")
        if isinstance(answer, str):
            return web.Response(text=answer, content_type="text/html")
        if isinstance(answer, web.Response):
            return web.Response(
                status=answer.status, headers=answer.headers.copy(), body=answer.body
            )
        return await answer(request)


@pytest.fixture
async def site() -> AsyncGenerator[Site]:
    site = Site()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    listener = web.TCPSite(runner, "127.0.0.1", 0)
    await listener.start()
    site.port = runner.addresses[0][1]
    yield site
    await runner.cleanup()


OpenFetcher: TypeAlias = Callable[..., Awaitable[Fetcher]]


@pytest.fixture
async def fetcher_with() -> AsyncGenerator[OpenFetcher]:
    """``await fetcher_with(allowed="127.0.0.1", names={"site.example": ["127.0.0.1"]})``."""
    async with AsyncExitStack() as stack:

        async def make(
            *,
            allowed: str = "",
            names: dict[str, Sequence[str]] | None = None,
            limits: FetchLimits | None = None,
        ) -> Fetcher:
            async def lookup(host: str, _port: int) -> Sequence[str]:
                if host not in (names or {}):
                    raise OSError(f"no such name: {host}")
                return (names or {})[host]

            guard = AddressGuard(AllowedHosts.parse(allowed))
            return await stack.enter_async_context(
                open_fetcher(guard, limits=limits, lookup=lookup)
            )

        yield make


@pytest.fixture
async def fetcher(fetcher_with: OpenFetcher) -> Fetcher:
    """May read the site at its address."""
    return await fetcher_with(allowed="127.0.0.1")
