"""Reads the JSON in a model's answer, also where the model says more than the JSON."""

from contextlib import suppress
from typing import TypeVar

import msgspec

T = TypeVar("T")

LONGEST = 20_000
"""Characters of an answer that are looked at: what was asked for is far shorter."""
MOST_STARTS = 20
"""Opening braces that are tried."""


def decode_answer(text: str, kind: type[T]) -> T | None:
    """The first JSON object in ``text`` that fits ``kind``; None without one.

    Models that are not bound to a schema wrap their JSON in words or code fences.
    """
    text = text[:LONGEST]
    start = -1
    for _ in range(MOST_STARTS):
        start = text.find("{", start + 1)
        if start < 0:
            break
        with suppress(msgspec.MsgspecError):
            return msgspec.json.decode(text[start : _end_of_object(text, start)], type=kind)
    return None


def _end_of_object(text: str, start: int) -> int:
    """Where the object that opens at ``start`` ends, or ``start``."""
    depth, quoted, position = 0, False, start
    while position < len(text):
        character = text[position]
        if quoted:
            if character == "\\":
                position += 1
            elif character == '"':
                quoted = False
        elif character == '"':
            quoted = True
        elif character in "{}":
            depth += 1 if character == "{" else -1
            if depth == 0:
                return position + 1
        position += 1
    return start
