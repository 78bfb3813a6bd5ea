"""Decodes text in whatever encoding it has."""

import codecs
import re
from typing import Final

from charset_normalizer import from_bytes

SAMPLE_BYTES: Final = 64 * 1024

MOST_CONTROL: Final = 0.05
"""Stray NULs happen in exported text; of random bytes a tenth are control characters."""

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CANDIDATES: Final = [
    "cp932", "euc_jp", "gb18030", "big5", "cp949", "utf_16_le", "utf_16_be",
    "cp1250", "cp1251", "koi8_r", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256",
]  # fmt: skip
"""What people's files are in. Each more makes the guess among the others worse."""

_LATIN: Final = frozenset({"cp1250", "cp1252", "cp1254"})

# Letters that tell the Latin code pages apart, by the text each would give. A character
# that a language has often is worth a point, one that it has rarely costs one.
_TYPICAL: Final = {
    "cp1252": frozenset("äöüßÄÖÜéèêëàâçñáíóúãõøåæœÀÉÈÊÇÑÁÓÚØÅÆ¿¡«»“”‘’„–—…€£°"),  # noqa: RUF001
    "cp1250": frozenset("ąćęłńśźżĄĆĘŁŃŚŹŻčďěňřšťůžČĎĚŇŘŠŤŮŽőűŐŰăţşĂŢŞáéíóúýäöüß„”–—…"),  # noqa: RUF001
    "cp1254": frozenset("çğışöüÇĞİŞÖÜâîû“”‘’–—…"),  # noqa: RUF001
}
_WIDE: Final = ("utf-16-le", "utf-16-be")
_EAST_ASIAN: Final = re.compile(
    "[ -~\\s\u2010-\u2026\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7af\uff00-\uffef]"
)
_CONTROL: Final = frozenset(range(32)) - {9, 10, 12, 13, 27}
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


def decode(data: bytes) -> str:
    """Decode text: by its byte order mark, as UTF-8, as UTF-16, else by what reads best.

    Never fails. Line ends become ``\\n``; NUL characters, which PostgreSQL cannot store,
    and lone surrogates are replaced by spaces.
    """
    return sanitise(_decoded(data))


def sanitise(text: str) -> str:
    """Return text that PostgreSQL can store, with ``\\n`` line ends."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNSTORABLE.sub(" ", text)


def _decoded(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    if variant := utf16_variant(data[:SAMPLE_BYTES]):
        return data.decode(variant, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        # A sample may end in the middle of a character.
        if error.start >= len(data) - 3 and error.reason == "unexpected end of data":
            return data[: error.start].decode("utf-8")
        if _is_mostly_utf8(data[:SAMPLE_BYTES]):
            return data.decode("utf-8", errors="replace")
    return data.decode(legacy_encoding(data), errors="replace")


def _is_mostly_utf8(sample: bytes) -> bool:
    """Tell whether a few damaged bytes are all that keeps the sample from being UTF-8."""
    text = sample.decode("utf-8", errors="replace")
    wide = sum(character > "\x7f" for character in text)
    return wide > 20 and text.count("\ufffd") * 20 <= wide


def utf16_variant(sample: bytes) -> str | None:
    """Return the encoding when ``sample`` is UTF-16 of mostly Latin text, with or without mark."""
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    pairs = len(sample) // 2
    if pairs < 2:
        return None
    low, high = sample[1::2].count(0), sample[0::2].count(0)
    if low * 10 >= pairs * 7 and high * 10 <= pairs:
        return "utf-16-le"
    if high * 10 >= pairs * 7 and low * 10 <= pairs:
        return "utf-16-be"
    return next((each for each in _WIDE if _is_east_asian(sample, each)), None)


def control_share(sample: bytes) -> float:
    """Return which part of the bytes are control characters that no text holds."""
    return sum(byte in _CONTROL for byte in sample) / max(1, len(sample))


def _is_east_asian(sample: bytes, encoding: str) -> bool:
    """Tell whether the sample is Chinese, Japanese or Korean text in UTF-16.

    Only asked of what would pass for binary: most bytes look like that in pairs.
    """
    if control_share(sample) <= MOST_CONTROL:
        return False
    text = sample[: len(sample) // 2 * 2].decode(encoding, errors="replace")
    return len(_EAST_ASIAN.findall(text)) >= 0.95 * len(text)


def legacy_encoding(data: bytes) -> str:
    """Guess the encoding of text that is neither ASCII nor UTF-8; Windows-1252 in doubt."""
    sample = data[:SAMPLE_BYTES]
    if len(sample) < len(data) and (end := sample.rfind(b"\n")) > 0:
        sample = sample[:end]  # not in the middle of a character
    match = from_bytes(sample, cp_isolation=_possible(sample)).best()
    encoding = match.encoding if match else "cp1252"
    return _latin(sample) if encoding in _LATIN else encoding


def _possible(sample: bytes) -> list[str]:
    """Rule out what the share of plain ASCII alone rules out, since short texts mislead."""
    ascii_bytes = sum(32 <= byte < 127 for byte in sample)
    letters = sum(bytes((byte,)).isalpha() for byte in sample if byte < 128)
    wide = sum(byte > 127 for byte in sample)
    if ascii_bytes > 0.75 * len(sample):
        return [each for each in _CANDIDATES if not each.startswith("utf_16")]
    if letters < wide:
        return [each for each in _CANDIDATES if each not in _LATIN]
    return _CANDIDATES


def _latin(sample: bytes) -> str:
    """Choose among the Latin code pages, which differ in a few letters only."""
    return max(
        sorted(_LATIN, reverse=True), key=lambda each: (_fit(sample, each), each == "cp1252")
    )


def _fit(sample: bytes, encoding: str) -> int:
    typical = _TYPICAL[encoding]
    text = sample.decode(encoding, errors="replace")
    return sum((1 if each in typical else -1) for each in text if each > "\x7f")
