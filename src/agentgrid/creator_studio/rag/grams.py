"""Groups of four letters: what two forms of a word, or a compound and its part, have in common."""

import math
import re
import unicodedata
from collections.abc import Sequence

SIZE = 4
_WORD = re.compile(r"[^\W_]+")


def folded(text: str) -> str:
    """Lower case, without accents, words between single spaces."""
    plain = text.lower()
    if not plain.isascii():
        apart = unicodedata.normalize("NFD", plain)
        plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return " " + " ".join(_WORD.findall(plain)) + " "


def grams(text: str) -> list[str]:
    """The different groups of ``SIZE`` letters of each word, its borders included.

    >>> grams("Öl im Tank")
    [' ol ', ' im ', ' tan', 'tank', 'ank ']
    """
    words = (f" {word} " for word in folded(text).split())
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
    wanted = grams(query)
    held = [[gram in text for gram in wanted] for text in map(folded, texts)]
    counts = [sum(column) for column in zip(*held, strict=True)] if held else []
    rarity = [math.log(1 + (len(texts) - count + 0.5) / (count + 0.5)) for count in counts]
    total = sum(rarity)
    return [
        sum(weight for weight, found in zip(rarity, row, strict=True) if found) / total
        if total
        else 0.0
        for row in held
    ]
