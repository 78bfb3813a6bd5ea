"""Which links of a site are followed: its own, below the start, and no endless ones."""

import posixpath
from collections import Counter
from dataclasses import dataclass, replace
from typing import Final

from agentgrid.creator_studio.web.urls import WebUrl

LONGEST_TARGET: Final = 600
DEEPEST_PATH: Final = 16
MOST_REPEATS: Final = 3
"""Times a folder may occur in one path: /a/b/a/b/a/b/... is a page that links to itself."""

_NO_PAGES: Final = frozenset(
    {".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".ico", ".bmp", ".avif", ".mp3", ".mp4",
     ".avi", ".mov", ".webm", ".ogg", ".wav", ".css", ".js", ".mjs", ".map", ".woff", ".woff2",
     ".ttf", ".eot", ".zip", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".exe", ".dmg", ".msi",
     ".deb", ".rpm", ".iso", ".apk", ".jar", ".whl", ".bin"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SiteScope:
    """The site of a start address: the same host, and the folder the start lies in."""

    start: WebUrl

    @property
    def folder(self) -> str:
        """ "/docs/" of /docs/intro.html, /docs/ and /docs."""
        path = self.start.path
        head, _, last = path.rpartition("/")
        return f"{head}/" if not last or "." in last else f"{path}/"

    def own(self, link: WebUrl) -> WebUrl | None:
        """The link as it is fetched, or None when it leads out of the site."""
        if link.host != self.start.host:
            return None
        link = link.without_tracking()
        if link.scheme != self.start.scheme and self._standard_ports(link):
            # Otherwise each page would be there twice, with and without encryption.
            link = replace(link, scheme=self.start.scheme, port=self.start.port)
        if link.port != self.start.port:
            return None
        return link if link.path.startswith(self.folder) or link.path == self.start.path else None

    def _standard_ports(self, link: WebUrl) -> bool:
        return {(link.scheme, link.port), (self.start.scheme, self.start.port)} == {
            ("http", 80),
            ("https", 443),
        }


def worth_following(url: WebUrl) -> bool:
    """False for what holds no text by its name, and for paths only a trap has."""
    if len(url.target) > LONGEST_TARGET:
        return False
    if posixpath.splitext(url.path)[1].lower() in _NO_PAGES:
        return False
    folders = [part for part in url.path.split("/") if part]
    if len(folders) > DEEPEST_PATH:
        return False
    names = [part.partition("=")[0] for part in url.target.partition("?")[2].split("&") if part]
    repeats = max(Counter(folders).values(), default=0), max(Counter(names).values(), default=0)
    return max(repeats) <= MOST_REPEATS
