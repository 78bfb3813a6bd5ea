import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from agentgrid.creator_studio.core import Vector
from agentgrid.creator_studio.rag.embeddings import MiniLmEmbedder
from agentgrid.embedded.weights import MINILM, ensure_weights
from agentgrid.features.deps import Services
from agentgrid.features.knowledge.ingest_store import IngestStore, LeaseLost
from agentgrid.features.knowledge.ingestion import ATTEMPTS, INTERRUPTIONS, process_file
from agentgrid.features.knowledge.live import FileEvents
from agentgrid.settings import Settings
from tests.features.knowledge.conftest import Shelf, make_shelf, process
from tests.fixtures.documents import builders

REFUND = "You can return any product within thirty days of purchase and get a full refund."
DOCUMENTS: dict[str, bytes] = {
    "refunds.txt": REFUND.encode(),
    "refunds.md": f"# Refunds\n\n{REFUND}\n\n## Shipping\n\nParcels leave at noon.".encode(),
    "refunds.pdf": builders.text_pdf([("Refunds", REFUND), ("Shipping", "Parcels leave at noon.")]),
    "travel.docx": builders.word_document(),
    "leave.html": builders.WEB_PAGE.encode(),
    "rates.csv": builders.comma_separated(),
    "rates.xlsx": builders.workbook(),
    "plan.pptx": builders.presentation(),
}
BROKEN: dict[str, tuple[bytes, str]] = {
    "secret.pdf": (builders.encrypted_pdf(), "encrypted_document"),
    "scan.pdf": (builders.scanned_pdf(), "empty_document"),
    "cut.docx": (builders.word_document()[:3000], "corrupt_document"),
    "cut.pdf": (b"%PDF-1.7\n" + b"nothing that follows is a PDF\n" * 50, "corrupt_document"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_every_format_becomes_passages_of_the_text(shelf: Shelf, name: str) -> None:
    file = await shelf.add(name, DOCUMENTS[name])
    assert (file["status"], file["progress"], file["error"]) == ("ready", 1, None)
    text = (await shelf.owner.get(f"{shelf.path}/files/{file['id']}/text")).json()
    chunks = await shelf.chunks(file["id"])
    assert file["chunks"] == len(chunks) > 0
    assert [chunk["position"] for chunk in chunks] == list(range(len(chunks)))
    for chunk in chunks:
        assert text["text"][chunk["char_start"] : chunk["char_end"]] == chunk["text"]
    assert text["total"] == len(text["text"])


@pytest.mark.parametrize("name", BROKEN)
async def test_what_cannot_be_read_fails_with_reason_and_advice(shelf: Shelf, name: str) -> None:
    data, code = BROKEN[name]
    file = await shelf.add(name, data)
    assert file["status"] == "failed"
    assert file["error"]["code"] == code
    assert file["error"]["reason"]
    assert file["error"]["advice"]


async def test_a_partly_scanned_document_is_read_with_a_warning(shelf: Shelf) -> None:
    file = await shelf.add("half.pdf", builders.partly_scanned_pdf(REFUND))
    assert file["status"] == "ready"
    assert file["warning"]


async def test_pages_are_kept_where_a_format_has_them(shelf: Shelf) -> None:
    file = await shelf.add("refunds.pdf", DOCUMENTS["refunds.pdf"])
    assert file["pages"] == 2
    assert {chunk["page"] for chunk in await shelf.chunks(file["id"])} == {1, 2}
    text = (await shelf.owner.get(f"{shelf.path}/files/{file['id']}/text")).json()
    assert [page["number"] for page in text["pages"]] == [1, 2]
    second = text["pages"][1]
    assert "noon" in text["text"][second["char_start"] : second["char_end"]]


async def test_headings_are_kept(shelf: Shelf) -> None:
    file = await shelf.add("refunds.md", DOCUMENTS["refunds.md"])
    paths = [chunk["heading_path"] for chunk in await shelf.chunks(file["id"])]
    assert paths == [["Refunds"], ["Refunds", "Shipping"]]


async def test_a_window_of_the_text(shelf: Shelf) -> None:
    file = await shelf.add("refunds.txt", REFUND)
    path = f"{shelf.path}/files/{file['id']}/text"
    window = (await shelf.owner.get(f"{path}?start=8&end=14")).json()
    assert (window["text"], window["start"], window["end"]) == ("return", 8, 14)
    behind = (await shelf.owner.get(f"{path}?start=100000&end=5")).json()
    assert (behind["text"], behind["start"]) == ("", len(REFUND))


async def test_text_that_was_not_read_yet_is_told(shelf: Shelf) -> None:
    file_id = await shelf.upload("refunds.txt", f"{REFUND} Nobody read this before.")
    answer = await shelf.owner.get(f"{shelf.path}/files/{file_id}/text")
    assert answer.status_code == 409
    assert answer.json()["code"] == "text_not_ready"


async def test_nothing_is_found_before_a_file_is_ready(
    shelf: Shelf, services: Services, tmp_path: Path
) -> None:
    file_id = await shelf.upload("refunds.txt", REFUND)
    assert await shelf.found("refund") == []
    await process(without_model(services, tmp_path), file_id)
    assert await shelf.found("refund") == []
    await process(services, file_id)
    assert await shelf.found("refund") == ["refunds.txt"]


async def test_processing_twice_changes_nothing(shelf: Shelf, services: Services) -> None:
    file = await shelf.add("refunds.md", DOCUMENTS["refunds.md"])
    before = await shelf.chunks(file["id"])
    await process(services, UUID(file["id"]))
    assert await shelf.chunks(file["id"]) == before
    assert await shelf.file(UUID(file["id"])) == file


async def test_two_workers_at_once_do_the_work_once(shelf: Shelf, services: Services) -> None:
    file_id = await shelf.upload("refunds.md", DOCUMENTS["refunds.md"])
    await asyncio.gather(*(process(services, file_id) for _ in range(4)))
    assert (await shelf.file(file_id))["chunks"] == 2
    sequence = await services.pool.fetchval(
        "select knowledge_sequence from agents where id = $1", shelf.agent_id
    )
    assert sequence == 1


async def test_files_published_at_once_get_different_sequence_numbers(
    shelf: Shelf, services: Services
) -> None:
    ids = [await shelf.upload(f"{n}.txt", f"{REFUND} Rule {n}.") for n in range(5)]
    await asyncio.gather(*(process(services, file_id) for file_id in ids))
    rows = await services.pool.fetch("select added_seq from knowledge_files")
    assert sorted(row["added_seq"] for row in rows) == [1, 2, 3, 4, 5]
    lexeme = await services.pool.fetchval(
        "select chunks from knowledge_lexemes where agent_id = $1 and lexeme = 'refund'",
        shelf.agent_id,
    )
    assert lexeme == 5


# --- failing and trying again ---------------------------------------------------------


def without_model(services: Services, tmp_path: Path) -> Services:
    """The same services, with an embedder whose weights are not there."""
    return replace(services, embedder=MiniLmEmbedder(tmp_path / "none", tmp_path / "none"))


async def test_what_may_pass_is_tried_again_later(
    shelf: Shelf, services: Services, tmp_path: Path
) -> None:
    file_id = await shelf.upload("refunds.txt", REFUND)
    await process(without_model(services, tmp_path), file_id)
    row = await services.pool.fetchrow("select * from knowledge_files where id = $1", file_id)
    assert row is not None
    assert (row["status"], row["attempts"], row["lease_owner"]) == ("queued", 1, None)
    assert row["enqueued_at"] > datetime.now(UTC)
    await process(services, file_id)
    assert (await shelf.file(file_id))["status"] == "ready"


async def test_after_three_attempts_it_fails_and_a_person_can_retry(
    shelf: Shelf, services: Services, tmp_path: Path
) -> None:
    file_id = await shelf.upload("refunds.txt", REFUND)
    for _ in range(ATTEMPTS):
        await process(without_model(services, tmp_path), file_id)
    failed = await shelf.file(file_id)
    assert failed["status"] == "failed"
    assert failed["error"]["code"] == "temporarily_unavailable"
    answer = await shelf.owner.post(f"{shelf.path}/files/{file_id}/retry")
    assert answer.status_code == 202
    assert (answer.json()["status"], answer.json()["error"]) == ("queued", None)
    await process(services, file_id)
    assert (await shelf.file(file_id))["status"] == "ready"


async def test_only_a_failed_file_can_be_retried(shelf: Shelf) -> None:
    file = await shelf.add("refunds.txt", REFUND)
    answer = await shelf.owner.post(f"{shelf.path}/files/{file['id']}/retry")
    assert answer.status_code == 409
    assert answer.json()["code"] == "file_not_failed"


async def test_a_document_that_cannot_be_read_is_not_tried_again(
    shelf: Shelf, services: Services
) -> None:
    file = await shelf.add("scan.pdf", builders.scanned_pdf())
    row = await services.pool.fetchrow(
        "select attempts, lease_owner from knowledge_files where id = $1", UUID(file["id"])
    )
    assert row is not None
    assert tuple(row) == (0, None)


async def test_a_lost_original_is_told(shelf: Shelf, services: Services) -> None:
    file_id = await shelf.upload("refunds.txt", REFUND + " Once.")
    key = await services.pool.fetchval(
        "select storage_key from knowledge_files where id = $1", file_id
    )
    await services.storage.delete(key)
    await process(services, file_id)
    file = await shelf.file(file_id)
    assert file["status"] == "failed"
    assert "upload it again" in file["error"]["advice"]


async def test_a_file_that_kills_its_workers_is_given_up(shelf: Shelf, services: Services) -> None:
    file_id = await shelf.upload("refunds.txt", REFUND)
    await services.pool.execute(
        """update knowledge_files set interruptions = $2, lease_owner = 'gone',
           lease_until = now() - interval '1 second',
           stages = '[{"name": "chunking", "state": "running", "progress": 0, "time_ms": 1,
                       "detail": null}]' where id = $1""",
        file_id,
        INTERRUPTIONS,
    )
    await process(services, file_id)
    error = (await shelf.file(file_id))["error"]
    assert (error["code"], error["stage"]) == ("worker_lost", "chunking")


# --- leases ---------------------------------------------------------------------------


def worker(services: Services, name: str) -> IngestStore:
    return IngestStore(services.sessions, FileEvents(services.redis), name)


async def test_a_leased_file_is_left_to_its_worker(shelf: Shelf, services: Services) -> None:
    file_id = await shelf.upload("refunds.txt", REFUND)
    assert await worker(services, "first").acquire(file_id) is not None
    assert await worker(services, "second").acquire(file_id) is None
    await process(services, file_id)
    assert (await shelf.file(file_id))["status"] == "queued"


async def test_an_expired_lease_is_taken_over_and_the_late_worker_changes_nothing(
    shelf: Shelf, services: Services
) -> None:
    file_id = await shelf.upload("refunds.txt", REFUND)
    late = worker(services, "late")
    file = await late.acquire(file_id)
    assert file is not None
    await services.pool.execute(
        "update knowledge_files set lease_until = now() - interval '1 second' where id = $1",
        file_id,
    )
    await process(services, file_id)
    before = await shelf.chunks(file_id)
    with pytest.raises(LeaseLost):
        await late.change(file_id, status="chunking")
    with pytest.raises(LeaseLost):
        await late.replace_chunks(file, [])
    with pytest.raises(LeaseLost):
        await late.publish(file)
    assert (await shelf.file(file_id))["status"] == "ready"
    assert await shelf.chunks(file_id) == before


async def test_a_worker_that_is_told_to_stop_hands_the_file_back(
    shelf: Shelf, services: Services
) -> None:
    file_id = await shelf.upload("refunds.txt", REFUND + " Soon.")
    await process_file(services, file_id, stopping=lambda: True)
    row = await services.pool.fetchrow("select * from knowledge_files where id = $1", file_id)
    assert row is not None
    assert (row["status"], row["lease_owner"], row["lease_until"]) == ("queued", None, None)
    assert row["enqueued_at"] is None
    assert row["attempts"] == 0
    await process(services, file_id)
    assert (await shelf.file(file_id))["status"] == "ready"


async def test_removing_a_file_stops_the_work_on_it(shelf: Shelf, services: Services) -> None:
    file_id = await shelf.upload("refunds.txt", REFUND)
    store = worker(services, "busy")
    assert await store.acquire(file_id) is not None
    assert (await shelf.owner.delete(f"{shelf.path}/files/{file_id}")).status_code == 204
    with pytest.raises(LeaseLost):
        await store.change(file_id, status="chunking")
    left = await services.pool.fetchval("select count(*) from knowledge_files")
    assert left == 0


# --- work that is not done twice ------------------------------------------------------


class CountingEmbedder(MiniLmEmbedder):
    """The real one, which remembers how many texts it was given."""

    count = 0

    async def embed_passages(self, texts: Sequence[str]) -> Vector:
        self.count += len(texts)
        return await super().embed_passages(texts)


@pytest.fixture
def counting(services: Services, settings: Settings) -> tuple[Services, CountingEmbedder]:
    models = settings.resolved_models_dir
    embedder = CountingEmbedder(ensure_weights(MINILM, models), models)
    return replace(services, embedder=embedder), embedder


async def test_what_was_embedded_anywhere_before_is_copied(
    shelf: Shelf, services: Services, counting: tuple[Services, CountingEmbedder]
) -> None:
    counted, embedder = counting
    other = await make_shelf(shelf.owner, services, "Other")
    for each in (shelf, other):
        await process(counted, await each.upload("refunds.md", DOCUMENTS["refunds.md"]))
    assert embedder.count == 2
    assert await other.found("refund") == ["refunds.md", "refunds.md"]
    vectors = await services.pool.fetch("select distinct embedding::text from knowledge_vectors")
    assert len(vectors) == 2


async def test_a_retry_goes_on_where_it_failed(
    shelf: Shelf, services: Services, counting: tuple[Services, CountingEmbedder]
) -> None:
    counted, embedder = counting
    file_id = await shelf.upload("refunds.md", DOCUMENTS["refunds.md"])
    await process(counted, file_id)
    # As a worker leaves it that died after the first passage.
    await services.pool.execute(
        """update knowledge_files set status = 'embedding', added_seq = null,
           lease_owner = 'gone', lease_until = now() - interval '1 second'"""
    )
    await services.pool.execute(
        """delete from knowledge_vectors v using knowledge_chunks c
           where c.id = v.chunk_id and c.position = 1"""
    )
    before = await services.pool.fetch("select id from knowledge_chunks order by position")
    embedder.count = 0
    await process(counted, file_id)
    assert embedder.count == 1
    assert await services.pool.fetch("select id from knowledge_chunks order by position") == before
    assert (await shelf.file(file_id))["status"] == "ready"
