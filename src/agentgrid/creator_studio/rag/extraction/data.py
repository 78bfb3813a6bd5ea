"""Reads JSON, JSON Lines and YAML.

JSON becomes lines ``path: value``: each says what it is even where a passage begins in the
middle. A list of flat records becomes a table. YAML is legible already and stays as it is.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias, cast

import msgspec

from agentgrid.creator_studio.core import DocumentTooLarge, Page
from agentgrid.creator_studio.rag.extraction.encodings import decode
from agentgrid.creator_studio.rag.extraction.reading import Content, Reading
from agentgrid.creator_studio.rag.extraction.sections import append_section
from agentgrid.creator_studio.rag.extraction.tables import markdown_table

Scalar: TypeAlias = str | int | float | bool | None

MOST_COLUMNS: Final = 30
LONGEST_CELL: Final = 300

_TOP_KEY: Final = re.compile(r"^(?P<key>[\w\"'][\w.\-/\"' ]{0,79}):(?:\s|$)", re.M)


def read_json(data: bytes, _reading: Reading) -> Content:
    """Read JSON; what only calls itself that is read as plain text, with a warning."""
    text = decode(data)
    try:
        value = _parsed(text)
    except msgspec.DecodeError as error:
        warning = f"The file is not valid JSON ({error}); it was read as plain text."
        return Content((Page(1, text, kind="code"),), warnings=(warning,))
    return Content(tuple(_pages(value)))


def read_json_lines(data: bytes, _reading: Reading) -> Content:
    """Read one JSON value a line; lines that are none are left out, with a warning."""
    values: list[object] = []
    bad: list[int] = []
    lines = decode(data).split("\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            values.append(_parsed(line))
        except msgspec.DecodeError:
            bad.append(number)
    warnings = (_left_out(bad),) if bad else ()
    if not values:
        return Content((Page(1, "\n".join(lines), kind="code"),), warnings=warnings)
    return Content(tuple(_pages(values)), warnings=warnings)


def _left_out(bad: Sequence[int]) -> str:
    if len(bad) == 1:
        return f"Line {bad[0]} is not valid JSON and was left out."
    return f"{len(bad)} lines are not valid JSON and were left out, the first is line {bad[0]}."


def _parsed(text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except RecursionError as error:
        raise DocumentTooLarge(
            "The JSON is nested too deeply to be read.",
            advice="Upload a flatter version of it, or save it as plain text (.txt).",
        ) from error


def _pages(value: object) -> Iterator[Page]:
    """Yield a page for each key at the top, and one for all that stands there alone."""
    if not isinstance(value, Mapping):
        yield Page(1, _rendered(value))
        return
    alone: list[str] = []
    pages: list[Page] = []
    for key, inner in cast("Mapping[str, object]", value).items():
        if isinstance(inner, (dict, list)) and inner:
            pages.append(Page(1, _rendered(inner), section=(str(key),)))
        else:
            alone.extend(_lines(str(key), inner))
    if alone:
        yield Page(1, "\n".join(alone))
    yield from pages


def _rendered(value: object) -> str:
    if isinstance(value, list):
        items = cast("list[object]", value)
        if table := _table(items):
            return table
        # A blank line between two records keeps them apart as paragraphs.
        return "\n\n".join("\n".join(_lines("", item)) for item in items)
    return "\n".join(_lines("", value))


def _lines(path: str, value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in cast("Mapping[str, object]", value).items():
            yield from _lines(f"{path}.{key}" if path else str(key), inner)
    elif isinstance(value, list):
        items = cast("list[object]", value)
        if all(not isinstance(item, (dict, list)) for item in items):
            yield _line(path, ", ".join(_scalar(cast("Scalar", item)) for item in items))
        else:
            for number, item in enumerate(items, start=1):
                yield from _lines(f"{path}[{number}]", item)
    else:
        yield _line(path, _scalar(cast("Scalar", value)))


def _line(path: str, text: str) -> str:
    return f"{path}: {text}" if path else text


def _scalar(value: Scalar) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _table(items: Sequence[object]) -> str:
    """Return the records as a table, "" when they are not flat or not alike."""
    columns: dict[str, None] = {}
    for item in items:
        if not _is_flat(item):
            return ""
        columns |= dict.fromkeys(cast("Mapping[str, object]", item))
        if len(columns) > MOST_COLUMNS:
            return ""
    records = cast("Sequence[Mapping[str, Scalar]]", items)
    cells = [[_scalar(row[key]) if key in row else "" for key in columns] for row in records]
    return markdown_table([list(columns), *cells])


def _is_flat(item: object) -> bool:
    if not isinstance(item, Mapping) or not item:
        return False
    values = cast("Mapping[str, object]", item).values()
    return all(
        not isinstance(value, (dict, list)) and len(str(value)) <= LONGEST_CELL for value in values
    )


def read_yaml(data: bytes, _reading: Reading) -> Content:
    """Read YAML line by line, below the keys of its outermost level."""
    text = decode(data)
    starts = [match.start() for match in _TOP_KEY.finditer(text)]
    if not starts:
        return Content((Page(1, text, kind="code"),))
    keys = [match["key"].strip("\"' ") for match in _TOP_KEY.finditer(text)]
    pages: list[Page] = []
    if text[: starts[0]].strip():
        pages.append(Page(1, text[: starts[0] - 1], kind="code"))
    for key, start, end in zip(keys, starts, [*starts[1:], len(text) + 1], strict=True):
        append_section(pages, Page(1, text[start : end - 1], section=(key,), kind="code"))
    return Content(tuple(pages))
