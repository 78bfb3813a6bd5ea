"""The measured model answers as its name says, and the load client reads it truly."""

from collections.abc import Iterator

import msgspec
import pytest

from bench.load import Connection, LoadError
from bench.product import fake_upstream
from bench.streams import Ask, hold
from bench.upstream import Behaviour, behaviour_of


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    with fake_upstream() as url:
        yield url


def call(model: str, *, stream: bool = False) -> dict[str, object]:
    return {
        "model": model,
        "stream": stream,
        "stream_options": {"include_usage": True},
        "messages": [{"role": "user", "content": "four"}],
    }


@pytest.mark.parametrize(
    ("model", "behaviour"),
    [
        ("bench-3", Behaviour(3)),
        ("openai_compatible/bench-40x250", Behaviour(40, 0.25)),
        ("something else", Behaviour()),
    ],
)
def test_a_model_name_says_how_it_answers(model: str, behaviour: Behaviour) -> None:
    assert behaviour_of(model) == behaviour


async def test_an_answer_has_the_tokens_and_the_usage_that_were_asked_for(upstream: str) -> None:
    async with Connection(upstream) as client:
        answer = (await client.request("POST", "/chat/completions", call("bench-3"))).json()
    assert answer["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "word0 word1 word2 "},
            "finish_reason": "stop",
        }
    ]
    assert answer["usage"] == {"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5}


async def test_a_stream_holds_the_same_words_then_usage_then_done(upstream: str) -> None:
    async with Connection(upstream) as client:
        path, body = "/chat/completions", call("bench-2", stream=True)
        text = b"".join([piece async for piece in client.stream("POST", path, body)])
    events = [line.removeprefix(b"data: ") for line in text.split(b"\n\n") if line]
    assert events.pop() == b"[DONE]"
    chunks = [msgspec.json.decode(event) for event in events]
    said = [c["choices"][0]["delta"].get("content") for c in chunks if c["choices"]]
    assert said == ["word0 ", "word1 ", None]
    assert chunks[-1]["usage"]["completion_tokens"] == 2


async def test_a_connection_is_kept_between_requests_and_counts_stay_true(upstream: str) -> None:
    async with Connection(upstream) as client:
        before = (await client.request("GET", "/count")).json()["answers"]
        for _ in range(3):
            await client.request("POST", "/chat/completions", call("bench-1"))
        after = (await client.request("GET", "/count")).json()["answers"]
    assert isinstance(before, int)
    assert after == before + 3


async def test_what_is_received_is_counted_to_the_byte(upstream: str) -> None:
    async with Connection(upstream) as client:
        answer = await client.request("POST", "/received", b"x" * 3_000_000)
    assert answer.json() == {"size": 3_000_000}


async def test_an_unexpected_status_is_an_error_with_the_body_in_it(upstream: str) -> None:
    async with Connection(upstream) as client:
        answer = await client.request("GET", "/nothing")
    with pytest.raises(LoadError, match=r"Status 404.*There is no"):
        answer.json()


async def test_streams_are_held_open_together_and_each_is_read_to_its_end(upstream: str) -> None:
    ask = Ask(upstream, None, "/chat/completions", call("bench-5x20", stream=True))
    result = await hold([ask] * 10, opened_a_second=10_000)
    assert result.complete == 10
    assert result.most_open == 10
    assert result.open_now == 0
    assert len(result.first_word) == 10
