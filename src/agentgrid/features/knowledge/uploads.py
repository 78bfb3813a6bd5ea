"""Receives one uploaded file: streamed to disk, hashed and bounded on the way.

The framework's own form parser stores the whole body before anything can look at it.
"""

import hashlib
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import IO

from fastapi import Request
from pydantic import TypeAdapter, ValidationError
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from agentgrid.features.agents.schemas import Tags
from agentgrid.features.knowledge.errors import NoFileSent, TagsNotAllowed, UploadTooLarge

_TAGS: TypeAdapter[list[str]] = TypeAdapter(Tags)
_FIELDS = (b"tags", b"replace")
_PART_COST = 256
"""Bytes that a field counts for, however empty it is: so there cannot be endlessly many."""
_TRUE = frozenset({"true", "1", "on", "yes"})

FIELD = "file"
LONGEST_NAME = 200
_FORM_OVERHEAD = 64 * 1024
"""Bytes of a form that are not the file's: boundaries, headers, small fields."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A received file. ``path`` exists only as long as the upload is handled."""

    path: Path
    name: str
    size: int
    content_hash: str
    """SHA-256, hexadecimal."""
    tags: tuple[str, ...] = ()
    replace: bool = False
    """Older files of the name go when this one can be asked."""


@asynccontextmanager
async def received(request: Request, *, limit: int) -> AsyncGenerator[Upload]:
    """The part ``file`` of the request's form, in a temporary file, with its small fields.

    Raises ``NoFileSent``, ``TagsNotAllowed``, or ``UploadTooLarge`` as soon as ``limit``
    bytes are exceeded.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit + _FORM_OVERHEAD:
        raise UploadTooLarge(limit)
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise NoFileSent
    with tempfile.NamedTemporaryFile(prefix="agentgrid-upload-") as target:
        receiver = _Receiver(boundary, target, limit)
        async for piece in request.stream():
            receiver.feed(piece)
        yield receiver.finish()


def clean_name(raw: str) -> str:
    """A file's name without folders and control characters, of bounded length."""
    name = PurePath(raw.replace("\\", "/")).name
    name = "".join(character for character in name if character.isprintable()).strip()
    if len(name) > LONGEST_NAME:
        suffix = PurePath(name).suffix[:20]
        name = name[: LONGEST_NAME - len(suffix)] + suffix
    return name or "document"


def _tags(sent: list[str]) -> tuple[str, ...]:
    try:
        return tuple(_TAGS.validate_python(sent))
    except ValidationError as error:
        raise TagsNotAllowed from error


class _Receiver:
    """Follows the form's parts and keeps the bytes of the one that is the file."""

    def __init__(self, boundary: bytes, target: IO[bytes], limit: int) -> None:
        self._target = target
        self._limit = limit
        self._hash = hashlib.sha256()
        self._size = 0
        self._other = 0
        self._name: str | None = None
        self._in_file = False
        self._field = ""
        self._fields: dict[str, list[bytearray]] = {}
        self._header = b""
        self._value = b""
        self._disposition = b""
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part_begin,
                "on_header_field": self._header_field,
                "on_header_value": self._header_value,
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers_finished,
                "on_part_data": self._part_data,
            },
        )

    def feed(self, piece: bytes) -> None:
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise NoFileSent from error

    def finish(self) -> Upload:
        try:
            self._parser.finalize()
        except FormParserError as error:
            raise NoFileSent from error
        if self._name is None:
            raise NoFileSent
        self._target.flush()
        return Upload(
            path=Path(self._target.name),
            name=clean_name(self._name),
            size=self._size,
            content_hash=self._hash.hexdigest(),
            tags=_tags(self._texts("tags")),
            replace=any(text.lower() in _TRUE for text in self._texts("replace")),
        )

    def _texts(self, field: str) -> list[str]:
        """What was sent under a name, without what is empty."""
        sent = (bytes(value).decode(errors="replace") for value in self._fields.get(field, []))
        return [text.strip() for text in sent if text.strip()]

    def _part_begin(self) -> None:
        self._header = self._value = self._disposition = b""
        self._in_file = False
        self._field = ""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header = self._value = b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        name = options.get(b"filename")
        if options.get(b"name") == FIELD.encode() and name is not None and self._name is None:
            self._in_file = True
            self._name = name.decode("utf-8", errors="replace")
        elif options.get(b"name") in _FIELDS and name is None:
            self._other += _PART_COST
            self._field = options[b"name"].decode()
            self._fields.setdefault(self._field, []).append(bytearray())

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if not self._in_file:
            self._other += end - start
            if self._other > _FORM_OVERHEAD:
                raise UploadTooLarge(self._limit)
            if self._field:
                self._fields[self._field][-1] += data[start:end]
            return
        self._size += end - start
        if self._size > self._limit:
            raise UploadTooLarge(self._limit)
        piece = memoryview(data)[start:end]
        self._hash.update(piece)
        self._target.write(piece)
