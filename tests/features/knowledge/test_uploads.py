import hashlib
from uuid import UUID, uuid4

import pytest

from agentgrid.features.deps import Services
from agentgrid.features.knowledge.uploads import clean_name
from tests.features.knowledge.conftest import Shelf, make_shelf
from tests.fixtures.documents import builders
from tests.people import People, Person

TEXT = "The warranty covers two years from the day of delivery."


async def test_an_upload_is_queued(shelf: Shelf) -> None:
    answer = await shelf.owner.post(
        f"{shelf.path}/files", files={"file": ("warranty.txt", TEXT.encode())}
    )
    assert answer.status_code == 202
    file = answer.json()
    assert file["agent_id"] == str(shelf.agent_id)
    assert (file["name"], file["size"]) == ("warranty.txt", len(TEXT))
    assert (file["status"], file["progress"], file["error"]) == ("queued", 0, None)
    assert file["media_type"] == "text/plain"


async def test_the_original_comes_back_byte_for_byte_as_an_attachment(shelf: Shelf) -> None:
    data = builders.text_pdf([("Refunds", "Within thirty days.")])
    file_id = await shelf.upload("Rück gabe.pdf", data)
    answer = await shelf.owner.get(f"{shelf.path}/files/{file_id}/content")
    assert answer.status_code == 200
    assert answer.content == data
    assert answer.headers["x-content-type-options"] == "nosniff"
    expected = "attachment; filename*=UTF-8''R%C3%BCck%20gabe.pdf"
    assert answer.headers["content-disposition"] == expected


async def test_the_hash_is_that_of_the_bytes(shelf: Shelf, services: Services) -> None:
    file_id = await shelf.upload("notes.txt", "Plain text, in many pieces: ü.\n" * 100_000)
    stored = await services.pool.fetchrow(
        "select content_hash, storage_key, size from knowledge_files where id = $1", file_id
    )
    assert stored is not None
    original = await services.storage.get(stored["storage_key"])
    assert stored["content_hash"] == hashlib.sha256(original).hexdigest()
    assert stored["size"] == len(original)


async def test_the_same_file_twice_is_told(shelf: Shelf) -> None:
    await shelf.upload("warranty.txt", TEXT)
    answer = await shelf.owner.post(
        f"{shelf.path}/files", files={"file": ("warranty.txt", TEXT.encode())}
    )
    assert answer.status_code == 409
    assert answer.json()["code"] == "file_already_present"
    assert "warranty.txt" in answer.json()["detail"]


async def test_the_same_content_under_another_name_is_another_file(shelf: Shelf) -> None:
    assert await shelf.upload("one.txt", TEXT) != await shelf.upload("two.txt", TEXT)


async def test_a_removed_file_can_be_uploaded_again(shelf: Shelf) -> None:
    first = await shelf.add("warranty.txt", TEXT)
    await shelf.owner.delete(f"{shelf.path}/files/{first['id']}")
    again = await shelf.add("warranty.txt", TEXT)
    assert again["status"] == "ready"
    assert again["id"] != first["id"]


async def test_too_large_is_refused_before_the_body_is_read(
    shelf: Shelf, services: Services
) -> None:
    limit = services.policy.max_upload_bytes
    answer = await shelf.owner.post(
        f"{shelf.path}/files",
        content=b"",
        headers={
            "content-type": "multipart/form-data; boundary=x",
            "content-length": str(limit + 1_000_000),
        },
    )
    assert answer.status_code == 413
    assert answer.json()["code"] == "document_too_large"
    assert "50 MB" in answer.json()["detail"]


async def test_too_large_is_noticed_while_an_unannounced_body_streams(
    shelf: Shelf, services: Services
) -> None:
    limit = services.policy.max_upload_bytes
    piece = b"word " * 200_000
    sent = 0

    async def body():  # noqa: ANN202 - an async generator of bytes
        nonlocal sent
        yield b'--x\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        while True:
            sent += len(piece)
            yield piece

    answer = await shelf.owner.post(
        f"{shelf.path}/files",
        content=body(),
        headers={"content-type": "multipart/form-data; boundary=x"},
    )
    assert answer.status_code == 413
    assert sent <= limit + 2 * len(piece)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("tool.exe", b"MZ\x90\x00" + bytes(range(256)) * 20),
        ("random.bin", bytes(range(256)) * 100),
    ],
)
async def test_what_cannot_be_read_is_refused_with_what_can(
    shelf: Shelf, name: str, data: bytes
) -> None:
    answer = await shelf.owner.post(f"{shelf.path}/files", files={"file": (name, data)})
    assert answer.status_code == 415
    assert answer.json()["code"] == "unsupported_format"
    assert "PDF, Word, Excel" in answer.json()["detail"]


@pytest.mark.parametrize("data", [b"", b" \r\n\t "])
async def test_an_empty_file_is_refused(shelf: Shelf, data: bytes) -> None:
    answer = await shelf.owner.post(f"{shelf.path}/files", files={"file": ("a.txt", data)})
    assert answer.status_code == 422
    assert answer.json()["code"] == "empty_document"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{}", "application/json"),
        (b"no boundary", "multipart/form-data"),
        (b"not a form", "multipart/form-data; boundary=x"),
        (
            b"--x\r\ncontent-disposition: form-data; name=other\r\n\r\n1\r\n--x--\r\n",
            "multipart/form-data; boundary=x",
        ),
    ],
)
async def test_a_body_without_a_file_says_what_to_send(
    shelf: Shelf, content: bytes, kind: str
) -> None:
    answer = await shelf.owner.post(
        f"{shelf.path}/files", content=content, headers={"content-type": kind}
    )
    assert answer.status_code == 422
    assert answer.json()["code"] == "no_file_sent"
    assert "`file`" in answer.json()["detail"]


async def test_other_fields_of_the_form_are_passed_over(shelf: Shelf) -> None:
    answer = await shelf.owner.post(
        f"{shelf.path}/files",
        data={"comment": "mine"},
        files={"file": ("a.txt", TEXT.encode())},
    )
    assert answer.status_code == 202
    assert answer.json()["size"] == len(TEXT)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("report.pdf", "report.pdf"),
        ("C:\\Users\\ann\\report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("evil\x00\r\nname.txt", "evilname.txt"),
        ("", "document"),
        ("a" * 300 + ".docx", "a" * 195 + ".docx"),
    ],
)
def test_names_are_made_harmless(raw: str, clean: str) -> None:
    assert clean_name(raw) == clean


# --- who may do what ------------------------------------------------------------------


async def test_files_of_other_people_do_not_exist(
    shelf: Shelf, people: People, services: Services
) -> None:
    file = await shelf.add("warranty.txt", TEXT)
    stranger = await people()
    path = f"{shelf.path}/files"
    one = f"{path}/{file['id']}"
    answers = [
        await stranger.get(path),
        await stranger.post(path, files={"file": ("a.txt", b"text")}),
        await stranger.get(one),
        await stranger.delete(one),
        await stranger.post(f"{one}/retry"),
        await stranger.get(f"{one}/chunks"),
        await stranger.get(f"{one}/text"),
        await stranger.get(f"{one}/content"),
        await stranger.get(f"{path}/events"),
        await stranger.post(f"{shelf.path}/retrieve", json={"query": "warranty"}),
    ]
    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert (await shelf.file(UUID(file["id"])))["status"] == "ready"


async def test_a_file_is_found_under_its_own_agent_only(shelf: Shelf, services: Services) -> None:
    other = await make_shelf(shelf.owner, services, "Other")
    file = await shelf.add("warranty.txt", TEXT)
    for path in ("", "/chunks", "/text", "/content"):
        answer = await shelf.owner.get(f"{other.path}/files/{file['id']}{path}")
        assert answer.status_code == 404
        assert answer.json()["code"] == "file_not_found"
    assert (await shelf.owner.delete(f"{other.path}/files/{file['id']}")).status_code == 404


async def test_an_admin_sees_every_agents_files(shelf: Shelf, admin: Person) -> None:
    file = await shelf.add("warranty.txt", TEXT)
    answer = await admin.get(f"{shelf.path}/files/{file['id']}")
    assert answer.status_code == 200


async def test_a_shared_agents_files_can_be_read_but_not_changed(
    shelf: Shelf, people: People, services: Services
) -> None:
    file = await shelf.add("warranty.txt", TEXT)
    await services.pool.execute(
        "update agents set visibility = 'shared' where id = $1", shelf.agent_id
    )
    reader = await people("member")
    one = f"{shelf.path}/files/{file['id']}"
    assert (await reader.get(f"{one}/text")).status_code == 200
    assert (await reader.delete(one)).status_code == 403
    answer = await reader.post(f"{shelf.path}/files", files={"file": ("a.txt", b"text")})
    assert answer.status_code == 403


async def test_an_unknown_file_is_not_found(shelf: Shelf) -> None:
    answer = await shelf.owner.get(f"{shelf.path}/files/{uuid4()}")
    assert answer.status_code == 404
    assert (await shelf.owner.get(f"{shelf.path}/files/nonsense")).status_code == 422


async def test_the_listing_is_paged_newest_first(shelf: Shelf) -> None:
    for number in range(5):
        await shelf.upload(f"{number}.txt", f"{TEXT} Edition {number}.")
    first = (await shelf.owner.get(f"{shelf.path}/files?limit=3")).json()
    assert [file["name"] for file in first["items"]] == ["4.txt", "3.txt", "2.txt"]
    cursor = first["next_cursor"]
    second = (await shelf.owner.get(f"{shelf.path}/files?limit=3&cursor={cursor}")).json()
    assert [file["name"] for file in second["items"]] == ["1.txt", "0.txt"]
    assert second["next_cursor"] is None
