"""`npm run dev`: the studio from its sources, beside an API that runs already."""

import os
import shutil
import signal
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from fastapi import FastAPI
from playwright.async_api import async_playwright, expect

from tests.e2e.conftest import CHROMIUM, FLAGS
from tests.serving import serving

FRONTEND = Path(__file__).parents[1] / "frontend"
MAKE_NODE = Path(__file__).parents[1] / ".tools" / "node"


@contextmanager
def development_server(api: str) -> Generator[str]:
    """The address of a running `npm run dev` whose requests go to ``api``."""
    environment = {
        **os.environ,
        "AGENTGRID_API": api,
        "PATH": f"{MAKE_NODE}{os.pathsep}{os.environ['PATH']}",
        "NO_COLOR": "1",
    }
    npm = shutil.which("npm", path=environment["PATH"])
    assert npm, "run `make install` first"
    # A group of its own: npm does not pass a signal on to what it started.
    process = subprocess.Popen(
        [npm, "run", "dev", "--", "--host", "127.0.0.1", "--port", "0"],
        cwd=FRONTEND,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        said: list[str] = []
        for line in process.stdout:
            said.append(line)
            if "Local:" in line:
                yield line.split("Local:")[1].strip().rstrip("/")
                return
        raise AssertionError("the development server ended:\n" + "".join(said))
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.stdout.close()
        process.wait(30)


async def test_the_studio_from_its_sources_talks_to_a_running_api(app: FastAPI) -> None:
    assert CHROMIUM, "install chromium (Debian: apt-get install chromium)"
    async with serving(app) as api, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with development_server(api) as studio:
            page = await browser.new_page()
            page.set_default_timeout(60_000)
            await page.goto(studio)
            # The database is empty, and the API behind the proxy says so.
            await page.get_by_label("Your name").fill("Ada Lovelace")
            await page.get_by_label("E-mail").fill("ada@example.com")
            await page.get_by_label("Password", exact=True).fill("a long enough password")
            await page.get_by_role("button", name="Create account").click()
            await expect(page.get_by_role("navigation").first).to_be_visible()
        await browser.close()
