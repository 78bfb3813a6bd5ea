"""One stored object per content, files that replace others, and what is removed for good."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from agentgrid.creator_studio.core import Vector
from agentgrid.creator_studio.rag.embeddings import MiniLmEmbedder
from agentgrid.embedded.weights import MINILM, ensure_weights
from agentgrid.features.deps import Services
from agentgrid.features.knowledge.cleaning import clean
from agentgrid.features.knowledge.objects import original_key, remove_unused
from agentgrid.kit.db import unit_of_work
from agentgrid.settings import Settings
from tests.features.knowledge.conftest import Json, Shelf, make_shelf, process
from tests.features.knowledge.whole import assert_statistics_exact

REFUND = "You can return any product within thirty days of purchase and get a full refund."


async def clean_all(services: Services) -> None:
    """As if days had passed."""
    await clean(services, grace_minutes=0, object_hours=0)


async def replace_with(shelf: Shelf, name: str, text: str) -> UUID:
    answer = await shelf.owner.post(
        f"{shelf.path}/files", files={"file": (name, text.encode())}, data={"replace": "true"}
    )
    assert answer.status_code == 202, answer.text
    return UUID(answer.json()["id"])


async def stored(services: Services, file: Json) -> bool:
    key = await services.pool.fetchval(
        "select storage_key from knowledge_files where id = $1", UUID(file["id"])
    )
    return await services.storage.exists(key)


# --- the same content -----------------------------------------------------------------


async def test_the_same_content_is_stored_once(shelf: Shelf, services: Services) -> None:
    other = await make_shelf(shelf.owner, services, "Other")
    await shelf.upload("one.txt", REFUND)
    await other.upload("two.txt", REFUND)
    keys = await services.pool.fetch("select storage_key from knowledge_files")
    assert len(keys) == 2
    assert len({row["storage_key"] for row in keys}) == 1


async def test_an_original_stays_as_long_as_a_file_needs_it(
    shelf: Shelf, services: Services
) -> None:
    text = f"{REFUND} {uuid4()}"
    other = await make_shelf(shelf.owner, services, "Other")
    mine = await shelf.upload("one.txt", text)
    theirs = await other.add("two.txt", text)
    await shelf.owner.delete(f"{shelf.path}/files/{mine}")
    await clean_all(services)
    content = await other.owner.get(f"{other.path}/files/{theirs['id']}/content")
    assert content.content == text.encode()
    assert await stored(services, theirs)


async def test_objects_that_no_file_names_are_removed_after_a_day(
    shelf: Shelf, services: Services
) -> None:
    text = f"{REFUND} {uuid4()}"
    file_id = await shelf.upload("one.txt", text)
    key = await services.pool.fetchval(
        "select storage_key from knowledge_files where id = $1", file_id
    )
    await shelf.owner.delete(f"{shelf.path}/files/{file_id}")
    await clean(services)
    assert await services.storage.exists(key)
    await clean_all(services)
    assert not await services.storage.exists(key)
    assert await services.pool.fetchval("select count(*) from knowledge_objects") == 0
    again = await shelf.add("one.txt", text)
    assert again["status"] == "ready"


async def test_the_key_of_an_original_is_its_content(shelf: Shelf, services: Services) -> None:
    row = await shelf.upload("one.txt", REFUND)
    stored_file = await services.pool.fetchrow(
        "select content_hash, storage_key from knowledge_files where id = $1", row
    )
    assert stored_file is not None
    assert stored_file["storage_key"] == original_key(stored_file["content_hash"])


async def test_what_is_uploaded_while_it_is_removed_is_stored_again(
    shelf: Shelf, services: Services
) -> None:
    text = f"{REFUND} {uuid4()}"
    gone = await shelf.upload("one.txt", text)
    await shelf.owner.delete(f"{shelf.path}/files/{gone}")
    async with unit_of_work(services.sessions) as session:
        assert await remove_unused(session, services.storage.delete, most=10, hours=0) > 0
        uploading = asyncio.create_task(shelf.upload("two.txt", text))
        while not await services.pool.fetchval(
            "select exists (select from pg_locks where not granted)"
        ):
            assert not uploading.done()
    file = await shelf.file(await uploading)
    content = await shelf.owner.get(f"{shelf.path}/files/{file['id']}/content")
    assert content.content == text.encode()


# --- changed files --------------------------------------------------------------------


class CountingEmbedder(MiniLmEmbedder):
    """The real one, which remembers how many texts it was given."""

    count = 0

    async def embed_passages(self, texts: Sequence[str]) -> Vector:
        self.count += len(texts)
        return await super().embed_passages(texts)


@pytest.fixture
def counting(settings: Settings) -> CountingEmbedder:
    models = settings.resolved_models_dir
    return CountingEmbedder(ensure_weights(MINILM, models), models)


async def test_a_changed_file_is_embedded_where_it_changed(
    shelf: Shelf, services: Services, counting: CountingEmbedder
) -> None:
    counted = replace(services, embedder=counting)
    rules = [f"# Rule {n}\n\nPart {n} is checked {n} times." for n in range(20)]
    await process(counted, await shelf.upload("rules.md", "\n\n".join(rules)))
    assert counting.count == 20
    rules[7] = "# Rule 7\n\nPart 7 is never checked."
    await process(counted, await replace_with(shelf, "rules.md", "\n\n".join(rules)))
    assert counting.count == 21


async def test_a_replacement_takes_over_in_the_moment_it_can_be_asked(
    shelf: Shelf, services: Services
) -> None:
    old = await shelf.add("refunds.txt", f"{REFUND} Thirty days.")
    new = await replace_with(shelf, "refunds.txt", f"{REFUND} Sixty days.")
    (before,) = (await shelf.retrieve("full refund"))["chunks"]
    assert before["file_id"] == old["id"]
    await process(services, new)
    (after,) = (await shelf.retrieve("full refund"))["chunks"]
    assert after["file_id"] == str(new)
    rows = await services.pool.fetch(
        "select added_seq, removed_seq from knowledge_files order by id"
    )
    assert [tuple(row) for row in rows] == [(1, 2), (2, None)]
    assert (await shelf.owner.get(f"{shelf.path}/files/{old['id']}")).status_code == 404


async def test_without_being_asked_to_a_file_replaces_nothing(shelf: Shelf) -> None:
    await shelf.add("refunds.txt", f"{REFUND} Thirty days.")
    await shelf.add("refunds.txt", f"{REFUND} Sixty days.")
    names = (await shelf.owner.get(f"{shelf.path}/files")).json()["items"]
    assert [file["name"] for file in names] == ["refunds.txt", "refunds.txt"]


# --- removed for good -----------------------------------------------------------------


async def passages(services: Services, file: Json) -> int:
    count: int = await services.pool.fetchval(
        "select count(*) from knowledge_chunks where file_id = $1", UUID(file["id"])
    )
    return count


async def test_what_no_version_reads_goes_with_its_words_and_vectors(
    shelf: Shelf, services: Services
) -> None:
    kept = await shelf.add("kept.txt", f"{REFUND} Keep the receipt.")
    gone = await shelf.add("gone.txt", f"{REFUND} Keep the peculiar box.")
    await shelf.owner.delete(f"{shelf.path}/files/{gone['id']}")
    await clean(services)
    assert await passages(services, gone) == 1, "answers under way may still read it"
    await clean_all(services)
    assert await passages(services, gone) == 0
    assert await services.pool.fetchval("select count(*) from knowledge_files") == 1
    assert await services.pool.fetchval("select count(*) from knowledge_vectors") == 1
    lexemes = await services.pool.fetch("select lexeme from knowledge_lexemes")
    assert "peculiar" not in {row["lexeme"] for row in lexemes}
    await assert_statistics_exact(services)
    assert await shelf.found("full refund") == ["kept.txt"]
    assert await stored(services, kept)


async def test_the_last_document_leaves_no_statistics(shelf: Shelf, services: Services) -> None:
    file = await shelf.add("gone.txt", REFUND)
    await shelf.owner.delete(f"{shelf.path}/files/{file['id']}")
    await clean_all(services)
    await assert_statistics_exact(services)
    row = await services.pool.fetchrow("select chunks, languages from knowledge_statistics")
    assert row is not None
    assert tuple(row) == (0, "[]")
    again = await shelf.add("gone.txt", REFUND)
    assert await shelf.found("full refund") == [again["name"]]
    await assert_statistics_exact(services)


async def test_what_a_version_keeps_stays(shelf: Shelf, services: Services) -> None:
    file = await shelf.add("refunds.txt", REFUND)
    snapshot = await shelf.owner.post(f"{shelf.path}/versions", json={})
    assert snapshot.status_code == 201
    await shelf.owner.delete(f"{shelf.path}/files/{file['id']}")
    await clean_all(services)
    assert await passages(services, file) == 1


async def test_a_cited_document_still_opens_when_its_passages_are_gone(
    shelf: Shelf, services: Services
) -> None:
    file = await shelf.add("refunds.txt", REFUND)
    await cite(shelf, services, file["id"])
    await shelf.owner.delete(f"{shelf.path}/files/{file['id']}")
    await clean_all(services)
    await clean_all(services)
    assert await passages(services, file) == 0
    await assert_statistics_exact(services)
    path = f"{shelf.path}/files/{file['id']}"
    assert (await shelf.owner.get(f"{path}/text")).json()["text"] == REFUND
    assert (await shelf.owner.get(f"{path}/content")).content == REFUND.encode()


async def cite(shelf: Shelf, services: Services, file_id: str) -> None:
    """An answer that cites the file."""
    session = await shelf.owner.post(f"{shelf.path}/sessions", json={})
    assert session.status_code == 201, session.text
    await services.pool.execute(
        """insert into chat_messages (id, session_id, seq, role, content, status, citations)
           values ($1, $2, 1, 'assistant', 'Thirty days [1].', 'complete',
                   jsonb_build_array(jsonb_build_object('file_id', $3::text)))""",
        uuid4(),
        UUID(session.json()["id"]),
        file_id,
    )
