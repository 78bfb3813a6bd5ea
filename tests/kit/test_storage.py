"""Objects by key, on a folder."""

from pathlib import Path

import pytest

from agentgrid.kit.storage import ObjectMissing, Storage


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage((tmp_path / "files with space").as_uri())


async def test_bytes_come_back_as_they_were(storage: Storage) -> None:
    await storage.put("a/b/ü.bin", b"\x00\xff" * 1000)
    assert await storage.get("a/b/ü.bin") == b"\x00\xff" * 1000
    assert b"".join([piece async for piece in storage.stream("a/b/ü.bin")]) == b"\x00\xff" * 1000


async def test_a_file_is_stored_from_its_path(storage: Storage, tmp_path: Path) -> None:
    source = tmp_path / "upload"
    source.write_bytes(b"x" * 100_000)
    await storage.put("upload", source)
    assert await storage.get("upload") == b"x" * 100_000


async def test_a_missing_object_is_said_to_be_missing(storage: Storage) -> None:
    with pytest.raises(ObjectMissing):
        await storage.get("nothing")
    with pytest.raises(ObjectMissing):
        [piece async for piece in storage.stream("nothing")]


async def test_deleting_twice_is_fine(storage: Storage) -> None:
    await storage.put("x", b"1")
    await storage.delete("x")
    await storage.delete("x")
    with pytest.raises(ObjectMissing):
        await storage.get("x")
