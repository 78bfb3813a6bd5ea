"""Behaviour added to a model by wrapping it: each wrapper is a ``ChatModel`` round another."""

from agentgrid.creator_studio.llm.wrappers.circuit_breaker import Circuit, CircuitBreaker
from agentgrid.creator_studio.llm.wrappers.concurrency import ConcurrencyLimited, Slots
from agentgrid.creator_studio.llm.wrappers.fallback import Candidate, Fallback
from agentgrid.creator_studio.llm.wrappers.metering import AttemptCounter, CallRecord, Metered
from agentgrid.creator_studio.llm.wrappers.retrying import Retrying, RetryPolicy, repeat
from agentgrid.creator_studio.llm.wrappers.timeouts import TimeoutPolicy, Timeouts

__all__ = [
    "AttemptCounter",
    "CallRecord",
    "Candidate",
    "Circuit",
    "CircuitBreaker",
    "ConcurrencyLimited",
    "Fallback",
    "Metered",
    "RetryPolicy",
    "Retrying",
    "Slots",
    "TimeoutPolicy",
    "Timeouts",
    "repeat",
]
