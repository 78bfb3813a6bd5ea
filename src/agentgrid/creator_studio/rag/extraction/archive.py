"""Reads zip archives: one document, each file in it a section of its own.

Nothing is unpacked to disk, so a member's path is only ever a name.
"""

import io
import stat
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import Final

from agentgrid.creator_studio.core import CorruptDocument, DocumentTooLarge, EncryptedDocument
from agentgrid.creator_studio.rag.extraction.parts import Part, read_part, shortened
from agentgrid.creator_studio.rag.extraction.reading import Content, Reading

MAX_MEMBER_BYTES: Final = 200 * 1024 * 1024

_CLUTTER: Final = frozenset(
    {"__macosx", ".ds_store", "thumbs.db", "desktop.ini", ".git", ".svn", "__pycache__"}
)
_ENCRYPTED: Final = 0x1


def read_zip(data: bytes, reading: Reading) -> Content:
    """Read every file of the archive; those that cannot be read become warnings."""
    with _opened(data) as archive:
        return _read(archive, reading)


def _opened(data: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise CorruptDocument(
            "The archive is damaged and cannot be opened.",
            advice="Make the archive again and upload the new one.",
        ) from error


def _read(archive: zipfile.ZipFile, reading: Reading) -> Content:
    members = [entry for entry in archive.infolist() if _is_document(entry)]
    reading.budget.members -= len(members)
    if reading.budget.members < 0:
        raise DocumentTooLarge(
            f"The archive holds {len(members)} files, more than are read at once.",
            advice="Split it into archives of at most 2000 files.",
        )
    if members and all(entry.flag_bits & _ENCRYPTED for entry in members):
        raise EncryptedDocument(
            "The archive is protected with a password.",
            advice="Make an archive without a password and upload that.",
        )
    parts: list[Part] = []
    for done, entry in enumerate(members):
        reading.report(done, len(members))
        parts.append(_member(archive, entry, reading))
    reading.report(len(members), len(members))
    read = sum(part.was_read for part in parts)
    warnings = [each for part in parts for each in part.warnings]
    if read < len(members):
        warnings.insert(0, f"{read} of {len(members)} files of the archive were read.")
    return Content(
        tuple(page for part in parts for page in part.pages),
        warnings=shortened(warnings),
        pages_total=len(members),
        pages_read=read,
        nothing_reason=_nothing(warnings),
        nothing_advice="Put files in it that can be read, or upload those one by one.",
    )


def _nothing(warnings: list[str]) -> str:
    if not warnings:
        return "The archive is empty."
    return f"Nothing in the archive could be read. {' '.join(warnings[1:3])}"[:500].strip()


def _is_document(entry: zipfile.ZipInfo) -> bool:
    if entry.is_dir() or stat.S_ISLNK(entry.external_attr >> 16):
        return False
    parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
    return not any(part.casefold() in _CLUTTER or part.startswith("._") for part in parts)


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, reading: Reading) -> Part:
    name = _shown(entry.filename)
    if entry.flag_bits & _ENCRYPTED:
        return Part(warnings=(f"{name}: The file is protected with a password.",))
    # What the list of contents says of the size may be a lie.
    most = min(MAX_MEMBER_BYTES, reading.budget.unpacked_bytes)
    try:
        with archive.open(entry) as source:
            data = source.read(most + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError):
        return Part(warnings=(f"{name}: The file is damaged and cannot be opened.",))
    if len(data) > MAX_MEMBER_BYTES:
        return Part(warnings=(f"{name}: The file unpacks to more than the 200 MB that are read.",))
    return read_part(data, name, reading)


def _shown(path: str) -> str:
    """Return a member's path as a name: no way out of the archive, no drive, no root."""
    parts = PurePosixPath(path.replace("\\", "/")).parts
    kept = [part for part in parts if part not in {"/", "..", "."} and not part.endswith(":")]
    return "/".join(kept)[-200:] or "file"
