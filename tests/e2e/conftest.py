"""The whole product, started as a person starts it, and a browser that looks at it."""

import os
import shutil
import tempfile
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.embedded.running import Running

# A busy machine may be slow; what a test waits for is the condition, not the time.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)

SCREENSHOTS = Path("test-results/screenshots")
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
# It must not look for anything outside, and it runs as root in CI.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def product() -> Generator[str]:
    """The address of a running `agentgrid up` with an empty data folder."""
    # Not pytest's own folder: paths of sockets must be short.
    folder = Path(tempfile.mkdtemp(prefix="agentgrid-e2e-"))
    running = Running(
        ["-m", "agentgrid.cli", "up", "--port", "0", "--data-dir", str(folder / "data")]
    )
    try:
        ready = running.wait_for("AgentGrid is ready: ", seconds=240)
        yield ready.partition("AgentGrid is ready: ")[2].strip()
    finally:
        running.end()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
async def browser() -> AsyncGenerator[Browser]:
    assert CHROMIUM, "install chromium (Debian: apt-get install chromium)"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def context(browser: Browser, product: str) -> AsyncGenerator[BrowserContext]:
    context = await browser.new_context(
        base_url=product, viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE_MS)
    yield context
    await context.close()


@pytest.fixture
async def page(context: BrowserContext) -> Page:
    return await context.new_page()


async def photograph(page: Page, name: str) -> None:
    """Keep a screenshot under ``test-results/screenshots``."""
    await page.screenshot(path=SCREENSHOTS / f"{name}.png")
