"""What the documents name exists: commands, settings, links, paths, and every promise's proof."""

import ast
import importlib.util
import re
import tomllib
from pathlib import Path

import pytest

from agentgrid.cli import cli
from scripts.configuration_table import DOCUMENTS, Document

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
ROWS = {
    "A": 20, "B": 26, "C": 17, "D": 11, "E": 9, "F": 24,
    "G": 7, "H": 14, "I": 11, "J": 5, "K": 7, "L": 12,
}  # fmt: skip
STATES = {"done", "partly", "open"}
MISSION = ROOT / "docs" / "mission.md"
MISSION_ROW = re.compile(r"^\| ([A-L]\d+) \| (.+?) \| (\w+) \| (.*?) \| (.*?) \|$", re.MULTILINE)


def code_of(page: Path) -> str:
    """Everything a page sets in a fixed-width face, one piece a line."""
    text = page.read_text()
    indented = re.findall(r"^ {4,}(?![-*|] )(.+)$", text, re.MULTILINE)
    return "\n".join([*re.findall(r"`([^`\n]+)`", text), *indented])


def named(pattern: str) -> list[tuple[str, str]]:
    """(page, what the pattern's group found) over the code of all pages."""
    return [
        (str(page.relative_to(ROOT)), found)
        for page in PAGES
        for found in re.findall(pattern, code_of(page), re.MULTILINE)
    ]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.path.name)
def test_the_table_of_settings_is_that_of_the_settings(document: Document) -> None:
    assert document.is_current(), "run `python scripts/configuration_table.py`"


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    wanted = named(r"^make ([a-z-]+)")
    assert {"run", "test"} <= {target for _, target in wanted}
    assert [(page, target) for page, target in wanted if target not in targets] == []


def test_every_command_that_is_named_exists() -> None:
    wanted = named(r"^agentgrid ([a-z-]+)")
    assert {command for _, command in wanted} >= set(cli.commands)
    assert [(page, name) for page, name in wanted if name not in cli.commands] == []


def test_every_option_that_is_named_exists() -> None:
    known = {
        option for command in cli.commands.values() for p in command.params for option in p.opts
    }
    known |= {"--reload"}
    readme = (ROOT / "README.md").read_text()
    start = readme[readme.index("## Start") : readme.index("## A tour")]
    assert set(re.findall(r"--[a-z-]+", start)) <= known


def test_every_module_that_is_started_by_hand_has_what_is_named() -> None:
    wanted = {"agentgrid.tasks:app"} | {name for _, name in named(r"^uvicorn ([\w.]+:\w+)")}
    assert "agentgrid.main:app" in wanted
    for name in wanted:
        module, _, attribute = name.partition(":")
        assert attribute in names_of(module), name


def names_of(module: str) -> set[str]:
    """The names a module has at its top level, without running it."""
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    names: set[str] = set()
    for node in ast.parse(Path(spec.origin).read_text()).body:
        match node:
            case ast.Assign(targets=[ast.Name(name)]) | ast.AnnAssign(target=ast.Name(name)):
                names.add(name)
            case ast.ImportFrom(names=imported):
                names |= {alias.asname or alias.name for alias in imported}
            case _:
                pass
    return names


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_source_file_that_is_named_exists() -> None:
    """Paths from the root. What the promises name is looked at by a test of its own below."""
    pattern = r"^((?:src|tests|bench|scripts|frontend|docs|deploy|\.ci)/[\w./-]+)$"
    others = {"docs/mission.md"}
    made_by_running = {"bench/results"}
    missing = [
        (page, path)
        for page, path in named(pattern)
        if not (ROOT / path).exists() and page not in others and path not in made_by_running
    ]
    assert missing == []


def test_every_decision_is_numbered_and_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    records = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert [int(name[:4]) for name in records] == list(range(1, len(records) + 1))
    index = (folder / "README.md").read_text()
    assert re.findall(r"\((\d{4}-[\w-]+\.md)\)", index) == records


def test_every_dependency_group_that_is_named_exists() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    assert [name for _, name in named(r"^uv sync --group (\w+)") if name not in groups] == []


def test_every_promise_has_one_row() -> None:
    wanted = [f"{letter}{n}" for letter, count in ROWS.items() for n in range(1, count + 1)]
    assert [row[0] for row in MISSION_ROW.findall(MISSION.read_text())] == wanted


def test_every_promise_that_is_kept_names_its_place_and_its_proof() -> None:
    wrong: list[str] = []
    for number, _, state, place, proof in MISSION_ROW.findall(MISSION.read_text()):
        tests = re.findall(r"`([^`]+\.(?:py|ts|tsx))(?:::[^`]+)?`", proof)
        if state not in STATES or (state == "done" and not (place and tests)):
            wrong.append(number)
        if state == "open" and tests:
            wrong.append(number)
    assert wrong == []


def test_every_path_of_the_promises_exists() -> None:
    text = MISSION.read_text()
    cells = [cell for row in MISSION_ROW.findall(text) if row[2] != "open" for cell in row[3:]]
    paths = {
        path
        for cell in cells
        for path in re.findall(r"`([\w./-]+/[\w./-]*|[\w.-]+\.\w+)(?:::\w+)?`", cell)
    }
    assert sorted(path for path in paths if not (ROOT / path).exists()) == []


def test_every_test_function_that_proves_a_promise_exists() -> None:
    proofs = re.findall(r"`([\w./-]+\.py)::(\w+)`", MISSION.read_text())
    missing = [
        f"{path}::{name}"
        for path, name in proofs
        if f"def {name}(" not in (ROOT / path).read_text()
    ]
    assert missing == []
