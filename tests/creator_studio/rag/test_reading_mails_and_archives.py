"""Mails and archives: one document, every file in it below its name."""

import pytest

from agentgrid.creator_studio.core import (
    CorruptDocument,
    DocumentTooLarge,
    EmptyDocument,
    EncryptedDocument,
)
from agentgrid.creator_studio.rag.extraction import KreuzbergExtractor
from tests.creator_studio.rag.reading import cut, read
from tests.fixtures.documents import builders, mails
from tests.fixtures.documents.open_document import archive

HEADERS = """From: Ana Díaz <ana@example.com>
To: Bo <bo@example.com>
Date: Mon, 02 Mar 2026 10:00:00 +0000
Subject: Café plans for the offsite"""
BODY = "We meet on Thursday at the harbour.\n\nBring the budget."


class TestMails:
    def test_headers_and_body_are_read(self) -> None:
        document = read(mails.eml(), "x.eml")
        assert document.title == "Café plans for the offsite"
        assert document.text == f"{HEADERS}\n\n{BODY}"
        assert document.pages_total is None

    def test_a_mail_is_recognised_without_its_suffix(self) -> None:
        assert read(mails.eml(), "saved.txt").title == "Café plans for the offsite"

    def test_a_mail_that_is_a_web_page_is_read_as_one(self) -> None:
        document = read(mails.eml(html="<h1>Hi</h1><p>there &amp; here</p>"), "x.eml")
        assert document.text.endswith("# Hi\n\nthere & here")

    @pytest.mark.parametrize("name", ["x.eml", "x.msg"])
    def test_attachments_are_read_below_their_names(self, name: str) -> None:
        build = mails.eml if name == "x.eml" else mails.msg
        attachments = [("rates.csv", builders.comma_separated()), ("x.bin", bytes(range(256)) * 9)]
        document = read(build(attachments=attachments), name)
        assert "Attachments: rates.csv, x.bin" in document.pages[0].text
        assert document.pages[1].section == ("rates.csv",)
        assert "| Germany | 48 | EUR |" in document.pages[1].text
        assert document.warnings == ("x.bin: This file is in a binary format that cannot be read.",)
        assert (document.pages_read, document.pages_total) == (2, 3)

    def test_an_outlook_message_is_read(self) -> None:
        document = read(mails.msg(), "x.msg")
        assert document.title == "Café plans for the offsite"
        assert document.text == (
            "From: Ana Díaz <ana@example.com>\nTo: Bo\nDate: 2026-03-02 10:00 UTC\n"
            f"Subject: Café plans for the offsite\n\n{BODY}"
        )

    def test_a_large_attachment_of_a_message_is_whole(self) -> None:
        text = "A sentence of the long report. " * 1000
        document = read(mails.msg(attachments=[("report.txt", text.encode())]), "x.msg")
        assert document.pages[1].text == text


class TestArchives:
    def test_headings_begin_with_the_path_in_the_archive(self) -> None:
        members = {"docs/a.md": "# Title\n\nText of a.", "b.py": "def run():\n    return 1\n"}
        chunks = cut(read(archive(dict(members)), "x.zip"))
        assert [chunk.heading_path for chunk in chunks] == [("docs/a.md", "Title"), ("b.py", "run")]

    def test_pages_are_those_of_the_file_inside(self) -> None:
        pdf = builders.text_pdf([("One", "Text of one."), ("Two", "Text of two.")])
        chunks = cut(read(archive({"a.txt": "Words.", "b.pdf": pdf}), "x.zip"))
        assert [chunk.page for chunk in chunks] == [None, 1, 2]
        assert chunks[2].heading_path == ("b.pdf", "Two")

    def test_an_archive_in_an_archive_is_read(self) -> None:
        inner = archive({"deep.txt": "Deep words."})
        document = read(archive({"in.zip": inner}), "x.zip")
        assert document.pages[0].section == ("in.zip", "deep.txt")

    def test_what_cannot_be_read_is_a_warning(self) -> None:
        members: dict[str, str | bytes] = {
            "good.txt": "Words.",
            "bad.docx": builders.word_document()[:1500],
            "tool.exe": b"MZ\x90" + bytes(100),
            "empty.txt": "",
        }
        document = read(archive(members), "x.zip")
        assert document.warnings == (
            "1 of 4 files of the archive were read.",
            "bad.docx: The file is damaged: its contents list is missing or broken.",
            "tool.exe: This is a program, not a document.",
            "empty.txt: the file is empty.",
        )
        assert (document.pages_read, document.pages_total) == (1, 4)

    def test_clutter_of_operating_systems_is_left_out(self) -> None:
        members: dict[str, str | bytes] = {
            "a.txt": "Words.",
            "__MACOSX/._a.txt": "x",
            ".DS_Store": "x",
        }
        assert read(archive(members), "x.zip").pages_total == 1

    @pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "C:\\etc\\passwd"])
    def test_a_path_leads_nowhere_but_into_the_archive(self, path: str) -> None:
        assert read(archive({path: "Words."}), "x.zip").pages[0].section == ("etc/passwd",)

    def test_progress_counts_the_files(self) -> None:
        seen: list[tuple[int, int]] = []
        extractor = KreuzbergExtractor(report=lambda done, total: seen.append((done, total)))
        extractor.extract_bytes(archive({"a.txt": "One.", "b.txt": "Two."}), name="x.zip")
        assert seen == [(0, 2), (1, 2), (2, 2)]

    def test_too_many_files_are_refused(self) -> None:
        many: dict[str, str | bytes] = {f"{number}.txt": "x" for number in range(2001)}
        with pytest.raises(DocumentTooLarge, match="2001 files"):
            read(archive(many), "x.zip")

    def test_files_of_inner_archives_count_too(self) -> None:
        inner = archive({f"{number}.txt": "x" for number in range(1200)})
        document = read(archive({"a.zip": inner, "b.zip": inner}), "x.zip")
        assert document.pages_read == 1
        assert document.warnings[1].startswith("b.zip: The archive holds 1200 files")

    def test_archives_too_deep_are_not_opened(self) -> None:
        data = archive({"a.txt": "Words."})
        for _ in range(5):
            data = archive({"x.zip": data})
        with pytest.raises(EmptyDocument, match="more than 3 archives deep"):
            read(data, "x.zip")

    def test_an_archive_that_unpacks_to_too_much_is_refused(self) -> None:
        with pytest.raises(DocumentTooLarge, match="unpacks to"):
            read(archive({f"{number}.bin": bytes(2**28) for number in range(5)}), "x.zip")

    def test_an_archive_with_a_password_is_refused(self) -> None:
        data = bytearray(archive({"a.txt": "secret words"}))
        data[6] |= 1
        data[data.find(b"PK\x01\x02") + 8] |= 1
        with pytest.raises(EncryptedDocument, match="password"):
            read(bytes(data), "x.zip")

    def test_an_empty_archive_is_refused(self) -> None:
        with pytest.raises(EmptyDocument, match="archive is empty"):
            read(archive({}), "x.zip")

    def test_a_damaged_member_is_a_warning(self) -> None:
        data = bytearray(archive({"a.txt": "one two three " * 50, "b.txt": "Words."}))
        data[45:55] = bytes(10)
        document = read(bytes(data), "x.zip")
        assert document.warnings[1] == "a.txt: The file is damaged and cannot be opened."

    def test_an_archive_cut_short_is_refused(self) -> None:
        with pytest.raises(CorruptDocument):
            read(archive({f"{n}.txt": f"words {n} " * 40 for n in range(9)})[:400], "x.zip")
