"""Calls kreuzberg, which parses PDF, Office and web formats in Rust."""

import re
from typing import TYPE_CHECKING, Final

from agentgrid.creator_studio.core import CorruptDocument, EncryptedDocument

if TYPE_CHECKING:
    from kreuzberg import ExtractionResult

RE_SAVE: Final = "Open it in the program that made it, save it again and upload the new file."

_ENTITY: Final = re.compile(r"&#(9|32|160);")
# Not at the start of a line, where the escape keeps a heading or an item from being made.
_ESCAPED: Final = re.compile(r"(?<=\S)\\([_*&<>~!()\[\]{}.#+\-=])|(?<=\S )\\([_*&<>~!()\[\]{}.#])")

_PICTURE: Final = re.compile(r"!\[([^\]\n]*)\]\([^)\n]*\)")


def converted(
    data: bytes, media_type: str, *, tree: bool = False, page_mark: str = ""
) -> "ExtractionResult":
    """Return what kreuzberg makes of a document: Markdown, with ``tree`` its structure too.

    ``page_mark`` starts a line of its own before each slide. Raises ``EncryptedDocument``
    and ``CorruptDocument``.
    """
    # Imported here: the library is 80 MB and only processes that read documents need it.
    import kreuzberg

    config = kreuzberg.ExtractionConfig(
        use_cache=False,
        enable_quality_processing=False,
        output_format="markdown",
        include_document_structure=tree,
        pages=kreuzberg.PageConfig(
            extract_pages=True,
            insert_page_markers=bool(page_mark),
            marker_format=f"\n\n{page_mark} {{page_num}}\n\n",
        ),
    )
    # What lies inside is read by us, within the limits of the whole upload. The constructor
    # of 4.10 does not know the field.
    config.max_archive_depth = 0
    try:
        return kreuzberg.extract_bytes_sync(data, media_type, config)
    except (kreuzberg.KreuzbergError, RuntimeError, ValueError, OSError) as error:
        if "password" in str(error).lower() or "encrypt" in str(error).lower():
            raise EncryptedDocument(
                "The file is protected with a password.",
                advice="Save a copy without the password and upload that.",
            ) from error
        raise CorruptDocument(
            "The file is damaged and cannot be opened.", advice=RE_SAVE
        ) from error


def title_of(result: "ExtractionResult") -> str:
    """Return the title the document gives itself, "" without one."""
    title: object = result.metadata.get("title")
    return title if isinstance(title, str) else ""


def markdown_of(result: "ExtractionResult") -> str:
    """Return the document's Markdown without the escapes that change no meaning.

    Names like ``part_no`` must be found and quoted as they are written in the document.
    """
    text = _ENTITY.sub(lambda match: "\t" if match.group(1) == "9" else " ", result.content)
    return _ESCAPED.sub(lambda match: match.group(1) or match.group(2), text).strip()


def without_pictures(markdown: str) -> str:
    """Replace pictures by their descriptions; their file names say nothing."""
    return _PICTURE.sub(lambda match: match.group(1), markdown).strip()
