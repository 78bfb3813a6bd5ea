"""Tags, the listing they limit, the questions they limit, and what can be uploaded."""

import pytest

from tests.features.knowledge.conftest import Json, Shelf
from tests.people import People

REFUND = "You can return any product within thirty days of purchase and get a full refund."
SHIPPING = "Parcels leave our warehouse in Lisbon every weekday at noon."


async def upload(shelf: Shelf, name: str, text: str, *tags: str) -> Json:
    answer = await shelf.owner.post(
        f"{shelf.path}/files", files={"file": (name, text.encode())}, data={"tags": list(tags)}
    )
    assert answer.status_code == 202, answer.text
    return answer.json()


async def listed(shelf: Shelf, **wanted: str) -> list[str]:
    answer = await shelf.owner.get(f"{shelf.path}/files", params=wanted)
    assert answer.status_code == 200, answer.text
    return [file["name"] for file in answer.json()["items"]]


async def test_tags_come_with_the_upload_and_are_compared_without_case(shelf: Shelf) -> None:
    file = await upload(shelf, "refunds.txt", REFUND, " Policy ", "policy", "Money")
    assert file["tags"] == ["Policy", "Money"]


@pytest.mark.parametrize("tags", [["x" * 51], [f"tag {n}" for n in range(21)]])
async def test_too_many_or_too_long_tags_are_refused(shelf: Shelf, tags: list[str]) -> None:
    answer = await shelf.owner.post(
        f"{shelf.path}/files", files={"file": ("a.txt", REFUND.encode())}, data={"tags": tags}
    )
    assert answer.status_code == 422
    assert answer.json()["code"] == "tags_not_allowed"
    assert await listed(shelf) == []


async def test_tags_are_changed(shelf: Shelf) -> None:
    file = await upload(shelf, "refunds.txt", REFUND, "old")
    path = f"{shelf.path}/files/{file['id']}"
    answer = await shelf.owner.patch(path, json={"tags": ["New", "Money"]})
    assert answer.status_code == 200
    assert answer.json()["tags"] == ["New", "Money"]
    assert (await shelf.owner.get(path)).json()["tags"] == ["New", "Money"]
    assert (await shelf.owner.patch(path, json={"tags": [""]})).status_code == 422


async def test_only_who_may_change_an_agent_tags_its_documents(
    shelf: Shelf, people: People
) -> None:
    file = await upload(shelf, "refunds.txt", REFUND)
    stranger = await people()
    path = f"{shelf.path}/files/{file['id']}"
    assert (await stranger.patch(path, json={"tags": ["mine"]})).status_code == 404
    assert (await stranger.post(f"{path}/cancel")).status_code == 404
    assert (await stranger.get(f"{shelf.path}/tags")).status_code == 404
    coverage = await stranger.post(f"{shelf.path}/coverage", json={"questions": ["Why?"]})
    assert coverage.status_code == 404


async def test_an_agents_tags_are_counted(shelf: Shelf) -> None:
    await upload(shelf, "a.txt", REFUND, "Policy", "2026")
    await upload(shelf, "b.txt", SHIPPING, "policy")
    gone = await upload(shelf, "c.txt", REFUND + SHIPPING, "gone")
    await shelf.owner.delete(f"{shelf.path}/files/{gone['id']}")
    tags = (await shelf.owner.get(f"{shelf.path}/tags")).json()
    assert [(each["tag"].casefold(), each["files"]) for each in tags] == [
        ("policy", 2),
        ("2026", 1),
    ]


async def test_the_listing_is_limited_by_name_tag_and_status(shelf: Shelf) -> None:
    await upload(shelf, "Refunds 100%.txt", REFUND, "Policy")
    await upload(shelf, "shipping.txt", SHIPPING)
    await shelf.add("ready.txt", REFUND + " Ready.")
    assert await listed(shelf, q="refunds 100%") == ["Refunds 100%.txt"]
    assert await listed(shelf, q="_") == []
    assert await listed(shelf, tag="POLICY") == ["Refunds 100%.txt"]
    assert await listed(shelf, status="ready") == ["ready.txt"]
    assert await listed(shelf, status="queued", q="ship") == ["shipping.txt"]


async def test_a_question_is_limited_by_tag_and_file(shelf: Shelf) -> None:
    one = await shelf.add("one.txt", REFUND)
    two = await shelf.add("two.txt", REFUND + " Keep the receipt.")
    await shelf.owner.patch(f"{shelf.path}/files/{two['id']}", json={"tags": ["Shop"]})

    async def found(**wanted: object) -> set[str]:
        answer = await shelf.retrieve("full refund", filter=wanted)
        return {chunk["file_name"] for chunk in answer["chunks"]}

    assert await found() == {"one.txt", "two.txt"}
    assert await found(tags=["shop"]) == {"two.txt"}
    assert await found(files=[one["id"]]) == {"one.txt"}
    assert await found(files=[one["id"]], tags=["shop"]) == set()
    assert await found(added_before="2020-01-01T00:00:00Z") == set()
    best = (await shelf.retrieve("full refund", filter={"tags": ["shop"]}))["chunks"][0]
    assert best["tags"] == ["Shop"]


async def test_an_agent_that_reads_some_tags_only_finds_nothing_else(shelf: Shelf) -> None:
    await shelf.add("one.txt", REFUND)
    two = await shelf.add("two.txt", REFUND + " Keep the receipt.")
    await shelf.owner.patch(f"{shelf.path}/files/{two['id']}", json={"tags": ["Shop"]})
    answer = await shelf.owner.patch(shelf.path, json={"retrieval": {"tags": ["SHOP"]}})
    assert answer.status_code == 200, answer.text
    assert await shelf.found("full refund") == ["two.txt"]


async def test_retrieval_says_how_each_passage_was_found(shelf: Shelf) -> None:
    await shelf.add("one.txt", REFUND)
    answer = await shelf.retrieve("full refund")
    best = answer["chunks"][0]
    assert 0 < best["dense_score"] <= 1
    assert best["lexical_score"] > 0
    assert best["queries"] == [0]
    assert [step["name"] for step in answer["steps"]] == [
        "rag_queries",
        "rag_retrieval",
        "rag_rerank",
    ]
    assert all(step["time_ms"] >= 0 for step in answer["steps"])


async def test_coverage_tells_which_questions_the_documents_answer(shelf: Shelf) -> None:
    await shelf.add("refunds.txt", REFUND)
    questions = ["Can I return a product within thirty days?", "Who won the chess tournament?"]
    answer = await shelf.owner.post(f"{shelf.path}/coverage", json={"questions": questions})
    assert answer.status_code == 200, answer.text
    report = answer.json()
    assert [each["question"] for each in report["results"]] == questions
    assert report["full"] + report["partial"] + report["none"] == 2
    first, second = report["results"]
    assert first["best"]["file_name"] == "refunds.txt"
    assert first["confidence"] > second["confidence"]
    too_many = await shelf.owner.post(f"{shelf.path}/coverage", json={"questions": ["Why?"] * 51})
    assert too_many.status_code == 422


async def test_what_can_be_uploaded_is_told(shelf: Shelf) -> None:
    answer = await shelf.owner.get("/knowledge/formats")
    assert answer.status_code == 200
    told = answer.json()
    suffixes = {suffix for each in told["formats"] for suffix in each["suffixes"]}
    assert {".pdf", ".docx", ".txt", ".md"} <= suffixes
    assert told["max_upload_bytes"] == 50 * 1024**2
    assert told["ocr"]["available"] or told["ocr"]["advice"]
