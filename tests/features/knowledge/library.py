"""A site and the agent that reads it, for the tests of web sources."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from aiohttp import web

from agentgrid.features.deps import Services
from agentgrid.features.knowledge.sources.crawl import crawl_source
from tests.features.knowledge.conftest import Shelf, process
from tests.web_site import Site

Json = dict[str, Any]


def page(title: str, text: str, *links: str, head: str = "") -> str:
    """A page as a site would send it, with a menu and a footer around what it says."""
    menu = "".join(f'<a href="{link}">{link}</a> ' for link in links)
    return (
        f"<!doctype html><html lang=en><head><title>{title}</title>{head}</head><body>"
        f"<nav>{menu}</nav><main><h1>{title}</h1><p>{text}</p></main>"
        "<footer>Imprint and cookies</footer></body></html>"
    )


@dataclass
class Library:
    """An agent that reads a site of this machine."""

    shelf: Shelf
    site: Site
    services: Services
    etags: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def path(self) -> str:
        return f"{self.shelf.path}/sources"

    def put(self, path: str, html: str, *, etag: str | None = None) -> None:
        """Let the site answer with this, and with 304 to who knows it."""

        async def answer(request: web.Request) -> web.Response:
            if etag and request.headers.get("if-none-match") == etag:
                return web.Response(status=304)
            headers = {"etag": etag} if etag else {}
            return web.Response(text=html, content_type="text/html", headers=headers)

        self.site.answers[path] = answer

    async def add(self, path: str = "/", **wanted: object) -> UUID:
        body = {"url": str(self.site.url(path)), "kind": "site", **wanted}
        answer = await self.shelf.owner.post(self.path, json=body)
        assert answer.status_code == 202, answer.text
        return UUID(answer.json()["id"])

    async def crawl(self, source_id: UUID) -> Json:
        """Do the workers' work on a source and its documents, here and now."""
        while await crawl_source(self.services, source_id, stopping=lambda: False):
            pass
        await self.read_documents()
        return await self.source(source_id)

    async def read_documents(self) -> None:
        for file in await self.files():
            if file["status"] == "queued":
                await process(self.services, UUID(file["id"]))

    async def read(self, path: str = "/", **wanted: object) -> Json:
        return await self.crawl(await self.add(path, **wanted))

    async def sync(self, source_id: UUID | str) -> Json:
        answer = await self.shelf.owner.post(f"{self.path}/{source_id}/sync")
        assert answer.status_code == 202, answer.text
        return await self.crawl(UUID(str(source_id)))

    async def source(self, source_id: UUID | str) -> Json:
        answer = await self.shelf.owner.get(f"{self.path}/{source_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def files(self) -> list[Json]:
        answer = await self.shelf.owner.get(f"{self.shelf.path}/files?limit=200")
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def read_paths(self) -> list[str]:
        """Where on the site the agent's documents are from."""
        return sorted(self.site_path(file["source_url"]) for file in await self.files())

    def site_path(self, url: str) -> str:
        return "/" + url.removeprefix(str(self.site.url("/")))

    def skipped(self, source: Json) -> dict[str, str]:
        return {self.site_path(skip["url"]): skip["reason"] for skip in source["skipped"]}

    def asked(self, *without: str) -> list[str]:
        """Paths that were asked for, robots.txt and the sitemap aside."""
        aside: Iterable[str] = ("/robots.txt", "/sitemap.xml", *without)
        return [path for path in self.site.paths if path not in aside]
