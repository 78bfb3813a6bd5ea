"""Readers of a running turn get every character once, wherever they come back."""

import asyncio

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from agentgrid.creator_studio.llm.streaming import SseDecoder, SseEvent
from agentgrid.features.chat.live import Channel, TokenData, rest_after
from agentgrid.kit.db import new_id


def text_of(events: list[SseEvent]) -> str:
    tokens = [msgspec.json.decode(e.data, type=TokenData) for e in events if e.event == "token"]
    return "".join(token.text for token in tokens)


def channel_with(*texts: str, done: bool = True) -> Channel:
    channel = Channel(new_id())
    channel.send("turn", {})
    for text in texts:
        channel.token(text)
    if done:
        channel.send("done", {"message": {}})
    return channel


async def read(channel: Channel, after: int | None) -> list[SseEvent]:
    decoder = SseDecoder()
    return [event async for piece in channel.follow(after) for event in decoder.feed(piece)]


async def test_a_reader_from_the_start_gets_the_events_in_order() -> None:
    events = await read(channel_with("Hel", "lo"), None)
    assert [event.event for event in events] == ["turn", "token", "token", "done"]
    assert text_of(events) == "Hello"
    assert [event.id for event in events] == ["0", "3", "5", "5"]


@given(texts=st.lists(st.text(min_size=1, max_size=8), max_size=12), data=st.data())
async def test_a_reader_who_comes_back_gets_exactly_the_rest(
    texts: list[str], data: st.DataObject
) -> None:
    whole = "".join(texts)
    have = data.draw(st.integers(0, len(whole)))
    events = await read(channel_with(*texts), have)
    assert whole[:have] + text_of(events) == whole
    assert events[-1].event == "done"


@given(texts=st.lists(st.text(min_size=1, max_size=8), max_size=12), data=st.data())
def test_merged_tokens_say_where_they_begin(texts: list[str], data: st.DataObject) -> None:
    whole = "".join(texts)
    have = data.draw(st.integers(0, len(whole)))
    for event in rest_after(channel_with(*texts).events, have):
        if event.name == "token":
            token = msgspec.json.decode(event.data, type=TokenData)
            assert whole[token.offset : token.offset + len(token.text)] == token.text
            assert token.offset == have


async def test_a_reader_who_waits_sees_what_is_written_later() -> None:
    channel = channel_with("One", done=False)
    reading = asyncio.create_task(read(channel, None))
    await asyncio.sleep(0)
    channel.token(" two")
    channel.send("done", {"message": {}})
    assert text_of(await reading) == "One two"


async def test_nothing_follows_the_end() -> None:
    channel = channel_with("x")
    assert channel.closed
    assert [e.event for e in await read(channel, 1)] == ["turn", "done"]
