"""``make bench DATA=<folder>``: every data set in a folder, through the product's own search."""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agentgrid.creator_studio.rag.embeddings import MiniLmEmbedder
from agentgrid.embedded.weights import MINILM, ensure_weights
from agentgrid.features.knowledge.index import PostgresChunkIndex
from bench.quality.coverage import CoverageQuality, evenly, measure_coverage
from bench.quality.datasets import DataSet, find_folders, read
from bench.quality.library import cut
from bench.quality.measure import Quality, Searcher
from bench.quality.store import Database, add_agent, add_documents, open_database
from bench.quality.vectors import CachedEmbedder, default_cache
from bench.report import Figure, Target

MODELS_FOLDER = Path.home() / ".agentgrid" / "models"

GATES = {"scifact": 0.73, "cranfield": 0.56, "squad2-dev-half": 0.91}
"""nDCG@10 that the default must hold, by data set."""
LANGUAGE_GATE = 0.95
"""For sets made of XQuAD, whatever their language."""
ABSENT_GATE = 0.97
"""Area under the curve for questions whose article is not among the documents."""


@dataclass(frozen=True, slots=True)
class Options:
    folder: Path
    sets: tuple[str, ...] = ()
    """Names of the sets to measure; empty for all."""
    questions: int | None = None
    """Most questions of a set, evenly taken."""
    cache: Path | None = None


@dataclass(frozen=True, slots=True)
class SetResult:
    name: str
    documents: int
    passages: int
    ways: list[Quality]
    coverage: CoverageQuality | None

    @property
    def default(self) -> Quality:
        return self.ways[-1]

    @property
    def better_leg(self) -> Quality:
        return max(self.ways[:2], key=lambda way: way.mean)

    @property
    def gate(self) -> float | None:
        return LANGUAGE_GATE if self.name.startswith("xquad") else GATES.get(self.name)


def measure(options: Options) -> list[SetResult]:
    """Measure each set. Raises ``ValueError`` with one sentence when there is none."""
    folders = find_folders(options.folder)
    wanted = [each for each in folders if not options.sets or each.name in options.sets]
    if not wanted:
        known = ", ".join(each.name for each in folders)
        raise ValueError(f"None of the sets asked for is there; there are {known}.")
    return asyncio.run(_measure(wanted, options))


async def _measure(folders: Sequence[Path], options: Options) -> list[SetResult]:
    model = MiniLmEmbedder(ensure_weights(MINILM, MODELS_FOLDER), MODELS_FOLDER)
    cached = CachedEmbedder(model, options.cache or default_cache())
    results: list[SetResult] = []
    try:
        with tempfile.TemporaryDirectory(prefix="agentgrid-bench-") as folder:
            async with open_database(Path(folder)) as database:
                for each in folders:
                    data = read(each)
                    print(f"Measuring {data.name} ...", file=sys.stderr, flush=True)
                    results.append(await _measure_set(data, database, model, cached, options))
    finally:
        cached.close()
    return results


async def _measure_set(
    data: DataSet,
    database: Database,
    model: MiniLmEmbedder,
    cached: CachedEmbedder,
    options: Options,
) -> SetResult:
    cuts = await cut(data.documents, model.count_tokens_batch)
    agent_id = await add_agent(database)
    documents = await add_documents(database, agent_id, cuts, cached)
    # Questions are embedded anew: that is part of the time a search takes.
    searcher = Searcher(PostgresChunkIndex(database.pool), model, agent_id, documents)
    questions = evenly(data.questions, options.questions or len(data.questions))
    ways = await searcher.compare(questions)
    coverage = None
    if data.unanswerable:
        coverage = await measure_coverage(data, searcher, documents)
    passages = sum(len(each.chunks) for each in cuts)
    return SetResult(data.name, len(data.documents), passages, ways, coverage)


def figures(results: Sequence[SetResult]) -> list[Figure]:
    """What is kept: each set and way; the default against the better leg, and its gate."""
    made: list[Figure] = []
    for result in results:
        for way in result.ways:
            is_default = way is result.default
            gate = Target(at_least=result.gate) if is_default and result.gate else None
            baseline = result.better_leg.mean if is_default else None
            label = f"{result.name}, {way.name}"
            made += [
                Figure("quality", f"{label}: nDCG@10", way.mean, "", baseline, gate),
                Figure("quality", f"{label}: nDCG@10, even questions", way.halves[0], ""),
                Figure("quality", f"{label}: nDCG@10, odd questions", way.halves[1], ""),
                Figure("quality", f"{label}: recall@10", way.mean_recall, ""),
                Figure("quality", f"{label}: p50", way.percentile(50), "ms"),
                Figure("quality", f"{label}: p95", way.percentile(95), "ms"),
            ]
        if result.coverage is not None:
            label = f"{result.name}, coverage"
            gate = Target(at_least=ABSENT_GATE)
            absent, near = result.coverage.absent, result.coverage.near_miss
            made += [
                Figure("quality", f"{label}: AUC, article absent", absent, "", None, gate),
                Figure("quality", f"{label}: AUC, near misses", near, ""),
            ]
    return made


def text(results: Sequence[SetResult]) -> str:
    """The table of one run, and one plain line for each set."""
    lines = [
        f"{'set':<18} {'search':<8} {'nDCG@10':>8} {'even':>6} {'odd':>6} {'recall@10':>9}"
        f" {'p50 ms':>7} {'p95 ms':>7}"
    ]
    for result in results:
        for way in result.ways:
            even, odd = way.halves
            lines.append(
                f"{result.name:<18} {way.name:<8} {way.mean:8.4f} {even:6.3f} {odd:6.3f}"
                f" {way.mean_recall:9.3f} {way.percentile(50):7.1f} {way.percentile(95):7.1f}"
            )
    return "\n".join([*lines, "", *(verdict(result) for result in results)])


def verdict(result: SetResult) -> str:
    """Whether the default beats the better leg and holds its gate, in one line."""
    best, default = result.better_leg, result.default
    beats = "beats" if default.mean > best.mean else "DOES NOT BEAT"
    said = (
        f"{result.name} ({result.documents} documents, {result.passages} passages, "
        f"{len(default.ndcg)} questions): the default {beats} {best.name} "
        f"({default.mean:.4f} against {best.mean:.4f})"
    )
    if result.gate is not None:
        holds = "holds" if default.mean >= result.gate else "MISSES"
        said += f" and {holds} {result.gate:.2f}"
    if result.coverage is not None:
        holds = "holds" if result.coverage.absent >= ABSENT_GATE else "MISSES"
        said += (
            f"; article absent: AUC {result.coverage.absent:.3f} {holds} {ABSENT_GATE:.2f}, "
            f"near misses {result.coverage.near_miss:.3f}; "
        )
        said += ", ".join(
            f"{kind} " + "/".join(f"{share:.0%}" for share in shares.values())
            for kind, shares in result.coverage.judged.items()
        )
        said += " full/partial/none"
    return said + "."


def is_met(results: Sequence[SetResult]) -> bool:
    """Whether every set is better than its better leg, and holds what it must."""
    return all(
        result.default.mean > result.better_leg.mean
        and (result.gate is None or result.default.mean >= result.gate)
        and (result.coverage is None or result.coverage.absent >= ABSENT_GATE)
        for result in results
    )
