"""Documents to measure with, made here so that every run reads the same."""

import io
import random

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

WORDS_PER_PAGE = 400
_LINE_WORDS = 11
_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]


class _Prose:
    """Words as common as in language: weights fall as 1/rank."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)  # noqa: S311 - not for secrets
        rng = self._rng
        self._words = ["".join(rng.choices(_SYLLABLES, k=rng.randint(1, 4))) for _ in range(5000)]
        self._weights = [1 / (rank + 1) for rank in range(len(self._words))]

    def words(self, count: int) -> list[str]:
        return self._rng.choices(self._words, self._weights, k=count)

    def sentences(self, words: int) -> str:
        drawn = self.words(words)
        lines = (drawn[start : start + _LINE_WORDS] for start in range(0, words, _LINE_WORDS))
        return " ".join(" ".join(line).capitalize() + "." for line in lines)


def text_pdf(pages: int, *, seed: int = 1) -> bytes:
    """So many pages of prose, ``WORDS_PER_PAGE`` words each."""
    prose = _Prose(seed)
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4)
    for number in range(1, pages + 1):
        text = canvas.beginText(60, 780)
        text.textLine(f"Chapter {number}")
        words = prose.words(WORDS_PER_PAGE)
        for start in range(0, len(words), _LINE_WORDS):
            line = " ".join(words[start : start + _LINE_WORDS])
            text.textLine(line.capitalize() + ".")
        canvas.drawText(text)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def markdown(chapters: int, *, seed: int = 2) -> bytes:
    """Chapters of three paragraphs of a hundred words each."""
    prose = _Prose(seed)
    parts: list[str] = []
    for number in range(1, chapters + 1):
        parts += [f"## Chapter {number}", *(prose.sentences(100) for _ in range(3))]
    return "\n\n".join(parts).encode()


def plain_text(paragraphs: int, *, seed: int = 3) -> bytes:
    """Paragraphs of a hundred words each."""
    prose = _Prose(seed)
    return "\n\n".join(prose.sentences(100) for _ in range(paragraphs)).encode()


def table(rows: int, *, seed: int = 4) -> bytes:
    """Comma separated values: five columns and a header."""
    prose = _Prose(seed)
    lines = ["number,name,city,amount,remark"]
    for number in range(rows):
        name, city, *remark = prose.words(7)
        lines.append(f"{number},{name},{city},{number * 7 % 1000}.50,{' '.join(remark)}")
    return "\n".join(lines).encode()


def scan_pdf(size: int, *, seed: int) -> bytes:
    """A valid PDF of about ``size`` bytes: one line of text and a stream of noise, as a
    brochure is mostly pictures. Different for each seed, and quick to read."""
    rng = random.Random(seed)  # noqa: S311 - not for secrets
    text = b"BT /F1 12 Tf 60 780 Td (Brochure number %d) Tj ET" % seed
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        _stream(text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        _stream(rng.randbytes(size)),
    ]
    return _file(objects)


def _stream(content: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content)


def _file(objects: list[bytes]) -> bytes:
    target = io.BytesIO()
    target.write(b"%PDF-1.7\n")
    offsets: list[int] = []
    for number, content in enumerate(objects, start=1):
        offsets.append(target.tell())
        target.write(b"%d 0 obj\n%b\nendobj\n" % (number, content))
    table = target.tell()
    target.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    target.writelines(b"%010d 00000 n \n" % offset for offset in offsets)
    target.write(b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(objects) + 1))
    target.write(b"startxref\n%d\n%%%%EOF\n" % table)
    return target.getvalue()
