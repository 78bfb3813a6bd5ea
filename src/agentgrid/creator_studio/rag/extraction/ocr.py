"""Recognises text in pictures with tesseract, a program of the machine's own.

Called as a program and not as a library: it gets a time limit of its own, and a picture
that crashes it costs one page.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from typing import Final

DPI: Final = 200
PAGE_SECONDS: Final = 60.0
MOST_LANGUAGES: Final = 4
"""Each more takes as long again and makes the others worse."""

INSTALL: Final = "install tesseract-ocr on the server"
_NOT_LANGUAGES: Final = frozenset({"osd", "equ", "snum"})
_ENVIRONMENT: Final = {"OMP_THREAD_LIMIT": "1"}
"""Its threads cost more than they gain on a page."""


@dataclass(frozen=True, slots=True)
class OcrStatus:
    """Whether scans can be read on this machine. ``languages`` are tesseract's (eng, deu)."""

    available: bool
    languages: tuple[str, ...]
    advice: str | None
    """What to do for scans to be read, or to be read in more languages; None when all is well."""


OCR_OFF = OcrStatus(
    available=False,
    languages=(),
    advice="Scans and pictures are not read: the administrator switched text recognition off "
    "(AGENTGRID_OCR).",
)


class OcrFailed(Exception):
    """The text of this picture could not be recognised; ``str(error)`` says why."""


def ocr_status() -> OcrStatus:
    """Look whether tesseract is here, and which languages it has."""
    program = shutil.which("tesseract")
    if program is None:
        return OcrStatus(
            available=False,
            languages=(),
            advice="Scans and pictures cannot be read: install tesseract-ocr on the server "
            "(Debian: apt-get install tesseract-ocr; more languages: tesseract-ocr-deu and "
            "so on), then read the files again.",
        )
    found = _listed(program)
    languages = tuple(each for each in found if each not in _NOT_LANGUAGES)
    if not languages:
        return OcrStatus(
            available=False,
            languages=(),
            advice="tesseract is installed without languages: install tesseract-ocr-eng "
            "(and others you need) on the server, then restart AgentGrid.",
        )
    return OcrStatus(available=True, languages=languages, advice=None)


@cache
def _listed(program: str) -> list[str]:
    try:
        done = subprocess.run(  # noqa: S603 - found on the path of the machine
            [program, "--list-langs"], capture_output=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return sorted(line.strip() for line in done.stdout.decode().splitlines()[1:] if line.strip())


def recognise(picture: bytes, *, dpi: int | None = None, seconds: float = PAGE_SECONDS) -> str:
    """Return the text of a PNG, JPEG, TIFF or WebP picture, pages apart by form feeds.

    ``dpi`` when the picture does not say its own. Raises ``OcrFailed``.
    """
    program = shutil.which("tesseract")
    status = ocr_status()
    if program is None or not status.available:
        raise OcrFailed("tesseract-ocr is not installed on the server")
    order = ["eng", *status.languages]
    languages = [each for each in dict.fromkeys(order) if each in status.languages]
    # With "osd" it finds out how the page was turned first; otherwise pages that lie on
    # their side come out as nonsense.
    layout = "1" if "osd" in _listed(program) else "3"
    command = [program, "stdin", "stdout", "-l", "+".join(languages[:MOST_LANGUAGES])]
    command += ["--psm", layout]
    if dpi:
        command += ["--dpi", str(dpi)]
    try:
        done = subprocess.run(  # noqa: S603 - found on the path of the machine; no input in it
            command, input=picture, capture_output=True, timeout=seconds, check=False,
            env={**os.environ, **_ENVIRONMENT},
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise OcrFailed(f"recognising its text takes longer than {seconds:g} seconds") from error
    except OSError as error:
        raise OcrFailed("tesseract could not be started") from error
    if done.returncode != 0:
        raise OcrFailed(_complaint(done.stderr))
    return done.stdout.decode(errors="replace")


def _complaint(stderr: bytes) -> str:
    if b"memory" in stderr.lower() or b"too large" in stderr.lower():
        return "the picture is too large"
    return "the picture is damaged"


_HYPHENATED: Final = re.compile(r"(?<=[^\W\d_])-\n(?=[^\W\d_])")


def paragraphs(recognised: str) -> str:
    """Join the lines of each paragraph that was recognised; blank lines stay between them."""
    blocks = re.split(r"\n\s*\n", recognised.replace("\f", "\n\n"))
    kept = (_joined(block) for block in blocks if any(map(str.isalnum, block)))
    return "\n\n".join(kept)


def _joined(block: str) -> str:
    text = _HYPHENATED.sub("", block.strip())
    # Han, kana and hangul are written without spaces; recognised text has one at each line.
    return re.sub(r"[ \t]*\n[ \t]*", " ", text)
