"""Reads Outlook messages (.msg): a small file system of properties, one stream each."""

import io
import struct
from datetime import UTC, datetime, timedelta
from typing import Final

import olefile

from agentgrid.creator_studio.core import CorruptDocument, DocumentError
from agentgrid.creator_studio.rag.extraction import formats
from agentgrid.creator_studio.rag.extraction.encodings import decode
from agentgrid.creator_studio.rag.extraction.mail import MOST_ATTACHMENTS, Attachment, mail_content
from agentgrid.creator_studio.rag.extraction.native import RE_SAVE, converted
from agentgrid.creator_studio.rag.extraction.reading import Content, Reading
from agentgrid.creator_studio.rag.extraction.web import html_to_markdown

# Property tags of MS-OXPROPS.
_SUBJECT: Final = "0037"
_SENDER: Final = ("0C1A", "0042")
_SENDER_ADDRESS: Final = ("5D01", "0C1F", "0065")
_TO: Final = "0E04"
_CC: Final = "0E03"
_BODY: Final = "1000"
_HTML: Final = "1013"
_FILE_NAME: Final = ("3707", "3704", "3001")
_FILE_DATA: Final = "37010102"
_TIMES: Final = (0x00390040, 0x0E060040)

_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)
_HEADER_BYTES: Final = 32


def read_msg(data: bytes, reading: Reading) -> Content:
    """Read a message as Outlook saves it; a message attached to it is named, not read."""
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            message = _Message(ole)
            headers = [
                ("From", message.sender()),
                ("To", message.text(_TO)),
                ("Cc", message.text(_CC)),
                ("Date", message.sent()),
                ("Subject", message.text(_SUBJECT)),
            ]
            body = message.body() or _body_elsewhere(data)
            attachments = message.attachments()
    except (OSError, ValueError, struct.error, IndexError, OverflowError) as error:
        raise CorruptDocument(
            "The mail is damaged and cannot be opened.", advice=RE_SAVE
        ) from error
    return mail_content(headers, body, attachments, reading)


def _body_elsewhere(data: bytes) -> str:
    """Return a body that is kept as compressed RTF only; the converter prints headers first."""
    try:
        lines = converted(data, formats.MSG).content.split("\n\n")
    except DocumentError:
        return ""
    return "\n\n".join(line for line in lines if not line.startswith("**"))


class _Message:
    def __init__(self, ole: "olefile.OleFileIO[str]") -> None:
        self._ole = ole
        self._streams = {"/".join(path).upper(): path for path in ole.listdir()}

    def stream(self, name: str) -> bytes | None:
        path = self._streams.get(name.upper())
        return self._ole.openstream(path).read() if path else None

    def text(self, *tags: str, within: str = "") -> str:
        """The first of the properties that is there, as text."""
        for tag in tags:
            wide = self.stream(f"{within}__substg1.0_{tag}001F")
            if wide:
                return wide.decode("utf-16-le", errors="replace").rstrip("\0")
            narrow = self.stream(f"{within}__substg1.0_{tag}001E")
            if narrow:
                return decode(narrow.rstrip(b"\0"))
        return ""

    def sender(self) -> str:
        name, address = self.text(*_SENDER), self.text(*_SENDER_ADDRESS)
        if not address or address == name or "@" not in address:
            return name
        return f"{name} <{address}>" if name else address

    def sent(self) -> str:
        """When it was sent, from the fixed-length properties: 16 bytes each."""
        properties = self.stream("__properties_version1.0") or b""
        for at in range(_HEADER_BYTES, len(properties) - 15, 16):
            tag, _flags, value = struct.unpack_from("<IIQ", properties, at)
            if tag in _TIMES and value:
                return f"{_EPOCH + timedelta(microseconds=value // 10):%Y-%m-%d %H:%M} UTC"
        return ""

    def body(self) -> str:
        plain = self.text(_BODY).replace("\r\n", "\n").strip()
        if plain:
            return plain
        page = self.stream(f"__substg1.0_{_HTML}0102")
        return html_to_markdown(decode(page)) if page else self.text(_HTML)

    def attachments(self) -> list[Attachment]:
        folders = sorted({path[0] for path in self._ole.listdir() if _is_attachment(path[0])})
        found: list[Attachment] = []
        for number, folder in enumerate(folders[:MOST_ATTACHMENTS], start=1):
            name = self.text(*_FILE_NAME, within=f"{folder}/") or f"attachment {number}"
            data = self.stream(f"{folder}/__substg1.0_{_FILE_DATA}")
            found.append(Attachment(" ".join(name.split()), data or b""))
        return found


def _is_attachment(name: str) -> bool:
    return name.lower().startswith("__attach_version1.0_#")
