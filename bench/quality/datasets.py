"""Data sets in BEIR form: what is searched, what is asked, and what answers it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Document:
    identifier: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    identifier: str
    text: str
    grades: dict[str, int] = field(default_factory=dict[str, int])
    """What is relevant, by document, and how much (above 0)."""
    near: str = ""
    """For a question nothing answers: the document it seems to ask about."""


@dataclass(frozen=True, slots=True)
class DataSet:
    name: str
    documents: tuple[Document, ...]
    questions: tuple[Question, ...]
    """Those with at least one relevant document, in the order of the file."""
    unanswerable: tuple[Question, ...] = ()


def find_folders(folder: Path) -> list[Path]:
    """The data sets in ``folder``, or ``folder`` when it is one itself.

    Raises ``ValueError`` with one sentence that says what is missing.
    """
    found = [each for each in (folder, *sorted(folder.glob("*/"))) if _is_data_set(each)]
    if not found:
        raise ValueError(
            f"{folder} holds no data set: corpus.jsonl, queries.jsonl and qrels/test.tsv, "
            "in the folder itself or in folders below it."
        )
    return found


def _is_data_set(folder: Path) -> bool:
    names = ("corpus.jsonl", "queries.jsonl", "qrels/test.tsv")
    return all((folder / name).is_file() for name in names)


def read(folder: Path) -> DataSet:
    """Read one data set. Questions without a relevant document are left out.

    Raises ``ValueError`` when none is left.
    """
    documents = tuple(
        Document(str(row["_id"]), row.get("title") or "", row.get("text") or "")
        for row in _rows(folder / "corpus.jsonl")
    )
    grades = _grades(folder / "qrels" / "test.tsv")
    questions = tuple(
        Question(str(row["_id"]), row["text"], grades[str(row["_id"])])
        for row in _rows(folder / "queries.jsonl")
        if str(row["_id"]) in grades
    )
    if not questions:
        raise ValueError(f"No question of {folder} has a relevant document in qrels/test.tsv.")
    extra = folder / "unanswerable.jsonl"
    unanswerable = tuple(
        Question(str(row["_id"]), row["text"], near=str(row.get("near", "")))
        for row in (_rows(extra) if extra.is_file() else ())
    )
    return DataSet(folder.name, documents, questions, unanswerable)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def _grades(path: Path) -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = line.split("\t")
        # The first line names the columns, in most sets.
        if len(fields) != 3 or not fields[2].strip().lstrip("-").isdigit():
            continue
        question, document, grade = fields[0], fields[1], int(fields[2])
        if grade > 0:
            grades.setdefault(question, {})[document] = grade
    return grades
