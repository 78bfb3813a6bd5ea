"""Rankings are measured as BEIR does, and data sets are read as they come."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from agentgrid.creator_studio.core import Vector
from bench.quality.coverage import articles_of, evenly
from bench.quality.datasets import find_folders, read
from bench.quality.measure import Quality
from bench.quality.metrics import area_under_curve, ndcg, recall
from bench.quality.run import SetResult, figures, is_met, text, verdict
from bench.quality.vectors import CachedEmbedder


def make_set(folder: Path) -> Path:
    (folder / "qrels").mkdir(parents=True)
    documents = [
        {"_id": "a-1", "title": "Leave", "text": "28 days"},
        {"_id": "a-2", "title": "Leave", "text": "A doctor's note"},
        {"_id": "b-1", "title": "", "text": "Dogs"},
    ]
    questions = [{"_id": "1", "text": "How many days?"}, {"_id": "2", "text": "Cats?"}]
    for name, rows in (("corpus", documents), ("queries", questions)):
        lines = "\n".join(json.dumps(row) for row in rows)
        (folder / f"{name}.jsonl").write_text(lines + "\n")
    (folder / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\n1\ta-1\t2\n1\tb-1\t0\n2\ta-2\t0\n"
    )
    (folder / "unanswerable.jsonl").write_text(
        json.dumps({"_id": "3", "text": "How many cats?", "near": "a-1"})
    )
    return folder


def test_a_data_set_is_read(tmp_path: Path) -> None:
    data = read(make_set(tmp_path / "leave"))
    assert data.name == "leave"
    assert [document.identifier for document in data.documents] == ["a-1", "a-2", "b-1"]
    (question,) = data.questions
    assert (question.text, question.grades) == ("How many days?", {"a-1": 2})
    assert [each.near for each in data.unanswerable] == ["a-1"]
    assert articles_of(data) == {"a-1": {"a-1", "a-2"}, "a-2": {"a-1", "a-2"}, "b-1": {"b-1"}}


def test_sets_are_found_below_a_folder_or_in_it(tmp_path: Path) -> None:
    first, second = make_set(tmp_path / "a"), make_set(tmp_path / "b")
    assert find_folders(tmp_path) == [first, second]
    assert find_folders(first) == [first]
    with pytest.raises(ValueError, match="holds no data set"):
        find_folders(tmp_path / "c")


def test_ndcg_discounts_by_the_logarithm_of_the_rank() -> None:
    grades = {"a": 2, "b": 1}
    ideal = 2 + 1 / math.log2(3)
    assert ndcg(["a", "b"], grades) == 1
    assert ndcg(["b", "x", "a"], grades) == pytest.approx((1 + 2 / 2) / ideal)
    assert ndcg([*"0123456789", "a"], grades) == 0


def test_recall_is_the_share_of_what_is_relevant() -> None:
    assert recall(["a", "x"], {"a": 1, "b": 1}) == 0.5


def test_area_under_curve_counts_pairs() -> None:
    assert area_under_curve([0.9, 0.8], [0.1, 0.85]) == 0.75
    assert area_under_curve([0.5], [0.5]) == 0.5


def test_questions_are_taken_from_the_whole_length(tmp_path: Path) -> None:
    (question,) = read(make_set(tmp_path)).questions
    assert len(evenly([question] * 10, 4)) == 4
    assert len(evenly([question] * 3, 10)) == 3


class CountingEmbedder:
    model = "counting"
    dimension = 2
    max_tokens = 10

    def __init__(self) -> None:
        self.asked: list[str] = []

    def count_tokens(self, text: str) -> int:
        return len(text)

    async def embed_passages(self, texts: Sequence[str]) -> Vector:
        self.asked += texts
        return np.array([[len(each), 1.0] for each in texts], np.float32)

    async def embed_query(self, text: str) -> Vector:
        self.asked.append(text)
        return np.array([1.0, len(text)], np.float32)


async def test_vectors_are_kept_between_runs(tmp_path: Path) -> None:
    first = CachedEmbedder(CountingEmbedder(), tmp_path)
    made = await first.embed_passages(["one", "three", "one"])
    query = await first.embed_query("one")
    first.close()
    embedder = CountingEmbedder()
    second = CachedEmbedder(embedder, tmp_path)
    assert (await second.embed_passages(["three", "one", "new"])).tolist() == [
        *(made[1].tolist(), made[0].tolist()),
        [3.0, 1.0],
    ]
    assert (await second.embed_query("one")).tolist() == query.tolist()
    second.close()
    assert embedder.asked == ["new"]


def result(name: str, default: float, words: float = 0.7) -> SetResult:
    ways = [
        Quality(way, [value], [value], [1.0])
        for way, value in (("BM25", words), ("dense", 0.6), ("RRF 60", 0.65), ("default", default))
    ]
    return SetResult(name, 10, 20, ways, None)


def test_the_default_must_beat_the_better_leg_and_hold_its_gate() -> None:
    assert is_met([result("other", 0.71)])
    assert not is_met([result("other", 0.71), result("other", 0.69)])
    assert not is_met([result("scifact", 0.72)])
    assert "beats BM25 (0.7400 against 0.7000) and holds 0.73" in verdict(result("scifact", 0.74))
    assert "DOES NOT BEAT" in verdict(result("other", 0.69))
    assert "MISSES 0.95" in verdict(result("xquad-de", 0.9))


def test_every_way_is_in_the_table_and_in_the_figures() -> None:
    results = [result("scifact", 0.74)]
    assert [line.split()[1] for line in text(results).splitlines()[1:4]] == ["BM25", "dense", "RRF"]
    kept = {figure.name: figure for figure in figures(results)}
    gated = kept["scifact, default: nDCG@10"]
    assert gated.baseline == 0.7
    assert gated.target is not None
    assert gated.target.at_least == 0.73
