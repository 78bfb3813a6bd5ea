"""Small sites on this machine, and fetchers that may read them by name."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import TypeAlias

import pytest

from agentgrid.creator_studio.web import (
    AddressGuard,
    AllowedHosts,
    Fetcher,
    FetchLimits,
    open_fetcher,
)
from tests.web_site import Site, running_site


@pytest.fixture
async def site() -> AsyncGenerator[Site]:
    async with running_site() as site:
        yield site


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
