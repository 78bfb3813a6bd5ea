"""Every statement on people and their credentials."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from agentgrid.features.auth.models import ApiKey, AuditEntry, RefreshToken, User, UserRole
from agentgrid.features.auth.principal import Principal
from agentgrid.kit.pagination import PageQuery

# Any number that is ours alone: while there is no account, registrations take turns.
_FIRST_ACCOUNT_LOCK = 0x4147_0001
_TOUCH_INTERVAL = timedelta(minutes=1)


class UserRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, user_id: UUID) -> User | None:
        return await self._session.get(User, user_id)

    async def by_email(self, email: str) -> User | None:
        statement = select(User).where(func.lower(User.email) == email.lower())
        return await self._session.scalar(statement)

    async def nobody_yet(self) -> bool:
        return await self._session.scalar(select(User.id).limit(1)) is None

    async def is_first(self) -> bool:
        """Whether there is no account; of several that ask at once, one is told yes.

        The others wait until its transaction ends.
        """
        if not await self.nobody_yet():
            return False
        await self._session.execute(select(func.pg_advisory_xact_lock(_FIRST_ACCOUNT_LOCK)))
        return await self.nobody_yet()

    async def add(
        self, *, email: str, name: str, password_hash: str, role: UserRole
    ) -> User | None:
        """The new account, or None when the e-mail address has one."""
        return await self._session.scalar(
            insert(User)
            .values(email=email, name=name, password_hash=password_hash, role=role)
            .on_conflict_do_nothing()
            .returning(User)
        )

    async def replace_hash(self, user_id: UUID, old: str, new: str) -> None:
        """Store a hash of the same password, unless the password changed meanwhile."""
        await self._session.execute(
            update(User)
            .where(User.id == user_id, User.password_hash == old)
            .values(password_hash=new)
        )


@dataclass(frozen=True, slots=True)
class TokenUse:
    """A refresh token that somebody presents; its row is held until the transaction ends."""

    token: RefreshToken
    overlaps: bool
    """It was used after this transaction had begun: the two exchanges overlap."""


class RefreshTokenRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, token: RefreshToken) -> None:
        self._session.add(token)

    async def begin_use(self, token_hash: bytes) -> TokenUse | None:
        """The token with this hash. Of two uses at once, one waits for the other's end."""
        statement = (
            select(RefreshToken, RefreshToken.used_at > func.now())
            .where(RefreshToken.token_hash == token_hash)
            .with_for_update()
        )
        found = (await self._session.execute(statement)).one_or_none()
        return TokenUse(found[0], bool(found[1])) if found else None

    async def mark_used(self, token: RefreshToken) -> None:
        # Not now(), which is the transaction's beginning: an overlapping one may be older.
        await self._session.execute(
            update(RefreshToken)
            .where(RefreshToken.id == token.id)
            .values(used_at=func.clock_timestamp())
        )

    async def revoke_family(self, family_id: UUID) -> None:
        await self._revoke(RefreshToken.family_id == family_id)

    async def revoke_others(self, user_id: UUID, *, keep: UUID | None) -> None:
        """Revoke the user's tokens, but for those of the sign-in ``keep``."""
        others = RefreshToken.family_id != keep if keep is not None else true()
        await self._revoke(and_(RefreshToken.user_id == user_id, others))

    async def delete_expired(self, user_id: UUID) -> None:
        await self._session.execute(
            delete(RefreshToken).where(
                RefreshToken.user_id == user_id, RefreshToken.expires_at < func.now()
            )
        )

    async def _revoke(self, which: ColumnElement[bool]) -> None:
        await self._session.execute(
            update(RefreshToken)
            .where(which, RefreshToken.revoked_at.is_(None))
            .values(revoked_at=func.now())
        )


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A valid API key, and when it stops to be one."""

    principal: Principal
    expires_at: datetime | None


class ApiKeyRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, key: ApiKey) -> None:
        self._session.add(key)

    async def authenticate(self, key_hash: bytes) -> KnownKey | None:
        """Whose key it is; its last use is noted, at most once a minute."""
        statement = (
            select(ApiKey.id, ApiKey.expires_at, User.id, User.role)
            .join(User, User.id == ApiKey.user_id)
            .where(ApiKey.key_hash == key_hash, self._alive(), User.active)
        )
        found = (await self._session.execute(statement)).one_or_none()
        if found is None:
            return None
        key_id, expires_at, user_id, role = found
        await self._touch(key_id)
        principal = Principal(user_id, cast("UserRole", role), api_key_id=key_id)
        return KnownKey(principal, expires_at)

    async def of_user(self, user_id: UUID, page: PageQuery) -> Sequence[ApiKey]:
        """Newest first, ``limit + 1`` rows; revoked keys are left out."""
        statement = (
            select(ApiKey)
            .where(ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None))
            .order_by(ApiKey.id.desc())
            .limit(page.limit + 1)
        )
        if page.after_id is not None:
            statement = statement.where(ApiKey.id < page.after_id)
        return (await self._session.scalars(statement)).all()

    async def revoke(self, user_id: UUID, key_id: UUID) -> bytes | None:
        """The revoked key's hash; None when the user has no such key."""
        return await self._session.scalar(
            update(ApiKey)
            .where(ApiKey.id == key_id, ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None))
            .values(revoked_at=func.now())
            .returning(ApiKey.key_hash)
        )

    async def _touch(self, key_id: UUID) -> None:
        stale = func.now() - _TOUCH_INTERVAL
        await self._session.execute(
            update(ApiKey)
            .where(
                ApiKey.id == key_id,
                or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at < stale),
            )
            .values(last_used_at=func.now())
        )

    @staticmethod
    def _alive() -> ColumnElement[bool]:
        unexpired = or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > func.now())
        return and_(ApiKey.revoked_at.is_(None), unexpired)


class AuditLog:
    """Who did what to what."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def write(
        self,
        actor_id: UUID | None,
        action: str,
        subject_type: str,
        subject_id: UUID,
        **details: object,
    ) -> None:
        """``details`` must be JSON and hold no secret."""
        self._session.add(
            AuditEntry(
                actor_id=actor_id,
                action=action,
                subject_type=subject_type,
                subject_id=subject_id,
                details=details,
            )
        )
