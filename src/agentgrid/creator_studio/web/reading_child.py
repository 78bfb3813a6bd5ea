"""Takes web pages apart in a process of its own: a hostile page can't take the worker down.

Run as ``python -m agentgrid.creator_studio.web.reading_child PARENT``. Standard input gets
``Order``s and standard output one ``Reply`` for each, in MessagePack, each after its length
in four bytes. A page that takes too long ends the process.
"""

import ctypes
import os
import re
import resource
import signal
import sys
from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin

import lxml.etree
import lxml.html
import msgspec
import trafilatura
from trafilatura.metadata import extract_metadata
from trafilatura.settings import use_config

from agentgrid.creator_studio.web.decoding import decode_page
from agentgrid.creator_studio.web.pages import Order, Reply, WebPage

MEMORY_BYTES: Final = 1024**3
MOST_LINKS: Final = 2000
LONGEST_TITLE: Final = 200

_PR_SET_PDEATHSIG: Final = 1
_VISIBLE: Final = (
    "boolean(//body//text()[normalize-space() and "
    "not(ancestor::script or ancestor::style or ancestor::noscript or ancestor::template)])"
)
_XML_DECLARATION: Final = re.compile(r"\A\s*<\?xml[^>]*\?>")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


# Below this many characters the headings would be dropped and everything taken, menus too.
_CONFIG: Final = use_config()
_CONFIG.set("DEFAULT", "MIN_EXTRACTED_SIZE", "50")


def read_page(body: bytes, charset: str | None, address: str) -> WebPage | None:
    """None when the bytes hold no HTML at all."""
    text = _XML_DECLARATION.sub("", _UNPRINTABLE.sub("", decode_page(body, charset)))
    try:
        tree = lxml.html.document_fromstring(text)
    except (lxml.etree.LxmlError, ValueError):
        return None
    base = next((urljoin(address, each) for each in tree.xpath("//base/@href")), address)
    links = list(dict.fromkeys(_links(tree, base)))[:MOST_LINKS]
    robots = ", ".join(
        str(meta.get("content") or "")
        for meta in tree.iter("meta")
        if str(meta.get("name") or "").lower() in {"robots", "agentgrid"}
    )
    canonical = next(
        (
            _joined(base, str(link.get("href") or ""))
            for link in tree.iter("link")
            if "canonical" in str(link.get("rel") or "").lower().split()
        ),
        None,
    )
    title, date = _title_and_date(tree)
    has_text = bool(tree.xpath(_VISIBLE))
    # The last step: it changes the tree.
    main = trafilatura.extract(
        tree,
        output_format="markdown",
        include_comments=False,
        include_tables=True,
        config=_CONFIG,
    )
    return WebPage(
        title=title,
        date=date,
        markdown=(main or "").strip(),
        has_text=has_text,
        links=links,
        canonical=canonical,
        robots=robots,
    )


def _links(tree: lxml.html.HtmlElement, base: str) -> Iterator[str]:
    for element in tree.iter("a", "area"):
        href = str(element.get("href") or "").strip()
        nofollow = "nofollow" in str(element.get("rel") or "").lower().split()
        if href and not href.startswith("#") and not nofollow:
            link = _joined(base, href)
            if link is not None:
                yield link


def _joined(base: str, href: str) -> str | None:
    try:
        link = urljoin(base, href.strip())
    except ValueError:
        return None
    return link if link.startswith(("http://", "https://")) else None


def _title_and_date(tree: lxml.html.HtmlElement) -> tuple[str, str | None]:
    found = extract_metadata(tree, extensive=False)
    titles = [found.title if found else None, *(each.text_content() for each in tree.iter("title"))]
    title = next((" ".join(each.split()) for each in titles if each and each.strip()), "")
    return title[:LONGEST_TITLE], (found.date if found else None)


def _limit(parent: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        # macOS refuses to lower the address space of a running process.
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit(1)


def _answer(order: Order) -> Reply:
    # Nothing catches the alarm: it ends the process, in whatever it is stuck.
    signal.alarm(order.seconds)
    try:
        return Reply(read_page(order.body, order.charset, order.address))
    except (MemoryError, RecursionError):
        return Reply(None)
    finally:
        signal.alarm(0)


def main(arguments: list[str]) -> None:
    _limit(int(arguments[0]))
    orders = msgspec.msgpack.Decoder(Order)
    replies = msgspec.msgpack.Encoder()
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while head := source.read(4):
        reply = replies.encode(_answer(orders.decode(source.read(int.from_bytes(head, "big")))))
        target.write(len(reply).to_bytes(4, "big") + reply)
        target.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
