"""What a fake provider is to answer next, in no provider's words."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from agentgrid.creator_studio.core import FinishReason, TokenUsage

Fault: TypeAlias = Literal[
    "cut",  # the connection breaks after the text
    "unfinished",  # the stream ends properly but says no reason
    "malformed",  # an event that is not JSON
    "error_event",  # the stream reports an overload
    "silent",  # the request is accepted and never answered
    "stalled",  # the text comes, then nothing more
    "html",  # a proxy's page instead of an answer
    "echo",  # a rejection that quotes the key and the prompt
]

ErrorCase: TypeAlias = Literal[
    "key", "permission", "missing", "context", "request", "rate", "quota", "server", "overload"
]


@dataclass(frozen=True)
class ScriptedCall:
    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class Script:
    """One answer. ``usage`` None means the provider sends none."""

    pieces: tuple[str, ...] = ("Hel", "lo.")
    reasoning: tuple[str, ...] = ()
    calls: tuple[ScriptedCall, ...] = ()
    finish: FinishReason = "stop"
    usage: TokenUsage | None = field(
        default_factory=lambda: TokenUsage(prompt=12, completion=7, cached=4, reasoning=2)
    )
    error: ErrorCase | None = None
    fault: Fault | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    bytes_per_write: int | None = None
    """Cut the stream into writes of this many bytes, through lines and characters."""
    line_end: str = "\n"

    @property
    def text(self) -> str:
        return "".join(self.pieces)
