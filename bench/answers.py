"""Whole answers of the bundled model, checked against labelled questions.

The product is started as a person starts it; documents are uploaded, questions asked one
conversation each (a few have a question before the one that counts), and what comes back is
compared with the labels: does the answer hold the right words, does a passage it cites hold
them, and is a question that the documents do not answer left unanswered.

The questions are ``questions/questions.jsonl`` over the demo handbook and two documents made
for this. ``--data FOLDER`` asks questions of another set in BEIR form whose queries carry
``answers`` (SQuAD's do), with ``unanswerable.jsonl`` beside them.
"""

import asyncio
import random
import re
import sys
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import msgspec

from bench.load import Connection, median
from bench.product import make_agent, make_session, running, sign_up, temporary_folder
from bench.report import Figure, Target
from bench.uploads import upload, wait_read

QUESTIONS = Path(__file__).with_name("questions")
HANDBOOK = Path(__file__).parent.parent / "src/agentgrid/features/setup/handbook.md"
READ_SECONDS = 600.0
LEAST_CORRECT = 0.9
LEAST_CITED = 0.9
MOST_FALSE = 0.25
ARTICLES = 6
SAMPLE = 60
SEED = 7
_REFUSED = re.compile(
    r"not (?:find|found|contain|in the documents)|nicht(?:s)? (?:finden|gefunden|in den dok)"
    r"|cannot answer|do not (?:say|mention)",
    re.IGNORECASE,
)


class Case(msgspec.Struct, frozen=True):
    """A conversation: the last question counts. Without ``answers`` there is none to find."""

    ask: list[str]
    answers: list[str]


@dataclass(frozen=True, slots=True)
class Document:
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Result:
    """What came back for a case."""

    case: Case
    content: str
    passages: list[str]
    coverage: str
    seconds: float

    @property
    def correct(self) -> bool:
        return holds(self.content, self.case.answers)

    @property
    def cited(self) -> bool:
        return any(holds(passage, self.case.answers) for passage in self.passages)

    @property
    def good(self) -> bool:
        """Right and cited, or rightly silent."""
        return (self.correct and self.cited) if self.case.answers else not self.claims

    @property
    def claims(self) -> bool:
        """Whether it says that something is so, and not that the documents are silent."""
        return bool(self.passages) or not _REFUSED.search(self.content)


@dataclass(slots=True)
class Summary:
    results: list[Result] = field(default_factory=list[Result])

    def share(self, wanted: str) -> float:
        """Of answerable questions: ``correct``, ``cited`` or ``silent``; of others ``false``."""
        answerable = [r for r in self.results if r.case.answers]
        others = [r for r in self.results if not r.case.answers]
        counted = {
            "correct": [r.correct for r in answerable],
            "cited": [r.cited for r in answerable],
            "silent": [not r.claims for r in answerable],
            "false": [r.claims for r in others],
        }[wanted]
        return sum(counted) / max(1, len(counted))

    def figures(self, name: str, *, targets: bool) -> list[Figure]:
        most_false = Target(at_most=MOST_FALSE) if targets else None
        correct = Target(at_least=LEAST_CORRECT) if targets else None
        cited = Target(at_least=LEAST_CITED) if targets else None
        seconds = median([r.seconds for r in self.results])
        return [
            Figure(name, "answers that are right", self.share("correct"), "", target=correct),
            Figure(name, "a cited passage holds the answer", self.share("cited"), "", target=cited),
            Figure(name, "unanswered though answerable", self.share("silent"), ""),
            Figure(name, "answered though not in documents", self.share("false"), "",
                   target=most_false),
            Figure(name, "time of an answer, p50", seconds, "s"),
        ]  # fmt: skip


def measure(data: Path | None = None) -> list[Figure]:
    """The shares over the questions kept here, and over those of ``data``."""
    summary = _run(own_documents(), own_cases())
    figures = summary.figures("answers", targets=True)
    if data is not None:
        documents, cases = sampled(data)
        figures += _run(documents, cases).figures(f"answers {data.name}", targets=False)
    return figures


def own_documents() -> list[Document]:
    files = [HANDBOOK, *sorted(QUESTIONS.glob("*.md"))]
    return [Document(path.name, path.read_text()) for path in files]


def own_cases() -> list[Case]:
    lines = (QUESTIONS / "questions.jsonl").read_bytes().splitlines()
    return [msgspec.json.decode(line, type=Case) for line in lines]


def holds(text: str, answers: Sequence[str]) -> bool:
    """Whether one of ``answers`` stands in ``text``, whatever its case and spaces."""
    plain = normal(text)
    return any(normal(answer) in plain for answer in answers)


def normal(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.sub(r"[\s|*_`\"'’“”]+", " ", folded).split())  # noqa: RUF001


# --- sets in BEIR form ------------------------------------------------------------------


Line = TypeVar("Line")


class _Paragraph(msgspec.Struct):
    id: str = msgspec.field(name="_id")
    title: str = ""
    text: str = ""


class _Query(msgspec.Struct):
    id: str = msgspec.field(name="_id")
    text: str
    answers: list[str] = []
    near: str = ""


def sampled(folder: Path) -> tuple[list[Document], list[Case]]:
    """A few articles of the set, one document each, and questions asked of them."""
    choice = random.Random(SEED)  # noqa: S311 - the same sample each time
    paragraphs = _lines(folder / "corpus.jsonl", _Paragraph)
    titles = sorted({paragraph.title for paragraph in paragraphs})
    chosen = set(choice.sample(titles, min(ARTICLES, len(titles))))
    articles: dict[str, list[str]] = {}
    for paragraph in paragraphs:
        if paragraph.title in chosen:
            articles.setdefault(paragraph.title, []).append(paragraph.text)
    here = {paragraph.id for paragraph in paragraphs if paragraph.title in chosen}
    relevant = _relevant(folder / "qrels" / "test.tsv")
    answerable = [
        Case([query.text], query.answers)
        for query in _lines(folder / "queries.jsonl", _Query)
        if query.answers and here & relevant.get(query.id, set())
    ]
    others = [
        Case([query.text], [])
        for query in _lines(folder / "unanswerable.jsonl", _Query)
        if query.near in here
    ]
    cases = choice.sample(answerable, min(SAMPLE, len(answerable)))
    cases += choice.sample(others, min(SAMPLE // 3, len(others)))
    documents = [
        Document(f"{title}.md", f"# {title}\n\n" + "\n\n".join(texts))
        for title, texts in articles.items()
    ]
    return documents, cases


def _lines(path: Path, kind: type[Line]) -> list[Line]:
    return [msgspec.json.decode(line, type=kind) for line in path.read_bytes().splitlines()]


def _relevant(path: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for line in path.read_text().splitlines()[1:]:
        query, document, grade = line.split("\t")
        if int(grade) > 0:
            found.setdefault(query, set()).add(document)
    return found


# --- asking -----------------------------------------------------------------------------


def _run(documents: Sequence[Document], cases: Sequence[Case]) -> Summary:
    with temporary_folder() as folder, running(folder, with_model=True) as product:
        key = asyncio.run(sign_up(product))
        return asyncio.run(_ask_all(product.url, key, documents, cases))


async def _ask_all(
    url: str, key: str, documents: Sequence[Document], cases: Sequence[Case]
) -> Summary:
    summary = Summary()
    async with Connection(url, key) as person:
        agent_id = await make_agent(person)
        passages: dict[str, str] = {}
        for document in documents:
            passages |= await _read(person, agent_id, document)
        for case in cases:
            result = await _ask(person, agent_id, case, passages)
            summary.results.append(result)
            if not result.good:
                asked, said = " / ".join(case.ask), " ".join(result.content.split())[:160]
                print(f"  {asked} -> {said!r}", file=sys.stderr)
    return summary


async def _read(person: Connection, agent_id: str, document: Document) -> dict[str, str]:
    """Upload a document and wait for it. Returns its passages by id."""
    file_id = await upload(person, agent_id, document.name, document.text.encode())
    file = await wait_read(person, agent_id, file_id, READ_SECONDS)
    if file["status"] != "ready":
        raise RuntimeError(f"{document.name} was not read: {file['error']}")
    path = f"/api/v1/agents/{agent_id}/files/{file_id}/chunks?limit=200"
    listed = await person.request("GET", path)
    page = msgspec.convert(listed.json(), _Chunks)
    return {chunk.id: chunk.text for chunk in page.items}


class _Chunk(msgspec.Struct):
    id: str
    text: str


class _Chunks(msgspec.Struct):
    items: list[_Chunk]


class _Citation(msgspec.Struct):
    chunk_id: str
    quote: str


class _Answer(msgspec.Struct):
    content: str
    citations: list[_Citation]
    coverage: str | None


async def _ask(person: Connection, agent_id: str, case: Case, passages: dict[str, str]) -> Result:
    session = await make_session(person, agent_id)
    path = f"/api/v1/sessions/{session}/messages"
    for question in case.ask[:-1]:
        (await person.request("POST", path, {"message": question})).json()
    began = time.perf_counter()
    message = (await person.request("POST", path, {"message": case.ask[-1]})).json()
    seconds = time.perf_counter() - began
    answer = msgspec.convert(message, _Answer)
    cited = [passages.get(each.chunk_id, each.quote) for each in answer.citations]
    return Result(case, answer.content, cited, answer.coverage or "", seconds)
