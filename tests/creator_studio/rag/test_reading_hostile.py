"""Hostile files end within the limits, with a sentence that a person understands."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from agentgrid.creator_studio.core import (
    CorruptDocument,
    DocumentError,
    DocumentTooLarge,
    EmptyDocument,
    UnsupportedFormat,
)
from agentgrid.creator_studio.rag.extraction.isolation import run_isolated
from tests.creator_studio.rag.reading import read
from tests.creator_studio.rag.test_reading_formats import SAMPLES
from tests.fixtures.documents import builders, scans
from tests.fixtures.documents.open_document import archive, odt

ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "lol lol lol lol">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)


def with_entities(document: bytes, part: str, word: str) -> bytes:
    """The Office file with a bomb of entities in the place of a word of its text."""
    with zipfile.ZipFile(io.BytesIO(document)) as source:
        files: dict[str, str | bytes] = {name: source.read(name) for name in source.namelist()}
        xml = source.read(part).decode()
    files[part] = "<?xml version='1.0'?>" + ENTITIES + xml.split("?>", 1)[1].replace(word, "&j;")
    return archive(files)


def bomb(name: str, megabytes: int) -> bytes:
    target = io.BytesIO()
    with (
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made,
        made.open(name, "w") as member,
    ):
        for _ in range(megabytes):
            member.write(bytes(2**20))
    return target.getvalue()


HOSTILE: list[tuple[str, Callable[[], bytes], str, type[DocumentError], str]] = [
    ("bomb", lambda: bomb("a.txt", 201), "x.zip", EmptyDocument, "more than the 200 MB"),
    ("bombs", lambda: archive(dict.fromkeys("abcdef", bomb("a", 201))), "x.zip",
     EmptyDocument, "200 MB"),
    ("entities", lambda: f"<?xml version='1.0'?>{ENTITIES}<r>&j;</r>".encode(), "x.xml",
     UnsupportedFormat, "entities"),
    ("svg", lambda: f"<?xml version='1.0'?>{ENTITIES}<svg>&j;</svg>".encode(), "x.svg",
     UnsupportedFormat, "entities"),
    ("file", lambda: b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
     b"<r>&x;</r>", "x.xml", UnsupportedFormat, "entities"),
    ("odt", lambda: with_entities(odt(), "content.xml", "Booking"), "x.odt",
     CorruptDocument, "damaged"),
    ("json", lambda: b"[" * 200_000 + b"]" * 200_000, "x.json", DocumentTooLarge, "nested"),
    ("cell", lambda: b'"' + b"a,b," * 5_000_000, "x.csv", DocumentTooLarge, "16 MB"),
    ("scan", lambda: scans.picture("x")[:300], "x.png", EmptyDocument, "damaged"),
    ("pdf", lambda: builders.text_pdf([("A", "text " * 300)] * 9)[:4000], "x.pdf",
     CorruptDocument, "damaged"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "name", "error", "words"),
    [pytest.param(*case[1:], id=case[0]) for case in HOSTILE],
)
def test_hostile_files_end_with_a_reason_and_advice(
    tmp_path: Path, data: Callable[[], bytes], name: str, error: type[DocumentError], words: str
) -> None:
    path = tmp_path / "stored"
    path.write_bytes(data())
    with pytest.raises(error, match=words) as caught:
        run_isolated(path, name=name)
    assert caught.value.advice.endswith(".")


def test_entities_in_a_word_file_do_not_unfold() -> None:
    data = with_entities(builders.word_document(), "word/document.xml", "Book trains")
    assert len(read(data, "x.docx").text) < 1000


def test_deep_xml_is_read() -> None:
    data = b'<?xml version="1.0"?>' + b"<a>" * 100_000 + b"deep" + b"</a>" * 100_000
    assert read(data, "x.xml").text == "a: deep"


def test_a_pdf_whose_pages_hold_themselves_ends(tmp_path: Path) -> None:
    path = tmp_path / "stored"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R 2 0 R] /Count 2000000000 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] >>",
    ]
    body = b"%PDF-1.7\n" + b"".join(
        b"%d 0 obj\n%b\nendobj\n" % (number, each) for number, each in enumerate(objects, start=1)
    )
    path.write_bytes(body + b"trailer\n<< /Size 4 /Root 1 0 R >>\n%%EOF\n")
    with pytest.raises(DocumentError) as caught:
        run_isolated(path, name="x.pdf")
    assert caught.value.advice.endswith(".")


@pytest.mark.parametrize("name", SAMPLES)
def test_a_file_cut_short_is_read_in_part_or_refused_with_advice(name: str) -> None:
    data = SAMPLES[name]()
    assert _what_is_said(data[: len(data) // 2], name).endswith(".")


def _what_is_said(data: bytes, name: str) -> str:
    """The advice of the refusal, or what is read and a full stop."""
    try:
        return f"{read(data, name).text.strip()}."
    except DocumentError as error:
        return error.advice


@pytest.mark.parametrize("name", SAMPLES)
def test_a_file_with_a_wrong_name_is_read_in_some_way(name: str) -> None:
    data = SAMPLES[name]()
    assert read(data, "x.txt").text.strip()
    assert read(data, "x.docx").text.strip()
