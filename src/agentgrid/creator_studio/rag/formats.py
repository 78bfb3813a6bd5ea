"""Recognises a document by its bytes, and decodes text in whatever encoding it has."""

import codecs
import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import PurePath
from typing import Final

from agentgrid.creator_studio.core import (
    CorruptDocument,
    DocumentTooLarge,
    EncryptedDocument,
    UnsupportedFormat,
)

PDF: Final = "application/pdf"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX: Final = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
HTML: Final = "text/html"
MARKDOWN: Final = "text/markdown"
CSV: Final = "text/csv"
TEXT: Final = "text/plain"

SUPPORTED: Final = frozenset({PDF, DOCX, XLSX, PPTX, HTML, MARKDOWN, CSV, TEXT})
READABLE: Final = "PDF, Word, Excel, PowerPoint, HTML, Markdown, CSV and plain text"

MAX_UNPACKED_BYTES: Final = 1024 * 1024 * 1024
"""Office files are zip archives; one that unpacks to more than this is refused unread."""

_OFFICE_PARTS: Final[Mapping[str, str]] = {
    "word/document.xml": DOCX,
    "xl/workbook.xml": XLSX,
    "xl/workbook.bin": XLSX,
    "ppt/presentation.xml": PPTX,
}
_BINARY_SIGNATURES: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"II*\x00", "a picture"),
    (b"MM\x00*", "a picture"),
    (b"ID3", "a sound file"),
    (b"OggS", "a sound or video file"),
    (b"\x1f\x8b", "a compressed archive"),
    (b"7z\xbc\xaf", "a compressed archive"),
    (b"Rar!", "a compressed archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
)
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE: Final = "EncryptedPackage".encode("utf-16-le")
_HTML_START: Final = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype html|html)\b", re.I | re.S
)
_HTML_TAG: Final = re.compile(r"<(?:body|head|title|h[1-6]|p|div|table)\b", re.I)
_CONTROL: Final = frozenset(range(32)) - {9, 10, 12, 13, 27}


def detect_media_type(data: bytes, name: str) -> str:
    """Return the media type of ``data``; one of ``SUPPORTED``.

    The content decides; the name only tells kinds of plain text apart. Raises
    ``UnsupportedFormat``, ``EncryptedDocument``, ``CorruptDocument`` or ``DocumentTooLarge``.
    """
    head = data[:1024]
    if b"%PDF-" in head:
        return PDF
    if data.startswith(b"PK\x03\x04"):
        return _zipped(data, name)
    if data.startswith(_OLE):
        raise _old_office(data)
    for signature, kind in _BINARY_SIGNATURES:
        if data.startswith(signature):
            raise _unsupported(f"This is {kind}, not a text document.")
    return _kind_of_text(data, name)


def _kind_of_text(data: bytes, name: str) -> str:
    if not _looks_like_text(data[:65536]):
        raise _unsupported("This file is in a binary format that cannot be read.")
    start = decode(data[:4096])
    suffix = PurePath(name).suffix.lower()
    if _HTML_START.match(start) or (suffix in {".html", ".htm"} and _HTML_TAG.search(start)):
        return HTML
    if suffix in {".md", ".markdown"}:
        return MARKDOWN
    return CSV if suffix in {".csv", ".tsv"} else TEXT


def _looks_like_text(sample: bytes) -> bool:
    if utf16_variant(sample):
        return True
    control = sum(byte in _CONTROL for byte in sample)
    # Stray NULs happen in exported text; of random bytes a tenth are control characters.
    return control * 20 <= len(sample)


def _unsupported(reason: str) -> UnsupportedFormat:
    return UnsupportedFormat(reason, advice=f"Upload one of these: {READABLE}.")


def _zipped(data: bytes, name: str) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise CorruptDocument(
            "The file is damaged: its contents list is missing or broken.",
            advice="Open it in the program that made it, save it again and upload the new file.",
        ) from error
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_UNPACKED_BYTES:
        raise DocumentTooLarge(
            f"The file unpacks to {unpacked // 1024**2} MB, more than the "
            f"{MAX_UNPACKED_BYTES // 1024**2} MB that are read.",
            advice="Split it into smaller files.",
        )
    for entry in entries:
        if kind := _OFFICE_PARTS.get(entry.filename):
            return kind
    raise _unsupported(f"“{PurePath(name).name}” is an archive of a kind that cannot be read.")


def _old_office(data: bytes) -> EncryptedDocument | UnsupportedFormat:
    if _ENCRYPTED_PACKAGE in data:
        return EncryptedDocument(
            "The file is protected with a password.",
            advice="Save a copy without the password and upload that.",
        )
    return UnsupportedFormat(
        "This is a file of an old version of Office (.doc, .xls or .ppt).",
        advice="Save it as .docx, .xlsx or .pptx, or as PDF, and upload that.",
    )


# --- encodings ------------------------------------------------------------------------


def decode(data: bytes) -> str:
    """Decode text: by its byte order mark, as UTF-8, as UTF-16, else as Windows-1252.

    Never fails. Line ends become ``\\n``; NUL characters, which PostgreSQL cannot store,
    and lone surrogates are replaced by spaces.
    """
    return sanitise(_decoded(data))


def _decoded(data: bytes) -> str:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    if variant := utf16_variant(data[:65536]):
        return data.decode(variant, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        # A sample may end in the middle of a character.
        if error.start >= len(data) - 3 and error.reason == "unexpected end of data":
            return data[: error.start].decode("utf-8")
    return data.decode("cp1252", errors="replace")


def utf16_variant(sample: bytes) -> str | None:
    """Return the encoding when ``sample`` is UTF-16 (with or without byte order mark)."""
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    pairs = len(sample) // 2
    if pairs < 2:
        return None
    # Western text has a zero in every second byte; which one tells the byte order.
    low, high = sample[1::2].count(0), sample[0::2].count(0)
    if low * 10 >= pairs * 7 and high * 10 <= pairs:
        return "utf-16-le"
    if high * 10 >= pairs * 7 and low * 10 <= pairs:
        return "utf-16-be"
    return None


_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


def sanitise(text: str) -> str:
    """Return text that PostgreSQL can store, with ``\\n`` line ends."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNSTORABLE.sub(" ", text)
