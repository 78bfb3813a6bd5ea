"""The formats that are read: the one list for recognising files, checking uploads and the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

PDF: Final = "application/pdf"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX: Final = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
DOC: Final = "application/msword"
XLS: Final = "application/vnd.ms-excel"
PPT: Final = "application/vnd.ms-powerpoint"
ODT: Final = "application/vnd.oasis.opendocument.text"
ODS: Final = "application/vnd.oasis.opendocument.spreadsheet"
ODP: Final = "application/vnd.oasis.opendocument.presentation"
RTF: Final = "application/rtf"
EPUB: Final = "application/epub+zip"
HTML: Final = "text/html"
MARKDOWN: Final = "text/markdown"
TEXT: Final = "text/plain"
CSV: Final = "text/csv"
TSV: Final = "text/tab-separated-values"
JSON: Final = "application/json"
JSONL: Final = "application/jsonl"
YAML: Final = "application/yaml"
XML: Final = "application/xml"
EML: Final = "message/rfc822"
MSG: Final = "application/vnd.ms-outlook"
PNG: Final = "image/png"
JPEG: Final = "image/jpeg"
TIFF: Final = "image/tiff"
WEBP: Final = "image/webp"
ZIP: Final = "application/zip"
CODE: Final = "text/x-source-code"


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file. The first of ``media_types`` is what we call it."""

    label: str
    suffixes: tuple[str, ...]
    media_types: tuple[str, ...]


LANGUAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "python": (".py", ".pyi"),
    "javascript": (".js", ".mjs", ".cjs", ".jsx"),
    "typescript": (".ts", ".tsx", ".mts"),
    "java": (".java",),
    "kotlin": (".kt", ".kts"),
    "scala": (".scala",),
    "csharp": (".cs",),
    "c": (".c", ".h"),
    "cpp": (".cpp", ".cc", ".cxx", ".hpp", ".hh"),
    "go": (".go",),
    "rust": (".rs",),
    "swift": (".swift",),
    "php": (".php",),
    "ruby": (".rb",),
    "shell": (".sh", ".bash", ".zsh"),
    "sql": (".sql",),
    "lua": (".lua",),
    "perl": (".pl", ".pm"),
    "r": (".r",),
    "other": (".css", ".scss", ".toml", ".ini", ".cfg", ".tf", ".proto", ".graphql", ".vue"),
}
"""Programming languages by suffix; "other" is kept as code, but no definitions are looked for."""

_FORMATS: Final = (
    Format("PDF", (".pdf",), (PDF,)),
    Format("Word", (".docx", ".docm", ".dotx"), (DOCX,)),
    Format("Word 97-2003", (".doc",), (DOC,)),
    Format("Excel", (".xlsx", ".xlsm", ".xlsb"), (XLSX,)),
    Format("Excel 97-2003", (".xls",), (XLS,)),
    Format("PowerPoint", (".pptx", ".pptm", ".ppsx"), (PPTX,)),
    Format("PowerPoint 97-2003", (".ppt",), (PPT,)),
    Format("OpenDocument text", (".odt",), (ODT,)),
    Format("OpenDocument spreadsheet", (".ods",), (ODS,)),
    Format("OpenDocument presentation", (".odp",), (ODP,)),
    Format("RTF", (".rtf",), (RTF, "text/rtf")),
    Format("EPUB", (".epub",), (EPUB,)),
    Format("HTML", (".html", ".htm", ".xhtml"), (HTML, "application/xhtml+xml")),
    Format("Markdown", (".md", ".markdown"), (MARKDOWN, "text/x-markdown")),
    Format("Text", (".txt", ".text", ".log", ".rst", ".tex", ".srt", ".vtt"), (TEXT,)),
    Format("CSV", (".csv",), (CSV,)),
    Format("TSV", (".tsv", ".tab"), (TSV,)),
    Format("JSON", (".json", ".geojson"), (JSON,)),
    Format("JSON Lines", (".jsonl", ".ndjson"), (JSONL, "application/x-ndjson")),
    Format("YAML", (".yaml", ".yml"), (YAML, "text/yaml", "application/x-yaml")),
    Format("XML", (".xml", ".svg", ".rss", ".atom"), (XML, "text/xml", "image/svg+xml")),
    Format("Email", (".eml",), (EML,)),
    Format("Outlook message", (".msg",), (MSG,)),
    Format("PNG picture", (".png",), (PNG,)),
    Format("JPEG picture", (".jpg", ".jpeg"), (JPEG,)),
    Format("TIFF picture", (".tif", ".tiff"), (TIFF,)),
    Format("WebP picture", (".webp",), (WEBP,)),
    Format("Zip archive", (".zip",), (ZIP, "application/x-zip-compressed")),
    Format(
        "Source code",
        tuple(suffix for suffixes in LANGUAGES.values() for suffix in suffixes),
        (CODE, "text/x-python", "text/javascript", "text/css", "application/sql"),
    ),
)

IMAGES: Final = frozenset({PNG, JPEG, TIFF, WEBP})
SUPPORTED: Final = frozenset(each.media_types[0] for each in _FORMATS)
READABLE: Final = (
    "PDF, Word, Excel, PowerPoint, OpenDocument, RTF, EPUB, HTML, Markdown, plain text, CSV, "
    "JSON, YAML, XML, mail (.eml, .msg), pictures (PNG, JPEG, TIFF, WebP), source code, "
    "or a zip archive of these"
)

_BY_SUFFIX: Final = {suffix: each.media_types[0] for each in _FORMATS for suffix in each.suffixes}
_LANGUAGE_BY_SUFFIX: Final = {
    suffix: language for language, suffixes in LANGUAGES.items() for suffix in suffixes
}
_CODE_NAMES: Final = frozenset({"dockerfile", "makefile", "jenkinsfile", "rakefile", "gemfile"})


def supported_formats() -> tuple[Format, ...]:
    """Return every format that is read, as people know them."""
    return _FORMATS


def media_type_of_name(name: str) -> str | None:
    """Return what the file's name says it is, or None when it says nothing known."""
    path = PurePath(name)
    if path.name.casefold() in _CODE_NAMES:
        return CODE
    return _BY_SUFFIX.get(path.suffix.lower())


def language_of_name(name: str) -> str:
    """Return the programming language a source file's name stands for ("other" if none)."""
    return _LANGUAGE_BY_SUFFIX.get(PurePath(name).suffix.lower(), "other")
