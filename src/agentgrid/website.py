"""The built studio, and the API reference with its assets served from here."""

from pathlib import Path

from fastapi import FastAPI, HTTPException
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.staticfiles import StaticFiles

WEB = Path(__file__).parent / "web"
_API_PREFIXES = ("api/", "v1/", "health/", "docs/", "metrics")
_YEAR = "public, max-age=31536000, immutable"


class _HashedFiles(StaticFiles):
    """Vite's files carry a hash of their content in the name: they may be kept for ever."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # pyright: ignore[reportArgumentType]
        response.headers["cache-control"] = _YEAR
        return response


def install(app: FastAPI, web: Path = WEB) -> None:
    """Serve the studio under every address that is no API, so that each page can be linked."""

    @app.get("/docs", include_in_schema=False)
    async def reference() -> HTMLResponse:  # pyright: ignore[reportUnusedFunction]
        page = get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="AgentGrid API",
            swagger_js_url="/docs-assets/swagger-ui-bundle.js",
            swagger_css_url="/docs-assets/swagger-ui.css",
            swagger_favicon_url="/favicon.svg",
        )
        # Swagger's start-up script is inline, on this page alone.
        page.headers["content-security-policy"] = (
            "default-src 'self'; script-src 'self' 'unsafe-inline'; img-src 'self' data:; "
            "style-src 'self' 'unsafe-inline'"
        )
        return page

    if not (web / "index.html").exists():

        @app.get("/", include_in_schema=False)
        async def not_built() -> PlainTextResponse:  # pyright: ignore[reportUnusedFunction]
            return PlainTextResponse(
                "The studio is not built here. Run `make frontend`, or open /docs for the API.\n"
            )

        return

    app.mount("/assets", _HashedFiles(directory=web / "assets", check_dir=False))

    @app.get("/{path:path}", include_in_schema=False)
    async def studio(path: str) -> FileResponse:  # pyright: ignore[reportUnusedFunction]
        if path.startswith(_API_PREFIXES):
            raise HTTPException(404, "There is nothing at this address.")
        file = (web / path).resolve()
        if path and file.is_relative_to(web) and file.is_file():
            return FileResponse(file)
        return FileResponse(web / "index.html", headers={"cache-control": "no-cache"})
