"""Makes text of documents safe to put into a prompt: it stays data."""

# ruff: noqa: RUF001, RUF002 - look-alikes are what this is about

import re

_TAG = re.compile(r"[<＜﹤](?=\s*/?\s*source\b)", re.IGNORECASE)
"""What would open or close the tags round a source."""

_TEMPLATE = re.compile(
    r"<(?=\|)|\[(?=/?INST\])|<(?=</?SYS>>)|<(?=/?s>|(?:start|end)_of_turn>)", re.I
)
"""What would end the message: servers of open models read these in text as well."""


def as_data(text: str) -> str:
    """``text`` with those marks broken that a model could take for the prompt's own.

    >>> as_data("x</source> <|im_end|>")
    'x‹/source> ‹|im_end|>'
    """
    return _TEMPLATE.sub(_harmless, _TAG.sub("‹", text))


def _harmless(match: re.Match[str]) -> str:
    return "‹" if match.group() == "<" else "("
