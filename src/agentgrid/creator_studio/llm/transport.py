"""HTTP to a provider: sending bytes, receiving bytes, naming every way it can fail."""

from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import aiohttp
from yarl import URL

from agentgrid.creator_studio.core import (
    ModelTimeout,
    ModelUnavailable,
    ResponseMalformed,
    StreamInterrupted,
)
from agentgrid.creator_studio.llm.failures import (
    Failure,
    Subject,
    read_failure,
    read_retry_after,
    to_error,
)

CONNECT_TIMEOUT = 10.0
"""Seconds to reach the provider. How long an answer may take is the Timeouts wrapper's."""

_TIMEOUT: Final = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT)
_ERROR_BODY_BYTES = 64 * 1024
_STREAM_HEADERS: Final = {"accept": "text/event-stream", "accept-encoding": "identity"}


class Transport:
    """The connection to one provider; raises ``ModelError`` and nothing else."""

    def __init__(self, http: aiohttp.ClientSession, headers: Mapping[str, str]) -> None:
        self._http = http
        self._headers = {"content-type": "application/json", **headers}
        self._stream_headers = {**self._headers, **_STREAM_HEADERS}

    async def get(self, url: URL, subject: Subject) -> bytes:
        """Return the body of a successful answer."""
        return await self._exchange("GET", url, None, subject)

    async def post(self, url: URL, body: bytes, subject: Subject) -> bytes:
        """Send JSON and return the body of a successful answer."""
        return await self._exchange("POST", url, body, subject)

    async def _exchange(self, method: str, url: URL, body: bytes | None, subject: Subject) -> bytes:
        with _named_failures(subject):
            async with self._http.request(
                method,
                url,
                data=body,
                headers=self._headers,
                timeout=_TIMEOUT,
                # A redirect could carry the key to another host.
                allow_redirects=False,
            ) as response:
                if response.status != 200:
                    await _refuse(response, subject)
                try:
                    return await response.read()
                except aiohttp.ClientPayloadError as error:
                    raise ModelUnavailable(
                        f"{subject.label} broke off its answer; try again.",
                        provider=subject.provider,
                        model=subject.model,
                    ) from error

    @asynccontextmanager
    async def stream(
        self, url: URL, body: bytes, subject: Subject
    ) -> AsyncGenerator[aiohttp.StreamReader]:
        """Send JSON and give the body of the answer as it arrives.

        Leaving the block before the end closes the connection, which stops the model.
        """
        with _named_failures(subject):
            async with self._http.post(
                url,
                data=body,
                headers=self._stream_headers,
                timeout=_TIMEOUT,
                allow_redirects=False,
            ) as response:
                if response.status != 200:
                    await _refuse(response, subject)
                if response.content_type != "text/event-stream":
                    await _refuse_unstreamed(response, subject)
                yield response.content


async def _refuse(response: aiohttp.ClientResponse, subject: Subject) -> None:
    if response.status < 400:
        raise ResponseMalformed(
            f"{subject.label} answered with a redirect or an unexpected status "
            f"({response.status}); check the base URL.",
            provider=subject.provider,
            model=subject.model,
            status=response.status,
        )
    body = await response.content.read(_ERROR_BODY_BYTES)
    delay = read_retry_after(response.headers)
    raise to_error(read_failure(body, status=response.status, retry_after=delay), subject)


async def _refuse_unstreamed(response: aiohttp.ClientResponse, subject: Subject) -> None:
    body = await response.content.read(_ERROR_BODY_BYTES)
    failure: Failure = read_failure(body)
    if failure.message:
        raise to_error(failure, subject)
    raise ResponseMalformed(
        f"{subject.label} did not answer with a stream; check the base URL.",
        provider=subject.provider,
        model=subject.model,
        status=response.status,
    )


@contextmanager
def _named_failures(subject: Subject) -> Generator[None]:
    """Turn the HTTP client's errors into ours; their text may hold addresses, ours does not."""
    label, provider, model = subject.label, subject.provider, subject.model
    try:
        yield
    except aiohttp.ServerTimeoutError as error:
        raise ModelTimeout(
            f"{label} could not be reached in time; try again.", provider=provider, model=model
        ) from error
    except aiohttp.ClientPayloadError as error:
        raise StreamInterrupted(
            f"{label} broke off in the middle of its answer; try again.",
            provider=provider,
            model=model,
        ) from error
    except aiohttp.ClientResponseError as error:
        raise ResponseMalformed(
            f"{label} sent an answer that is not valid HTTP; check the base URL.",
            provider=provider,
            model=model,
        ) from error
    except (aiohttp.ClientError, OSError) as error:
        raise ModelUnavailable(
            f"{label} could not be reached; check its address and that it is running.",
            provider=provider,
            model=model,
        ) from error
