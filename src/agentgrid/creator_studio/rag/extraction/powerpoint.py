"""Reads PowerPoint files, with the speaker's notes, which the converter leaves out."""

import io
import posixpath
import re
import zipfile
import zlib
from dataclasses import replace
from typing import Final
from xml.parsers import expat

from agentgrid.creator_studio.rag.extraction import formats
from agentgrid.creator_studio.rag.extraction.office import slide_reader
from agentgrid.creator_studio.rag.extraction.reading import Content, Reading

MOST_NOTES_BYTES: Final = 4 * 1024 * 1024

_SLIDE_ID: Final = re.compile(rb"<p:sldId\b[^>]*\br:id=\"([^\"]+)\"")
_RELATION: Final = re.compile(rb"<Relationship\b[^>]*>")
_ATTRIBUTE: Final = re.compile(rb"\b(Id|Target|Type)=\"([^\"]*)\"")
_read_slides: Final = slide_reader(formats.PPTX)


def read_pptx(data: bytes, reading: Reading) -> Content:
    """Read each slide as a page; its notes stand at the end."""
    content = _read_slides(data, reading)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            notes = _notes(archive)
    except (zipfile.BadZipFile, zlib.error, KeyError, expat.ExpatError, OSError, EOFError):
        return content  # the slides could be read, so they count
    pages = tuple(
        replace(page, text=f"{page.text}\n\nNotes: {notes[page.number]}".strip())
        if notes.get(page.number)
        else page
        for page in content.pages
    )
    return replace(content, pages=pages, pages_read=sum(bool(page.text) for page in pages))


def _notes(archive: zipfile.ZipFile) -> dict[int, str]:
    """Return the notes by the number of the slide, in the order of the presentation."""
    names = set(archive.namelist())
    relations = _relations(archive, "ppt/presentation.xml", names)
    order = [each.decode() for each in _SLIDE_ID.findall(_part(archive, "ppt/presentation.xml"))]
    found: dict[int, str] = {}
    for number, identity in enumerate(order, start=1):
        slide = relations.get(identity, ("", ""))[1]
        for kind, target in _relations(archive, slide, names).values():
            if kind.endswith("/notesSlide") and target in names:
                found[number] = _text(_part(archive, target))
    return found


def _relations(archive: zipfile.ZipFile, part: str, names: set[str]) -> dict[str, tuple[str, str]]:
    """Return what a part points at: identity to (type, path in the archive)."""
    folder, _, name = part.rpartition("/")
    path = f"{folder}/_rels/{name}.rels"
    if path not in names:
        return {}
    found: dict[str, tuple[str, str]] = {}
    for tag in _RELATION.findall(_part(archive, path)):
        values = {key.decode(): value.decode() for key, value in _ATTRIBUTE.findall(tag)}
        target = posixpath.normpath(posixpath.join("/" + folder, values.get("Target", "")))
        found[values.get("Id", "")] = (values.get("Type", ""), target.lstrip("/"))
    return found


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as source:
        return source.read(MOST_NOTES_BYTES)


def _text(xml: bytes) -> str:
    """Return the paragraphs of the notes, without the slide's number."""
    paragraphs: list[str] = []
    inside: list[str] = []

    def start(tag: str, _attributes: dict[str, str]) -> None:
        inside.append(tag)
        if tag == "a:p":
            paragraphs.append("")

    def end(_tag: str) -> None:
        inside.pop()

    def characters(text: str) -> None:
        if inside[-1:] == ["a:t"] and "a:fld" not in inside and paragraphs:
            paragraphs[-1] += text

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.Parse(xml, True)
    return "\n".join(each.strip() for each in paragraphs if each.strip())
