# ruff: noqa: RUF001 - Chinese punctuation
from uuid import UUID

from structlog.testing import capture_logs

from agentgrid.creator_studio.core import KnowledgeView
from agentgrid.features.deps import Services
from agentgrid.features.knowledge.index import PostgresChunkIndex
from agentgrid.features.knowledge.service import make_retriever
from tests.features.knowledge.conftest import Shelf, make_shelf
from tests.fixtures.documents import builders

REFUND = "You can return any product within thirty days of purchase and get a full refund."
SHIPPING = "Parcels leave our warehouse in Lisbon every weekday at noon."
GERMAN = (
    "# Rückgabe\n\nDie Rückgabe von Waren ist innerhalb von dreißig Tagen möglich. "
    "Der Kaufpreis wird Ihnen vollständig erstattet.\n\n"
    "# Versand\n\nDie Pakete verlassen das Lager an jedem Werktag um zwölf Uhr."
)
CHINESE = (
    "# 退货\n\n客户可以在三十天内退货并获得全额退款。\n\n"
    "# 发货\n\n包裹每个工作日中午从里斯本仓库发出。"
)


async def test_a_question_finds_the_passage_that_answers_it(shelf: Shelf) -> None:
    data = builders.text_pdf([("Refunds", REFUND), ("Shipping", SHIPPING)])
    file = await shelf.add("policy.pdf", data)
    answer = await shelf.retrieve("May I send a product back?")
    best = answer["chunks"][0]
    assert best["file_id"] == file["id"]
    assert best["file_name"] == "policy.pdf"
    assert best["page"] == 1
    assert "thirty days" in best["text"]
    assert 0 <= best["confidence"] <= 1
    assert answer["queries"] == ["May I send a product back?"]
    text = (await shelf.owner.get(f"{shelf.path}/files/{file['id']}/text")).json()["text"]
    assert text[best["char_start"] : best["char_end"]] == best["text"]


async def test_the_limit_is_obeyed(shelf: Shelf) -> None:
    for number in range(4):
        await shelf.add(f"{number}.txt", f"{REFUND} Rule number {number}.")
    assert len((await shelf.retrieve("refund", limit=2))["chunks"]) == 2


async def test_an_agent_without_documents_finds_nothing(shelf: Shelf) -> None:
    answer = await shelf.retrieve("anything")
    assert (answer["chunks"], answer["coverage"], answer["confidence"]) == ([], "none", 0)


async def test_an_empty_question_is_refused(shelf: Shelf) -> None:
    answer = await shelf.owner.post(f"{shelf.path}/retrieve", json={"query": "  "})
    assert answer.status_code == 422


async def test_agents_read_their_own_documents_only(shelf: Shelf, services: Services) -> None:
    other = await make_shelf(shelf.owner, services, "Other")
    await shelf.add("refunds.txt", REFUND)
    await other.add("shipping.txt", SHIPPING)
    assert await shelf.found("refund parcels warehouse") == ["refunds.txt"]
    assert await other.found("refund parcels warehouse") == ["shipping.txt"]


async def test_german_questions_find_german_text_in_other_forms_of_the_word(shelf: Shelf) -> None:
    await shelf.add("regeln.md", GERMAN)
    best = (await shelf.retrieve("Wann werden Kaufpreise erstattet?"))["chunks"][0]
    assert best["heading_path"] == ["Rückgabe"]
    best = (await shelf.retrieve("Um wie viel Uhr verlässt ein Paket das Lager?"))["chunks"][0]
    assert best["heading_path"] == ["Versand"]


async def test_chinese_questions_find_chinese_text(shelf: Shelf) -> None:
    await shelf.add("规则.md", CHINESE)
    assert (await shelf.retrieve("多少天内可以退货？"))["chunks"][0]["heading_path"] == ["退货"]
    assert (await shelf.retrieve("仓库在哪里？"))["chunks"][0]["heading_path"] == ["发货"]


async def test_one_agent_reads_several_languages(shelf: Shelf) -> None:
    await shelf.add("en.txt", REFUND)
    await shelf.add("de.md", GERMAN)
    await shelf.add("zh.md", CHINESE)
    assert (await shelf.found("full refund of a product"))[0] == "en.txt"
    assert (await shelf.found("Erstattung der Kaufpreise"))[0] == "de.md"
    assert (await shelf.found("全额退款"))[0] == "zh.md"


async def test_identifiers_are_found_exactly(shelf: Shelf) -> None:
    for number in (4711, 4712, 4713):
        await shelf.add(f"{number}.txt", f"The error E-{number} means that the pump must be reset.")
    assert (await shelf.found("What is E-4712?"))[0] == "4712.txt"


async def test_a_removed_document_is_out_at_once(shelf: Shelf) -> None:
    kept = await shelf.add("kept.txt", f"{REFUND} Keep the receipt.")
    gone = await shelf.add("gone.txt", f"{REFUND} Keep the box.")
    assert (await shelf.owner.delete(f"{shelf.path}/files/{gone['id']}")).status_code == 204
    assert await shelf.found("refund") == ["kept.txt"]
    listed = (await shelf.owner.get(f"{shelf.path}/files")).json()["items"]
    assert [file["id"] for file in listed] == [kept["id"]]
    assert (await shelf.owner.get(f"{shelf.path}/files/{gone['id']}")).status_code == 404


async def test_a_removed_document_can_still_be_read_where_it_was_cited(shelf: Shelf) -> None:
    file = await shelf.add("refunds.txt", REFUND)
    await shelf.owner.delete(f"{shelf.path}/files/{file['id']}")
    path = f"{shelf.path}/files/{file['id']}"
    assert (await shelf.owner.get(f"{path}/text")).json()["text"] == REFUND
    assert (await shelf.owner.get(f"{path}/content")).content == REFUND.encode()


async def test_a_version_that_keeps_its_view_still_reads_what_was_removed(
    shelf: Shelf, services: Services
) -> None:
    file = await shelf.add("refunds.txt", REFUND)
    snapshot = await shelf.owner.post(f"{shelf.path}/versions", json={})
    assert snapshot.status_code == 201, snapshot.text
    await shelf.owner.delete(f"{shelf.path}/files/{file['id']}")
    assert await shelf.found("refund") == []
    answer = await shelf.owner.get(f"{shelf.path}/versions/{snapshot.json()['id']}")
    view = KnowledgeView(shelf.agent_id, answer.json()["knowledge_sequence"])
    found = await make_retriever(services).retrieve("refund", view, 5)
    assert [each.chunk.file_name for each in found.chunks] == ["refunds.txt"]


async def test_retrieval_leaves_its_events_in_the_log(shelf: Shelf) -> None:
    await shelf.add("refunds.txt", REFUND)
    with capture_logs() as logs:
        await shelf.retrieve("refund")
    events = {entry["event"]: entry for entry in logs}
    assert events["rag_retrieval"]["agent"] == str(shelf.agent_id)
    assert events["rag_retrieval"]["queries"] == ["refund"]
    assert isinstance(events["rag_retrieval"]["time_ms"], int)
    assert isinstance(events["rag_rerank"]["time_ms"], int)


async def test_words_in_half_of_all_passages_still_find_the_one_that_has_both(
    shelf: Shelf, services: Services
) -> None:
    lines = [f"Rule {n} of the {'garden' if n % 2 else 'kitchen'}.\n\n" for n in range(30)]
    file = await shelf.add("rules.txt", "".join(lines) + "The garden next to the kitchen.")
    assert UUID(file["id"])
    best = (await shelf.retrieve("garden kitchen"))["chunks"][0]
    assert "next to" in best["text"]


async def test_a_part_of_a_german_compound_finds_it(shelf: Shelf) -> None:
    await shelf.add("reise.md", "Die Tagespauschale für den Besuch der Messe beträgt 32 Euro.")
    await shelf.add("parken.md", "Das Parken auf dem Hof ist für die Gäste des Hauses frei.")
    view = KnowledgeView(shelf.agent_id, sequence=2)
    index = PostgresChunkIndex(shelf.services.pool)
    found = await index.search_lexical(view, "Wie hoch ist die Pauschale?", limit=5)
    assert [chunk.file_name for chunk in found] == ["reise.md"]
    found = await index.search_lexical(view, "Was kostet der Messebesuch?", limit=5)
    assert [chunk.file_name for chunk in found] == ["reise.md"]
    assert (await shelf.found("Wie hoch ist die Pauschale?"))[0] == "reise.md"


async def test_identifiers_and_numbers_match_exactly(shelf: Shelf) -> None:
    for number in (4711, 4712, 4713):
        await shelf.add(f"{number}.txt", f"Error E-{number} means that the printer needs paper.")
    for query in ("E-4712", "e4712", "What does error E-4712 mean?"):
        assert (await shelf.found(query))[0] == "4712.txt"
    found = await PostgresChunkIndex(shelf.services.pool).search_lexical(
        KnowledgeView(shelf.agent_id, sequence=3), "471", limit=5
    )
    assert found == []


async def test_spanish_questions_find_spanish_text_in_other_forms_of_the_word(
    shelf: Shelf,
) -> None:
    await shelf.add("viajes.md", "Los gastos de los viajes son reembolsables en treinta días.")
    await shelf.add("horario.md", "La cantina de la oficina abre a las doce de la mañana.")
    assert (await shelf.found("¿Cuándo se reembolsa el gasto de un viaje?"))[0] == "viajes.md"
    assert (await shelf.found("¿A qué hora abren las cantinas?"))[0] == "horario.md"


async def test_small_words_of_another_language_do_not_decide(shelf: Shelf) -> None:
    """What one language stems and another keeps is one word, as common as it is."""
    await shelf.add("en.txt", "The pump of the boiler is in the cellar of the house, as it was.")
    await shelf.add("codes.csv", "code;the;of\n17;the;of\n18;the;of")
    assert (await shelf.found("Where is the pump of the boiler?"))[0] == "en.txt"
