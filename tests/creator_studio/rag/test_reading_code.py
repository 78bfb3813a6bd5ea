"""Programs are kept line by line, below the definitions they stand in."""

import pytest

from tests.creator_studio.rag.reading import cut, read

BODY = "\n".join(f"    line_{number} = {number} * 2" for number in range(20))


def test_the_text_is_the_file_itself() -> None:
    source = f"import os\n\n# A comment\n@cache\ndef first():\n{BODY}\n\n\nclass Second:\n{BODY}\n"
    document = read(source.encode(), "module.py")
    assert document.text == source
    assert [page.section for page in document.pages] == [(), ("first",), ("Second",)]


def test_comments_and_decorators_belong_to_what_they_stand_above() -> None:
    source = f"import os\n\n# A comment\n@cache\ndef first():\n{BODY}\n"
    assert read(source.encode(), "x.py").pages[1].text.startswith("# A comment\n@cache\ndef")


def test_a_comment_is_no_heading() -> None:
    source = f"# Not a heading\ndef first():\n{BODY}\n".encode()
    paths = {chunk.heading_path for chunk in cut(read(source, "x.py"))}
    assert paths == {("first",)}


def test_methods_stand_below_their_class() -> None:
    inner = BODY.replace("    ", "        ")
    source = f"class Outer:\n    x = 1\n\n    def method(self):\n{inner}\n"
    assert read(source.encode(), "x.py").pages[-1].section == ("Outer", "method")


def test_short_definitions_share_a_section() -> None:
    source = "def a():\n    return 1\n\n\ndef b():\n    return 2\n"
    assert [page.section for page in read(source.encode(), "x.py").pages] == [("a, b",)]


LANGUAGES = [
    ("x.ts", "export async function load(a: string): Promise<void> {", "load"),
    ("x.js", "const go = async (a) => {", "go"),
    ("x.go", "func (t *Thing) Get(a int) int {", "Get"),
    ("x.rs", "pub fn run<T>(a: T) -> u8 {", "run"),
    ("x.java", "public static int add(int a, int b) {", "add"),
    ("x.cs", "public sealed class Order", "Order"),
    ("x.kt", "suspend fun fetch(a: Int): Int {", "fetch"),
    ("x.c", "static int main(int argc, char **argv)", "main"),
    ("x.cpp", "void Shape::draw(int a)", "Shape::draw"),
    ("x.rb", "def total(a)", "total"),
    ("x.php", "public function show($a)", "show"),
    ("x.swift", "func area(a: Int) -> Int {", "area"),
    ("x.sh", "deploy() {", "deploy"),
    ("x.sql", "CREATE TABLE IF NOT EXISTS public.orders (", "public.orders"),
    ("x.lua", "local function step(a)", "step"),
    ("x.pl", "sub parse {", "parse"),
    ("x.r", "fit <- function(a) {", "fit"),
    ("x.scala", "case class Point(x: Int)", "Point"),
]


@pytest.mark.parametrize(("name", "definition", "found"), LANGUAGES)
def test_definitions_of_common_languages_are_found(name: str, definition: str, found: str) -> None:
    source = f"\n\n{definition}\n{BODY}\n"
    assert read(source.encode(), name).pages[-1].section == (found,)
