"""Reads Word files, and keeps what the converter would lose.

Kreuzberg 4.10 leaves out every character that XML writes as an entity: "R&D" becomes "RD",
"x < y" becomes "x y". So the entities in the text are exchanged for characters of Unicode's
private area before it reads the file, and those for the real ones afterwards.
"""

import io
import re
import zipfile
import zlib
from typing import Final

from agentgrid.creator_studio.core import CorruptDocument, Page
from agentgrid.creator_studio.rag.extraction import formats
from agentgrid.creator_studio.rag.extraction.native import (
    RE_SAVE,
    converted,
    markdown_of,
    title_of,
    without_pictures,
)
from agentgrid.creator_studio.rag.extraction.reading import Content, Reading

MOST_PART_BYTES: Final = 400 * 1024 * 1024

_TEXT_PART: Final = re.compile(r"word/(?:document|footnotes|endnotes|comments)\d*\.xml")
_STAND_INS: Final = {"amp": "\ue0a1", "lt": "\ue0a2", "gt": "\ue0a3", "quot": '"', "apos": "'"}
_ENTITY: Final = re.compile(rb"&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6}));")
_TAG_OR_ENTITY: Final = re.compile(rb"<[^>]*>|&[#\w]{1,9};")
_RESTORED: Final = str.maketrans({"\ue0a1": "&", "\ue0a2": "<", "\ue0a3": ">"})


def read_docx(data: bytes, _reading: Reading) -> Content:
    """Read a Word file: one page, headings, lists and tables kept."""
    result = converted(_with_stand_ins(data), formats.DOCX)
    text = markdown_of(result).translate(_RESTORED)
    return Content((Page(1, without_pictures(text)),), title=title_of(result))


def _with_stand_ins(data: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as source:
            parts = {
                entry.filename: _exchanged(source.read(entry))
                for entry in source.infolist()
                if _TEXT_PART.fullmatch(entry.filename) and entry.file_size <= MOST_PART_BYTES
            }
            return _rewritten(source, parts)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise CorruptDocument(
            "The file is damaged and cannot be opened.", advice=RE_SAVE
        ) from error


def _rewritten(source: zipfile.ZipFile, parts: dict[str, bytes]) -> bytes:
    """Return the archive with some parts exchanged; pictures are not needed any more."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as made:
        for entry in source.infolist():
            if entry.filename in parts:
                made.writestr(entry.filename, parts[entry.filename])
            elif entry.filename.endswith((".xml", ".rels")) and entry.file_size <= MOST_PART_BYTES:
                made.writestr(entry.filename, source.read(entry))
    return target.getvalue()


def _exchanged(xml: bytes) -> bytes:
    """Replace the entities between tags; those in attributes stay as they are."""
    return _TAG_OR_ENTITY.sub(_stand_in, xml) if b"&" in xml else xml


def _stand_in(match: re.Match[bytes]) -> bytes:
    found = _ENTITY.fullmatch(match.group())
    if found is None:
        return match.group()
    name, decimal, hexadecimal = found.groups()
    if name:
        return _STAND_INS[name.decode()].encode()
    code = int(decimal) if decimal else int(hexadecimal, 16)
    character = chr(code) if code < 0x110000 else ""
    names = {"&": "amp", "<": "lt", ">": "gt"}
    character = _STAND_INS[names[character]] if character in names else character
    return character.encode(errors="ignore") or match.group()
