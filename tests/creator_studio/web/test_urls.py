import pytest

from agentgrid.creator_studio.web import AddressRefused, SiteScope, parse_url, worth_following


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("HTTPS://Example.COM:443/a/../b?x=1#part", "https://example.com/b?x=1"),
        ("http://example.com", "http://example.com/"),
        ("http://example.com.", "http://example.com/"),
        ("http://bücher.example/ä?ö=ü", "http://xn--bcher-kva.example/%C3%A4?%C3%B6=%C3%BC"),
        ("http://example.com/a%2Fb%20c", "http://example.com/a%2Fb%20c"),
        ("http://[2606:2800:0::1]:8080/", "http://[2606:2800::1]:8080/"),
        ("  https://example.com/x  ", "https://example.com/x"),
    ],
)
def test_an_address_has_one_form(raw: str, plain: str) -> None:
    assert str(parse_url(raw)) == plain


def test_links_are_joined_and_lose_what_tracks_visitors() -> None:
    page = parse_url("https://example.com/docs/intro")
    link = page.join("../shop/item;jsessionid=12?utm_source=x&id=7&fbclid=z#top")
    assert str(link.without_tracking()) == "https://example.com/shop/item?id=7"
    assert str(page.join("?utm_medium=a").without_tracking()) == "https://example.com/docs/intro"
    for odd in ("mailto:a@example.com", "http://[", "javascript:void(0)", "//user@example.com"):
        with pytest.raises(AddressRefused):
            page.join(odd)


@pytest.mark.parametrize(
    ("start", "inside", "outside"),
    [
        ("https://a.example/docs/", "https://a.example/docs/x", "https://a.example/blog"),
        ("https://a.example/docs", "https://a.example/docs/x", "https://a.example/docs-old"),
        ("https://a.example/d/intro.html", "https://a.example/d/b", "https://a.example/e"),
        ("https://a.example/", "https://a.example/anything", "https://b.a.example/"),
        ("https://a.example/", "http://a.example/plain", "http://a.example:8080/"),
        ("http://a.example:8080/", "http://a.example:8080/x", "https://a.example:8080.b.example/"),
    ],
)
def test_a_site_is_its_host_below_the_start(start: str, inside: str, outside: str) -> None:
    scope = SiteScope(parse_url(start))
    own = scope.own(parse_url(inside))
    assert own is not None
    assert own.scheme == parse_url(start).scheme
    assert scope.own(parse_url(start)) == parse_url(start)
    assert scope.own(parse_url(outside.replace(":8080.b", ".b"))) is None


@pytest.mark.parametrize(
    "target",
    [
        "/a/b/a/b/a/b/a/b",
        "/" + "/".join("abcdefghijklmnopqrst"),
        "/x?" + "a" * 700,
        "/page?next=1&next=2&next=3&next=4",
        "/photo.JPG",
        "/setup.exe",
    ],
)
def test_traps_and_files_without_text_are_not_followed(target: str) -> None:
    assert not worth_following(parse_url(f"https://a.example{target}"))


@pytest.mark.parametrize("target", ["/a/b/a", "/guide.html", "/report.pdf", "/?page=2", "/v1.2"])
def test_ordinary_links_are_followed(target: str) -> None:
    assert worth_following(parse_url(f"https://a.example{target}"))
