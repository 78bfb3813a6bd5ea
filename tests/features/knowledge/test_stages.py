"""What a file goes through: askable first, embedded behind, stopped, tried again."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import pytest

from agentgrid.creator_studio.core import CredentialsRejected, Vector
from agentgrid.creator_studio.rag.embeddings import MiniLmEmbedder
from agentgrid.embedded.weights import MINILM, ensure_weights
from agentgrid.features.deps import Services
from agentgrid.features.knowledge.ingest_store import IngestStore, LeaseLost
from agentgrid.features.knowledge.live import FileEvents
from agentgrid.features.knowledge.progress import NAMES
from agentgrid.features.knowledge.stages import BATCH
from agentgrid.settings import Settings
from tests.features.knowledge.conftest import Json, Shelf, process, until
from tests.features.knowledge.whole import assert_statistics_exact
from tests.fixtures.documents import builders, scans

REFUND = "You can return any product within thirty days of purchase and get a full refund."


def rules(count: int) -> str:
    return "\n\n".join(f"# Rule {n}\n\nPart {n} is checked {n} times." for n in range(count))


class GatedEmbedder(MiniLmEmbedder):
    """The real one, which embeds documents only when it is let."""

    def __init__(self, settings: Settings) -> None:
        models = settings.resolved_models_dir
        super().__init__(ensure_weights(MINILM, models), models)
        self.gate = asyncio.Event()
        self.asked = asyncio.Event()

    async def embed_passages(self, texts: Sequence[str]) -> Vector:
        self.asked.set()
        await self.gate.wait()
        return await super().embed_passages(texts)


@pytest.fixture
def gated(settings: Settings) -> GatedEmbedder:
    return GatedEmbedder(settings)


class KeylessEmbedder(GatedEmbedder):
    """The real one behind a service that does not take its key."""

    async def embed_passages(self, texts: Sequence[str]) -> Vector:
        raise CredentialsRejected("The key was not accepted.", provider="openai")


def states(file: Json) -> dict[str, str]:
    return {stage["name"]: stage["state"] for stage in file["stages"]}


async def test_a_document_is_found_by_its_words_before_it_is_embedded(
    shelf: Shelf, services: Services, gated: GatedEmbedder
) -> None:
    file_id = await shelf.upload("refunds.txt", REFUND)
    assert (await shelf.file(file_id))["askable"] == "no"
    working = asyncio.create_task(process(replace(services, embedder=gated), file_id))
    await gated.asked.wait()
    file = await shelf.file(file_id)
    assert (file["status"], file["askable"]) == ("embedding", "words")
    assert await shelf.found("full refund") == ["refunds.txt"]
    gated.gate.set()
    await working
    file = await shelf.file(file_id)
    assert (file["status"], file["askable"]) == ("ready", "full")


async def test_stages_say_how_far_they_are_and_what_they_took(shelf: Shelf) -> None:
    file = await shelf.add("guide.pdf", builders.text_pdf([("Refunds", REFUND), ("More", REFUND)]))
    assert [stage["name"] for stage in file["stages"]] == list(NAMES)
    assert set(states(file).values()) == {"done"}
    assert all(stage["progress"] == 1 and stage["time_ms"] >= 0 for stage in file["stages"])
    assert file["stages"][0]["detail"] == "2 of 2 pages"
    assert file["stages"][3]["detail"] == "2 passages"
    assert (file["pages"], file["pages_read"], file["language"]) == (2, 2, "english")


async def test_a_new_file_shows_all_its_stages_waiting(shelf: Shelf) -> None:
    file = await shelf.file(await shelf.upload("refunds.txt", REFUND))
    assert states(file) == dict.fromkeys(NAMES, "waiting")


async def test_embedding_gives_way_to_documents_that_nobody_can_ask_yet(
    shelf: Shelf, services: Services
) -> None:
    large = await shelf.upload("large.md", rules(3 * BATCH))
    small = await shelf.upload("small.txt", REFUND)
    await process(services, large)
    file = await shelf.file(large)
    assert (file["status"], file["askable"]) == ("embedding", "words")
    assert states(file) == {**dict.fromkeys(NAMES, "done"), "embedding": "waiting"}
    row = await services.pool.fetchrow(
        """select lease_owner, (select count(*) from knowledge_vectors) as vectors
           from knowledge_files where id = $1""",
        large,
    )
    assert row is not None
    assert (row["lease_owner"], row["vectors"]) == (None, BATCH)
    await process(services, small)
    assert (await shelf.file(small))["status"] == "ready"
    await process(services, large)
    assert (await shelf.file(large))["status"] == "ready"
    assert await services.pool.fetchval("select count(*) from knowledge_vectors") == 3 * BATCH + 1


# --- failing --------------------------------------------------------------------------


async def test_a_failure_says_in_which_stage(shelf: Shelf) -> None:
    file = await shelf.add("secret.pdf", builders.encrypted_pdf())
    assert file["error"]["stage"] == "extracting"
    assert states(file) == {**dict.fromkeys(NAMES, "waiting"), "extracting": "failed"}
    assert file["askable"] == "no"


async def test_a_key_that_is_not_taken_fails_at_once_and_leaves_the_words(
    shelf: Shelf, services: Services, settings: Settings
) -> None:
    file_id = await shelf.upload("refunds.txt", REFUND)
    await process(replace(services, embedder=KeylessEmbedder(settings)), file_id)
    file = await shelf.file(file_id)
    assert (file["status"], file["askable"]) == ("failed", "words")
    assert (file["error"]["code"], file["error"]["stage"]) == ("credentials_rejected", "embedding")
    assert "admin" in file["error"]["advice"]
    assert await shelf.found("full refund") == ["refunds.txt"]

    answer = await shelf.owner.post(f"{shelf.path}/files/{file_id}/retry")
    assert states(answer.json()) == {**dict.fromkeys(NAMES, "done"), "embedding": "waiting"}
    await process(services, file_id)
    assert (await shelf.file(file_id))["askable"] == "full"
    await assert_statistics_exact(services)


# --- cancelling -----------------------------------------------------------------------


async def cancel(shelf: Shelf, file_id: UUID) -> Json:
    answer = await shelf.owner.post(f"{shelf.path}/files/{file_id}/cancel")
    assert answer.status_code == 202, answer.text
    return answer.json()


async def test_a_waiting_file_is_cancelled(shelf: Shelf, services: Services) -> None:
    file_id = await shelf.upload("refunds.txt", REFUND)
    file = await cancel(shelf, file_id)
    assert (file["status"], file["error"]["code"]) == ("failed", "cancelled")
    await process(services, file_id)
    assert (await shelf.file(file_id))["status"] == "failed"


async def test_cancelling_ends_the_work_and_a_retry_goes_on(
    shelf: Shelf, services: Services, gated: GatedEmbedder
) -> None:
    file_id = await shelf.upload("refunds.txt", REFUND)
    working = asyncio.create_task(process(replace(services, embedder=gated), file_id))
    await gated.asked.wait()
    file = await cancel(shelf, file_id)
    assert file["error"]["stage"] == "embedding"
    await working
    file = await shelf.file(file_id)
    assert (file["status"], file["askable"]) == ("failed", "words")
    assert states(file) == {**dict.fromkeys(NAMES, "done"), "embedding": "failed"}
    await shelf.owner.post(f"{shelf.path}/files/{file_id}/retry")
    await process(services, file_id)
    file = await shelf.file(file_id)
    assert (file["status"], file["error"]) == ("ready", None)


async def test_cancelling_ends_the_reading_in_the_child_process(
    shelf: Shelf, services: Services
) -> None:
    pages = [(f"Chapter {n}", REFUND * 20) for n in range(150)]
    extracting = asyncio.create_task(
        until(services, shelf.agent_id, lambda file: file.status == "extracting")
    )
    file_id = await shelf.upload("long.pdf", builders.text_pdf(pages))
    working = asyncio.create_task(process(services, file_id))
    await extracting
    file = await cancel(shelf, file_id)
    assert (file["error"]["code"], file["error"]["stage"]) == ("cancelled", "extracting")
    await working
    assert (await shelf.file(file_id))["status"] == "failed"
    assert await services.pool.fetchval("select count(*) from knowledge_chunks") == 0


async def test_what_is_over_cannot_be_cancelled(shelf: Shelf) -> None:
    file = await shelf.add("refunds.txt", REFUND)
    answer = await shelf.owner.post(f"{shelf.path}/files/{file['id']}/cancel")
    assert answer.status_code == 409
    assert answer.json()["code"] == "file_finished"


async def test_a_worker_whose_file_was_cancelled_can_write_nothing(
    shelf: Shelf, services: Services
) -> None:
    file_id = await shelf.upload("refunds.txt", REFUND)
    store = IngestStore(services.sessions, FileEvents(services.redis), "busy")
    assert await store.acquire(file_id) is not None
    await cancel(shelf, file_id)
    with pytest.raises(LeaseLost):
        await store.check(file_id)
    with pytest.raises(LeaseLost):
        await store.change(file_id, status="chunking")


async def test_scans_are_left_out_where_recognition_is_off_and_read_once_it_is_on(
    shelf: Shelf,
) -> None:
    page = scans.pdf(["A page that has enough text of its own.", scans.picture("Invoice 48213")])
    off = replace(shelf.services, policy=replace(shelf.services.policy, ocr=False))
    without = await shelf.upload("mixed.pdf", page)
    await process(off, without)
    told = await shelf.file(without)
    assert (told["status"], told["pages"], told["pages_read"]) == ("ready", 2, 1)
    assert told["warning"]

    # The same bytes again: what was read without recognition is not taken for all there is.
    await shelf.owner.delete(f"{shelf.path}/files/{without}")
    read = await shelf.add("mixed.pdf", page)
    assert (read["status"], read["pages_read"], read["warning"]) == ("ready", 2, None)
