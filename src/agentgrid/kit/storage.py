"""Bytes of uploads and produced files: a folder, S3, Azure Blob or GCS behind one API."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import obstore
from obstore.store import ObjectStore, from_url

from agentgrid.kit.errors import NotFound


class ObjectMissing(NotFound):
    code = "object_missing"
    title = "The stored file is gone"


class Storage:
    """Objects by key. Writing is atomic: a reader sees the old bytes, the new, or none."""

    def __init__(self, url: str) -> None:
        if url.startswith("file:"):
            # The local store insists on an existing root.
            Path(url2pathname(urlsplit(url).path)).mkdir(parents=True, exist_ok=True)
        self._store: ObjectStore = from_url(url)

    async def put(self, key: str, data: bytes | Path) -> None:
        await obstore.put_async(self._store, key, data)

    async def exists(self, key: str) -> bool:
        try:
            await obstore.head_async(self._store, key)
        except FileNotFoundError:
            return False
        return True

    async def get(self, key: str) -> bytes:
        """The whole object. Raises ``ObjectMissing``."""
        try:
            result = await obstore.get_async(self._store, key)
        except FileNotFoundError as error:
            raise ObjectMissing() from error
        return bytes(await result.bytes_async())

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        """The object in pieces. Raises ``ObjectMissing`` before the first."""
        try:
            result = await obstore.get_async(self._store, key)
        except FileNotFoundError as error:
            raise ObjectMissing() from error
        async for piece in result.stream():
            yield bytes(piece)

    async def delete(self, key: str) -> None:
        """Remove the object; a missing one is fine."""
        try:
            await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            return
