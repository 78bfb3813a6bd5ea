"""The words that full text search compares: how text is cut, and which language stems them.

Cutting happens here and not in PostgreSQL's parser, because that one depends on the locale
of the database and knows no writing without spaces. PostgreSQL's dictionaries stem.
"""

import re
import unicodedata
from collections.abc import Iterator
from uuid import UUID

from agentgrid.creator_studio.rag.text.languages import PLAIN, detect_language

__all__ = ["LONGEST_TOKEN", "PLAIN", "agent_mark", "detect_language", "dictionary", "tokens"]

# Writing without spaces is cut into pairs of characters. On Chinese questions pairs
# measured far better than a word tokenizer or single characters. Korean has spaces, but
# glues endings to its words, and pairs find the stems.
_NO_SPACES = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u31f0-\u31ff"  # kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
    "\uac00-\ud7af"  # Hangul
)
# Python's \w leaves out combining signs, without which Indic or pointed words fall apart.
_SIGNS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0dff"
_LETTER = rf"(?:[^\W_]|[{_SIGNS}{_NO_SPACES}])"
_WORD = re.compile(rf"{_LETTER}+(?:[-_.'\u2019]{_LETTER}+)*")
_PART = re.compile(rf"{_LETTER}+")
_RUN = re.compile(rf"[{_NO_SPACES}]+|[^{_NO_SPACES}]+")
_PAIRED = re.compile(rf"[{_NO_SPACES}]")
_DANDA = str.maketrans("\u0964\u0965", "  ")

LONGEST_TOKEN = 64
"""Longer runs of letters are encoded data: nobody asks for them."""


def agent_mark(agent_id: UUID) -> str:
    """What stands before each stored lexeme of an agent: six hexadecimal digits.

    With it, a word's entry in the index lists the passages of one agent only (but for
    rare collisions, which the search filters out), however common the word is elsewhere.
    """
    return agent_id.hex[-6:]


def tokens(text: str) -> list[str]:
    """The words of ``text`` in order, in lower case, with identifiers whole and in parts.

    >>> tokens("Reset the E-4711 now: 退货政策")
    ['reset', 'the', 'e', '4711', 'e4711', 'now', '退货', '货政', '政策']
    """
    cleaned = unicodedata.normalize("NFKC", text).translate(_DANDA).lower()
    return [
        token
        for word in _WORD.finditer(cleaned)
        for token in _tokens_of(word.group())
        if len(token) <= LONGEST_TOKEN
    ]


def _tokens_of(word: str) -> Iterator[str]:
    parts = _PART.findall(word)
    for part in parts:
        for run in _RUN.findall(part):
            if _PAIRED.match(run) and len(run) > 1:
                yield from (run[i : i + 2] for i in range(len(run) - 1))
            else:
                yield run
    if len(parts) > 1 and not _PAIRED.search(word):
        yield "".join(parts)


def dictionary(language: str) -> str:
    """PostgreSQL's dictionary that stems words of a text search configuration."""
    return PLAIN if language == PLAIN else f"{language}_stem"
