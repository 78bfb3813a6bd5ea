"""Search in the database: what is seen, what is near, what the words weigh."""

from collections.abc import Sequence

import numpy as np
import pytest

from agentgrid.creator_studio.core import IndexedChunk, KnowledgeFilter, KnowledgeView, Vector
from agentgrid.features.deps import Services
from agentgrid.features.knowledge.index import PostgresChunkIndex
from tests.features.knowledge.conftest import Shelf, make_shelf
from tests.features.knowledge.writer import MODEL, Writer

RANDOM = np.random.default_rng(7)


def unit_vectors(count: int, dimension: int = 384) -> Vector:
    vectors = RANDOM.normal(size=(count, dimension)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def texts(found: Sequence[IndexedChunk]) -> list[str]:
    return [chunk.text for chunk in found]


@pytest.fixture
def writer(shelf: Shelf, services: Services) -> Writer:
    return Writer(services, shelf.agent_id)


@pytest.fixture(params=[5_000, 0], ids=["exact", "approximate"])
def index(services: Services, request: pytest.FixtureRequest) -> PostgresChunkIndex:
    """Both ways to find what is near must find the same."""
    limit: int = request.param
    return PostgresChunkIndex(services.pool, exact_up_to=limit)


@pytest.mark.parametrize("dimension", [384, 1536, 3072, 4096])
async def test_the_nearest_come_first_with_their_cosine(
    shelf: Shelf, writer: Writer, index: PostgresChunkIndex, dimension: int
) -> None:
    vectors = unit_vectors(50, dimension)
    await writer.publish("a.txt", [f"passage {n}" for n in range(50)], vectors)
    found = await index.search_dense(
        KnowledgeView(shelf.agent_id, 1), vectors[17], model=MODEL, limit=5
    )
    assert len(found) == 5
    cosines = vectors @ vectors[17]
    expected = np.argsort(-cosines)[:5]
    assert texts(found) == [f"passage {n}" for n in expected]
    assert [chunk.score for chunk in found] == pytest.approx(list(cosines[expected]), abs=1e-3)
    assert found[0].heading_path == ("Heading",)
    assert found[0].file_name == "a.txt"


async def test_a_view_sees_what_was_there_at_its_number(
    shelf: Shelf, writer: Writer, index: PostgresChunkIndex, services: Services
) -> None:
    vectors = unit_vectors(1)
    first = await writer.publish("first.txt", ["pump one"], vectors)
    await writer.publish("second.txt", ["pump two"], vectors)
    await services.pool.execute("update knowledge_files set removed_seq = 3 where id = $1", first)
    seen = {1: {"pump one"}, 2: {"pump one", "pump two"}, 3: {"pump two"}, 0: set[str]()}
    for sequence, expected in seen.items():
        view = KnowledgeView(shelf.agent_id, sequence)
        dense = await index.search_dense(view, vectors[0], model=MODEL, limit=10)
        lexical = await index.search_lexical(view, "pump", limit=10)
        assert set(texts(dense)) == set(texts(lexical)) == expected
        assert await index.count(view) == len(expected)


async def test_hidden_neighbours_do_not_starve_the_result(
    shelf: Shelf, writer: Writer, index: PostgresChunkIndex, services: Services
) -> None:
    near = unit_vectors(1)
    crowd = near + 0.01 * unit_vectors(400)
    crowd /= np.linalg.norm(crowd, axis=1, keepdims=True)
    hidden = await writer.publish("hidden.txt", [f"hidden {n}" for n in range(400)], crowd)
    await writer.publish("far.txt", [f"far {n}" for n in range(20)], unit_vectors(20))
    await services.pool.execute("update knowledge_files set removed_seq = 2 where id = $1", hidden)
    view = KnowledgeView(shelf.agent_id, 2)
    found = await index.search_dense(view, near[0], model=MODEL, limit=10)
    assert len(found) == 10
    assert all(text.startswith("far") for text in texts(found))


async def test_a_narrow_filter_does_not_starve_the_result(
    shelf: Shelf, writer: Writer, index: PostgresChunkIndex
) -> None:
    near = unit_vectors(1)
    crowd = near + 0.01 * unit_vectors(400)
    crowd /= np.linalg.norm(crowd, axis=1, keepdims=True)
    await writer.publish("crowd.txt", [f"crowd {n}" for n in range(400)], crowd)
    wanted = await writer.publish("far.txt", [f"far {n}" for n in range(20)], unit_vectors(20))
    view = KnowledgeView(shelf.agent_id, 2, KnowledgeFilter(files=frozenset({wanted})))
    found = await index.search_dense(view, near[0], model=MODEL, limit=10)
    assert len(found) == 10
    assert all(text.startswith("far") for text in texts(found))


async def test_vectors_of_two_models_are_never_compared(
    shelf: Shelf, writer: Writer, index: PostgresChunkIndex
) -> None:
    mine, other = unit_vectors(1), unit_vectors(1)
    await writer.publish("a.txt", ["by a"], mine)
    await writer.publish("b.txt", ["by b"], other, model="model-b")
    await writer.publish("c.txt", ["by c, in another space"], unit_vectors(1, 512), model="model-c")
    view = KnowledgeView(shelf.agent_id, 3)
    assert texts(await index.search_dense(view, other[0], model=MODEL, limit=9)) == ["by a"]
    assert texts(await index.search_dense(view, other[0], model="model-b", limit=9)) == ["by b"]
    wide = unit_vectors(1, 512)[0]
    found = await index.search_dense(view, wide, model="model-c", limit=9)
    assert texts(found) == ["by c, in another space"]


async def test_other_agents_are_never_seen(
    shelf: Shelf, writer: Writer, index: PostgresChunkIndex, services: Services
) -> None:
    other = await make_shelf(shelf.owner, services, "Other")
    vectors = unit_vectors(1)
    await writer.publish("mine.txt", ["my pump"], vectors)
    await Writer(services, other.agent_id).publish("theirs.txt", ["their pump"], vectors)
    view = KnowledgeView(shelf.agent_id, 9)
    assert texts(await index.search_dense(view, vectors[0], model=MODEL, limit=9)) == ["my pump"]
    assert texts(await index.search_lexical(view, "pump", limit=9)) == ["my pump"]
    assert await index.count(view) == 1


async def test_an_agent_without_documents_has_nothing(
    shelf: Shelf, index: PostgresChunkIndex
) -> None:
    view = KnowledgeView(shelf.agent_id, 0)
    assert await index.search_dense(view, unit_vectors(1)[0], model=MODEL, limit=9) == []
    assert await index.search_lexical(view, "pump", limit=9) == []
    assert await index.count(view) == 0


# --- words ----------------------------------------------------------------------------


async def lexical(shelf: Shelf, services: Services, query: str) -> list[str]:
    view = KnowledgeView(shelf.agent_id, 99)
    return texts(await PostgresChunkIndex(services.pool).search_lexical(view, query, limit=10))


async def test_rare_words_weigh_more_than_common_ones(
    shelf: Shelf, writer: Writer, services: Services
) -> None:
    passages = [f"the machine runs on day {n}" for n in range(20)]
    passages += ["the sprocket rests", "machine machine machine"]
    await writer.publish("a.txt", passages, unit_vectors(len(passages)))
    assert (await lexical(shelf, services, "machine sprocket"))[0] == "the sprocket rests"


async def test_a_word_said_often_weighs_more_and_a_long_passage_less(
    shelf: Shelf, writer: Writer, services: Services
) -> None:
    passages = [
        "valve " + "filler words that say nothing at all " * 10,
        "valve and nothing else",
        "valve valve valve again",
        *(f"other things {n}" for n in range(10)),
    ]
    await writer.publish("a.txt", passages, unit_vectors(len(passages)))
    assert await lexical(shelf, services, "valve") == [passages[2], passages[1], passages[0]]


async def test_bm25_is_what_the_formula_says(
    shelf: Shelf, writer: Writer, services: Services
) -> None:
    passages = ["red red red car", "red car", "blue bicycle bell", "green bus"]
    await writer.publish("a.txt", passages, unit_vectors(4))
    found = await PostgresChunkIndex(services.pool).search_lexical(
        KnowledgeView(shelf.agent_id, 1), "red", limit=10
    )
    mean = (4 + 2 + 3 + 2) / 4
    idf = np.log(1 + (4 - 2 + 0.5) / (2 + 0.5))
    expected = [
        idf * 3 * 2.2 / (3 + 1.2 * (0.25 + 0.75 * 4 / mean)),
        idf * 1 * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 2 / mean)),
    ]
    assert [chunk.score for chunk in found] == pytest.approx(sorted(expected, reverse=True))


@pytest.mark.parametrize(
    "query", ["", "?! ...", "the of and", "'; drop table users; --' the", "&|!"]
)
async def test_questions_without_words_find_nothing(
    shelf: Shelf, writer: Writer, services: Services, query: str
) -> None:
    await writer.publish("a.txt", ["the pump of the house"], unit_vectors(1))
    assert await lexical(shelf, services, query) == []


async def test_words_in_every_passage_are_searched_within_a_budget(
    shelf: Shelf, writer: Writer, services: Services
) -> None:
    passages = [f"kettle number {n}" for n in range(5000)]
    passages[4321] = "kettle lid"
    passages[1234] = "lid and kettle, kettle and lid"
    await writer.publish("a.txt", passages, unit_vectors(5000, 8))
    assert set((await lexical(shelf, services, "kettle lid"))[:2]) == {
        passages[4321],
        passages[1234],
    }
    assert len(await lexical(shelf, services, "kettle")) == 10
