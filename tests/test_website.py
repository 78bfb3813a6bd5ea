"""The studio's files and the API reference, served by the app itself."""

from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from agentgrid import website
from tests.people import Person


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A built studio, as small as one can be."""
    web = tmp_path / "web"
    for folder in ("assets", "docs-assets"):
        (web / folder).mkdir(parents=True)
    (web / "index.html").write_text("<title>Studio</title>")
    (web / "favicon.svg").write_text("<svg/>")
    (web / "assets" / "index-abc.js").write_text("1")
    (web / "docs-assets" / "swagger-ui.css").write_text("a{}")
    (tmp_path / "secret.txt").write_text("secret")
    return web


def visitor_of(web: Path) -> httpx2.AsyncClient:
    app = FastAPI(docs_url=None, redoc_url=None)
    website.install(app, web)
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app), base_url="http://studio.test"
    )


@pytest.mark.parametrize("path", ["/", "/agents", "/agents/42/chat", "/login?expired=1"])
async def test_every_page_can_be_linked(built: Path, path: str) -> None:
    async with visitor_of(built) as visitor:
        answer = await visitor.get(path)
    assert "<title>Studio</title>" in answer.text
    assert answer.headers["cache-control"] == "no-cache"


async def test_hashed_files_may_be_kept_for_ever(built: Path) -> None:
    async with visitor_of(built) as visitor:
        answer = await visitor.get("/assets/index-abc.js")
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]


async def test_the_reference_needs_nothing_from_elsewhere(built: Path) -> None:
    async with visitor_of(built) as visitor:
        page = (await visitor.get("/docs")).text
        style = await visitor.get("/docs-assets/swagger-ui.css")
    assert "/docs-assets/swagger-ui-bundle.js" in page
    assert "https://" not in page
    assert style.text == "a{}"


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/v1/nothing", "/health/nothing"])
async def test_an_unknown_address_of_the_api_is_no_page(built: Path, path: str) -> None:
    async with visitor_of(built) as visitor:
        assert (await visitor.get(path)).status_code == 404


@pytest.mark.parametrize("path", ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt"])
async def test_nothing_outside_the_folder_is_served(built: Path, path: str) -> None:
    async with visitor_of(built) as visitor:
        assert "secret" not in (await visitor.get(path)).text


async def test_without_a_built_studio_the_first_page_says_what_to_do(tmp_path: Path) -> None:
    async with visitor_of(tmp_path) as visitor:
        assert "make frontend" in (await visitor.get("/")).text


async def test_answers_carry_their_request_id_and_security_headers(client: Person) -> None:
    answer = await client.get("/setup", headers={"X-Request-Id": "my-own.id_1"})
    assert answer.headers["x-request-id"] == "my-own.id_1"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    strange = await client.get("/agents", headers={"X-Request-Id": "no good\tid"})
    assert strange.json()["request_id"] == strange.headers["x-request-id"] != "no good\tid"
