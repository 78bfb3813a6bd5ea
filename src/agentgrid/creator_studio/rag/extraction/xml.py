"""Reads XML of any kind: each element's text with its name, attributes included.

The parser is expat, fed as a stream: no tree is built, so depth and size cost nothing.
Declared entities are refused, because a few lines of them unfold to gigabytes.
"""

from typing import Final
from xml.parsers import expat

from agentgrid.creator_studio.core import CorruptDocument, Page, UnsupportedFormat
from agentgrid.creator_studio.rag.extraction.encodings import decode
from agentgrid.creator_studio.rag.extraction.native import RE_SAVE
from agentgrid.creator_studio.rag.extraction.reading import Content, Reading

_INLINE: Final = frozenset(
    [
        "a",
        "abbr",
        "b",
        "bold",
        "code",
        "em",
        "emph",
        "emphasis",
        "i",
        "italic",
        "link",
        "q",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "tspan",
        "tt",
        "u",
        "ulink",
        "xref",
        "ref",
        "literal",
    ]
)
"""Elements that stand in the middle of a sentence, in the dialects people use."""

_SILENT: Final = frozenset({"style", "script", "defs", "metadata"})


def read_xml(data: bytes, _reading: Reading) -> Content:
    """Read the texts and attributes; a blank line stands between the root's children."""
    collector = _Collector()
    try:
        collector.feed(data)
    except expat.ExpatError as error:
        if not collector.lines:
            if data.lstrip().startswith(b"<?xml"):
                raise CorruptDocument(
                    f"The XML is not well formed: {error}.", advice=RE_SAVE
                ) from error
            return Content((Page(1, decode(data), kind="code"),))
        warning = f"The XML is damaged; it was read up to the error ({error})."
        return Content((Page(1, collector.text()),), warnings=(warning,))
    return Content((Page(1, collector.text()),), title=collector.title)


class _Collector:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.title = ""
        self._path: list[str] = []
        self._text: list[str] = []
        self._silent = 0

    def feed(self, data: bytes) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        parser.EntityDeclHandler = _refuse
        parser.Parse(data, True)

    def text(self) -> str:
        return "\n".join(self.lines).strip()

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if self._path and name.lower() in _INLINE:
            self._path.append(name)
            return
        self._flush()
        self._path.append(name)
        if name.lower() in _SILENT:
            self._silent += 1
        if self._silent:
            return
        named = [f"{key}: {value}" for key, value in attributes.items() if _says_something(key)]
        if named:
            self.lines.append(f"{name} {', '.join(named)}")

    def _end(self, tag: str) -> None:
        if len(self._path) > 1 and self._path[-1].lower() in _INLINE:
            self._path.pop()
            return
        self._flush()
        if self._path and self._path.pop().lower() in _SILENT:
            self._silent -= 1
        if len(self._path) == 1 and self.lines and self.lines[-1]:
            self.lines.append("")

    def _flush(self) -> None:
        text = " ".join("".join(self._text).split())
        self._text.clear()
        if not text or self._silent or not self._path:
            return
        name = self._path[-1]
        if name.lower() == "title" and not self.title and len(text) < 200:
            self.title = text
        self.lines.append(f"{name}: {text}")


def _says_something(attribute: str) -> bool:
    return not attribute.startswith(("xmlns", "xsi:", "xml:"))


def _refuse(*_declaration: object) -> None:
    raise UnsupportedFormat(
        "The XML declares entities, which are not read because they can unfold without end.",
        advice="Save it without a DOCTYPE that declares entities.",
    )
