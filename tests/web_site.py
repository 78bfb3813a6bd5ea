"""A small web site on this machine."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from aiohttp import web

from agentgrid.creator_studio.web import WebUrl, parse_url

Answer: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Site:
    """A real HTTP server; ``answers`` says what each path gives."""

    port: int = 0
    answers: dict[str, Answer | web.Response | str] = field(default_factory=dict)
    otherwise: Answer | None = None
    """What every other path gives; by default that nothing is there."""
    asked: list[web.Request] = field(default_factory=list)

    def url(self, path: str = "/", host: str = "127.0.0.1") -> WebUrl:
        return parse_url(f"http://{host}:{self.port}{path}")

    @property
    def paths(self) -> list[str]:
        return [request.path_qs for request in self.asked]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        answer = self.answers.get(request.path_qs)
        if answer is None and self.otherwise is not None:
            return await self.otherwise(request)
        if answer is None:
            return web.Response(status=404, text="nothing here")
        if isinstance(answer, str):
            return web.Response(text=answer, content_type="text/html")
        if isinstance(answer, web.Response):
            return web.Response(
                status=answer.status, headers=answer.headers.copy(), body=answer.body
            )
        return await answer(request)


@asynccontextmanager
async def running_site() -> AsyncGenerator[Site]:
    """The site behind a real listener on a free loopback port."""
    site = Site()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    listener = web.TCPSite(runner, "127.0.0.1", 0)
    await listener.start()
    site.port = runner.addresses[0][1]
    try:
        yield site
    finally:
        await runner.cleanup()
