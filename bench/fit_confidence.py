"""Fits the confidence of a passage on labelled questions, and says how reliable it is.

    python -m bench.fit_confidence DATA [--weights FOLDER] [--cache FILE]

``DATA`` holds a question set in BEIR form with an ``unanswerable.jsonl``, whose passages are
named ``article-paragraph``. Articles are split into two halves: the weights are fitted on
one, every number printed comes from the other. Each question is asked twice: with its own
article among the passages, and without it (the answer is then certainly absent). Agents
have few passages or many, so the passages are drawn anew for each question: 12, 40, 200 or
all. Of the questions that only look answerable, one in four is taken: people ask fewer
trick questions than that data set does.
"""

import argparse
import json
import random
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from agentgrid.creator_studio.core import IndexedChunk
from agentgrid.creator_studio.rag.embeddings import MiniLmEmbedder
from agentgrid.creator_studio.rag.reranking import Features, features_of, fused_scores
from agentgrid.creator_studio.rag.retrieval import fuse
from agentgrid.creator_studio.rag.terms import terms

Array = NDArray[np.float64]

CANDIDATES = 50
SIZES = (12, 40, 200, 0)
"""Passages an agent has; 0 means all of the set."""

NEAR_MISSES = 4

LABELLED = 8
"""Passages labelled of each ranking: what an answer would be built from."""


@dataclass(frozen=True)
class Passage:
    identifier: str
    article: str
    chunk: IndexedChunk


@dataclass(frozen=True)
class Question:
    text: str
    article: str
    gold: frozenset[str]
    """Passages that answer it; empty when nothing does."""


@dataclass(frozen=True)
class Ranked:
    """One search: what was found, and whether the answer was there to be found."""

    question: Question
    absent: bool
    features: list[Features]
    relevant: list[bool]


def read_lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def read_passages(folder: Path) -> list[Passage]:
    passages: list[Passage] = []
    for number, row in enumerate(read_lines(folder / "corpus.jsonl")):
        article = row["_id"].partition("-")[0]
        chunk = IndexedChunk(
            chunk_id=UUID(int=number + 1),
            file_id=UUID(int=int(article) + 1),
            file_name=row["title"],
            page=None,
            heading_path=(),
            position=number,
            char_start=0,
            char_end=len(row["text"]),
            text=row["text"],
            score=0.0,
        )
        passages.append(Passage(row["_id"], article, chunk))
    return passages


def read_questions(folder: Path) -> list[Question]:
    gold: dict[str, set[str]] = {}
    for line in (folder / "qrels" / "test.tsv").read_text().splitlines()[1:]:
        question, passage, _ = line.split("\t")
        gold.setdefault(question, set()).add(passage)
    answerable = [
        Question(row["text"], _article(gold[row["_id"]]), frozenset(gold[row["_id"]]))
        for row in read_lines(folder / "queries.jsonl")
        if row["_id"] in gold
    ]
    near_misses = [
        Question(row["text"], row["near"].partition("-")[0], frozenset())
        for row in read_lines(folder / "unanswerable.jsonl")
    ]
    return answerable + near_misses[::NEAR_MISSES]


def _article(passages: set[str]) -> str:
    return next(iter(passages)).partition("-")[0]


class Bm25:
    """BM25 over a fixed set of texts, as a matrix of weights."""

    def __init__(self, texts: list[str]) -> None:
        counted = [Counter(terms(text)) for text in texts]
        self._terms = {term: index for index, term in enumerate({t for c in counted for t in c})}
        self._matrix = np.zeros((len(self._terms), len(texts)), np.float32)
        average = sum(c.total() for c in counted) / len(counted)
        for column, words in enumerate(counted):
            norm = 1.2 * (0.25 + 0.75 * words.total() / average)
            for term, count in words.items():
                self._matrix[self._terms[term], column] = count * 2.2 / (count + norm)
        held = (self._matrix > 0).sum(1)
        self._matrix *= np.log(1 + (len(texts) - held + 0.5) / (held + 0.5))[:, None]

    def scores(self, query: str) -> NDArray[np.float32]:
        rows = [self._terms[term] for term in set(terms(query)) if term in self._terms]
        total: NDArray[np.float32] = self._matrix[rows].sum(0)
        return total


def rank(
    question: Question,
    passages: list[Passage],
    dense: NDArray[np.float32],
    lexical: NDArray[np.float32],
    size: int,
    *,
    absent: bool,
) -> Ranked:
    """Search as the product does, without the question's article when ``absent``."""
    allowed = drawn(question, passages, size, absent=absent)

    def leg(scores: NDArray[np.float32]) -> list[IndexedChunk]:
        order = np.argsort(-scores)
        best = [i for i in order.tolist() if i in allowed][:CANDIDATES]
        found = [(passages[i].chunk, float(scores[i])) for i in best if scores[i] > 0]
        return [_scored(chunk, score) for chunk, score in found]

    candidates = fuse(leg(dense), leg(lexical))
    fused = fused_scores(candidates)
    ranked = sorted(candidates, key=lambda chunk: -fused[chunk.chunk_id])
    features = features_of(question.text, ranked, fused)[:LABELLED]
    relevant = [
        not absent and passages[chunk.chunk_id.int - 1].identifier in question.gold
        for chunk in ranked[:LABELLED]
    ]
    return Ranked(question, absent, features, relevant)


def drawn(question: Question, passages: list[Passage], size: int, *, absent: bool) -> set[int]:
    """Draw an agent's passages: those that answer, their neighbours, and chance ones."""
    own = [i for i, p in enumerate(passages) if p.article == question.article]
    others = [i for i, p in enumerate(passages) if p.article != question.article]
    if not size:
        return set(others) | (set() if absent else set(own))
    chance = random.Random(question.text)  # noqa: S311
    gold = [i for i in own if passages[i].identifier in question.gold]
    chosen = [] if absent else gold + chance.sample(own, min(len(own), size // 3))
    return {*chosen, *chance.sample(others, max(1, size - len(chosen)))}


def _scored(chunk: IndexedChunk, score: float) -> IndexedChunk:
    return replace(chunk, score=score)


# --- fitting and measuring ------------------------------------------------------------


def design(ranked: list[Ranked]) -> tuple[Array, Array]:
    """One row per labelled passage: a one, then the features; and whether it answers."""
    rows = [(1.0, f.similarity, f.term_share, f.margin) for r in ranked for f in r.features]
    labels = [float(label) for r in ranked for label in r.relevant]
    return np.array(rows), np.array(labels)


def fit(rows: Array, labels: Array, *, ridge: float = 1.0, steps: int = 30) -> Array:
    """Logistic regression by Newton's method; the bias is not penalised."""
    weights = np.zeros(rows.shape[1])
    penalty = np.diag([0.0] + [ridge] * (rows.shape[1] - 1))
    for _ in range(steps):
        chance = 1 / (1 + np.exp(-rows @ weights))
        gradient = rows.T @ (labels - chance) - penalty @ weights
        curvature = (rows * (chance * (1 - chance))[:, None]).T @ rows + penalty
        weights += np.linalg.solve(curvature, gradient)
    return weights


def area_under_curve(positive: Array, negative: Array) -> float:
    """Chance that a positive scores above a negative; ties count half."""
    order = np.sort(negative)
    below = np.searchsorted(order, positive, "left")
    upto = np.searchsorted(order, positive, "right")
    return float((below + upto).sum() / 2 / (len(positive) * len(negative)))


def calibration(chance: Array, labels: Array, bins: int = 10) -> tuple[float, list[str]]:
    """Expected calibration error, and one line for each tenth of the scale."""
    error, lines = 0.0, []
    for low in np.arange(bins) / bins:
        inside = (chance >= low) & (chance < low + 1 / bins)
        if inside.any():
            said, was = chance[inside].mean(), labels[inside].mean()
            error += inside.mean() * abs(said - was)
            lines.append(f"  said {said:.2f}  was {was:.2f}  ({inside.sum()} passages)")
    return error, lines


def best_confidence(ranked: list[Ranked], weights: Array) -> Array:
    """The confidence in the best passage of each search; 0 where nothing was found."""
    best: list[float] = []
    for each in ranked:
        rows = np.array([(1.0, f.similarity, f.term_share, f.margin) for f in each.features])
        best.append(float((1 / (1 + np.exp(-rows @ weights))).max()) if len(rows) else 0.0)
    return np.array(best)


def embed(texts: list[str], cache: Path, weights: Path) -> NDArray[np.float32]:
    if cache.is_file():
        return np.load(cache)
    embedder = MiniLmEmbedder(weights, cache.parent)
    vectors = embedder.embed(texts)
    cache.parent.mkdir(parents=True, exist_ok=True)
    np.save(cache, vectors)
    return vectors


def search_all(folder: Path, cache: Path, weights: Path, every: int) -> list[Ranked]:
    passages, questions = read_passages(folder), read_questions(folder)
    texts = [f"{p.chunk.file_name}\n{p.chunk.text}" for p in passages]
    stored = embed(texts, cache / f"{folder.name}-passages.npy", weights)
    asked = embed([q.text for q in questions], cache / f"{folder.name}-questions.npy", weights)
    bm25 = Bm25(texts)
    ranked: list[Ranked] = []
    for number, (question, vector) in enumerate(zip(questions, asked, strict=True)):
        if number % every:
            continue
        size = SIZES[number // every % len(SIZES)]
        dense, lexical = stored @ vector, bm25.scores(question.text)
        ranked += [
            rank(question, passages, dense, lexical, size, absent=absent)
            for absent in (False, True)
        ]
    return ranked


def report(train: list[Ranked], test: list[Ranked]) -> None:
    weights = fit(*design(train))
    rows, labels = design(test)
    chance = 1 / (1 + np.exp(-rows @ weights))
    names = ("bias", "similarity", "term_share", "margin")
    print("weights:", ", ".join(f"{n}={w:.2f}" for n, w in zip(names, weights, strict=True)))
    error, lines = calibration(chance, labels)
    print(
        f"passages: AUC {area_under_curve(chance[labels == 1], chance[labels == 0]):.3f}, "
        f"calibration error {error:.3f}"
    )
    print("\n".join(lines))
    groups = {
        "answerable": [r for r in test if r.question.gold and not r.absent],
        "absent": [r for r in test if r.absent],
        "near miss": [r for r in test if not r.question.gold and not r.absent],
    }
    scores = {name: best_confidence(group, weights) for name, group in groups.items()}
    for name in ("absent", "near miss"):
        print(
            f"answerable against {name}: AUC "
            f"{area_under_curve(scores['answerable'], scores[name]):.3f}"
        )
    for threshold in (0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7):
        shares = ", ".join(f"{n} {(s >= threshold).mean():.3f}" for n, s in scores.items())
        print(f"  confidence >= {threshold}: {shares}")
    right = [r.relevant[0] for r in groups["answerable"] if r.relevant]
    print(f"first passage is the right one: {np.mean(right):.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("data", type=Path, help="folder of the question set")
    parser.add_argument("--weights", type=Path, required=True, help="folder of all-MiniLM-L6-v2")
    parser.add_argument("--cache", type=Path, required=True, help="folder for vectors")
    parser.add_argument("--every", type=int, default=1, help="take every n-th question")
    arguments = parser.parse_args()
    ranked = search_all(arguments.data, arguments.cache, arguments.weights, arguments.every)
    articles = sorted({r.question.article for r in ranked}, key=int)
    chosen = set(articles[::2])
    report(
        [r for r in ranked if r.question.article in chosen],
        [r for r in ranked if r.question.article not in chosen],
    )


if __name__ == "__main__":
    main()
