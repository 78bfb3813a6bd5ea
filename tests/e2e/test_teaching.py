"""Teaching an agent: many documents, what it reads of them, and how it found an answer."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.async_api import FilePayload, Locator, Page, expect

from tests.e2e.conftest import photograph
from tests.fixtures.documents.builders import encrypted_pdf, text_pdf, word_document

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

PASSWORD = "correct horse battery"
LONG = 240_000
RULES = """# House rules

## Keys

Keys are kept by Marta Lindqvist in room 214. A lost key costs 35 euros.

## Quiet hours

Quiet hours begin at 22:00 and end at 07:00.
"""
PRICES = "item,price in euros\ncoffee,2.40\ncake,3.90\nguided tour,12\n"
PAGES = [
    ("Larkspur Observatory", "The Larkspur Observatory stands on the hill above the harbour."),
    ("Visits", "The observatory opens at 19:30 on Fridays. A visit costs 12 euros."),
]
QUESTIONS = (
    "1. What does a lost key cost?\n2. When do quiet hours begin?\n3. Who won the cup in 1974?"
)


def long_report() -> str:
    """A document that takes a while to be understood, with one fact near its beginning."""
    sections = [
        f"## Station {number}\n\nStation {number} stands {number * 7} metres above the river. "
        f"Its keeper writes down the level of the water every {number % 9 + 2} hours, and a "
        "second keeper reads the figures again before they are sent to the office in the "
        "valley, where they are compared with those of the year before.\n"
        for number in range(1, 500)
    ]
    fact = "The oldest gauge of the river is called Halvorsen and was built in 1871.\n"
    return "# Gauges of the river\n\n" + fact + "\n" + "\n".join(sections)


def payload(name: str, content: bytes | str) -> FilePayload:
    kinds = {".pdf": "application/pdf", ".md": "text/markdown", ".csv": "text/csv"}
    kind = kinds.get(Path(name).suffix, "application/octet-stream")
    data = content.encode() if isinstance(content, str) else content
    return {"name": name, "mimeType": kind, "buffer": data}


async def enter(page: Page) -> None:
    """Sign in, or create the first account where there is none."""
    await page.goto("/agents")
    button = page.get_by_role("button", name=re.compile("^(Create account|Sign in|Log in)$"))
    await expect(button).to_be_visible()
    if page.url.endswith("/setup"):
        await page.get_by_label("Your name").fill("Ada Lovelace")
    await page.get_by_label("E-mail").fill("ada@example.com")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await button.click()
    await expect(page.get_by_role("navigation").first).to_be_attached()


async def create_agent(page: Page, name: str) -> None:
    await page.get_by_role("link", name="Agents", exact=True).first.click()
    await page.get_by_role("button", name="New agent").first.click()
    dialog = page.get_by_role("dialog", name="New agent")
    await dialog.get_by_label("Name").fill(name)
    await dialog.get_by_label("What is it for?").fill("You help people who live in the house.")
    await dialog.get_by_role("button", name="Create agent").click()
    await page.get_by_role("link", name="Knowledge").click()


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has_text=name)


async def add(page: Page, files: Sequence[FilePayload], tag: str = "") -> None:
    if tag:
        field = page.locator("input[aria-label^='Tags for the documents']")
        await field.fill(tag)
        await field.press("Enter")
    await page.get_by_label("Documents to add").set_input_files(list(files))


async def look(page: Page, question: str) -> Locator:
    """Ask what the agent would read; the passages."""
    await page.get_by_role("tab", name="What would it read?").click()
    box = page.get_by_label("A question to the documents")
    await box.fill(question)
    await box.press("Enter")
    passages = page.get_by_role("tabpanel").get_by_role("listitem")
    await expect(passages.first).to_be_visible()
    return passages


async def ask(page: Page, question: str) -> None:
    box = page.get_by_role("textbox", name=re.compile("^Message to"))
    await box.fill(question)
    await box.press("Enter")


async def test_teaching_an_agent(page: Page) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await enter(page)
    await create_agent(page, "House guide")
    await expect(page.get_by_text("House guide has no documents yet")).to_be_visible()
    await photograph(page, "20-knowledge-empty")
    await page.get_by_role("button", name="Which files can be read?").click()
    await expect(page.get_by_role("dialog").get_by_text(".docx")).to_be_visible()
    await photograph(page, "21-formats")
    await page.keyboard.press("Escape")

    # Many at once: each goes its own way, and a failure says why and what to do.
    await add(
        page,
        [
            payload("observatory.pdf", text_pdf(PAGES)),
            payload("rules.md", RULES),
            payload("prices.csv", PRICES),
            payload("letter.docx", word_document()),
            payload("secret.pdf", encrypted_pdf()),
            payload("rivers.md", long_report()),
        ],
        tag="house",
    )
    river = row(page, "rivers.md")
    await expect(river.get_by_role("progressbar")).to_be_visible(timeout=LONG)
    await photograph(page, "22-stages")
    failed = row(page, "secret.pdf")
    await expect(failed.get_by_role("button", name="Try again")).to_be_visible(timeout=LONG)
    await expect(failed).to_contain_text("password")

    # A document answers while the better understanding of it is still being built.
    askable = river.get_by_text("You can ask now. I am still refining.")
    await expect(askable).to_be_visible(timeout=LONG)
    await photograph(page, "23-askable")
    passages = await look(page, "What is the oldest gauge of the river called?")
    await expect(passages.filter(has_text="Halvorsen").first).to_be_visible()
    await photograph(page, "24-search-while-refining")
    await page.get_by_role("tab", name=re.compile("^Documents")).click()
    ready = page.get_by_role("row").filter(has_text="Ready")
    await expect(ready).to_have_count(5, timeout=LONG)
    await photograph(page, "25-documents")

    await manage(page)
    await search(page)
    await coverage(page)
    await talk(page)
    await phone(page)
    assert errors == []


async def manage(page: Page) -> None:
    """Find, tag and remove documents; see what is known of one."""
    await page.get_by_label("Search the documents by name").fill("pdf")
    await expect(row(page, "rules.md")).to_have_count(0)
    await page.get_by_label("Choose all on this page").check()
    await page.get_by_role("button", name="Add tags").click()
    field = page.get_by_role("dialog").locator("input").first
    await field.fill("visits")
    await field.press("Enter")
    await page.get_by_role("dialog").get_by_role("button", name="Add tags").click()
    tag = row(page, "observatory.pdf").get_by_role("button", name=re.compile("visits"))
    await expect(tag).to_be_visible()
    await photograph(page, "26-tagged")
    await page.get_by_label("Choose none").click()
    await page.get_by_role("button", name="Actions for secret.pdf").click()
    await page.get_by_role("menuitem", name="Remove").click()
    await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(row(page, "secret.pdf")).to_have_count(0)
    await page.get_by_label("Search the documents by name").fill("")
    await page.get_by_role("button", name="rules.md", exact=True).click()
    drawer = page.get_by_role("dialog", name="rules.md")
    await expect(drawer.get_by_text("How it was read")).to_be_visible()
    await expect(drawer.get_by_text(re.compile(r"^Read in "))).to_be_visible()
    await photograph(page, "27-overview")
    await drawer.get_by_role("tab", name="Passages").click()
    await drawer.get_by_label("Search in the passages of this document").fill("Lindqvist")
    await expect(drawer.locator("mark").first).to_have_text("Lindqvist")
    await photograph(page, "28-passages")
    await drawer.get_by_role("button", name="Show in the text").first.click()
    await expect(drawer.locator("mark").first).to_contain_text("room 214")
    await page.keyboard.press("Escape")
    await expect(drawer).to_have_count(0)


async def search(page: Page) -> None:
    """A search says why it found what it found, and can be limited to a tag."""
    passages = await look(page, "What does a lost key cost?")
    await expect(passages.first).to_contain_text("35 euros")
    for words in ("Meaning", "Words", "Rank"):
        await expect(passages.first.get_by_text(words, exact=True)).to_be_visible()
    await page.get_by_text("How the search went").click()
    await expect(
        page.get_by_role("row", name=re.compile("^Searching the documents"))
    ).to_be_visible()
    await photograph(page, "29-search")
    await passages.first.get_by_role("button", name=re.compile("^Open rules.md")).click()
    drawer = page.get_by_role("dialog", name="rules.md")
    await expect(drawer.locator("mark").first).to_contain_text("35 euros")
    await photograph(page, "30-passage")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="All documents").click()
    tags = page.get_by_role("dialog").locator("input").first
    await tags.click()
    await page.get_by_role("option", name="visits (1)").click()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Only tag visits")).to_be_visible()
    await expect(passages.filter(has_text="rules.md")).to_have_count(0)


async def coverage(page: Page) -> None:
    """A list of questions is tested at once, and can be taken away as a table."""
    await page.get_by_role("tab", name="Coverage test").click()
    await page.get_by_label("Questions, one a line").fill(QUESTIONS)
    await page.get_by_role("button", name="Test 3 questions").click()
    table = page.get_by_role("table", name="Coverage of each question")
    await expect(table.get_by_role("row")).to_have_count(4)
    await expect(table.get_by_role("row", name=re.compile("1974"))).to_contain_text("Not covered")
    await photograph(page, "31-coverage")
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Export as CSV").click()
    path = await (await download.value).path()
    assert "What does a lost key cost?," in path.read_text(encoding="utf-8-sig")


async def talk(page: Page) -> None:
    """An answer tells how it was found; a question can be about some documents only."""
    await page.get_by_role("link", name="Chat", exact=True).click()
    await ask(page, "What does a lost key cost?")
    await expect(page.get_by_role("button", name=re.compile("^Source 1: ")).first).to_be_visible(
        timeout=LONG
    )
    found = page.get_by_role("button", name="How I found this").last
    await found.click()
    panel = page.get_by_role("region", name="How I found this")
    await expect(panel.get_by_text("What I searched for")).to_be_visible()
    await expect(panel.get_by_text("How I searched")).to_be_visible()
    await expect(panel.get_by_text(re.compile("What the model was shown"))).to_be_visible()
    await expect(panel.get_by_text("cited").first).to_be_visible()
    await expect(panel.get_by_role("row", name=re.compile("^Writing the answer"))).to_be_visible()
    await photograph(page, "32-how-i-found-this")
    await panel.get_by_role("button", name=re.compile("^rules.md")).first.click()
    await expect(page.get_by_role("region", name="Sources").locator("mark")).to_contain_text(
        "35 euros"
    )
    await page.get_by_role("button", name="All documents").click()
    await page.get_by_role("dialog").locator("input").first.click()
    await page.get_by_role("option", name="visits (1)").click()
    await page.keyboard.press("Escape")
    await ask(page, "How much does a visit of the observatory cost?")
    answer = page.get_by_role("article", name="Answer").last
    await expect(answer).to_contain_text("12 euros", timeout=LONG)
    await expect(page.get_by_text("Only tag visits").first).to_be_visible()
    await photograph(page, "33-only-some-documents")
    await page.get_by_role("link", name="Settings", exact=True).last.click()
    await page.get_by_role("radio", name=re.compile("^Only the documents")).check()
    await photograph(page, "34-reading-settings")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_role("region", name="Unsaved changes")).to_have_count(0)


async def phone(page: Page) -> None:
    """The same pages in the dark on a phone: nothing hangs over the edge."""
    await page.emulate_media(color_scheme="dark")
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.get_by_role("link", name="Knowledge").click()
    await expect(page.get_by_text("rules.md").first).to_be_visible()
    await fits(page)
    await photograph(page, "35-phone-documents")
    await look(page, "What does a lost key cost?")
    await fits(page)
    await photograph(page, "36-phone-search")
    await page.get_by_role("tab", name="Coverage test").click()
    await expect(page.get_by_label("Questions, one a line")).not_to_be_empty()
    await fits(page)
    await page.get_by_role("link", name="Chat", exact=True).click()
    await page.go_back()
    await page.get_by_role("tab", name=re.compile("^Documents")).click()
    await page.get_by_role("button", name="observatory.pdf", exact=True).click()
    await expect(page.get_by_text("How it was read")).to_be_visible()
    await fits(page)
    await photograph(page, "37-phone-overview")


async def fits(page: Page) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
