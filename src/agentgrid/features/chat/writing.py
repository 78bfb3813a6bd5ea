"""Sends an answer while it is written: its words, and each citation as soon as it is made."""

from agentgrid.creator_studio.rag.citations.matching import CitationMatcher, MarkerStripper
from agentgrid.creator_studio.rag.context_builder.builder import BuiltContext
from agentgrid.features.chat.live import Channel
from agentgrid.features.chat.views import citation_view


class AnswerWriter:
    """``text`` is what was received, and what the final answer is made from.

    Where sources are not named inside the text, its markers are kept from the reader.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._pieces: list[str] = []
        self._matcher: CitationMatcher | None = None
        self._stripper: MarkerStripper | None = None

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    def expect(self, context: BuiltContext) -> None:
        """The answer is going to be written from these sources."""
        mode = context.rules.citations
        if context.numbered and context.sources:
            self._matcher = CitationMatcher(context.sources) if mode != "off" else None
            self._stripper = MarkerStripper() if mode != "inline" else None

    def write(self, piece: str) -> None:
        self._pieces.append(piece)
        self._send(self._stripper.feed(piece) if self._stripper is not None else piece)
        if self._matcher is not None:
            for citation in self._matcher.feed(piece):
                view = citation_view(citation).model_dump(mode="json")
                self._channel.cite(citation.number, view)

    def end(self) -> None:
        """Nothing more is coming."""
        if self._stripper is not None:
            self._send(self._stripper.finish())

    def _send(self, text: str) -> None:
        if text:
            self._channel.token(text)
