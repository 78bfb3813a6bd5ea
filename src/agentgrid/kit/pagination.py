"""Cursor pages: stable under inserts, and as cheap on the last page as on the first."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar
from uuid import UUID

import msgspec
from fastapi import Depends, Query
from pydantic import BaseModel

from agentgrid.kit.errors import Invalid

T = TypeVar("T")
R = TypeVar("R")
K = TypeVar("K")

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


class Page(BaseModel, Generic[T]):
    """One page of a listing; ``next_cursor`` is null on the last one."""

    items: list[T]
    next_cursor: str | None = None


class PageQuery(msgspec.Struct, frozen=True):
    """What the caller asked for. ``after`` holds the sort key of the last row seen."""

    after: tuple[str, ...] | None
    limit: int

    @property
    def after_id(self) -> UUID | None:
        """``after`` of a listing that is sorted by id alone."""
        return self._only(UUID)

    @property
    def after_number(self) -> int | None:
        """``after`` of a listing that is sorted by a number alone."""
        return self._only(int)

    def _only(self, parse: Callable[[str], K]) -> K | None:
        if self.after is None:
            return None
        try:
            (last,) = self.after
            return parse(last)
        except ValueError as error:
            raise foreign_cursor() from error


async def _parse(
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
) -> PageQuery:
    return PageQuery(after=decode_cursor(cursor) if cursor else None, limit=limit)


PageDep = Annotated[PageQuery, Depends(_parse)]


def encode_cursor(key: Sequence[str]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(list(key))).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[str, ...]:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return msgspec.json.decode(raw, type=tuple[str, ...])
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise foreign_cursor() from error


def foreign_cursor() -> Invalid:
    return Invalid("This cursor was not made here; start again without it.")


def page_of(
    rows: Sequence[R],
    query: PageQuery,
    *,
    key: Callable[[R], Sequence[str]],
    item: Callable[[R], T],
) -> Page[T]:
    """Make a page from ``limit + 1`` fetched rows; the extra row only says that more follow."""
    shown = rows[: query.limit]
    more = len(rows) > query.limit
    return Page(
        items=[item(row) for row in shown],
        next_cursor=encode_cursor(key(shown[-1])) if more else None,
    )
