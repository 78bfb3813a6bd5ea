"""The model calls of one piece of work, by what each was made for."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace

from agentgrid.creator_studio.llm.wrappers import CallRecord
from agentgrid.features.usage.ledger import CallSubject, LedgerRow, Purpose
from agentgrid.features.usage.metering import collect_calls, rows_of


class TurnCalls:
    """Collects calls under purposes; they stay when the work is cancelled half-way."""

    def __init__(self) -> None:
        self._collected: list[tuple[Purpose, list[CallRecord]]] = []

    @contextmanager
    def collecting(self, purpose: Purpose) -> Generator[None]:
        """Calls made inside the block, by this task and those it starts, have this purpose."""
        with collect_calls() as calls:
            self._collected.append((purpose, calls))
            yield

    def rows(self, subject: CallSubject) -> list[LedgerRow]:
        """Rows for the ledger, in the order the blocks were opened."""
        return [
            row
            for purpose, calls in self._collected
            for row in rows_of(calls, replace(subject, purpose=purpose))
        ]
