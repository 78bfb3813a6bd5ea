"""From the bytes of a web page to its text, whatever the server claimed they are."""

import codecs
import re
from typing import Final

import charset_normalizer

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED: Final = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w:-]{2,40})|<\?xml[^>]{0,100}encoding=["']([\w:-]{2,40})""",
    re.I,
)
_SAMPLE: Final = 64 * 1024


def decode_page(body: bytes, charset: str | None) -> str:
    """The text. Bytes that are valid UTF-8 are taken for it, whatever was declared."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body.decode(name, errors="replace")
    declared = [name for name in (_codec(charset), _codec(_in_page(body))) if name]
    # UTF-16 and the seven-bit encodings of Japan are valid UTF-8 by accident.
    odd = [name for name in declared if name.startswith(("utf-16", "utf-32", "iso2022", "hz"))]
    for name in (*odd, "utf-8", *declared):
        try:
            return body.decode(name)
        except UnicodeDecodeError:
            continue
    guess = charset_normalizer.from_bytes(body[:_SAMPLE]).best()
    return body.decode(guess.encoding if guess else "cp1252", errors="replace")


def _in_page(body: bytes) -> str | None:
    found = _DECLARED.search(body[:4096])
    return (found[1] or found[2]).decode("ascii") if found else None


def _codec(name: str | None) -> str | None:
    """The codec's own name. What the web calls latin-1 is windows-1252."""
    try:
        found = codecs.lookup(name or "").name
    except (LookupError, ValueError):
        return None
    return "cp1252" if found in {"iso8859-1", "ascii"} else found
