"""Reads pictures by text recognition."""

from agentgrid.creator_studio.core import Page
from agentgrid.creator_studio.rag.extraction import formats
from agentgrid.creator_studio.rag.extraction.ocr import (
    OcrFailed,
    ocr_status,
    paragraphs,
    recognise,
)
from agentgrid.creator_studio.rag.extraction.reading import Content, Reader, Reading


def image_reader(media_type: str) -> Reader:
    """Return the reader of a picture's format; a TIFF may have several pages."""

    def read(data: bytes, reading: Reading) -> Content:
        if not reading.ocr:
            return _unread(
                "This is a picture, and text recognition is switched off.",
                "Switch on OCR in the settings, then read the file again.",
            )
        if not ocr_status().available:
            return _unread("This is a picture.", ocr_status().advice or "")
        if reading.budget.ocr_pages <= 0 or reading.budget.seconds_left() <= 0:
            return _unread("There was no time left to recognise its text.", "Upload it alone.")
        reading.budget.ocr_pages -= 1
        try:
            text = recognise(data, seconds=reading.budget.seconds_left())
        except OcrFailed as error:
            return _unread(
                f"The text of the picture could not be recognised: {error}.",
                "Save it as PNG or JPEG of a page's size and upload that.",
            )
        return _recognised(text, media_type)

    return read


def _recognised(text: str, media_type: str) -> Content:
    found = [paragraphs(each) for each in text.rstrip("\f\n ").split("\f")]
    if not any(found):
        return _unread(
            "No text was found in the picture.", "Check that the picture is sharp and upright."
        )
    if media_type != formats.TIFF or len(found) == 1:
        return Content((Page(1, "\n\n".join(filter(None, found))),))
    pages = tuple(Page(number, each, turnable=True) for number, each in enumerate(found, start=1))
    return Content(pages, pages_total=len(pages), pages_read=sum(map(bool, found)))


def _unread(reason: str, advice: str) -> Content:
    return Content((), nothing_reason=reason, nothing_advice=advice)
