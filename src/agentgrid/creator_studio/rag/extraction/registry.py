"""Which reader reads which format."""

from collections.abc import Mapping
from typing import Final

from agentgrid.creator_studio.rag.extraction import formats
from agentgrid.creator_studio.rag.extraction.archive import read_zip
from agentgrid.creator_studio.rag.extraction.code import read_code
from agentgrid.creator_studio.rag.extraction.data import read_json, read_json_lines, read_yaml
from agentgrid.creator_studio.rag.extraction.images import image_reader
from agentgrid.creator_studio.rag.extraction.mail import read_eml
from agentgrid.creator_studio.rag.extraction.office import (
    sheet_reader,
    slide_reader,
    text_reader,
)
from agentgrid.creator_studio.rag.extraction.outlook import read_msg
from agentgrid.creator_studio.rag.extraction.pdf import read_pdf
from agentgrid.creator_studio.rag.extraction.powerpoint import read_pptx
from agentgrid.creator_studio.rag.extraction.reading import Reader
from agentgrid.creator_studio.rag.extraction.slides import read_odp
from agentgrid.creator_studio.rag.extraction.tabular import read_separated_values
from agentgrid.creator_studio.rag.extraction.text import read_text
from agentgrid.creator_studio.rag.extraction.web import read_epub, read_html
from agentgrid.creator_studio.rag.extraction.word import read_docx
from agentgrid.creator_studio.rag.extraction.xml import read_xml

_READERS: Final[Mapping[str, Reader]] = {
    formats.TEXT: read_text,
    formats.MARKDOWN: read_text,
    formats.CODE: read_code,
    formats.CSV: read_separated_values,
    formats.TSV: read_separated_values,
    formats.JSON: read_json,
    formats.JSONL: read_json_lines,
    formats.YAML: read_yaml,
    formats.XML: read_xml,
    formats.HTML: read_html,
    formats.EPUB: read_epub,
    formats.EML: read_eml,
    formats.MSG: read_msg,
    formats.ZIP: read_zip,
    formats.PDF: read_pdf,
    formats.DOCX: read_docx,
    formats.PPTX: read_pptx,
    formats.ODP: read_odp,
    **{each: text_reader(each) for each in (formats.DOC, formats.ODT, formats.RTF)},
    **{each: sheet_reader(each) for each in (formats.XLSX, formats.XLS, formats.ODS)},
    formats.PPT: slide_reader(formats.PPT),
    **{each: image_reader(each) for each in formats.IMAGES},
}


def reader_of(media_type: str) -> Reader:
    """Return the reader of one of ``formats.SUPPORTED``."""
    return _READERS[media_type]
