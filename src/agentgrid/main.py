"""The web application: ``uvicorn agentgrid.main:app``."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from agentgrid import __version__, health, problems, website
from agentgrid.api import api_router
from agentgrid.bootstrap import open_services
from agentgrid.features.chat.runner import TurnRunner
from agentgrid.features.setup.demo import keep_trying_to_seed
from agentgrid.features.usage.prices import load_prices
from agentgrid.kit.logging import configure_logging
from agentgrid.middleware import RequestContext
from agentgrid.settings import Settings, get_settings

SHUTDOWN_GRACE_SECONDS = 5.0


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncGenerator[None]:
    settings: Settings = app.state.settings
    configure_logging(settings.environment, settings.log_level, process="api")
    async with open_services(settings) as services:
        app.state.services = services
        async with TurnRunner(services, grace_seconds=SHUTDOWN_GRACE_SECONDS) as turns:
            app.state.turns = turns
            errands = [
                asyncio.create_task(keep_trying_to_seed(services)),
                asyncio.create_task(asyncio.to_thread(load_prices)),
            ]
            try:
                yield
            finally:
                for errand in errands:
                    errand.cancel()
                await asyncio.gather(*errands, return_exceptions=True)


def create_app(settings: Settings) -> FastAPI:
    """The application for these settings; tests make their own."""
    app = FastAPI(
        title="AgentGrid",
        version=__version__,
        description="Make AI agents, use them, and keep making them better.",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings = settings
    app.add_middleware(RequestContext)
    problems.install(app)
    app.include_router(health.router)
    app.include_router(api_router, prefix="/api/v1")
    website.install(app)
    return app


app = create_app(get_settings())
