"""A language model that costs nothing: an OpenAI-compatible server for measuring.

Raw ASGI, so that what is measured is never this. How it answers is written in the model's
name, the one field every client hands on unchanged:

    bench-16            16 tokens at once
    bench-100x20        100 tokens, 20 ms apart (the first one at once)

``GET /count`` tells how many answers were asked for, so that a benchmark can see that every
turn really reached its model. ``POST /received`` takes a body and tells its size: the least
that taking an upload can cost.
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import msgspec
import uvicorn

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_NAME: Final = re.compile(r"bench-(\d+)(?:x(\d+))?")
_DONE: Final = b"data: [DONE]\n\n"
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How one model answers: so many tokens, so many seconds apart."""

    tokens: int = 16
    gap: float = 0.0


@lru_cache(maxsize=256)
def behaviour_of(model: str) -> Behaviour:
    """What a model's name asks for; the default for any other name."""
    match = _NAME.fullmatch(model.rpartition("/")[2])
    if match is None:
        return Behaviour()
    return Behaviour(int(match[1]), int(match[2] or 0) / 1000)


def words(count: int) -> Iterator[str]:
    """The answer's tokens: each a word and a space."""
    return (f"word{number} " for number in range(count))


class _Asked(msgspec.Struct):
    content: str | None = None


class _Options(msgspec.Struct):
    include_usage: bool = False


class _Request(msgspec.Struct):
    model: str
    messages: list[_Asked]
    stream: bool = False
    stream_options: _Options | None = None


_decode_request = msgspec.json.Decoder(_Request).decode


class FakeUpstream:
    """The ASGI application."""

    def __init__(self) -> None:
        self.answers = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request (lifespan is switched off where this is served)."""
        path: str = scope["path"]
        if path.endswith("/chat/completions"):
            await self._chat(await _body(receive), send)
        elif path.endswith("/models"):
            await _json(send, 200, {"object": "list", "data": [{"id": "bench-16"}]})
        elif path.endswith("/received"):
            await _json(send, 200, {"size": len(await _body(receive))})
        elif path.endswith("/count"):
            await _json(send, 200, {"answers": self.answers})
        else:
            await _json(send, 404, {"error": {"message": f"There is no {path} here."}})

    async def _chat(self, body: bytes, send: Send) -> None:
        self.answers += 1
        request = _decode_request(body)
        behaviour = behaviour_of(request.model)
        prompt = sum(len(message.content or "") for message in request.messages) // 4 + 1
        usage = {
            "prompt_tokens": prompt,
            "completion_tokens": behaviour.tokens,
            "total_tokens": prompt + behaviour.tokens,
        }
        if request.stream:
            options = request.stream_options
            told = usage if options is not None and options.include_usage else None
            await _stream(send, request.model, behaviour, told)
        else:
            await asyncio.sleep(behaviour.gap * behaviour.tokens)
            await _json(send, 200, _answer(request.model, behaviour, usage))


def _answer(model: str, behaviour: Behaviour, usage: dict[str, int]) -> Message:
    message = {"role": "assistant", "content": "".join(words(behaviour.tokens))}
    return {
        "id": "chatcmpl-bench",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": usage,
    }


async def _stream(
    send: Send, model: str, behaviour: Behaviour, usage: dict[str, int] | None
) -> None:
    head = {"id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 0, "model": model}

    async def event(choices: list[Message], **more: object) -> None:
        data = b"data: " + _encode({**head, "choices": choices, **more}) + b"\n\n"
        await send({"type": "http.response.body", "body": data, "more_body": True})

    await _start(send, 200, b"text/event-stream")
    for position, word in enumerate(words(behaviour.tokens)):
        if position and behaviour.gap:
            await asyncio.sleep(behaviour.gap)
        await event([{"index": 0, "delta": {"content": word}, "finish_reason": None}])
    await event([{"index": 0, "delta": {}, "finish_reason": "stop"}])
    if usage is not None:
        await event([], usage=usage)
    await send({"type": "http.response.body", "body": _DONE})


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = bool(message.get("more_body"))
    return b"".join(parts)


async def _json(send: Send, status: int, value: object) -> None:
    body = _encode(value)
    await _start(send, status, b"application/json", (b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.body", "body": body})


async def _start(send: Send, status: int, kind: bytes, *headers: tuple[bytes, bytes]) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(b"content-type", kind), *headers],
        }
    )


def main() -> None:
    """Serve on a free port of this machine, and print which."""
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        print(listener.getsockname()[1], flush=True)
        config = uvicorn.Config(
            FakeUpstream(),
            loop="uvloop",
            http="httptools",
            lifespan="off",
            ws="none",
            access_log=False,
            log_level="warning",
            timeout_keep_alive=120,
        )
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
