"""The stream format: what is read from providers and what we write ourselves."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgrid.creator_studio.llm.streaming import (
    EventTooLarge,
    SseDecoder,
    SseEvent,
    encode_sse,
)


def decode(raw: bytes, *cuts: int) -> list[SseEvent]:
    decoder = SseDecoder()
    events: list[SseEvent] = []
    start = 0
    for cut in (*sorted(cuts), len(raw)):
        events += decoder.feed(raw[start:cut])
        start = cut
    return events


def test_fields_are_read_as_the_standard_says() -> None:
    raw = (
        b"\xef\xbb\xbf: a comment\n"
        b"event: greeting\nid: 7\nretry: 10\nunknown: x\ndata: one\ndata:two\ndata:  three\n\n"
        b"data\n\n"
        b"event: lost\n\n"
        b"data: last\n\n"
        b"data: cut off"
    )
    assert decode(raw) == [
        SseEvent("greeting", b"one\ntwo\n three", "7"),
        SseEvent("message", b"", "7"),
        SseEvent("message", b"last", "7"),
    ]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_every_line_ending_ends_a_line(end: bytes) -> None:
    raw = end.join([b"event: a", b"data: 1", b"data: 2", b"", b"data: 3", b"", b""])
    assert decode(raw) == [SseEvent("a", b"1\n2", None), SseEvent("message", b"3", None)]


_LINE = st.sampled_from(
    [b"data: ", b"data:", b"event: x", b"id: 1", b": note", b"", b"data: \xe4\xb8\x96", b"\xf0\x9f"]
)
_STREAM = st.lists(
    st.tuples(_LINE, st.binary(max_size=4), st.sampled_from([b"\n", b"\r\n", b"\r"])), max_size=30
).map(lambda lines: b"".join(line + extra + end for line, extra, end in lines))


@given(_STREAM, st.lists(st.integers(0, 200), max_size=40))
def test_any_cutting_into_chunks_gives_the_same_events(raw: bytes, cuts: list[int]) -> None:
    whole = decode(raw)
    assert decode(raw, *(min(cut, len(raw)) for cut in cuts)) == whole
    assert decode(raw, *range(len(raw))) == whole


@given(
    st.text(alphabet=st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]),
            min_size=1),
    st.binary().filter(lambda data: b"\r" not in data),
    st.one_of(st.none(), st.integers(0, 10**9).map(str)),
)  # fmt: skip
def test_what_is_encoded_is_decoded_again(name: str, data: bytes, identifier: str | None) -> None:
    events = decode(encode_sse(name, data, identifier))
    assert events == [SseEvent(name, data, identifier)]


def test_objects_are_sent_as_json_on_one_line() -> None:
    encoded = encode_sse("token", {"text": "a\nb 世"}, "3")
    assert encoded == 'id: 3\nevent: token\ndata: {"text":"a\\nb 世"}\n\n'.encode()
    [event] = decode(encoded)
    assert msgspec.json.decode(event.data) == {"text": "a\nb 世"}


@pytest.mark.parametrize("bad", ["two\nlines", "carriage\rreturn", "nul\0"])
def test_a_name_that_would_forge_lines_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        encode_sse(bad, b"")
    with pytest.raises(ValueError, match="one line"):
        encode_sse("token", b"", bad)


def test_an_event_without_end_is_refused_before_it_fills_the_memory() -> None:
    decoder = SseDecoder(max_event_bytes=100)
    with pytest.raises(EventTooLarge):
        decoder.feed(b"data: " + b"x" * 101)
    decoder = SseDecoder(max_event_bytes=100)
    with pytest.raises(EventTooLarge):
        decoder.feed(b"data: 123456789\n" * 12)
