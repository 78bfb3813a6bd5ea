"""The words of a text that carry meaning, for comparing a question with a passage.

Only for what happens inside the engine (confidence, citations). The index has its own
lexemes, with real stemmers; here both sides are cut the same way, so a crude stem will do.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

_RUN = re.compile(
    r"(?P<pairs>[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0eff]+)|(?P<word>[^\W_]+)"
)
_SUFFIXES = ("ingly", "edly", "ings", "ing", "ies", "ied", "es", "ed", "ly", "s", "en", "er", "e")

_STOP_LIST = """
    a about after all also an and any are as at be because been before being but by can could
    did do does doing during each for from had has have having he her here hers him his how i
    if in into is it its itself just me more most my no nor not of off on once only or other
    our out over own same she should so some such than that the their them then there these
    they this those through to too under until up very was we were what when where which while
    who whom whose why will with would you your yours tell please many much
    der die das den dem des ein eine einer einem einen und oder ist sind war wie was wer wo wann
    warum mit von zu zum zur im in auf für aus bei nach nicht es ich wir sie ihr
    le la les un une des du de et ou est sont que qui quoi dans pour par sur au aux ce cette il
    elle ils elles nous vous je ne pas comment quand où
    el los las una unos unas y o es son en del al por para con como cuando donde quien cual su
    sus se lo qué cuál cómo cuándo dónde quién
"""
_STOP_WORDS = frozenset(_STOP_LIST.split())


def terms(text: str) -> list[str]:
    """Return the content words in order, folded and stemmed; CJK as pairs of characters.

    >>> terms("How many holidays do employees get?")
    ['holiday', 'employe', 'get']
    """
    return list(_terms(_folded(text)))


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()


def _terms(folded: str) -> Iterator[str]:
    for match in _RUN.finditer(folded):
        word = match.group()
        if match.lastgroup == "pairs":
            yield from (word[i : i + 2] for i in range(max(1, len(word) - 1)))
        elif word not in _STOP_WORDS and (len(word) > 1 or word.isdigit()):
            yield _stem(word)


def _stem(word: str) -> str:
    if word[-1].isdigit():
        return word
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 4:
            return word[: -len(suffix)]
    return word


class TermFinder:
    """Looks for given terms in many texts: far cheaper than the terms of every text.

    A word matches at its beginning, with at most four letters more (an ending); numbers
    match whole, pairs of CJK characters anywhere.
    """

    def __init__(self, wanted: Iterable[str]) -> None:
        self._patterns = {term: _pattern(term) for term in wanted}

    def found_in(self, text: str) -> set[str]:
        """Return those of the wanted terms that ``text`` holds."""
        folded = _folded(text)
        # The plain search first: it is many times cheaper and mostly fails.
        return {
            term
            for term, pattern in self._patterns.items()
            if term in folded and pattern.search(folded)
        }


def _pattern(term: str) -> re.Pattern[str]:
    kind = _RUN.match(term)
    if kind is not None and kind.lastgroup == "pairs":
        return re.compile(re.escape(term))
    ending = "" if term[-1].isdigit() else r"[^\W\d_]{0,4}"
    return re.compile(rf"(?<![^\W_]){re.escape(term)}{ending}(?![^\W_])")
