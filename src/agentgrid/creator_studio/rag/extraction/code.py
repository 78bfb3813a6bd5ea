"""Reads programs: line by line, below the definitions they stand in."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from agentgrid.creator_studio.core import Page
from agentgrid.creator_studio.rag.extraction import formats
from agentgrid.creator_studio.rag.extraction.encodings import decode
from agentgrid.creator_studio.rag.extraction.reading import Content, Reading
from agentgrid.creator_studio.rag.extraction.sections import append_section

MOST_INDENT: Final = 8
"""Definitions further in are parts of a function, not of the program."""

_BRACES: Final = (
    r"(?:(?:export|default|public|private|protected|internal|static|final|abstract|async|override|"
    r"virtual|sealed|partial|open|data|inline|suspend|unsafe|extern|const|pub(?:\([^)]*\))?|"
    r"fileprivate|mutating|@\w+)\s+)*"
)
_TYPES: Final = r"class|interface|enum|struct|trait|object|record|protocol|extension|namespace"
_PATTERNS: Final[Mapping[str, str]] = {
    "python": r"(?:async\s+)?(?P<kind>def|class)\s+(?P<name>\w+)",
    "ruby": r"(?P<kind>def|class|module)\s+(?P<name>[\w.:?!]+)",
    "javascript": rf"{_BRACES}(?:(?P<kind>{_TYPES}|function\*?)\s+(?P<name>[\w$]+)"
    r"|(?:const|let|var)\s+(?P<name2>[\w$]+)\s*(?::[^=]+)?=\s*(?:async\s*)?(?:\([^)]*\)|[\w$]+)"
    r"\s*(?::[^=]+)?=>)",
    "go": r"(?P<kind>func|type)\s+(?:\([^)]*\)\s*)?(?P<name>\w+)",
    "rust": rf"{_BRACES}(?:(?P<kind>fn|struct|enum|trait|mod|impl)\b(?:<[^>]*>)?\s+"
    r"(?P<name>[\w:<>' ]+?)(?=\s*[({;<]|\s+where|\s*$))",
    "php": rf"{_BRACES}(?P<kind>function|{_TYPES})\s+(?P<name>\w+)",
    "swift": rf"{_BRACES}(?P<kind>func|{_TYPES})\s+(?P<name>\w+)",
    "kotlin": rf"{_BRACES}(?P<kind>fun|{_TYPES})\s+(?:<[^>]*>\s*)?(?P<name>[\w.]+)",
    "scala": rf"{_BRACES}(?:case\s+)?(?P<kind>def|{_TYPES})\s+(?P<name>\w+)",
    "java": rf"{_BRACES}(?:(?P<kind>{_TYPES})\s+(?P<name>\w+)"
    r"|(?!return|new|throw|else|if|for|while|switch|using|case)[\w<>\[\],.?]+\s+(?P<name2>\w+)"
    r"\s*\([^;]*$)",
    "c": rf"{_BRACES}(?:(?:typedef\s+)?(?P<kind>{_TYPES}|union)\s+(?P<name>\w+)[^;()]*$"
    r"|(?!return|else|if|for|while|switch|case)[\w:<>*&~,]+(?:\s+[\w:<>*&,]+)*[\s*&]+"
    r"(?P<name2>[\w:~]+)\s*\([^;]*$)",
    "shell": r"(?:function\s+(?P<name>[\w-]+)|(?P<name2>[\w-]+)\s*\(\)\s*\{?)",
    "sql": r"(?P<kind>create)\s+(?:or\s+replace\s+)?(?:temp\w*\s+|unique\s+|materialized\s+)*"
    r"(?:table|view|function|procedure|index|trigger|type)\s+(?:if\s+not\s+exists\s+)?"
    r"(?P<name>[\w.\"`]+)",
    "lua": r"(?:local\s+)?(?P<kind>function)\s+(?P<name>[\w.:]+)",
    "perl": r"(?P<kind>sub|package)\s+(?P<name>[\w:]+)",
    "r": r"(?P<name>[\w.]+)\s*(?:<-|=)\s*function\s*\(",
}
_SAME: Final = {"typescript": "javascript", "csharp": "java", "cpp": "c"}

_DEFINITIONS: Final = {
    language: re.compile(
        rf"^(?P<indent>[ \t]*){pattern}", re.M | re.I if language == "sql" else re.M
    )
    for language, pattern in _PATTERNS.items()
}


@dataclass(frozen=True, slots=True)
class _Definition:
    line: int
    """Index of its first line, decorators and comments right above included."""
    indent: int
    name: str


def read_code(data: bytes, reading: Reading) -> Content:
    """Read a program; its text is the file's own, and each page one or more definitions."""
    lines = decode(data).split("\n")
    pattern = _DEFINITIONS.get(_language(reading.name))
    found = _definitions(lines, pattern) if pattern else []
    return Content(tuple(_pages(lines, found)))


def _language(name: str) -> str:
    language = formats.language_of_name(name)
    return _SAME.get(language, language)


def _definitions(lines: Sequence[str], pattern: re.Pattern[str]) -> list[_Definition]:
    found: list[_Definition] = []
    after = 0
    for index, line in enumerate(lines):
        match = pattern.match(line[:500])
        if match is None:
            continue
        indent = len(match["indent"].expandtabs(4))
        if indent > MOST_INDENT:
            continue
        groups = match.groupdict()
        name = (groups.get("name") or groups.get("name2") or "").strip()
        found.append(_Definition(_with_comments(lines, index, after), indent, name))
        after = index + 1
    return found


def _with_comments(lines: Sequence[str], index: int, after: int) -> int:
    """Return the first line of the comments and decorators right above a definition."""
    while index > after and lines[index - 1].lstrip().startswith(
        ("@", "#", "//", "/*", "*", "--", "[")
    ):
        index -= 1
    return index


def _pages(lines: Sequence[str], found: Sequence[_Definition]) -> list[Page]:
    if not found:
        return [_page(lines, 0, len(lines), ())]
    pages: list[Page] = []
    open_: list[_Definition] = []
    starts = [definition.line for definition in found]
    if starts[0] > 0:
        pages.append(_page(lines, 0, starts[0], ()))
    for definition, end in zip(found, [*starts[1:], len(lines)], strict=True):
        while open_ and open_[-1].indent >= definition.indent:
            open_.pop()
        open_.append(definition)
        section = tuple(each.name for each in open_)
        append_section(pages, _page(lines, definition.line, end, section))
    return pages


def _page(lines: Sequence[str], start: int, end: int, section: tuple[str, ...]) -> Page:
    return Page(1, "\n".join(lines[start:end]), section=section, kind="code")
