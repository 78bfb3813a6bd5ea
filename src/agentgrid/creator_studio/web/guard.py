"""Which addresses may be fetched: the public internet, and what an admin has allowed.

A page names addresses, and a stranger wrote the page. So nothing of this machine, of its
network or of the cloud it runs in can be reached through one.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from agentgrid.creator_studio.web.errors import AddressRefused
from agentgrid.creator_studio.web.urls import IpAddress, WebUrl

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

PORTS: Final = frozenset({80, 443, 8080, 8443})
"""Ports of public servers. Others are spoken by databases and consoles, not by sites."""

_RESERVED_NAMES: Final = frozenset(
    {"localhost", "local", "internal", "intranet", "lan", "home", "corp", "private", "arpa",
     "test", "invalid", "onion", "localdomain"}
)  # fmt: skip
"""Last labels that no public site has."""

_NEVER: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "169.254.0.0/16",  # the metadata services of the clouds, among others
        "100.100.100.200/32",
        "192.0.0.192/32",
        "168.63.129.16/32",
        "224.0.0.0/4",
        "255.255.255.255/32",
        "::/128",
        "fe80::/10",
        "fd00:ec2::/32",
        "fd20:ce::254/128",
        "ff00::/8",
    )
)
"""Not even an allowed name may lead here."""

_NOT_PUBLIC: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "240.0.0.0/4",
        "2001::/23",  # Teredo and other special uses
        "2001:db8::/32",
        "2002::/16",  # 6to4: any IPv4 address may hide in one
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)
_PUBLIC_V6: Final = ipaddress.IPv6Network("2000::/3")
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class _Entry:
    port: int | None
    network: Network | None = None
    name: str = ""
    """A host name, or ".example.com" for everything below it."""

    def covers(self, host: str, port: int, address: IpAddress) -> bool:
        if self.port is not None and self.port != port:
            return False
        if self.network is not None:
            return address.version == self.network.version and address in self.network
        return host == self.name or (self.name.startswith(".") and host.endswith(self.name))


class AllowedHosts:
    """Hosts of the own network that may be read: what ``WEB_ALLOWED_HOSTS`` says."""

    def __init__(self, entries: Sequence[str] = ()) -> None:
        """Names (``wiki.corp``, ``*.corp.example``), addresses or networks
        (``10.1.0.0/16``), each with ``:port`` or for every port. Raises ``ValueError``.
        """
        self._entries = tuple(_entry(entry) for entry in entries)

    @classmethod
    def parse(cls, text: str) -> "AllowedHosts":
        """From a list with commas or spaces between. Raises ``ValueError``."""
        return cls(text.replace(",", " ").split())

    def covers(self, host: str, port: int, address: IpAddress) -> bool:
        return any(entry.covers(host, port, address) for entry in self._entries)

    def __bool__(self) -> bool:
        return bool(self._entries)


def _entry(text: str) -> _Entry:
    host, port = text, None
    before, colon, after = text.rpartition(":")
    if colon and after.isdecimal() and (":" not in before or before.endswith("]")):
        host, port = before, int(after)
    bare = host.strip("[]").lower()
    try:
        return _Entry(port, network=ipaddress.ip_network(bare))
    except ValueError as error:
        if "/" in bare or ":" in bare or not bare.strip("*."):
            raise ValueError(
                f"{text!r} in the allowed web hosts is no host name, address or network"
            ) from error
    return _Entry(port, name=bare.removeprefix("*").removesuffix("."))


class AddressGuard:
    """Decides what may be connected to."""

    def __init__(self, allowed: AllowedHosts | None = None) -> None:
        self._allowed = allowed or AllowedHosts()

    def check_url(self, url: WebUrl) -> None:
        """What can be said before the name is looked up. Raises ``AddressRefused``."""
        address = url.address
        if address is not None:
            self.check_address(url.host, url.port, address)
        elif not self._allowed:
            self._check_name(url.host, url.port)

    def check_address(self, host: str, port: int, address: IpAddress) -> None:
        """Whether ``host`` may be fetched at the address it has. Raises ``AddressRefused``."""
        address = _unwrapped(address)
        if any(_within(address, network) for network in _NEVER):
            raise _own_network(host)
        if self._allowed.covers(host, port, address):
            return
        if not is_public(address):
            raise _own_network(host)
        self._check_name(host, port)

    @staticmethod
    def _check_name(host: str, port: int) -> None:
        if port not in PORTS:
            raise AddressRefused(f"Port {port} is not one that public sites use.")
        is_address = ":" in host or host.rpartition(".")[2].isdecimal()
        if not is_address and ("." not in host or host.rpartition(".")[2] in _RESERVED_NAMES):
            raise _own_network(host)


def is_public(address: IpAddress) -> bool:
    """Whether anybody on the internet may be reached at this address."""
    address = _unwrapped(address)
    if address.version == 6 and address not in _PUBLIC_V6:
        return False
    if any(_within(address, network) for network in (*_NEVER, *_NOT_PUBLIC)):
        return False
    return not (address.is_private or address.is_reserved or address.is_multicast)


def _unwrapped(address: IpAddress) -> IpAddress:
    """The IPv4 address inside an IPv6 one that leads to it, else the address itself."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _within(address: IpAddress, network: Network) -> bool:
    return address.version == network.version and address in network


def _own_network(host: str) -> AddressRefused:
    return AddressRefused(f"{host} does not lead to the public internet.")
