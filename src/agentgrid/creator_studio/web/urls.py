"""Addresses of the web, taken apart by one strict parser.

What is fetched is put together again from these parts, so no other parser's opinion about
the same characters matters: not the one of a client library, and not a browser's.
"""

import ipaddress
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Final, TypeAlias
from urllib.parse import urljoin

import idna
import yarl

from agentgrid.creator_studio.web.errors import AddressRefused

IpAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

LONGEST_URL: Final = 2000
DEFAULT_PORTS: Final = {"http": 80, "https": 443}

_PARTS: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^?#]*)(\?[^#]*)?(?:#.*)?", re.S)
_FORBIDDEN: Final = re.compile(r"[\x00-\x20\x7f\\]")
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMERIC: Final = re.compile(r"(?:[0-9]+|0[xX][0-9a-fA-F]*)")
_DOTS: Final = str.maketrans({"\u3002": ".", "\uff0e": ".", "\uff61": "."})
_TRACKING: Final = re.compile(
    r"(?:utm_[^=]*|gclid|dclid|fbclid|msclkid|yclid|twclid|igshid|mc_cid|mc_eid|_ga|_gl|"
    r"_hsenc|_hsmi|mkt_tok|phpsessid|jsessionid|sessionid|aspsessionid[^=]*)(?:=|$)",
    re.I,
)
_SESSION: Final = re.compile(r";jsessionid=[^/?]*", re.I)


@dataclass(frozen=True, slots=True)
class WebUrl:
    """An http or https address. Two that are equal name the same thing."""

    scheme: str
    host: str
    """Lower case and ASCII; an IPv6 address without its brackets."""
    port: int
    target: str
    """Path and query, percent-encoded; begins with a slash."""

    @property
    def origin(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def address(self) -> IpAddress | None:
        """The host, when it is an IP address and not a name."""
        try:
            return ipaddress.ip_address(self.host)
        except ValueError:
            return None

    def __str__(self) -> str:
        return self.origin + self.target

    def join(self, link: str) -> "WebUrl":
        """The address a link on this page leads to. Raises ``AddressRefused``."""
        try:
            return parse_url(urljoin(str(self), link.strip()))
        except ValueError as error:
            raise AddressRefused("The address is not complete.") from error

    def without_tracking(self) -> "WebUrl":
        """The same page without what only follows its visitors around."""
        path, mark, query = self.target.partition("?")
        kept = "&".join(part for part in query.split("&") if part and not _TRACKING.match(part))
        return replace(self, target=_SESSION.sub("", path) + (mark + kept if kept else ""))


def parse_url(raw: str) -> WebUrl:
    """Raises ``AddressRefused`` for anything but a plain http or https address."""
    raw = raw.strip()
    if len(raw) > LONGEST_URL:
        raise AddressRefused(f"The address has more than {LONGEST_URL} characters.")
    found = _PARTS.fullmatch(raw)
    if found is None or _FORBIDDEN.search(raw.partition("#")[0]):
        raise AddressRefused(
            "This is not a complete web address, such as https://example.com/docs."
        )
    scheme = found[1].lower()
    if scheme not in DEFAULT_PORTS:
        raise AddressRefused(f"Only http and https addresses are read, not {scheme}.")
    host, port = _authority(found[2], DEFAULT_PORTS[scheme])
    # Only the path and the query: the host is never shown to another parser.
    target = yarl.URL(f"http://host{found[3] or '/'}{found[4] or ''}").raw_path_qs
    return WebUrl(scheme, host, port, target)


def _authority(authority: str, default_port: int) -> tuple[str, int]:
    if "@" in authority:
        raise AddressRefused("Addresses that carry a user name or a password are not read.")
    host, colon, port = authority, "", ""
    if authority.startswith("["):
        host, bracket, after = authority[1:].partition("]")
        if not bracket or (after and not after.startswith(":")):
            raise AddressRefused("The address has brackets where none belong.")
        colon, port = after[:1], after[1:]
        return _ipv6(host), _port(port, default_port) if colon else default_port
    host, colon, port = authority.partition(":")
    return _name(host), _port(port, default_port) if colon else default_port


def _port(port: str, default_port: int) -> int:
    if not port:
        return default_port
    if not (port.isascii() and port.isdecimal() and 0 < int(port[:6]) < 65536):
        raise AddressRefused("The address has no valid port.")
    return int(port)


def _ipv6(host: str) -> str:
    if "%" in host:
        raise AddressRefused("A zone would choose one of this machine's own networks.")
    try:
        return str(ipaddress.IPv6Address(host))
    except ValueError as error:
        raise AddressRefused("The address holds something that is no IPv6 address.") from error


def _name(host: str) -> str:
    """The host name as it is looked up, or an IPv4 address in its one plain form."""
    host = unicodedata.normalize("NFKC", host.translate(_DOTS)).lower().removesuffix(".")
    if not host.isascii():
        host = _ascii(host)
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressRefused("The address has no valid host name.")
    if _NUMERIC.fullmatch(labels[-1]):
        # 127.1, 0x7f000001 and 017700000001 all mean an address to some resolvers.
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError as error:
            raise AddressRefused("IP addresses are only read in their plain form.") from error
    return host


def _ascii(host: str) -> str:
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise AddressRefused("The address has no valid host name.") from error
