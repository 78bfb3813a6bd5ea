"""Every route asks who is there, unless it stands on this short list."""

import inspect
import re

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from agentgrid.kit.db import new_id
from tests.people import Person

PUBLIC = {
    "GET /health",
    "GET /health/ready",
    "GET /api/v1/setup",
    "POST /api/v1/auth/register",
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/refresh",
    "POST /api/v1/auth/logout",
    # The reference, and the studio's files.
    "GET /docs",
    "GET /openapi.json",
    "MOUNT /assets",
    "GET /",
    "GET /{path:path}",
}
# Which of these there is depends on whether the studio is built.
STUDIO = {"MOUNT /assets", "GET /", "GET /{path:path}"}


def routes_of(app: FastAPI) -> set[str]:
    """Every route as ``METHOD /path``; a sub-application as ``MOUNT /path``."""
    found: set[str] = set()
    for route in iter_route_contexts(app.routes):
        methods = (route.methods or {"MOUNT"}) - {"HEAD"}
        found |= {f"{method} {route.path}" for method in methods}
    return found


def test_the_list_names_routes_that_exist(app: FastAPI) -> None:
    assert routes_of(app) >= PUBLIC - STUDIO


def test_there_are_routes_to_guard(app: FastAPI) -> None:
    assert len(routes_of(app) - PUBLIC) > 30


def test_no_dependency_needs_a_thread(app: FastAPI) -> None:
    in_threads: set[str] = set()

    def walk(dependant: Dependant) -> None:
        for needed in dependant.dependencies:
            call = needed.call
            if not (inspect.iscoroutinefunction(call) or inspect.isasyncgenfunction(call)):
                in_threads.add(str(call))
            walk(needed)

    walked = 0
    for route in iter_route_contexts(app.routes):
        dependant = getattr(route, "dependant", None)
        if isinstance(dependant, Dependant):
            walked += 1
            walk(dependant)
    assert walked > 30
    # The security scheme only reads a header; FastAPI calls its coroutine itself.
    assert {call for call in in_threads if "HTTPBearer" not in call} == set()


@pytest.mark.usefixtures("services")
async def test_nobody_gets_past_a_guarded_route_without_signing_in(app: FastAPI) -> None:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://agentgrid.test") as nobody:
        unguarded: list[str] = []
        for route in sorted(routes_of(app) - PUBLIC):
            method, path = route.split(" ")
            answer = await nobody.request(method, re.sub(r"{[^}]+}", str(new_id()), path))
            if answer.status_code != 401:
                unguarded.append(f"{route} answers {answer.status_code}")
    assert unguarded == []


async def test_a_guard_is_asked_before_the_request_is_judged(client: Person) -> None:
    answer = await client.post("/agents", json={"nonsense": True})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
