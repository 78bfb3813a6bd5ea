"""Recognises a document by its bytes."""

import io
import re
import struct
import zipfile
from collections.abc import Mapping
from typing import Final

import olefile

from agentgrid.creator_studio.core import (
    CorruptDocument,
    DocumentTooLarge,
    EncryptedDocument,
    UnsupportedFormat,
)
from agentgrid.creator_studio.rag.extraction import formats
from agentgrid.creator_studio.rag.extraction.encodings import (
    MOST_CONTROL,
    SAMPLE_BYTES,
    control_share,
    decode,
    utf16_variant,
)

MAX_UNPACKED_BYTES: Final = 1024 * 1024 * 1024
"""Zip archives, Office files among them, that unpack to more than this are refused."""

MAX_ENTRIES: Final = 100_000
"""An archive's list of contents is not read further: it alone would fill the memory."""

_OFFICE_PARTS: Final[Mapping[str, str]] = {
    "word/document.xml": formats.DOCX,
    "xl/workbook.xml": formats.XLSX,
    "xl/workbook.bin": formats.XLSX,
    "ppt/presentation.xml": formats.PPTX,
}
_DECLARED: Final = frozenset({formats.ODT, formats.ODS, formats.ODP, formats.EPUB})
"""Formats whose archive begins with a file called "mimetype" that says what it is."""

_IMAGES: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x89PNG", formats.PNG),
    (b"\xff\xd8\xff", formats.JPEG),
    (b"II*\x00", formats.TIFF),
    (b"MM\x00*", formats.TIFF),
)
_UNREADABLE: Final[tuple[tuple[bytes, str], ...]] = (
    (b"GIF8", "a GIF picture"),
    (b"ID3", "a sound file"),
    (b"OggS", "a sound or video file"),
    (b"\x1f\x8b", "a compressed archive (gzip)"),
    (b"BZh", "a compressed archive (bzip2)"),
    (b"7z\xbc\xaf", "a compressed archive (7z)"),
    (b"Rar!", "a compressed archive (rar)"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
)
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_PARTS: Final[tuple[tuple[str, str], ...]] = (
    ("__properties_version1.0", formats.MSG),
    ("WordDocument", formats.DOC),
    ("PowerPoint Document", formats.PPT),
    ("Workbook", formats.XLS),
)
"""Old Office files are small file systems; one of these is among the names."""

_ENCRYPTED_PACKAGE: Final = "EncryptedPackage".encode("utf-16-le")
_HTML_START: Final = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype html|html)\b", re.I | re.S
)
_HTML_TAG: Final = re.compile(r"<(?:body|head|title|h[1-6]|p|div|table)\b", re.I)
_MAIL_HEADER: Final = re.compile(
    r"(?:(?:Received|Return-Path|Delivered-To|MIME-Version|Message-ID|From|To|Cc|Subject|Date|"
    r"X-[\w-]+|Content-[\w-]+|DKIM-Signature|ARC-[\w-]+|Reply-To|Authentication-Results):[^\n]*\n"
    r"(?:[ \t][^\n]*\n)*){3}",
    re.I,
)
_RE_SAVE: Final = "Open it in the program that made it, save it again and upload the new file."


def detect_media_type(data: bytes, name: str) -> str:
    """Return the media type of ``data``; one of ``formats.SUPPORTED``.

    The content decides; the name only tells kinds of plain text apart. Raises
    ``UnsupportedFormat``, ``EncryptedDocument``, ``CorruptDocument`` or ``DocumentTooLarge``.
    """
    if b"%PDF-" in data[:1024]:
        return formats.PDF
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(data)
    if data.startswith(_OLE):
        return _compound(data)
    if data.startswith(b"{\\rtf"):
        return formats.RTF
    if kind := _image(data):
        return kind
    for signature, kind in _UNREADABLE:
        if data.startswith(signature):
            raise _unsupported(f"This is {kind}, not a document.")
    return _kind_of_text(data, name)


def _image(data: bytes) -> str | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return formats.WEBP
    return next((kind for signature, kind in _IMAGES if data.startswith(signature)), None)


def _kind_of_text(data: bytes, name: str) -> str:
    sample = data[:SAMPLE_BYTES]
    if control_share(sample) > MOST_CONTROL and not utf16_variant(sample):
        raise _unsupported("This file is in a binary format that cannot be read.")
    start = decode(data[:4096])
    named = formats.media_type_of_name(name)
    if _HTML_START.match(start) or (named == formats.HTML and _HTML_TAG.search(start)):
        return formats.HTML
    if named == formats.EML or (named in {None, formats.TEXT} and _MAIL_HEADER.match(start)):
        return formats.EML
    if start.lstrip().startswith("<?xml"):
        return formats.XML
    return named if named in _TEXTS else formats.TEXT


_TEXTS: Final = frozenset(
    {
        formats.MARKDOWN,
        formats.CSV,
        formats.TSV,
        formats.JSON,
        formats.JSONL,
        formats.YAML,
        formats.XML,
        formats.CODE,
    }
)


def _unsupported(reason: str) -> UnsupportedFormat:
    return UnsupportedFormat(reason, advice=f"Upload one of these: {formats.READABLE}.")


def _zipped(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            declared = _declared(archive)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise CorruptDocument(
            "The file is damaged: its contents list is missing or broken.", advice=_RE_SAVE
        ) from error
    if len(entries) > MAX_ENTRIES:
        raise DocumentTooLarge(
            f"The file holds {len(entries)} files; up to {MAX_ENTRIES} are looked at.",
            advice="Split it into smaller files.",
        )
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_UNPACKED_BYTES:
        raise DocumentTooLarge(
            f"The file unpacks to {unpacked // 1024**2} MB, more than the "
            f"{MAX_UNPACKED_BYTES // 1024**2} MB that are read.",
            advice="Split it into smaller files.",
        )
    if declared in _DECLARED:
        return declared
    kinds = (_OFFICE_PARTS.get(entry.filename) for entry in entries)
    return next((kind for kind in kinds if kind), formats.ZIP)


def _declared(archive: zipfile.ZipFile) -> str:
    """Return what the archive's file "mimetype" says, "" without one."""
    if "mimetype" not in archive.namelist()[:10] or archive.getinfo("mimetype").file_size > 200:
        return ""
    if archive.getinfo("mimetype").flag_bits & 1:
        return ""
    return archive.read("mimetype").decode("ascii", errors="replace").strip()


def _compound(data: bytes) -> str:
    if _ENCRYPTED_PACKAGE in data:
        raise EncryptedDocument(
            "The file is protected with a password.",
            advice="Save a copy without the password and upload that.",
        )
    for part, kind in _OLE_PARTS:
        if part.encode("utf-16-le") in data:
            return kind
    if not _is_whole(data):
        raise CorruptDocument("The file is damaged and cannot be opened.", advice=_RE_SAVE)
    raise UnsupportedFormat(
        "This is a file of an old version of Office that cannot be read.",
        advice="Save it as .docx, .xlsx or .pptx, or as PDF, and upload that.",
    )


def _is_whole(data: bytes) -> bool:
    """Tell whether the file system inside an old Office file can be listed."""
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            return bool(ole.listdir())
    except (OSError, ValueError, IndexError, struct.error):
        return False
