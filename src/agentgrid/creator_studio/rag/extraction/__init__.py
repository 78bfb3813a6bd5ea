"""Reads documents: bytes in, pages of Markdown out.

PDF, Office and web formats go through kreuzberg (``native``); what is text already is read
here, because there the author's own characters must stay as they are.

``extractor`` is the way in, ``registry`` the table of readers, one module a family.
"""

from agentgrid.creator_studio.rag.extraction.extractor import MAX_BYTES, KreuzbergExtractor
from agentgrid.creator_studio.rag.extraction.ocr import OCR_OFF, OcrStatus, ocr_status

__all__ = ["MAX_BYTES", "OCR_OFF", "KreuzbergExtractor", "OcrStatus", "ocr_status"]
