"""Every format keeps what a citation needs: pages, headings, tables, sheets, titles."""

import io
import json
from collections.abc import Callable
from datetime import date

import docx
import openpyxl
import pptx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgrid.creator_studio.rag.extraction import formats
from agentgrid.creator_studio.rag.extraction.detection import detect_media_type
from tests.creator_studio.rag.reading import cut, read
from tests.fixtures.documents import builders, mails, open_document, scans

RATES = "| Country | Daily rate | Currency |\n| --- | --- | --- |\n| Germany | 48 | EUR |"
SCAN = "The invoice number is 48213.\nPayment is due in thirty days."

SAMPLES: dict[str, Callable[[], bytes]] = {
    "a.pdf": lambda: builders.text_pdf([("One", "Text of page one."), ("Two", "And of two.")]),
    "a.docx": builders.word_document,
    "a.xlsx": builders.workbook,
    "a.pptx": builders.presentation,
    "a.odt": open_document.odt,
    "a.ods": open_document.ods,
    "a.odp": open_document.odp,
    "a.rtf": lambda: open_document.RTF,
    "a.epub": open_document.epub,
    "a.html": lambda: builders.WEB_PAGE.encode(),
    "a.md": lambda: b"# Title\n\nSome *text* here.\n\n## Deeper\n\n- item\n",
    "a.txt": lambda: "Größe zählt. Wirklich.".encode(),
    "a.csv": builders.comma_separated,
    "a.tsv": lambda: builders.comma_separated(delimiter="\t"),
    "a.json": lambda: b'{"name": "Ana", "orders": [{"id": 1, "sum": 2.5}]}',
    "a.jsonl": lambda: b'{"id": 1, "city": "Lisbon"}\n{"id": 2, "city": "Porto"}\n',
    "a.yaml": lambda: b"# about\nversion: 3\nservices:\n  web:\n    image: x\n",
    "a.xml": lambda: b'<?xml version="1.0"?><shop><item id="7"><name>Pen</name></item></shop>',
    "a.eml": lambda: mails.eml(attachments=[("rates.csv", builders.comma_separated())]),
    "a.msg": lambda: mails.msg(attachments=[("rates.csv", builders.comma_separated())]),
    "a.png": lambda: scans.picture(SCAN),
    "a.jpg": lambda: scans.picture(SCAN, kind="JPEG"),
    "a.webp": lambda: scans.picture(SCAN, kind="WEBP"),
    "a.tiff": lambda: scans.tiff([SCAN, SCAN]),
    "a.zip": lambda: open_document.archive({"docs/a.md": "# Title\n\nText.", "b.txt": "More."}),
    "a.py": lambda: b"import os\n\n\ndef first() -> int:\n    # one\n    return 1\n",
}


@pytest.mark.parametrize("name", SAMPLES)
def test_every_chunk_is_a_slice_of_what_was_read(name: str) -> None:
    document = read(SAMPLES[name](), name)
    chunks = cut(document)
    assert chunks
    for chunk in chunks:
        assert document.text[chunk.char_start : chunk.char_end] == chunk.text
    assert document.text == "\n".join(page.text for page in document.pages)


@pytest.mark.parametrize("name", SAMPLES)
def test_content_is_recognised_as_what_its_name_says(name: str) -> None:
    assert detect_media_type(SAMPLES[name](), name) == formats.media_type_of_name(name)


def test_the_list_of_formats_names_each_suffix_once() -> None:
    listed = [suffix for each in formats.supported_formats() for suffix in each.suffixes]
    assert len(listed) == len(set(listed))
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in listed)
    assert {each.media_types[0] for each in formats.supported_formats()} == formats.SUPPORTED


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["a.md", "b/c.py", "d.yaml", "e.txt", "f.json", "g.csv"]),
        st.text(st.sampled_from('ab# |-:\n\t`{}[]",.1é漢'), min_size=1, max_size=200),
        min_size=1,
    )
)
def test_chunks_of_any_archive_are_slices_below_their_file(members: dict[str, str]) -> None:
    if not any(text.strip() for text in members.values()):
        return
    document = read(open_document.archive({**members, "z.txt": "The last word."}), "x.zip")
    for chunk in cut(document):
        assert document.text[chunk.char_start : chunk.char_end] == chunk.text
        assert chunk.heading_path[0] in {*members, "z.txt"}


@pytest.mark.parametrize("name", ["a.odt", "a.ods", "a.odp", "a.docx"])
def test_a_table_keeps_its_header_and_rows(name: str) -> None:
    assert RATES in read(SAMPLES[name](), name).text


@pytest.mark.parametrize("name", ["a.odt", "a.odp", "a.rtf", "a.epub", "a.docx"])
def test_a_document_keeps_its_title(name: str) -> None:
    assert read(SAMPLES[name](), name).title == "Travel handbook"


@pytest.mark.parametrize("name", ["a.odt", "a.rtf", "a.epub"])
def test_headings_are_headings(name: str) -> None:
    assert read(SAMPLES[name](), name).text.startswith("# Booking\n\nBook ")


def test_each_slide_of_an_open_presentation_is_a_page() -> None:
    document = read(open_document.odp(), "x.odp")
    assert [(page.number, page.turnable) for page in document.pages] == [(1, True), (2, True)]
    assert document.pages[0].text == "## Roadmap\n\n- Ship the search in May"


def test_each_sheet_of_an_open_spreadsheet_is_a_page() -> None:
    document = read(open_document.ods(), "x.ods")
    assert [page.text.partition("\n")[0] for page in document.pages] == ["## Rates", "## Offices"]


def test_names_keep_their_underscores_and_signs() -> None:
    assert "Book part_no trains early & often." in read(open_document.odt(), "x.odt").text


def test_word_keeps_what_xml_writes_as_entities() -> None:
    document = docx.Document()
    document.add_paragraph("R&D is for x < y and y > z, and <tags> too; 'quoted' \"twice\".")
    document.add_table(1, 1).cell(0, 0).text = "AT&T"
    target = io.BytesIO()
    document.save(target)
    text = read(target.getvalue(), "x.docx").text
    assert "R&D is for x < y and y > z, and <tags> too; 'quoted' \"twice\"." in text
    assert "| AT&T |" in text


def test_notes_of_a_slide_stand_below_it() -> None:
    deck = pptx.Presentation()
    for note in ("", "Say & smile."):
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        assert slide.shapes.title is not None
        slide.shapes.title.text = "Welcome"
        if note:
            frame = slide.notes_slide.notes_text_frame
            assert frame is not None
            frame.text = note
    target = io.BytesIO()
    deck.save(target)
    first, second = read(target.getvalue(), "x.pptx").pages
    assert first.text == "## Welcome"
    assert second.text == "## Welcome\n\nNotes: Say & smile."


def test_dates_of_a_workbook_have_no_midnight() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Day", "Sum"])
    sheet.append(["", 1])
    sheet["A2"] = date(2026, 3, 2)
    target = io.BytesIO()
    book.save(target)
    assert "| 2026-03-02 | 1 |" in read(target.getvalue(), "x.xlsx").text


class TestData:
    def test_json_says_where_each_value_stands(self) -> None:
        value = {"name": "Ana", "address": {"city": "Lisbon", "geo": {"lat": 1.5}}, "on": True}
        document = read(json.dumps(value).encode(), "x.json")
        assert [(page.section, page.text) for page in document.pages] == [
            ((), "name: Ana\non: true"),
            (("address",), "city: Lisbon\ngeo.lat: 1.5"),
        ]

    def test_a_list_of_flat_records_is_a_table(self) -> None:
        document = read(b'[{"id": 1, "city": "Porto"}, {"id": 2, "zip": null}]', "x.json")
        assert document.text.splitlines()[2:] == ["| 1 | Porto |  |", "| 2 |  | null |"]

    def test_nested_records_are_paragraphs(self) -> None:
        document = read(b'[{"a": {"b": 1}}, {"a": {"b": [1, 2]}}]', "x.json")
        assert document.text == "a.b: 1\n\na.b: 1, 2"

    def test_what_is_no_json_is_read_as_text_with_a_warning(self) -> None:
        document = read(b"{not json}", "x.json")
        assert document.text == "{not json}"
        assert "not valid JSON" in document.warnings[0]

    def test_bad_lines_of_json_lines_are_left_out_with_a_warning(self) -> None:
        document = read(b'{"a": 1}\nbroken\n{"a": 2}', "x.jsonl")
        assert document.text.endswith("| 1 |\n| 2 |")
        assert document.warnings == ("Line 2 is not valid JSON and was left out.",)

    def test_yaml_stays_as_it_is_below_its_keys(self) -> None:
        source = "# about\nversion: 3\n" + "deep:\n" + "  key: value # no heading\n" * 30
        document = read(source.encode(), "x.yaml")
        assert document.text == source
        assert [page.section for page in document.pages] == [(), ("version",), ("deep",)]

    def test_xml_keeps_attributes_and_sentences(self) -> None:
        source = b'<?xml version="1.0"?><a><p k="v">One <b>bold</b> word</p><r>Two</r></a>'
        assert read(source, "x.xml").text == "p k: v\np: One bold word\n\nr: Two"

    def test_damaged_xml_is_read_up_to_the_error(self) -> None:
        document = read(b'<?xml version="1.0"?><a><p>One</p><q>Two', "x.xml")
        assert document.text == "p: One"
        assert "up to the error" in document.warnings[0]
