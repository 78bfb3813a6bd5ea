"""Each wrapper alone, round a model that plays outcomes; no test waits for a clock."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import pytest

from agentgrid.creator_studio.core import (
    ChatModel,
    ChatRequest,
    CircuitOpen,
    CredentialsRejected,
    ModelError,
    ModelTimeout,
    ModelUnavailable,
    RateLimited,
    RequestRejected,
    StreamEvent,
    TextDelta,
    TokenUsage,
)
from agentgrid.creator_studio.llm.wrappers import (
    AttemptCounter,
    CallRecord,
    Candidate,
    CircuitBreaker,
    ConcurrencyLimited,
    Fallback,
    Metered,
    Retrying,
    RetryPolicy,
    TimeoutPolicy,
    Timeouts,
)
from tests.creator_studio.llm.scripted_model import (
    EVENTS,
    REQUEST,
    RESULT,
    BrokenOff,
    ScriptedModel,
    outage,
    rate_limit,
)

REJECTED = RequestRejected("No.", provider="scripted", model="m", status=400)
BAD_KEY = CredentialsRejected("Wrong key.", provider="scripted", model="m", status=401)


async def drain(stream: AsyncIterator[StreamEvent]) -> list[StreamEvent]:
    return [event async for event in stream]


class Waits:
    """Stands in for ``asyncio.sleep`` and remembers how long it was to take."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Ticks:
    """A clock that shows the given times, one after the other."""

    def __init__(self, *times: float) -> None:
        self._times = iter(times)

    def __call__(self) -> float:
        return next(self._times)


class iter_clock:
    def __init__(self, *times: float) -> None:
        self._times = iter(times)

    def __call__(self) -> float:
        return next(self._times)


# --- retrying -------------------------------------------------------------------------------


@pytest.fixture
def waits() -> Waits:
    return Waits()


def retrying(inner: ChatModel, waits: Waits, *, attempts: int = 4) -> Retrying:
    return Retrying(inner, RetryPolicy(attempts=attempts), sleep=waits, jitter=lambda: 0.5)


async def test_outages_are_retried_with_growing_pauses(waits: Waits) -> None:
    model = ScriptedModel([outage(), outage(), outage()])
    assert await retrying(model, waits).complete(REQUEST) == RESULT
    assert waits.seconds == [0.25, 0.5, 1.0]


async def test_the_last_error_is_raised_when_all_attempts_fail(waits: Waits) -> None:
    last = outage()
    model = ScriptedModel([outage(), last])
    with pytest.raises(ModelUnavailable) as caught:
        await retrying(model, waits, attempts=2).complete(REQUEST)
    assert caught.value is last
    assert len(model.asked) == 2


async def test_the_provider_says_how_long_to_wait(waits: Waits) -> None:
    model = ScriptedModel([rate_limit(12.5)])
    assert await drain(retrying(model, waits).stream(REQUEST)) == list(EVENTS)
    assert waits.seconds == [12.5]


async def test_a_wait_longer_than_people_have_patience_for_fails_at_once(waits: Waits) -> None:
    model = ScriptedModel([rate_limit(3600)])
    with pytest.raises(RateLimited):
        await retrying(model, waits).complete(REQUEST)
    assert waits.seconds == []


@pytest.mark.parametrize("error", [REJECTED, BAD_KEY])
async def test_what_cannot_work_is_not_retried(waits: Waits, error: ModelError) -> None:
    model = ScriptedModel([error])
    with pytest.raises(type(error)):
        await retrying(model, waits).complete(REQUEST)
    assert len(model.asked) == 1


async def test_a_stream_is_retried_before_its_first_event_only(waits: Waits) -> None:
    model = ScriptedModel([outage(), BrokenOff(outage())])
    seen: list[StreamEvent] = []

    async def read() -> None:
        async for event in retrying(model, waits).stream(REQUEST):
            seen.append(event)  # noqa: PERF401 - what came before the error counts

    with pytest.raises(ModelUnavailable):
        await read()
    assert seen == list(EVENTS[:2])
    assert len(model.asked) == 2


# --- fallback -------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [outage(), REJECTED, BAD_KEY])
async def test_the_next_candidate_is_asked_for_its_own_model(error: ModelError) -> None:
    first, second = ScriptedModel([error, error]), ScriptedModel()
    model = Fallback([Candidate(first, "big"), Candidate(second, "small")])
    assert await model.complete(REQUEST) == RESULT
    assert await drain(model.stream(REQUEST)) == list(EVENTS)
    assert (first.asked, second.asked) == (["big", "big"], ["small", "small"])


async def test_when_all_fail_the_wanted_models_error_is_raised_with_notes() -> None:
    model = Fallback(
        [Candidate(ScriptedModel([BAD_KEY]), "a"), Candidate(ScriptedModel([outage()]), "b")]
    )
    with pytest.raises(CredentialsRejected) as caught:
        await model.complete(REQUEST)
    assert caught.value.__notes__ == ["The fallback scripted/m failed too: It is down."]


async def test_a_stream_that_has_begun_is_not_begun_again_elsewhere() -> None:
    second = ScriptedModel()
    model = Fallback([Candidate(ScriptedModel([BrokenOff(outage())]), "a"), Candidate(second, "b")])
    with pytest.raises(ModelUnavailable):
        await drain(model.stream(REQUEST))
    assert second.asked == []


# --- circuit breaker ------------------------------------------------------------------------


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def fail(model: ChatModel) -> ModelError:
    with pytest.raises(ModelError) as caught:
        await model.complete(REQUEST)
    return caught.value


async def test_the_circuit_opens_after_outages_in_a_row_and_asks_no_more(clock: Clock) -> None:
    inner = ScriptedModel([outage()] * 9)
    model = CircuitBreaker(inner, threshold=3, pause=10, clock=clock)
    for _ in range(3):
        assert type(await fail(model)) is ModelUnavailable
    assert type(await fail(model)) is CircuitOpen
    with pytest.raises(CircuitOpen):
        await drain(model.stream(REQUEST))
    assert len(inner.asked) == 3


async def test_a_probe_that_is_answered_closes_the_circuit(clock: Clock) -> None:
    model = CircuitBreaker(ScriptedModel([outage()] * 2), threshold=2, pause=10, clock=clock)
    await fail(model)
    await fail(model)
    clock.now = 10
    assert await drain(model.stream(REQUEST)) == list(EVENTS)
    assert await model.complete(REQUEST) == RESULT


async def test_a_probe_that_fails_keeps_the_circuit_open_as_long_again(clock: Clock) -> None:
    model = CircuitBreaker(ScriptedModel([outage()] * 3), threshold=2, pause=10, clock=clock)
    await fail(model)
    await fail(model)
    clock.now = 10
    assert type(await fail(model)) is ModelUnavailable
    clock.now = 19
    assert type(await fail(model)) is CircuitOpen
    clock.now = 20
    assert await model.complete(REQUEST) == RESULT


async def test_only_one_probe_is_let_through_at_a_time(clock: Clock) -> None:
    model = CircuitBreaker(ScriptedModel([outage()] * 2), threshold=2, pause=10, clock=clock)
    await fail(model)
    await fail(model)
    clock.now = 10
    async with aclosing(model.stream(REQUEST)) as probe:
        await anext(probe)
        assert type(await fail(model)) is CircuitOpen
    # The probe was left before it ended, so the next call is the probe.
    assert await model.complete(REQUEST) == RESULT


async def test_refusals_prove_that_somebody_answers(clock: Clock) -> None:
    inner = ScriptedModel([outage(), REJECTED, outage(), BAD_KEY, outage(), None])
    model = CircuitBreaker(inner, threshold=2, pause=10, clock=clock)
    for _ in range(5):
        assert not isinstance(await fail(model), CircuitOpen)
    assert await model.complete(REQUEST) == RESULT


# --- concurrency and time-outs ----------------------------------------------------------------


class Held(ScriptedModel):
    """Answers only once ``release`` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.release = asyncio.Event()
        self.running = 0
        self.most = 0

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            yield TextDelta("a")
            await self.release.wait()
            yield EVENTS[2]
        finally:
            self.running -= 1


async def test_no_more_calls_run_at_once_than_the_limit() -> None:
    inner = Held()
    model = ConcurrencyLimited(inner, limit=3)
    tasks = [asyncio.create_task(drain(model.stream(REQUEST))) for _ in range(10)]
    await asyncio.sleep(0)
    inner.release.set()
    assert len(await asyncio.gather(*tasks)) == 10
    assert inner.most == 3


async def test_waiting_for_a_slot_has_an_end_and_a_closed_stream_frees_its_slot() -> None:
    inner = Held()
    model = ConcurrencyLimited(inner, limit=1, longest_wait=0.01)
    async with aclosing(model.stream(REQUEST)) as events:
        await anext(events)
        with pytest.raises(RateLimited, match="Too many calls"):
            await model.complete(REQUEST)
    assert inner.running == 0
    assert await model.complete(REQUEST) == RESULT


async def test_silence_between_events_times_out_and_closes_the_stream() -> None:
    inner = Held()
    model = Timeouts(inner, TimeoutPolicy(between_events=0.01))
    with pytest.raises(ModelTimeout):
        await drain(model.stream(REQUEST))
    assert inner.running == 0


async def test_the_time_of_a_whole_call_is_limited(clock: Clock) -> None:
    model = Timeouts(ScriptedModel(), TimeoutPolicy(total=5), clock=clock)
    async with aclosing(model.stream(REQUEST)) as events:
        await anext(events)
        clock.now = 6
        with pytest.raises(ModelTimeout):
            await drain(events)


# --- metering ---------------------------------------------------------------------------------


async def test_a_call_is_recorded_with_its_usage_and_attempts(waits: Waits) -> None:
    records: list[CallRecord] = []
    counter = AttemptCounter()
    inner = Retrying(ScriptedModel([outage()]), sleep=waits, on_attempt=counter.add)
    model = Metered(
        inner, records.append, connection="mine", attempts=counter, clock=Ticks(1.0, 1.5)
    )
    await model.complete(REQUEST)
    assert records == [
        CallRecord("scripted", "mine", "m", RESULT.usage, 500.0, None, None, 2, streamed=False)
    ]


async def test_a_stream_is_recorded_with_the_time_of_its_first_token() -> None:
    records: list[CallRecord] = []
    model = Metered(ScriptedModel(), records.append, clock=Ticks(1.0, 1.25, 3.0))
    await drain(model.stream(REQUEST))
    [record] = records
    assert (record.first_token_ms, record.latency_ms) == (250.0, 2000.0)
    assert (record.usage, record.error, record.streamed) == (RESULT.usage, None, True)


async def test_a_failed_call_is_recorded_with_the_errors_code() -> None:
    records: list[CallRecord] = []
    await fail(Metered(ScriptedModel([BAD_KEY]), records.append))
    assert (records[0].error, records[0].usage) == ("credentials_rejected", None)


async def test_a_stream_that_is_left_is_recorded_as_cancelled_with_what_it_used() -> None:
    records: list[CallRecord] = []
    inner = ScriptedModel()
    async with aclosing(Metered(inner, records.append).stream(REQUEST)) as events:
        await anext(events)
    [record] = records
    assert record.error == "cancelled"
    assert record.usage == TokenUsage(prompt=2, completion=1, estimated=True)
    assert inner.closed == 1


async def test_every_wrapper_passes_listing_and_name_through(waits: Waits) -> None:
    inner = ScriptedModel()
    wrapped: list[ChatModel] = [
        retrying(inner, waits),
        Fallback([Candidate(inner, "m")]),
        CircuitBreaker(inner),
        ConcurrencyLimited(inner, limit=1),
        Timeouts(inner),
        Metered(inner, lambda record: None),
    ]
    for model in wrapped:
        assert await model.list_models() == ("m",)
        assert model.provider == "scripted"
