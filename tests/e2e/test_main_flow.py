"""What a new person does: from the first page to an answer with its source, and on."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import photograph
from tests.fixtures.documents.builders import text_pdf

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

PASSWORD = "correct horse battery"
ANSWER_TIMEOUT = 180_000
PAGES = [
    ("Larkspur Observatory", "The Larkspur Observatory stands on the hill above the harbour."),
    ("Visits", "The observatory opens at 19:30 on Fridays. A visit costs 12 euros."),
    ("Telescope", "The main telescope is called Meridian. It weighs 4 tonnes."),
]


async def ask(page: Page, question: str) -> None:
    box = page.get_by_role("textbox", name=re.compile("^Message to"))
    await box.fill(question)
    await box.press("Enter")


async def test_from_the_first_page_to_an_answer_with_its_source(page: Page) -> None:
    console_errors: list[str] = []
    page.on("pageerror", lambda error: console_errors.append(str(error)))

    # First run: one card, then straight into the demo agent.
    await page.goto("/")
    await expect(page.get_by_role("heading", name="Welcome to AgentGrid")).to_be_visible()
    await photograph(page, "01-first-run")
    await page.get_by_label("Your name").fill("Ada Lovelace")
    await page.get_by_label("E-mail").fill("ada@example.com")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Create account").click()
    starters = page.get_by_role("main").get_by_role("listitem").get_by_role("button")
    await expect(starters).to_have_count(3)
    await expect(page.get_by_text("still reading")).to_have_count(0, timeout=ANSWER_TIMEOUT)
    await photograph(page, "02-demo-agent")

    # The first answer, with its source.
    await starters.first.click()
    chip = page.get_by_role("button", name=re.compile(r"^Source 1: "))
    await expect(chip.first).to_be_visible(timeout=ANSWER_TIMEOUT)
    await expect(page.get_by_role("main")).to_contain_text("3 years")
    await photograph(page, "03-first-answer")
    await chip.first.click()
    panel = page.get_by_role("region", name="Sources")
    await expect(panel.locator("mark").first).to_be_visible()
    await photograph(page, "04-source")

    # An agent of one's own, with a real PDF.
    await page.get_by_role("link", name="Agents", exact=True).first.click()
    await page.get_by_role("button", name="New agent").first.click()
    dialog = page.get_by_role("dialog", name="New agent")
    await dialog.get_by_label("Name").fill("Observatory guide")
    await dialog.get_by_label("What is it for?").fill("You help visitors of the observatory.")
    await dialog.get_by_role("button", name="Create agent").click()
    await page.get_by_role("link", name="Knowledge").click()
    await page.get_by_label("Documents to add").set_input_files(
        {"name": "observatory.pdf", "mimeType": "application/pdf", "buffer": text_pdf(PAGES)}
    )
    await expect(page.get_by_text("observatory.pdf").first).to_be_visible()
    await expect(page.get_by_text("Ready", exact=True)).to_be_visible(timeout=ANSWER_TIMEOUT)
    await photograph(page, "05-knowledge")

    await page.get_by_role("link", name="Chat", exact=True).click()
    await ask(page, "How much does a visit cost?")
    await expect(chip.first).to_be_visible(timeout=ANSWER_TIMEOUT)
    await expect(page.get_by_role("article", name="Answer").last).to_contain_text("12 euros")
    await chip.first.click()
    await expect(panel).to_contain_text("observatory.pdf")
    await expect(panel.get_by_text("Page 2")).to_be_visible()
    await expect(panel.locator("mark").first).to_contain_text("12 euros")
    await photograph(page, "06-own-answer")

    # A reload keeps the conversation.
    await page.reload()
    await expect(chip.first).to_be_visible()

    # Every saved change is a version, and one click goes back.
    await page.get_by_role("link", name="Instructions").click()
    await page.get_by_label("Instruction", exact=True).fill("You are brief.")
    await photograph(page, "07-instructions")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_role("region", name="Unsaved changes")).to_have_count(0)
    await page.get_by_role("link", name="Versions", exact=True).click()
    back = page.get_by_role("button", name="Go back to version 1")
    await expect(back).to_be_visible()
    await photograph(page, "08-versions")
    await back.click()
    await expect(page.get_by_role("button", name="Go back to version 2")).to_be_visible()

    assert console_errors == []


async def test_the_pages_fit_a_phone_in_the_dark(page: Page) -> None:
    await page.emulate_media(color_scheme="dark")
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto("/")
    await page.get_by_label("E-mail").fill("ada@example.com")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await photograph(page, "09-phone-login")
    await page.get_by_role("button", name=re.compile("Sign in|Log in")).click()
    card = page.get_by_role("link", name=re.compile("Observatory guide"))
    await expect(card.first).to_be_visible()
    await photograph(page, "10-phone-agents")
    await card.first.click()
    box = page.get_by_role("textbox", name=re.compile("^Message to"))
    await expect(box).to_be_visible()
    await expect(box).to_be_in_viewport()
    await photograph(page, "11-phone-chat")
    await page.get_by_role("link", name="Knowledge").click()
    await expect(page.get_by_text("observatory.pdf").first).to_be_visible()
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    await photograph(page, "12-phone-knowledge")
