"""Reading, cutting and embedding, beside LlamaIndex's default reader and splitter.

Both read the same files and embed with the same bundled model, one file after the other in
turns. LlamaIndex's default passages have 1024 tokens, of which the model reads 256: most of
the text is never embedded. So it runs a second time with passages as large as ours, which
is the comparison of like with like.
"""

import importlib
import importlib.util
import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol, TypeAlias, cast

from agentgrid.creator_studio.rag.chunking import (
    DEFAULT_MAX_TOKENS,
    DEFAULT_OVERLAP_TOKENS,
    chunk_document,
    embedding_text,
)
from agentgrid.creator_studio.rag.embeddings import MiniLmEmbedder
from agentgrid.creator_studio.rag.extraction import KreuzbergExtractor
from agentgrid.embedded.weights import MINILM, ensure_weights
from bench.documents import markdown, plain_text, table, text_pdf
from bench.product import temporary_folder
from bench.report import Figure

PDF_PAGES: Final = 40
MISSING: Final = (
    "LlamaIndex is not installed, so nothing is compared with it; to install it: "
    "uv sync --inexact --extra local --group bench"
)
_MEGABYTE: Final = 1024**2

Work: TypeAlias = Callable[[Path, Callable[[str], None]], list[str]]
"""Reads and cuts a file; calls back after reading. Returns what is to be embedded."""


class _Node(Protocol):
    def get_content(self, *, metadata_mode: object) -> str: ...


@dataclass(slots=True)
class Spent:
    """Seconds of one way to do it, over all files."""

    read: dict[str, float] = field(default_factory=dict)
    cut: dict[str, float] = field(default_factory=dict)
    embed: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    """CPU seconds of reading and cutting, which other work on the machine moves less."""
    passages: int = 0

    def total(self, names: Sequence[str]) -> float:
        return sum(part[name] for part in (self.read, self.cut, self.embed) for name in names)

    def prepared(self, names: Sequence[str]) -> float:
        return sum(part[name] for part in (self.read, self.cut) for name in names)


def measure_readers() -> list[Figure]:
    """Nothing but a sentence when LlamaIndex is not there."""
    if importlib.util.find_spec("llama_index") is None:
        print(MISSING)
        return []
    with temporary_folder() as folder:
        _copy_sentence_data(folder / "nltk")
        files = _files(folder / "files")
        models = Path.home() / ".agentgrid" / "models"
        embedder = MiniLmEmbedder(ensure_weights(MINILM, models), models)
        ways = {
            "ours": _ours(embedder),
            "theirs": _theirs(1024, 200),
            "like": _theirs(DEFAULT_MAX_TOKENS, DEFAULT_OVERLAP_TOKENS),
        }
        spent = {way: Spent() for way in ways}
        _warm_up(folder, ways, embedder)
        # Each file by each way in turn: what else runs on the machine slows all alike.
        for path in files:
            for way, work in ways.items():
                _run(path, work, embedder, spent[way])
        return _figures(files, spent)


def _copy_sentence_data(folder: Path) -> None:
    """NLTK, by which LlamaIndex finds sentences, refuses hard links, as uv installs files."""
    found = importlib.util.find_spec("llama_index.core")
    if found is None or found.origin is None:
        raise ModuleNotFoundError(MISSING)
    shutil.copytree(Path(found.origin).parent / "_static" / "nltk_cache", folder)
    os.environ["NLTK_DATA"] = str(folder)


def _files(folder: Path) -> list[Path]:
    folder.mkdir(parents=True)
    contents = {
        "handbook.pdf": text_pdf(PDF_PAGES),
        "notes.md": markdown(25),
        "report.txt": plain_text(75),
        "orders.csv": table(700),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in contents]


def _warm_up(folder: Path, ways: dict[str, Work], embedder: MiniLmEmbedder) -> None:
    """What is loaded once is no part of a file's time."""
    for name, content in (("a.pdf", text_pdf(1)), ("a.md", markdown(1)), ("a.csv", table(3))):
        path = folder / name
        path.write_bytes(content)
        for work in ways.values():
            embedder.embed(work(path, lambda _name: None))


def _run(path: Path, work: Work, embedder: MiniLmEmbedder, spent: Spent) -> None:
    began, began_cpu = time.perf_counter(), time.process_time()
    read: list[float] = []
    texts = work(path, lambda _name: read.append(time.perf_counter()))
    cut = time.perf_counter()
    spent.cpu[path.name] = time.process_time() - began_cpu
    embedder.embed(texts)
    spent.embed[path.name] = time.perf_counter() - cut
    spent.read[path.name] = read[0] - began
    spent.cut[path.name] = cut - read[0]
    spent.passages += len(texts)


def _ours(embedder: MiniLmEmbedder) -> Work:
    extractor = KreuzbergExtractor()

    def work(path: Path, was_read: Callable[[str], None]) -> list[str]:
        document = extractor.extract(path, name=path.name)
        was_read(path.name)
        chunks = chunk_document(
            document,
            count_tokens=embedder.count_tokens,
            count_many=embedder.count_tokens_batch,
        )
        return [embedding_text(document.title, chunk) for chunk in chunks]

    return work


def _theirs(size: int, overlap: int) -> Work:
    core = importlib.import_module("llama_index.core")
    parsers = importlib.import_module("llama_index.core.node_parser")
    mode: object = importlib.import_module("llama_index.core.schema").MetadataMode.EMBED
    splitter = parsers.SentenceSplitter(chunk_size=size, chunk_overlap=overlap)

    def work(path: Path, was_read: Callable[[str], None]) -> list[str]:
        documents = core.SimpleDirectoryReader(input_files=[str(path)]).load_data()
        was_read(path.name)
        nodes = cast("list[_Node]", splitter.get_nodes_from_documents(documents))
        return [node.get_content(metadata_mode=mode) for node in nodes]

    return work


def _figures(files: Sequence[Path], spent: dict[str, Spent]) -> list[Figure]:
    names = [path.name for path in files]
    megabytes = sum(path.stat().st_size for path in files) / _MEGABYTE
    ours, theirs, like = spent["ours"], spent["theirs"], spent["like"]
    figures = [
        _rate("PDF, read + cut + embed", PDF_PAGES, "pages/s", ours, theirs, ["handbook.pdf"]),
        _rate("the same, passages alike", PDF_PAGES, "pages/s", ours, like, ["handbook.pdf"]),
        _rate("all files, read + cut + embed", megabytes, "MB/s", ours, theirs, names),
        _rate("the same, passages alike", megabytes, "MB/s", ours, like, names),
        Figure(
            "readers",
            "PDF, read + cut",
            PDF_PAGES / ours.prepared(names[:1]),
            "pages/s",
            baseline=PDF_PAGES / like.prepared(names[:1]),
        ),
        Figure(
            "readers",
            "all files, read + cut",
            megabytes / ours.prepared(names),
            "MB/s",
            baseline=megabytes / like.prepared(names),
        ),
    ]
    figures.append(
        Figure(
            "readers",
            "PDF, read + cut, CPU",
            ours.cpu[names[0]] / PDF_PAGES * 1000,
            "ms/page",
            baseline=like.cpu[names[0]] / PDF_PAGES * 1000,
        )
    )
    for name in names:
        size = next(path for path in files if path.name == name).stat().st_size / _MEGABYTE
        figures.append(
            Figure(
                "readers",
                f"{name}, read + cut",
                size / ours.prepared([name]),
                "MB/s",
                baseline=size / like.prepared([name]),
            )
        )
    figures.append(Figure("readers", "passages", ours.passages, "passages", baseline=like.passages))
    return figures


def _rate(
    name: str, amount: float, unit: str, ours: Spent, other: Spent, names: Sequence[str]
) -> Figure:
    return Figure(
        "readers", name, amount / ours.total(names), unit, baseline=amount / other.total(names)
    )
