"""Addresses that must never be reached, however they are written."""

import ipaddress
import socket
from collections.abc import Sequence

import pytest
from aiohttp import web

from agentgrid.creator_studio.web import (
    AddressGuard,
    AddressRefused,
    AllowedHosts,
    HostNotFound,
    RedirectRefused,
    open_fetcher,
    parse_url,
)
from agentgrid.creator_studio.web.guard import is_public
from tests.creator_studio.web.conftest import OpenFetcher
from tests.web_site import Site

HOSTILE = (
    # this machine
    "http://127.0.0.1/",
    "http://127.0.0.1:8080/",
    "http://127.1.2.3/",
    "http://127.255.255.254/",
    "http://0.0.0.0/",
    "http://0.1.2.3/",
    "http://localhost/",
    "http://LOCALHOST/",
    "http://localhost./",
    "http://localhost../",
    "http://foo.localhost/",
    "http://localhost.localdomain/",
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::]/",
    # the same, in forms that other parsers understand
    "http://2130706433/",
    "http://017700000001/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://0/",
    "http://127.0.0.1./",
    "http://127.0.0.01/",
    "http://①②⑦.⓪.⓪.①/",
    "http://127。0。0。1/",
    "http://127．0．0．1/",  # noqa: RUF001
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
    "http://%6c%6f%63%61%6c%68%6f%73%74/",
    "http://127.0.0.1%00.example.com/",
    "http://127.0.0.1%2f.example.com/",
    # IPv4 inside IPv6
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[::7f00:1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://[::ffff:169.254.169.254]/",
    "http://[2002:7f00:1::]/",
    "http://[2002:a9fe:a9fe::1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b::10.0.0.1]/",
    "http://[64:ff9b:1::a00:1]/",
    "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    # networks that are not the internet
    "http://10.0.0.1/",
    "http://10.255.255.255/",
    "http://172.16.0.1/",
    "http://172.31.255.254/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://100.127.255.254/",
    "http://198.18.0.1/",
    "http://192.0.2.1/",
    "http://198.51.100.7/",
    "http://203.0.113.9/",
    "http://192.88.99.1/",
    "http://192.0.0.1/",
    "http://224.0.0.1/",
    "http://239.255.255.250/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://[fc00::1]/",
    "http://[fd12:3456::1]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://[2001:db8::1]/",
    "http://[100::1]/",
    # the clouds' metadata
    "http://169.254.169.254/latest/meta-data/",
    "http://169.254.0.1/",
    "http://[fd00:ec2::254]/",
    "http://100.100.100.200/",
    "http://192.0.0.192/",
    "http://168.63.129.16/",
    "http://metadata.google.internal/",
    "http://0xa9fea9fe/",
    # tricks with the parts of an address
    "http://example.com@127.0.0.1/",
    "http://127.0.0.1@example.com/",
    "http://user:secret@example.com/",
    "http://example.com\\@127.0.0.1/",
    "http://127.0.0.1\\.example.com/",
    "http:\\\\127.0.0.1/",
    "http:///127.0.0.1/",
    "http:127.0.0.1/",
    "//127.0.0.1/",
    "http://exa mple.com/",
    "http://exam\tple.com/",
    "http://example.com\r\nHost: localhost/",
    "http://[::1/",
    "http://::1/",
    "http://.example.com/",
    "http://-example.com/",
    "http://example..com/",
    "http://a_label_that_is_much_longer_than_sixty_three_characters_is_no_label.com/",
    # ports and schemes
    "http://example.com:22/",
    "http://example.com:6379/",
    "http://example.com:5432/",
    "http://example.com:0/",
    "http://example.com:99999/",
    "http://example.com:80a/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "javascript:alert(1)",
    "data:text/html,hello",
    "jar:http://example.com!/",
    # names of the inside
    "http://intranet/",
    "http://db/",
    "http://printer.local/",
    "http://wiki.corp/",
    "http://router.lan/",
    "http://4.3.2.1.in-addr.arpa/",
    "http://service.internal/",
)


@pytest.mark.parametrize("address", HOSTILE)
def test_a_hostile_address_is_refused_before_anything_is_asked(address: str) -> None:
    with pytest.raises(AddressRefused):
        AddressGuard().check_url(parse_url(address))


@pytest.mark.parametrize(
    "address",
    [
        "http://10.0.0.1/",
        "http://[::1]/",
        "http://127.1/",
        "http://2130706433/",
        "http://localhost/",
        "//127.0.0.1/x",
        "http://169.254.169.254/",
        "http://user@inside.example/",
        "http://inside.example/",
        "http://mixed.example/",
        "file:///etc/passwd",
        "http://site.example:22/",
        "http://nowhere.example/",
        "",
    ],
)
async def test_a_redirect_is_checked_like_the_first_address(
    address: str, site: Site, fetcher_with: OpenFetcher
) -> None:
    names = {
        "inside.example": ["192.168.0.9"],
        "mixed.example": ["93.184.216.34", "10.0.0.9"],
        "site.example": ["127.0.0.1"],
    }
    fetcher = await fetcher_with(allowed=f"site.example:{site.port}", names=names)
    site.answers["/"] = web.Response(status=302, headers={"location": address})
    with pytest.raises((AddressRefused, RedirectRefused, HostNotFound)):
        await fetcher.fetch(site.url(host="site.example"))
    assert site.paths == ["/"]


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["93.184.216.34", "127.0.0.1"],
        ["fe80::1%lo"],
        ["169.254.169.254"],
    ],
)
async def test_a_public_name_that_leads_inside_is_refused(
    addresses: list[str], site: Site, fetcher_with: OpenFetcher
) -> None:
    fetcher = await fetcher_with(names={"evil.example": addresses})
    with pytest.raises(AddressRefused):
        await fetcher.fetch(parse_url("http://evil.example:8080/"))
    assert site.asked == []


async def test_a_name_is_looked_up_once_for_each_connection_and_used_as_found(site: Site) -> None:
    """Nobody asks a second time, so a name that changes its mind (rebinding) gains nothing."""
    asked: list[str] = []

    async def changing(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    site.answers["/"] = "the first answer"
    guard = AddressGuard(AllowedHosts(["127.0.0.1"]))
    async with open_fetcher(guard, lookup=changing) as fetcher:
        fetched = await fetcher.fetch(site.url(host="rebinding.example"))
    assert fetched.body == b"the first answer"
    assert asked == ["rebinding.example"]
    assert site.asked[0].host == f"rebinding.example:{site.port}"

    asked.clear()
    site.answers["/"] = web.Response(
        status=302, headers={"location": "/next", "connection": "close"}
    )
    async with open_fetcher(guard, lookup=changing) as fetcher:
        with pytest.raises(AddressRefused):
            await fetcher.fetch(site.url(host="rebinding.example"))
    assert "/next" not in site.paths


def test_public_addresses_pass() -> None:
    guard = AddressGuard()
    for address in (
        "https://example.com/",
        "http://93.184.216.34/",
        "https://[2606:2800:220:1::1]/",
        "http://[::ffff:93.184.216.34]/",
        "https://docs.example.co.uk:8443/guide",
        "https://bücher.example/",
    ):
        guard.check_url(parse_url(address))


def test_an_admin_can_allow_hosts_of_the_own_network_but_never_the_metadata_service() -> None:
    guard = AddressGuard(AllowedHosts.parse("wiki.corp, *.apps.corp 10.1.0.0/16 [fd12::1]:81"))
    inside = ipaddress.ip_address("192.168.3.4")
    guard.check_address("wiki.corp", 8000, inside)
    guard.check_address("shop.apps.corp", 80, inside)
    guard.check_address("anything", 9000, ipaddress.ip_address("10.1.2.3"))
    guard.check_url(parse_url("http://[fd12::1]:81/"))
    for host, port, address in (
        ("apps.corp", 80, "192.168.3.4"),
        ("other.corp", 80, "192.168.3.4"),
        ("evilapps.corp", 80, "192.168.3.4"),
        ("anything", 80, "10.2.0.1"),
        ("fd12::1", 82, "fd12::1"),
        ("wiki.corp", 80, "169.254.169.254"),
        ("wiki.corp", 80, "0.0.0.0"),  # noqa: S104
    ):
        with pytest.raises(AddressRefused):
            guard.check_address(host, port, ipaddress.ip_address(address))


@pytest.mark.parametrize("entry", ["10.0.0.0/99", "a/b", "::::", "*", "."])
def test_an_entry_that_says_nothing_is_an_error_of_the_configuration(entry: str) -> None:
    with pytest.raises(ValueError, match="no host name"):
        AllowedHosts([entry])


def test_every_special_purpose_block_is_outside_the_public_internet() -> None:
    """Against what Python knows of IANA's registries."""
    for high in range(256):
        for low in (0, 64, 88, 168, 254):
            address = ipaddress.ip_address(f"{high}.{low}.0.1")
            if not address.is_global:
                assert not is_public(address), address
    assert not is_public(ipaddress.ip_address(socket.INADDR_BROADCAST))
