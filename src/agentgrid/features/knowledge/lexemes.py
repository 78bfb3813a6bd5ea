"""The words that full text search compares: how text is cut, and which language stems them.

Cutting happens here and not in PostgreSQL's parser, because that one depends on the locale
of the database and knows no writing without spaces. PostgreSQL's dictionaries stem.
"""

# ruff: noqa: RUF001 - the languages' own letters

import re
import unicodedata
from collections.abc import Iterator
from uuid import UUID

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

PLAIN = "simple"
"""The configuration for text in a language that has no stemmer here."""

# The commonest small words tell a language reliably from about twenty words on.
_SMALL_WORDS: dict[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "danish": "og i at det er en til af på som med for ikke der har jeg et fra blev også",
        "dutch": "de het een van en in is dat op te voor met zijn niet aan er om ook naar werd",
        "english": "the of and to in a is that for it as was with be by on not he this are or",
        "finnish": "ja on ei se että oli hän mutta joka kun niin myös tai ovat sekä mukaan vain",
        "french": "le la les de des et un une est en que qui dans pour pas sur du au avec ne",
        "german": "der die das und ist von den mit ein eine nicht zu auf für im sich dem des auch",
        "hungarian": "a az és hogy nem is egy ez van volt meg csak már mint de vagy kell lehet",
        "italian": "il di e la che in un una per del della non sono con gli le da al nel più",
        "norwegian": "og i det er en til av på som med for ikke har jeg et fra ble også å hvor",
        "portuguese": "o a de que e do da em um uma para com não os as no na por mais dos foi",
        "romanian": "și de la în a cu pe care nu este un o din mai că să pentru sau dar fost",
        "russian": "и в не на что с по как это из к для от он а но или его так же был при",
        "spanish": "el la los las de que y en un una es por con no para del se al más su como",
        "swedish": "och i att det är en till av på som med för inte har jag ett från den vid så",
        "turkish": "ve bir bu da de için ile olarak daha çok en gibi olan var ne ya kadar sonra",
    }.items()
}
_SAMPLE = 2000
"""Words looked at to tell the language."""


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


def detect_language(text: str) -> str:
    """The text search configuration that fits: one with a stemmer, or ``simple``.

    Counts small words; mixed or short text, code and tables end up as ``simple``.
    """
    words = [word.lower() for word, _ in zip(_words(text), range(_SAMPLE), strict=False)]
    votes = {
        language: sum(word in small for word in words) for language, small in _SMALL_WORDS.items()
    }
    best = max(votes, key=lambda language: votes[language])
    return best if votes[best] >= max(2, len(words) * 0.06) else PLAIN


def _words(text: str) -> Iterator[str]:
    return (match.group() for match in _PART.finditer(text))


def dictionary(language: str) -> str:
    """PostgreSQL's dictionary that stems words of a text search configuration."""
    return PLAIN if language == PLAIN else f"{language}_stem"
