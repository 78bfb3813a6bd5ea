"""Fits the confidence of a passage on labelled questions, and says how reliable it is.

    python -m bench.fit_confidence                     fit on what is kept, and report
    python -m bench.fit_confidence --data FOLDER       measure anew first, and keep it

What is kept (``confidence_features.csv``) are numbers only: for the first passages of each
search, what the confidence rests on, and whether the passage's document answers. They were
measured by the product's own search on samples of SciFact (CC BY 4.0), the Cranfield
collection (public), half of SQuAD 2.0's development set (CC BY-SA 4.0), a subset of
DBpedia-Entity (CC BY-SA 3.0) and XQuAD in Spanish (CC BY-SA 4.0).

Each question is asked twice: of a collection that holds what answers it, and of one from
which its whole article is gone. Agents have few documents or many, so collections of 12, 40,
200 and all documents are drawn in turn. Questions that only look answerable are asked too,
one for every eight: people ask fewer trick questions than that data set does.

The weights are fitted on every second question; every figure comes from the others.
"""

import argparse
import asyncio
import csv
import random
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, TypeAlias
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from agentgrid.creator_studio.core import IndexedChunk, KnowledgeFilter, RetrievedChunk
from agentgrid.creator_studio.rag.embeddings import MiniLmEmbedder
from agentgrid.creator_studio.rag.reranking.confidence import (
    ConfidenceReranker,
    Features,
    features_of,
)
from agentgrid.creator_studio.rag.retrieval.retriever import Retriever
from agentgrid.embedded.weights import MINILM, ensure_weights
from agentgrid.features.knowledge.index import PostgresChunkIndex
from bench.quality.coverage import articles_of, evenly
from bench.quality.datasets import DataSet, Question, find_folders, read
from bench.quality.library import cut
from bench.quality.measure import Searcher
from bench.quality.metrics import area_under_curve
from bench.quality.run import MODELS_FOLDER
from bench.quality.store import Database, add_agent, add_documents, open_database
from bench.quality.vectors import CachedEmbedder, default_cache

Array: TypeAlias = NDArray[np.float64]
Kind: TypeAlias = Literal["present", "absent", "near miss"]

KEPT: Final = Path(__file__).with_name("confidence_features.csv")
QUESTIONS: Final = 120
"""Asked of each set."""
NEAR_MISSES: Final = 40
LABELLED: Final = 5
"""Passages kept of each search: what an answer would be built from."""
SIZES: Final = (12, 40, 200, 0)
"""Documents an agent has; 0 means all of the set."""
NAMES: Final = ("similarity", "lexical_share", "term_share", "margin")
RIDGE: Final = 1.0


@dataclass(frozen=True, slots=True)
class Row:
    """One passage of one search."""

    data_set: str
    question: int
    kind: Kind
    features: tuple[float, ...]
    """In the order of ``NAMES``."""
    answers: bool

    @property
    def search(self) -> tuple[str, int, Kind]:
        return self.data_set, self.question, self.kind


def read_rows(path: Path = KEPT) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as lines:
        return [
            Row(
                each["set"],
                int(each["question"]),
                _KINDS[each["kind"]],
                tuple(float(each[name]) for name in NAMES),
                each["answers"] == "1",
            )
            for each in csv.DictReader(lines)
        ]


_KINDS: Final[Mapping[str, Kind]] = {
    "present": "present",
    "absent": "absent",
    "near miss": "near miss",
}


def write_rows(rows: Sequence[Row], path: Path = KEPT) -> None:
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(["set", "question", "kind", *NAMES, "answers"])
        for row in rows:
            numbers = [f"{value:.3f}" for value in row.features]
            writer.writerow([row.data_set, row.question, row.kind, *numbers, int(row.answers)])


# --- fitting and measuring ------------------------------------------------------------


def halves(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Passages of even questions, to fit on, and of odd ones, to report on."""
    even = [row for row in rows if row.question % 2 == 0]
    return even, [row for row in rows if row.question % 2]


def fit(rows: Sequence[Row], *, steps: int = 30) -> Array:
    """Bias and weights in the order of ``NAMES``: ridge logistic regression, by Newton.

    Every set counts the same, however many passages of it there are.
    """
    design, labels = _design(rows)
    share = {name: 0 for name in {row.data_set for row in rows}}
    for row in rows:
        share[row.data_set] += 1
    mean = len(rows) / len(share)
    weight = np.array([mean / share[row.data_set] for row in rows])
    found: Array = np.zeros(design.shape[1])
    penalty = np.diag([0.0] + [RIDGE] * (design.shape[1] - 1))
    for _ in range(steps):
        chance = 1 / (1 + np.exp(-design @ found))
        gradient = design.T @ (weight * (labels - chance)) - penalty @ found
        curvature = (design * (weight * chance * (1 - chance))[:, None]).T @ design + penalty
        found = found + np.linalg.solve(curvature, gradient)
    return found


def confidences(rows: Sequence[Row], weights: Array) -> Array:
    design, _ = _design(rows)
    made: Array = 1 / (1 + np.exp(-design @ weights))
    return made


def _design(rows: Sequence[Row]) -> tuple[Array, Array]:
    design = np.array([(1.0, *row.features) for row in rows])
    return design, np.array([float(row.answers) for row in rows])


def calibration(chance: Array, labels: Array, bins: int = 10) -> tuple[float, list[str]]:
    """Expected calibration error, and one line for each tenth of the scale."""
    error, lines = 0.0, []
    for low in np.arange(bins) / bins:
        inside = (chance >= low) & (chance < low + 1 / bins)
        if inside.any():
            said, was = chance[inside].mean(), labels[inside].mean()
            error += float(inside.mean() * abs(said - was))
            lines.append(f"  said {said:.2f}  was {was:.2f}  ({inside.sum()} passages)")
    return error, lines


def best_by_search(rows: Sequence[Row], chance: Array) -> dict[Kind, list[float]]:
    """The confidence of each search's best passage, by kind."""
    best: dict[tuple[str, int, Kind], float] = {}
    for row, value in zip(rows, chance.tolist(), strict=True):
        best[row.search] = max(best.get(row.search, 0.0), value)
    sorted_by_kind: dict[Kind, list[float]] = {"present": [], "absent": [], "near miss": []}
    for (_, _, kind), value in best.items():
        sorted_by_kind[kind].append(value)
    return sorted_by_kind


def report(rows: Sequence[Row]) -> None:
    even, odd = halves(rows)
    weights = fit(even)
    values = zip(("bias", *NAMES), weights.tolist(), strict=True)
    print("weights:", ", ".join(f"{name}={value:.2f}" for name, value in values))
    chance = confidences(odd, weights)
    labels = np.array([float(row.answers) for row in odd])
    error, lines = calibration(chance, labels)
    auc = area_under_curve(chance[labels == 1].tolist(), chance[labels == 0].tolist())
    print(f"passages: AUC {auc:.3f}, calibration error {error:.3f}")
    print("\n".join(lines))
    for name in sorted({row.data_set for row in odd}):
        own = np.array([row.data_set == name for row in odd])
        error, _ = calibration(chance[own], labels[own])
        best = best_by_search([row for row in odd if row.data_set == name], chance[own])
        auc = area_under_curve(best["present"], best["absent"])
        print(f"{name}: calibration error {error:.3f}; present against absent: AUC {auc:.3f}")
    best = best_by_search(odd, chance)
    for threshold in (0.02, 0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7):
        shares = ", ".join(
            f"{kind} {np.mean(np.array(scores) >= threshold):.3f}" for kind, scores in best.items()
        )
        print(f"  confidence >= {threshold}: {shares}")


# --- measuring anew -------------------------------------------------------------------


class Recorder(ConfidenceReranker):
    """Notes what the confidence in each candidate of the last search rests on."""

    def __init__(self) -> None:
        super().__init__()
        self.features: dict[UUID, Features] = {}

    async def rerank(
        self, query: str, candidates: Sequence[IndexedChunk], *, limit: int
    ) -> list[RetrievedChunk]:
        ranked = sorted(candidates, key=lambda chunk: -chunk.score)
        made = features_of(query, ranked)
        self.features = {c.chunk_id: each for c, each in zip(ranked, made, strict=True)}
        return await super().rerank(query, candidates, limit=limit)


async def collect(folder: Path) -> list[Row]:
    """Ask a sample of the questions of every set in ``folder``."""
    model = MiniLmEmbedder(ensure_weights(MINILM, MODELS_FOLDER), MODELS_FOLDER)
    cached = CachedEmbedder(model, default_cache())
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="agentgrid-bench-") as place:
        async with open_database(Path(place)) as database:
            for each in find_folders(folder):
                rows += await _ask(read(each), database, model, cached)
                print(f"{each.name}: {len(rows)} passages so far", flush=True)
    cached.close()
    return rows


async def _ask(
    data: DataSet, database: Database, model: MiniLmEmbedder, cached: CachedEmbedder
) -> list[Row]:
    cuts = await cut(data.documents, model.count_tokens_batch)
    agent_id = await add_agent(database)
    documents = await add_documents(database, agent_id, cuts, cached)
    index = PostgresChunkIndex(database.pool)
    view = Searcher(index, cached, agent_id, documents).view
    recorder = Recorder()
    retriever = Retriever(index, cached, recorder)
    articles = articles_of(data)
    files = {name: file_id for file_id, name in documents.items()}
    rows: list[Row] = []

    async def ask(number: int, question: Question, kind: Kind, names: set[str]) -> None:
        chosen = frozenset(files[name] for name in names if name in files)
        wanted = KnowledgeFilter(files=chosen if len(chosen) < len(files) else frozenset())
        found = await retriever.retrieve(question.text, replace(view, filter=wanted), LABELLED)
        for each in found.chunks:
            if each.neighbour:
                continue
            made = recorder.features[each.chunk.chunk_id]
            answers = documents[each.chunk.file_id] in question.grades
            numbers = (made.similarity, made.lexical_share, made.term_share, made.margin)
            rows.append(Row(data.name, number, kind, numbers, answers))

    for number, question in enumerate(evenly(data.questions, QUESTIONS)):
        own = set[str]().union(*(articles[name] for name in question.grades if name in articles))
        size = SIZES[number // 2 % len(SIZES)]
        for kind in ("present", "absent"):
            await ask(number, question, kind, drawn(question, own, set(files), size, kind))
    for number, question in enumerate(evenly(data.unanswerable, NEAR_MISSES)):
        await ask(number, question, "near miss", set(files))
    return rows


def drawn(question: Question, own: set[str], every: set[str], size: int, kind: Kind) -> set[str]:
    """Draw an agent's documents: those that answer, their neighbours, and chance ones."""
    chance = random.Random(question.text)  # noqa: S311
    others = sorted(every - own - set(question.grades))
    gold = set[str]() if kind == "absent" else set(question.grades)
    if not size:
        return every if kind == "present" else set(others)
    near = sorted(own - set(question.grades)) if kind == "present" else []
    chosen = gold | set(chance.sample(near, min(len(near), size // 3)))
    left = max(1, size - len(chosen))
    return chosen | set(chance.sample(others, min(len(others), left)))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder of data sets in BEIR form")
    arguments = parser.parse_args()
    if arguments.data is not None:
        write_rows(asyncio.run(collect(arguments.data)))
    report(read_rows())


if __name__ == "__main__":
    main()
