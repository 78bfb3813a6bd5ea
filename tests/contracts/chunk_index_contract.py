"""What every chunk index must do, told once and inherited by each backend's tests."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import numpy as np
import pytest

from agentgrid.creator_studio.core import (
    ChunkIndex,
    IndexedChunk,
    KnowledgeFilter,
    KnowledgeView,
    Vector,
)

DIMENSION = 8
MODEL = "test-model"
FILES = tuple(uuid4() for _ in range(3))
TIMES = tuple(datetime(2026, month, 1, tzinfo=UTC) for month in (3, 6, 9))


def unit(*values: float, dimension: int = DIMENSION) -> Vector:
    """A vector of length 1 that begins with ``values``."""
    vector = np.zeros(dimension, np.float32)
    vector[: len(values)] = values
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def passage(
    text: str,
    *,
    position: int = 0,
    file_id: UUID | None = None,
    name: str = "handbook.md",
    tags: tuple[str, ...] = (),
) -> IndexedChunk:
    return IndexedChunk(
        chunk_id=uuid4(),
        file_id=file_id or uuid4(),
        file_name=name,
        page=3,
        heading_path=("Handbook", "Travel"),
        position=position,
        char_start=position * 1000,
        char_end=position * 1000 + len(text),
        text=text,
        score=0.0,
        tags=tags,
    )


class ChunkIndexContract(ABC):
    """Inherit it, fill an index in ``index``, ``store`` and ``remove``."""

    @pytest.fixture
    @abstractmethod
    def index(self) -> ChunkIndex:
        """An empty index."""

    @abstractmethod
    async def store(
        self,
        index: ChunkIndex,
        view: KnowledgeView,
        chunks: Sequence[IndexedChunk],
        vectors: Sequence[Vector],
        *,
        model: str = MODEL,
        added_at: datetime | None = None,
    ) -> None:
        """Add ``chunks`` to the view's agent at the view's sequence number.

        Their tags are those of their document, which was added at ``added_at``.
        """

    @abstractmethod
    async def remove(self, index: ChunkIndex, view: KnowledgeView, chunk: IndexedChunk) -> None:
        """Remove the file of ``chunk`` at the view's sequence number."""

    @abstractmethod
    async def new_agent(self, index: ChunkIndex) -> UUID:
        """An agent that chunks can belong to."""

    @pytest.fixture
    async def view(self, index: ChunkIndex) -> KnowledgeView:
        return KnowledgeView(await self.new_agent(index), sequence=1)

    async def test_an_empty_index_finds_nothing(
        self, index: ChunkIndex, view: KnowledgeView
    ) -> None:
        assert await index.count(view) == 0
        assert await index.search_dense(view, unit(1), model=MODEL, limit=5) == []
        assert await index.search_lexical(view, "allowance", limit=5) == []

    async def test_a_chunk_comes_back_as_it_was_stored(
        self, index: ChunkIndex, view: KnowledgeView
    ) -> None:
        stored = passage(
            "The daily allowance is 32 EUR.", position=4, name="Grüße 旅费.pdf", tags=("Travel",)
        )
        await self.store(index, view, [stored], [unit(1)])
        (dense,) = await index.search_dense(view, unit(1), model=MODEL, limit=5)
        (lexical,) = await index.search_lexical(view, "daily allowance", limit=5)
        assert replace(dense, score=0.0) == stored
        assert replace(lexical, score=0.0) == stored

    async def test_dense_search_orders_by_cosine_and_reports_it(
        self, index: ChunkIndex, view: KnowledgeView
    ) -> None:
        chunks = [passage("far"), passage("near"), passage("middle")]
        await self.store(index, view, chunks, [unit(0, 1), unit(1), unit(1, 1)])
        found = await index.search_dense(view, unit(1), model=MODEL, limit=5)
        assert [chunk.text for chunk in found] == ["near", "middle", "far"]
        assert [chunk.score for chunk in found] == pytest.approx([1, 0.7071, 0], abs=1e-3)

    async def test_lexical_search_prefers_the_rarer_word(
        self, index: ChunkIndex, view: KnowledgeView
    ) -> None:
        texts = ["train journey", "train ticket", "train station", "aardvark journey"]
        await self.store(index, view, [passage(t) for t in texts], [unit(1)] * 4)
        found = await index.search_lexical(view, "train aardvark", limit=5)
        assert found[0].text == "aardvark journey"
        assert len(found) == 4
        assert [chunk.score for chunk in found] == sorted((c.score for c in found), reverse=True)

    async def test_limits_are_kept(self, index: ChunkIndex, view: KnowledgeView) -> None:
        chunks = [passage(f"train number {n}", position=n) for n in range(10)]
        await self.store(index, view, chunks, [unit(1, n / 10) for n in range(10)])
        assert len(await index.search_dense(view, unit(1), model=MODEL, limit=3)) == 3
        assert len(await index.search_lexical(view, "train", limit=3)) == 3
        assert await index.count(view) == 10

    async def test_agents_see_only_their_own_chunks(
        self, index: ChunkIndex, view: KnowledgeView
    ) -> None:
        other = KnowledgeView(await self.new_agent(index), sequence=1)
        await self.store(index, view, [passage("my train")], [unit(1)])
        await self.store(index, other, [passage("their train")], [unit(1)])
        for seen, text in ((view, "my train"), (other, "their train")):
            assert await index.count(seen) == 1
            dense = await index.search_dense(seen, unit(1), model=MODEL, limit=5)
            lexical = await index.search_lexical(seen, "train", limit=5)
            assert [chunk.text for chunk in (*dense, *lexical)] == [text, text]

    async def test_a_view_sees_what_was_there_at_its_number(
        self, index: ChunkIndex, view: KnowledgeView
    ) -> None:
        first, second = passage("first train"), passage("second train")
        second_view, third_view = replace(view, sequence=2), replace(view, sequence=3)
        await self.store(index, view, [first], [unit(1)])
        await self.store(index, second_view, [second], [unit(1)])
        await self.remove(index, third_view, first)
        for sequence, texts in (
            (0, set[str]()),
            (1, {"first train"}),
            (2, {"first train", "second train"}),
            (3, {"second train"}),
        ):
            seen = replace(view, sequence=sequence)
            dense = await index.search_dense(seen, unit(1), model=MODEL, limit=5)
            lexical = await index.search_lexical(seen, "train", limit=5)
            assert {chunk.text for chunk in dense} == texts
            assert {chunk.text for chunk in lexical} == texts
            assert await index.count(seen) == len(texts)

    @pytest.mark.parametrize(
        ("wanted", "texts"),
        [
            (KnowledgeFilter(), {"old train", "new train", "plain train"}),
            (KnowledgeFilter(files=frozenset({FILES[0], FILES[2]})), {"old train", "plain train"}),
            (KnowledgeFilter(files=frozenset({uuid4()})), set[str]()),
            (KnowledgeFilter(tags=frozenset({"travel"})), {"old train", "new train"}),
            (KnowledgeFilter(tags=frozenset({"expenses", "none"})), {"new train"}),
            (KnowledgeFilter(agent_tags=frozenset({"expenses"})), {"new train"}),
            (
                KnowledgeFilter(tags=frozenset({"travel"}), agent_tags=frozenset({"none"})),
                set[str](),
            ),
            (KnowledgeFilter(added_from=TIMES[1]), {"new train", "plain train"}),
            (KnowledgeFilter(added_before=TIMES[1]), {"old train"}),
            (
                KnowledgeFilter(
                    files=frozenset(FILES[:2]), tags=frozenset({"travel"}), added_from=TIMES[1]
                ),
                {"new train"},
            ),
        ],
    )
    async def test_a_filter_limits_what_is_read(
        self, index: ChunkIndex, view: KnowledgeView, wanted: KnowledgeFilter, texts: set[str]
    ) -> None:
        for each, added_at in zip(
            (
                passage("old train", file_id=FILES[0], tags=("Travel",)),
                passage("new train", file_id=FILES[1], tags=("travel", "Expenses")),
                passage("plain train", file_id=FILES[2]),
            ),
            TIMES,
            strict=True,
        ):
            await self.store(index, view, [each], [unit(1)], added_at=added_at)
        seen = replace(view, filter=wanted)
        dense = await index.search_dense(seen, unit(1), model=MODEL, limit=5)
        lexical = await index.search_lexical(seen, "train", limit=5)
        assert {chunk.text for chunk in dense} == texts
        assert {chunk.text for chunk in lexical} == texts
        assert await index.count(seen) == len(texts)

    async def test_vectors_of_another_model_are_never_compared(
        self, index: ChunkIndex, view: KnowledgeView
    ) -> None:
        await self.store(index, view, [passage("mine")], [unit(1)])
        await self.store(
            index, view, [passage("other")], [unit(1, dimension=16)], model="other-model"
        )
        found = await index.search_dense(view, unit(1), model=MODEL, limit=5)
        assert [chunk.text for chunk in found] == ["mine"]
        found = await index.search_dense(view, unit(1, dimension=16), model="other-model", limit=5)
        assert [chunk.text for chunk in found] == ["other"]

    @pytest.mark.parametrize("query", ["", "   ", "?!... -- & | ( : * '", "\N{ZERO WIDTH SPACE}"])
    async def test_a_query_without_words_finds_nothing(
        self, index: ChunkIndex, view: KnowledgeView, query: str
    ) -> None:
        await self.store(index, view, [passage("train")], [unit(1)])
        assert await index.search_lexical(view, query, limit=5) == []

    @pytest.mark.parametrize(
        "query", ["train & | !", "'train", "train:* <-> \\", 'train"; drop table x; --', "train%_"]
    )
    async def test_operators_in_a_query_are_only_characters(
        self, index: ChunkIndex, view: KnowledgeView, query: str
    ) -> None:
        await self.store(index, view, [passage("a train")], [unit(1)])
        found = await index.search_lexical(view, query, limit=5)
        assert [chunk.text for chunk in found] == ["a train"]

    @pytest.mark.parametrize(
        ("text", "query"),
        [
            ("员工每年有二十八天带薪假期。", "带薪假期"),
            ("従業員には有給休暇があります。", "有給休暇"),
            ("Die Tagespauschale für Übernachtungen beträgt 32 €.", "übernachtungen"),
            ("δικαιούται άδεια", "άδεια"),
            ("Сотрудник имеет право на отпуск.", "отпуск"),
            ("error code E4711 means no paper", "E4711"),
        ],
    )
    async def test_words_of_many_scripts_are_found(
        self, index: ChunkIndex, view: KnowledgeView, text: str, query: str
    ) -> None:
        await self.store(index, view, [passage("train"), passage(text)], [unit(1), unit(1)])
        found = await index.search_lexical(view, query, limit=5)
        assert [chunk.text for chunk in found] == [text]

    async def test_any_chunk_can_be_compared_in_both_ways(
        self, index: ChunkIndex, view: KnowledgeView
    ) -> None:
        chunks = [passage("train journey"), passage("train"), passage("aardvark")]
        await self.store(index, view, chunks, [unit(1), unit(0, 1), unit(1, 1)])
        ids = [chunk.chunk_id for chunk in chunks]
        scores = await index.score(view, ids, "train journey", unit(1), model=MODEL)
        assert [scores[each].dense for each in ids] == pytest.approx([1, 0, 0.7071], abs=1e-3)
        found = {c.text: c for c in await index.search_lexical(view, "train journey", limit=5)}
        assert scores[ids[0]].lexical == pytest.approx(found["train journey"].score, rel=1e-3)
        assert scores[ids[0]].term_share == pytest.approx(1)
        assert 0 < scores[ids[1]].term_share < 1
        assert 0 < scores[ids[1]].lexical_share < scores[ids[0]].lexical_share < 1
        assert (scores[ids[2]].lexical, scores[ids[2]].term_share) == (0, 0)

    async def test_a_query_moves_towards_what_looked_best(
        self, index: ChunkIndex, view: KnowledgeView
    ) -> None:
        best, like_best, other = passage("one"), passage("two"), passage("three")
        vectors = [unit(1, 1), unit(0.2, 1), unit(0.2, 0, 1)]
        await self.store(index, view, [best, like_best, other], vectors)
        moved = await index.score_moved(
            [like_best.chunk_id, other.chunk_id, uuid4()],
            unit(1),
            model=MODEL,
            towards=[best.chunk_id],
            by=1.0,
        )
        assert set(moved) == {like_best.chunk_id, other.chunk_id}
        assert moved[like_best.chunk_id] == pytest.approx(0.5555, abs=1e-3)
        assert moved[other.chunk_id] == pytest.approx(0.1812, abs=1e-3)

    async def test_a_word_that_no_chunk_holds_lowers_the_share_of_the_others(
        self, index: ChunkIndex, view: KnowledgeView
    ) -> None:
        chunk = passage("train journey")
        await self.store(index, view, [chunk, passage("aardvark")], [unit(1), unit(1)])
        shares = [
            (await index.score(view, [chunk.chunk_id], query, unit(1), model=MODEL))[
                chunk.chunk_id
            ].term_share
            for query in ("train", "train xyzzy")
        ]
        assert shares[0] == pytest.approx(1)
        assert shares[1] < 0.7

    async def test_what_another_model_embedded_has_no_cosine(
        self, index: ChunkIndex, view: KnowledgeView
    ) -> None:
        chunk = passage("train")
        await self.store(index, view, [chunk], [unit(1, dimension=16)], model="other-model")
        scores = await index.score(view, [chunk.chunk_id], "train", unit(1), model=MODEL)
        assert scores[chunk.chunk_id].dense is None
        moved = await index.score_moved(
            [chunk.chunk_id], unit(1), model=MODEL, towards=[chunk.chunk_id], by=0.3
        )
        assert moved == {}
        assert scores[chunk.chunk_id].lexical > 0

    async def test_chunks_around_a_place_are_those_of_the_view(
        self, index: ChunkIndex, view: KnowledgeView
    ) -> None:
        file_id = uuid4()
        chunks = [passage(f"part {n}", position=n, file_id=file_id) for n in range(3)]
        await self.store(index, view, chunks, [unit(1)] * 3)
        found = await index.around(view, [(file_id, 1), (file_id, 7), (uuid4(), 0)])
        assert found == [chunks[1]]
        assert await index.around(replace(view, sequence=0), [(file_id, 1)]) == []
