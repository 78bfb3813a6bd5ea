"""Token counts where the model's own tokeniser is not at hand."""

from collections.abc import Callable
from typing import TypeAlias

CountTokens: TypeAlias = Callable[[str], int]


def estimate_tokens(text: str) -> int:
    """Estimate the tokens of ``text``.

    Three characters of Latin text or one of any other script per token: more than
    current tokenisers need, so that what is counted to fit does fit.
    """
    if text.isascii():
        return -(-len(text) // 3)
    wide = sum(ord(character) > 0x2E7F for character in text)
    return wide + -(-(len(text) - wide) // 3)
