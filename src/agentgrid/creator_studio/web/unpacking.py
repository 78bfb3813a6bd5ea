"""Takes compression off an answer, piece by piece, so that a small one can't become huge."""

import zlib
from collections.abc import Iterator
from typing import Final

from agentgrid.creator_studio.web.errors import ContentRefused

ACCEPTED: Final = "gzip, deflate"
"""What is asked for. Servers that answer with something else are not understood."""

_PIECE: Final = 64 * 1024


class Unpacker:
    """``feed`` gives the plain bytes of each piece, in pieces of bounded size."""

    def __init__(self, encoding: str) -> None:
        """Raises ``ContentRefused`` for encodings that were not asked for."""
        encoding = encoding.strip().lower()
        if encoding in {"", "identity"}:
            self._zlib = None
        elif encoding in {"gzip", "x-gzip"}:
            self._zlib = zlib.decompressobj(16 + zlib.MAX_WBITS)
        elif encoding == "deflate":
            self._zlib = zlib.decompressobj()
        else:
            raise ContentRefused(
                f"The server packs its answer in a way not asked for ({encoding})."
            )
        self._raw_deflate_possible = encoding == "deflate"

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Raises ``ContentRefused`` when the packed data is damaged."""
        if self._zlib is None:
            yield piece
            return
        while piece:
            try:
                plain = self._zlib.decompress(piece, _PIECE)
            except zlib.error as error:
                if not self._raw_deflate_possible:
                    raise ContentRefused("The server's answer is damaged.") from error
                # Some servers send deflate without the header that belongs to it.
                self._zlib = zlib.decompressobj(-zlib.MAX_WBITS)
                self._raw_deflate_possible = False
                continue
            self._raw_deflate_possible = False
            yield plain
            piece = self._zlib.unconsumed_tail
            if self._zlib.eof:
                return
