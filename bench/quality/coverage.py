"""Whether the confidence tells questions the documents answer from those they don't."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from agentgrid.creator_studio.core import Coverage, KnowledgeFilter, Retrieval
from bench.quality.datasets import DataSet, Question
from bench.quality.measure import USUAL_LIMIT, Searcher
from bench.quality.metrics import area_under_curve

QUESTIONS = 300
"""Asked of each kind, evenly taken from the set."""


@dataclass(frozen=True, slots=True)
class CoverageQuality:
    absent: float
    """Area under the curve: answered questions against the same without their article."""
    near_miss: float
    """Against questions that use the right words for something that is not said."""
    judged: dict[str, dict[Coverage, float]]
    """By kind of question, the share that each coverage was given to."""


def evenly(questions: Sequence[Question], most: int) -> list[Question]:
    """At most so many, from the whole length of the list."""
    step = max(1, -(-len(questions) // most))
    return list(questions[::step])


async def measure_coverage(
    data: DataSet, searcher: Searcher, documents: Mapping[UUID, str]
) -> CoverageQuality:
    """Ask answerable questions with and without their article, and unanswerable ones."""
    articles = articles_of(data)
    files = {name: file_id for file_id, name in documents.items()}
    found: dict[str, list[Retrieval]] = {"answered": [], "absent": [], "near miss": []}
    for question in evenly(data.questions, QUESTIONS):
        gone = set[str]().union(*(articles[gold] for gold in question.grades if gold in articles))
        left = frozenset(file_id for name, file_id in files.items() if name not in gone)
        view = replace(searcher.view, filter=KnowledgeFilter(files=left))
        ask = searcher.retriever.retrieve
        found["answered"].append(await ask(question.text, searcher.view, USUAL_LIMIT))
        found["absent"].append(await ask(question.text, view, USUAL_LIMIT))
    for question in evenly(data.unanswerable, QUESTIONS):
        found["near miss"].append(
            await searcher.retriever.retrieve(question.text, searcher.view, USUAL_LIMIT)
        )
    sure = {kind: [each.confidence for each in each_kind] for kind, each_kind in found.items()}
    levels: tuple[Coverage, ...] = ("full", "partial", "none")
    return CoverageQuality(
        absent=area_under_curve(sure["answered"], sure["absent"]),
        near_miss=area_under_curve(sure["answered"], sure["near miss"]),
        judged={
            kind: {
                level: sum(each.coverage == level for each in all_of_kind) / len(all_of_kind)
                for level in levels
            }
            for kind, all_of_kind in found.items()
        },
    )


def articles_of(data: DataSet) -> dict[str, set[str]]:
    """For each document, all of its article: those that share its title, if it has one."""
    together: dict[str, set[str]] = defaultdict(set)
    for document in data.documents:
        together[document.title].add(document.identifier)
    return {
        document.identifier: together[document.title] if document.title else {document.identifier}
        for document in data.documents
    }
