"""What every call of an embedding service gets: patience, a limit, a circuit, and a record.

The parts are those of language models (``llm/wrappers``), put together for calls that answer
with vectors.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from agentgrid.creator_studio.core import ModelTimeout, StudioError, TokenUsage, Vector
from agentgrid.creator_studio.llm.wrappers import (
    AttemptCounter,
    CallRecord,
    Circuit,
    RetryPolicy,
    Slots,
    repeat,
)
from agentgrid.creator_studio.llm.wrappers.metering import CANCELLED

Purpose: TypeAlias = Literal["passage", "query"]

PURPOSE: Final = "embedding"
"""What the records of these calls say they were."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how often; times in seconds."""

    timeout: float
    """For one attempt."""
    retry: RetryPolicy
    slots: int
    """Calls at the same time."""
    longest_wait: float
    """For a slot."""


READING: Final = Patience(
    timeout=60.0,
    retry=RetryPolicy(attempts=5, base=1.0, longest=20.0, longest_asked=60.0),
    slots=4,
    longest_wait=120.0,
)
"""For documents: nobody waits for a single call, and giving up costs a whole attempt."""

ASKING: Final = Patience(
    timeout=8.0,
    retry=RetryPolicy(attempts=2, base=0.2, longest=0.5, longest_asked=1.0),
    slots=32,
    longest_wait=2.0,
)
"""For questions: somebody waits, and a search by words alone is there to fall back to."""


@dataclass(frozen=True, slots=True)
class GuardPolicy:
    """``sleep`` and ``jitter`` are the retries' (tests pass their own)."""

    reading: Patience = READING
    asking: Patience = ASKING
    outages_to_open: int = 5
    circuit_pause: float = 30.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[], float] = random.random


@dataclass(frozen=True, slots=True)
class Embedded:
    """One answer of a service."""

    vectors: Vector
    usage: TokenUsage


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asked, in records and messages."""

    provider: str
    label: str
    model: str


def _unheard(record: CallRecord) -> None:
    del record


@dataclass(slots=True)
class CallGuard:
    """Guards the calls of one connection; shared by all who embed through it.

    Questions and documents have slots of their own, so that a whole library being read
    never stands in the way of a question. The circuit is one: who is down is down for both.
    ``on_call`` gets a ``CallRecord`` for each call, failed ones too; it must neither block
    nor raise.
    """

    caller: Caller
    policy: GuardPolicy = field(default_factory=GuardPolicy)
    on_call: Callable[[CallRecord], None] = _unheard
    _circuit: Circuit = field(init=False)
    _slots: dict[Purpose, Slots] = field(init=False)

    def __post_init__(self) -> None:
        policy = self.policy
        self._circuit = Circuit(threshold=policy.outages_to_open, pause=policy.circuit_pause)
        self._slots = {
            "passage": Slots(limit=policy.reading.slots, longest_wait=policy.reading.longest_wait),
            "query": Slots(limit=policy.asking.slots, longest_wait=policy.asking.longest_wait),
        }

    async def run(self, call: Callable[[], Awaitable[Embedded]], purpose: Purpose) -> Embedded:
        """Make the call, again where that may help. Raises ``ModelError``."""
        patience = self.policy.asking if purpose == "query" else self.policy.reading
        attempts = AttemptCounter()
        began = time.perf_counter()
        usage: TokenUsage | None = None
        # A call is cancelled until it ends in another way.
        error: str | None = CANCELLED

        async def attempt() -> Embedded:
            attempts.add()
            return await self._attempt(call, purpose, patience.timeout)

        try:
            answer = await repeat(
                attempt, patience.retry, sleep=self.policy.sleep, jitter=self.policy.jitter
            )
            usage, error = answer.usage, None
        except StudioError as failure:
            error = failure.code
            raise
        else:
            return answer
        finally:
            self.on_call(
                CallRecord(
                    provider=self.caller.provider,
                    connection=self.caller.label,
                    model=self.caller.model,
                    usage=usage,
                    latency_ms=(time.perf_counter() - began) * 1000,
                    first_token_ms=None,
                    error=error,
                    attempts=attempts.count,
                    streamed=False,
                    purpose=PURPOSE,
                )
            )

    async def _attempt(
        self, call: Callable[[], Awaitable[Embedded]], purpose: Purpose, limit: float
    ) -> Embedded:
        caller = self.caller
        # The slot outside the circuit: waiting for one is no outage of the service.
        async with self._slots[purpose].slot(caller.label, caller.model):
            with self._circuit.guard(caller.label, caller.model):
                answer = await self._in_time(call, limit)
                self._circuit.answered()
                return answer

    async def _in_time(self, call: Callable[[], Awaitable[Embedded]], limit: float) -> Embedded:
        try:
            async with asyncio.timeout(limit):
                return await call()
        except TimeoutError:
            raise ModelTimeout(
                f"{self.caller.label} did not embed in {limit:g} seconds; try again.",
                provider=self.caller.provider,
                model=self.caller.model,
            ) from None
