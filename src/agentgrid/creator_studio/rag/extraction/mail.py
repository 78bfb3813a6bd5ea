"""Reads mails: headers, body and attachments."""

import email
import email.policy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Final

from agentgrid.creator_studio.core import DocumentTooLarge, Page
from agentgrid.creator_studio.rag.extraction.encodings import decode
from agentgrid.creator_studio.rag.extraction.parts import Part, read_part, shortened
from agentgrid.creator_studio.rag.extraction.reading import Content, Reading
from agentgrid.creator_studio.rag.extraction.web import html_to_markdown

_HEADERS: Final = ("From", "To", "Cc", "Date", "Subject")
MOST_ATTACHMENTS: Final = 200
MOST_PARTS: Final = 2000


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    data: bytes


def read_eml(data: bytes, reading: Reading) -> Content:
    """Read a mail as RFC 5322 has it."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    headers = [(name, _header(message, name)) for name in _HEADERS]
    return mail_content(headers, _body(message), list(_attachments(message)), reading)


def mail_content(
    headers: Sequence[tuple[str, str]],
    body: str,
    attachments: Sequence[Attachment],
    reading: Reading,
) -> Content:
    """Put a mail together: its headers and text first, then each attachment below its name."""
    lines = [f"{name}: {value}" for name, value in headers if value]
    if attachments:
        lines.append("Attachments: " + ", ".join(each.name for each in attachments))
    subject = next((value for name, value in headers if name == "Subject"), "")
    parts = [_attached(each, reading) for each in attachments]
    warnings = [each for part in parts for each in part.warnings]
    return Content(
        (
            Page(1, "\n\n".join(each for each in ("\n".join(lines), body.strip()) if each)),
            *(page for part in parts for page in part.pages),
        ),
        title=subject,
        warnings=shortened(warnings),
        pages_total=1 + len(parts) if parts else None,
        pages_read=1 + sum(part.was_read for part in parts) if parts else None,
    )


def _attached(attachment: Attachment, reading: Reading) -> Part:
    reading.budget.members -= 1
    if reading.budget.members < 0:
        raise DocumentTooLarge(
            "The mail holds more files than are read at once.", advice="Upload them one by one."
        )
    return read_part(attachment.data, attachment.name, reading)


def _header(message: EmailMessage, name: str) -> str:
    try:
        value = message.get(name)
    except (ValueError, IndexError, AttributeError, TypeError):
        # The standard library's parser trips over some headers that real mails have.
        return ""
    return " ".join(str(value).split()) if value is not None else ""


def _body(message: EmailMessage) -> str:
    """Return the text of the mail: the plain one, else the web page."""
    texts = [part for part in _parts(message) if not _is_attached(part)]
    plain = [part for part in texts if part.get_content_type() == "text/plain"]
    if found := "\n\n".join(filter(None, (_text(part).strip() for part in plain))):
        return found
    pages = [part for part in texts if part.get_content_type() == "text/html"]
    return "\n\n".join(html_to_markdown(_text(part)) for part in pages)


def _parts(message: EmailMessage) -> Iterable[EmailMessage]:
    """Yield the parts that hold something, not going into attached mails."""
    left = [message]
    seen = 0
    while left and seen < MOST_PARTS:
        part = left.pop()
        seen += 1
        if part.get_content_maintype() == "multipart":
            inner = part.get_payload()
            if isinstance(inner, list):
                left.extend(each for each in reversed(inner) if isinstance(each, EmailMessage))
        else:
            yield part


def _is_attached(part: EmailMessage) -> bool:
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _text(part: EmailMessage) -> str:
    raw = _payload(part)
    charset = part.get_content_charset()
    if charset:
        try:
            return raw.decode(charset).replace("\r\n", "\n")
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(raw)


def _payload(part: EmailMessage) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _attachments(message: EmailMessage) -> Iterable[Attachment]:
    count = 0
    for part in _parts(message):
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload()
            forwarded = inner[0] if isinstance(inner, list) and inner else None
            if isinstance(forwarded, EmailMessage):
                count += 1
                name = part.get_filename() or _header(forwarded, "Subject") or "mail"
                name = name if name.endswith(".eml") else f"{name}.eml"
                yield Attachment(_one_line(name), forwarded.as_bytes())
        elif _is_attached(part):
            count += 1
            yield Attachment(
                _one_line(part.get_filename() or f"attachment {count}"), _payload(part)
            )
        if count >= MOST_ATTACHMENTS:
            return


def _one_line(name: str) -> str:
    return " ".join(name.replace("\\", "/").rsplit("/", 1)[-1].split())[:200] or "attachment"
