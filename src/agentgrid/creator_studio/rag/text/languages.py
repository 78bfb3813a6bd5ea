"""Which language and script a text is in, told cheaply and without a model."""

# ruff: noqa: RUF001 - the languages' own letters

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal, TypeAlias

Script: TypeAlias = Literal["latin", "unspaced", "other"]
"""``unspaced``: written without spaces between words (Chinese, Japanese, Thai), or with
endings glued to them (Korean)."""

PLAIN = "simple"
"""The name for text in a language that has no stemmer here, or that can't be told."""

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

_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\uac00-\ud7af]"
)
_WORD = re.compile(r"(?:[^\W_]|[\u0300-\u036f])+")
_SCRIPT_SAMPLE = 400


def detect_language(text: str) -> str:
    """The text search configuration that fits: one with a stemmer, or ``simple``.

    Counts small words; mixed or short text, code and tables end up as ``simple``,
    and so do few words that two languages share.
    """
    words = [word.lower() for word, _ in zip(_words(text), range(_SAMPLE), strict=False)]
    votes = {
        language: sum(word in small for word in words) for language, small in _SMALL_WORDS.items()
    }
    best, second = sorted(votes, key=lambda language: -votes[language])[:2]
    told = votes[best] >= max(2, len(words) * 0.06) and votes[best] > votes[second]
    return best if told else PLAIN


def script_of(text: str) -> Script:
    """The script that most letters of the beginning of ``text`` are in."""
    letters = [letter for letter in text[:_SCRIPT_SAMPLE] if letter.isalpha()]
    unspaced = sum(_UNSPACED.match(letter) is not None for letter in letters)
    # A character of these says as much as a word's three or four letters.
    if unspaced * 3 > len(letters):
        return "unspaced"
    latin = sum(
        letter.isascii() or unicodedata.name(letter, "").startswith("LATIN") for letter in letters
    )
    return "latin" if latin * 2 >= len(letters) else "other"


def _words(text: str) -> Iterator[str]:
    return (match.group() for match in _WORD.finditer(text))
