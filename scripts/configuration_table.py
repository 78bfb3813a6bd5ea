"""The table of settings in the documents, written from the ``Settings`` class itself.

    python scripts/configuration_table.py            write it into the documents
    python scripts/configuration_table.py --check    exit code 1 if a document is out of date

The table stands between two comments, and everything else in the document is left alone.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args, get_origin

from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo

from agentgrid.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
BEGIN = "<!-- settings: written by scripts/configuration_table.py -->"
END = "<!-- end of settings -->"
PREFIX = str(Settings.model_config.get("env_prefix"))
_HEAD = "| variable | default | meaning |\n|---|---|---|"


def variable_of(name: str, field: FieldInfo) -> str:
    """The name to write in documents: the shortest the setting answers to."""
    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        return str(alias.choices[0])
    return (PREFIX + name).upper()


def default_of(field: FieldInfo) -> str:
    """The default as a person would write it; empty when there is none."""
    value: object = field.default
    if value is None:
        return ""
    if isinstance(value, Path):
        home = Path.home()
        return f"`~/{value.relative_to(home)}`" if value.is_relative_to(home) else f"`{value}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, SecretStr):
        raise TypeError("a secret must not have a default")
    return f"`{value}`"


def meaning_of(field: FieldInfo) -> str:
    """The description, and the values to choose from where there are few."""
    if not field.description:
        raise ValueError("every setting needs a description")
    choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    listed = ", ".join(f"`{choice}`" for choice in choices)
    named = all(f"`{choice}`" in field.description for choice in choices)
    return field.description if named else f"{field.description} One of {listed}."


def whole_table() -> str:
    """Every setting."""
    return _table(lambda _: True)


def main_table() -> str:
    """The settings an installation on several machines cannot do without."""
    wanted = {
        "database_url",
        "redis_url",
        "celery_broker_url",
        "celery_result_backend",
        "secret_key",
        "data_dir",
        "storage_url",
        "environment",
    }
    return _table(wanted.__contains__)


def _table(is_wanted: Callable[[str], bool]) -> str:
    rows = [
        f"| `{variable_of(name, field)}` | {default_of(field)} | {meaning_of(field)} |"
        for name, field in Settings.model_fields.items()
        if is_wanted(name)
    ]
    return "\n".join([_HEAD, *rows])


@dataclass(frozen=True, slots=True)
class Document:
    """A document that holds a table."""

    path: Path
    table: Callable[[], str]

    def written(self) -> str:
        """The document with the current table in it. Raises ``ValueError`` without markers."""
        text = self.path.read_text()
        before, begin, rest = text.partition(BEGIN)
        _, end, after = rest.partition(END)
        if not begin or not end:
            raise ValueError(f"{self.path} lacks the comments {BEGIN} and {END}")
        return f"{before}{BEGIN}\n{self.table()}\n{END}{after}"

    def is_current(self) -> bool:
        return self.path.read_text() == self.written()


DOCUMENTS = (
    Document(ROOT / "README.md", main_table),
    Document(ROOT / "docs" / "how-to" / "configure.md", whole_table),
)


def main() -> int:
    """0 when all documents are, or have been made, current."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    only_check: bool = parser.parse_args().check
    stale = [document for document in DOCUMENTS if not document.is_current()]
    for document in stale:
        name = document.path.relative_to(ROOT)
        if only_check:
            print(f"{name} is out of date: run `python scripts/configuration_table.py`.")
        else:
            document.path.write_text(document.written())
            print(f"Wrote {name}.")
    return 1 if stale and only_check else 0


if __name__ == "__main__":
    sys.exit(main())
