"""Reads OpenDocument presentations, which the converter does not know."""

import io
import zipfile
import zlib
from typing import Final
from xml.parsers import expat

from agentgrid.creator_studio.core import CorruptDocument, EncryptedDocument, Page
from agentgrid.creator_studio.rag.extraction.native import RE_SAVE
from agentgrid.creator_studio.rag.extraction.reading import Content, Reading
from agentgrid.creator_studio.rag.extraction.tables import markdown_table

MOST_BYTES: Final = 200 * 1024 * 1024


def read_odp(data: bytes, _reading: Reading) -> Content:
    """Read each slide as a page: its title, texts, tables and notes."""
    deck = _Deck()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _feed(archive, "content.xml", deck)
            title = _Title()
            if "meta.xml" in archive.namelist():
                _feed(archive, "meta.xml", title)
    except RuntimeError as error:
        raise EncryptedDocument(
            "The file is protected with a password.",
            advice="Save a copy without the password and upload that.",
        ) from error
    except (zipfile.BadZipFile, zlib.error, KeyError, expat.ExpatError, OSError) as error:
        raise CorruptDocument(
            "The file is damaged and cannot be opened.", advice=RE_SAVE
        ) from error
    pages = tuple(
        Page(number, "\n\n".join(blocks), turnable=True)
        for number, blocks in enumerate(deck.slides, start=1)
    )
    read = sum(bool(page.text) for page in pages)
    return Content(pages, title=title.text, pages_total=len(pages), pages_read=read)


class _Handler:
    def start(self, tag: str, attributes: dict[str, str]) -> None: ...
    def end(self, tag: str) -> None: ...
    def characters(self, text: str) -> None: ...


def _feed(archive: zipfile.ZipFile, name: str, handler: _Handler) -> None:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = handler.start
    parser.EndElementHandler = handler.end
    parser.CharacterDataHandler = handler.characters
    parser.EntityDeclHandler = _refuse
    with archive.open(name) as source:
        parser.Parse(source.read(MOST_BYTES), True)


def _refuse(*_declaration: object) -> None:
    raise CorruptDocument("The file declares entities, which no program writes.", advice=RE_SAVE)


class _Title(_Handler):
    def __init__(self) -> None:
        self.text = ""
        self._inside = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._inside = tag == "dc:title"

    def end(self, tag: str) -> None:
        self._inside = False

    def characters(self, text: str) -> None:
        if self._inside:
            self.text += text


class _Deck(_Handler):
    def __init__(self) -> None:
        self.slides: list[list[str]] = []
        self._text: list[str] = []
        self._lists = 0
        self._frame = ""
        self._rows: list[list[str]] = []
        self._cell: list[str] = []
        self._in_table = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "draw:page":
            self.slides.append([])
        elif tag == "draw:frame":
            self._frame = attributes.get("presentation:class", "")
        elif tag == "text:list":
            self._lists += 1
        elif tag == "table:table":
            self._rows, self._in_table = [], True
        elif tag == "table:table-row":
            self._rows.append([])
        elif tag in {"text:p", "text:h"}:
            self._text.clear()
        elif tag in {"text:s", "text:tab", "text:line-break"}:
            self._text.append(" ")

    def end(self, tag: str) -> None:
        if tag in {"text:p", "text:h"}:
            self._paragraph("".join(self._text).strip())
        elif tag == "text:list":
            self._lists -= 1
        elif tag == "table:table-cell" and self._rows:
            self._rows[-1].append(" ".join(self._cell))
            self._cell.clear()
        elif tag == "table:table":
            self._in_table = False
            self._add(markdown_table(self._rows))

    def characters(self, text: str) -> None:
        self._text.append(text)

    def _paragraph(self, text: str) -> None:
        self._text.clear()
        if self._in_table:
            self._cell.append(text)
            return
        if self._frame == "title":
            text = f"## {text}" if text else ""
        elif self._lists and text:
            text = f"- {text}"
        self._add(text)

    def _add(self, text: str) -> None:
        if text and self.slides:
            self.slides[-1].append(text)
