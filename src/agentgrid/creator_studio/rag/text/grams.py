"""Groups of four letters: what two forms of a word, or a compound and its part, have in common."""

import math
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from agentgrid.creator_studio.rag.text.languages import script_of

SIZE = 4
_END = "\0"
"""Between texts that are searched in one go."""
_BETWEEN = re.compile(rf"(?:[^\w{_END}]|_)+")
_KEPT = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789" + _END.encode())
_SPACED = bytes(code if code in _KEPT else ord(" ") for code in range(256))


def folded(text: str, *, latin: bool) -> str:
    """Lower case, words between spaces; Latin letters without their accents.

    Letters of other alphabets survive only with ``latin=False``, which is ten times slower.
    """
    plain = text.casefold()
    if not latin:
        return _BETWEEN.sub(" ", plain)
    letters = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore")
    return letters.translate(_SPACED).decode("ascii")


def grams(text: str, *, latin: bool = True) -> list[str]:
    """The different groups of ``SIZE`` letters of each word, its borders included.

    >>> grams("Öl im Tank")
    [' ol ', ' im ', ' tan', 'tank', 'ank ']
    """
    words = (f" {word} " for word in folded(text.replace(_END, " "), latin=latin).split())
    groups = (
        word[start : start + SIZE]
        for word in words
        for start in range(max(1, len(word) - SIZE + 1))
    )
    return list(dict.fromkeys(groups))


def gram_shares(query: str, texts: Sequence[str]) -> list[float]:
    """For each text the share of the query's groups in it, in 0..1.

    Groups are weighted by how rare they are among the texts.
    """
    latin = script_of(query) == "latin"
    shares = [0.0] * len(texts)
    total = 0.0
    for held in _holders(grams(query, latin=latin), texts, latin=latin):
        rarity = math.log(1 + (len(texts) - len(held) + 0.5) / (len(held) + 0.5))
        total += rarity
        for number in held:
            shares[number] += rarity
    return [share / total if total else 0.0 for share in shares]


def _holders(wanted: Sequence[str], texts: Sequence[str], *, latin: bool) -> list[list[int]]:
    """For each group the numbers of the texts that hold it.

    All texts are one string, which is many times faster than to look into each.
    """
    together = _END.join(text.replace(_END, " ") for text in texts)
    parts = [f" {part} " for part in folded(together, latin=latin).split(_END)]
    joined = "".join(parts)
    starts = [0, *accumulate(map(len, parts))]
    found: list[list[int]] = []
    for gram in wanted:
        held: list[int] = []
        place = joined.find(gram)
        while place >= 0:
            number = bisect_right(starts, place) - 1
            if place + len(gram) <= starts[number + 1]:
                held.append(number)
                place = joined.find(gram, starts[number + 1])
            else:
                place = joined.find(gram, place + 1)
        found.append(held)
    return found
