import pytest

from agentgrid.creator_studio.web import IsolatedPageReader, PageUnreadable
from agentgrid.creator_studio.web.reading_child import read_page

ARTICLE = """<!doctype html><html lang="en"><head><title>Pump guide | ACME</title>
<meta property="og:title" content="Pump guide"><meta name="robots" content="noindex">
<meta property="article:published_time" content="2024-03-05T10:00:00Z">
<link rel="canonical" href="/guide"></head><body>
<nav><a href="/">Home</a> <a href="/shop">Shop</a></nav>
<main><article><h1>Pump guide</h1>
<p>Pumps must be serviced every six months by a trained person, who keeps the log.</p>
<h2>Filters</h2><p>Filters are changed twice a year: <a href="parts?id=7">the parts</a>.</p>
<table><tr><th>Part</th><th>Months</th></tr><tr><td>Gasket</td><td>6</td></tr></table>
<p><a href="/ad" rel="sponsored nofollow">Buy now</a> <a href="mailto:a@b.example">Mail</a></p>
</article></main><footer>Copyright ACME, cookies, imprint</footer></body></html>"""


async def test_a_page_gives_its_text_its_links_and_what_it_says_of_itself() -> None:
    async with IsolatedPageReader() as reader:
        page = await reader.read(
            ARTICLE.encode(), charset="utf-8", address="https://acme.example/docs/pumps"
        )
    assert (page.title, page.date) == ("Pump guide", "2024-03-05")
    assert "# Pump guide" in page.markdown
    assert "## Filters" in page.markdown
    assert "| Gasket | 6 |" in page.markdown
    assert "imprint" not in page.markdown
    assert "Shop" not in page.markdown
    assert page.links == [
        "https://acme.example/",
        "https://acme.example/shop",
        "https://acme.example/docs/parts?id=7",
    ]
    assert page.canonical == "https://acme.example/guide"
    assert page.robots == "noindex"


@pytest.mark.parametrize(
    ("encoding", "declared", "in_page"),
    [
        ("utf-8", None, ""),
        ("utf-8", "iso-8859-1", "iso-8859-1"),
        ("cp1252", "utf-8", ""),
        ("cp1252", None, "iso-8859-1"),
        ("windows-1251", None, "windows-1251"),
        ("shift_jis", "shift_jis", ""),
        ("iso2022_jp", None, "iso-2022-jp"),
        ("utf-16", None, ""),
        ("gb18030", "no-such-charset", "gb2312"),
    ],
)
def test_text_survives_wrong_and_missing_encodings(
    encoding: str, declared: str | None, in_page: str
) -> None:
    words = {
        "windows-1251": "Насос нужно проверять дважды в год",  # noqa: RUF001
        "shift_jis": "ポンプは年に二回点検します",
        "iso2022_jp": "ポンプは年に二回点検します",
        "gb18030": "水泵每年检查两次",
    }.get(encoding, "Prüfung der Bögen zweimal im Jahr, für alle Geräte")
    meta = f'<meta charset="{in_page}">' if in_page else ""
    html = (
        f"<html><head>{meta}<title>T</title></head><body><main><h1>A</h1>"
        f"<p>{words}. {words}.</p></main></body></html>"
    )
    page = read_page(html.encode(encoding), declared, "https://a.example/")
    assert page is not None
    assert words in page.markdown


async def test_a_page_that_breaks_the_reader_costs_one_page_and_not_the_next() -> None:
    endless = b"<a href=x>" * 500_000
    async with IsolatedPageReader(seconds_per_page=1) as reader:
        with pytest.raises(PageUnreadable, match="no readable page"):
            await reader.read(b"", charset=None, address="https://a.example/")
        with pytest.raises(PageUnreadable, match="too long"):
            await reader.read(endless, charset=None, address="https://a.example/")
        page = await reader.read(ARTICLE.encode(), charset=None, address="https://a.example/")
    assert page.title == "Pump guide"


def test_broken_links_and_bases_do_no_harm() -> None:
    html = b"""<html><head><base href="https://cdn.example/x/"><title></title></head><body>
    <a href="http://[">a</a><a href="y">b</a><a href="">c</a><a href="#d">d</a>
    <a href=" /z ">e</a><a href="javascript:alert(1)">f</a><a>g</a></body></html>"""
    page = read_page(html, None, "https://a.example/")
    assert page is not None
    assert list(page.links) == ["https://cdn.example/x/y", "https://cdn.example/z"]
    assert page.title == ""
