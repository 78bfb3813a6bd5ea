"""PDF documents to measure with, made here so that every run reads the same."""

import io
import random

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

WORDS_PER_PAGE = 400
_LINE_WORDS = 11
_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]


def text_pdf(pages: int, *, seed: int = 1) -> bytes:
    """So many pages of prose, ``WORDS_PER_PAGE`` words each."""
    rng = random.Random(seed)  # noqa: S311 - not for secrets
    vocabulary = ["".join(rng.choices(_SYLLABLES, k=rng.randint(1, 4))) for _ in range(5000)]
    # Common words are common, as in language: weights fall as 1/rank.
    weights = [1 / (rank + 1) for rank in range(len(vocabulary))]
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4)
    for number in range(1, pages + 1):
        text = canvas.beginText(60, 780)
        text.textLine(f"Chapter {number}")
        words = rng.choices(vocabulary, weights, k=WORDS_PER_PAGE)
        for start in range(0, len(words), _LINE_WORDS):
            line = " ".join(words[start : start + _LINE_WORDS])
            text.textLine(line.capitalize() + ".")
        canvas.drawText(text)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


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
