"""Sign-ins that last: refresh tokens that are exchanged at every use.

A refresh token is good for one exchange. Using one again means that two parties hold it,
and which of them is honest cannot be told: the whole sign-in ends (RFC 9700, 4.14.2).

There is no time of grace. But when two exchanges overlap, as from a double click or two
tabs, the second was sent before anybody could know the outcome of the first; it gets a 409
and the sign-in goes on. The overlap is seen without a clock of our own: the second
transaction had begun before the first marked the token as used.
"""

from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from agentgrid.features.auth.errors import (
    AccountInactive,
    RefreshTokenInvalid,
    RefreshTokenReused,
    RefreshTokenSuperseded,
)
from agentgrid.features.auth.models import RefreshToken, User, UserRole
from agentgrid.features.auth.principal import Principal
from agentgrid.features.auth.repository import (
    AuditLog,
    RefreshTokenRepository,
    UserRepository,
)
from agentgrid.features.auth.schemas import TokenPair
from agentgrid.features.auth.tokens import digest, issue_access_token, new_refresh_token
from agentgrid.features.deps import Services
from agentgrid.kit.db import new_id, unit_of_work
from agentgrid.kit.errors import ProductError


class SessionKeeper:
    def __init__(self, services: Services) -> None:
        self._sessions = services.sessions
        self._policy = services.policy
        self._signing_key = services.secrets.signing_key

    async def open(self, session: AsyncSession, user: User) -> TokenPair:
        """The first tokens of a new sign-in; the user's expired ones are swept away."""
        await RefreshTokenRepository(session).delete_expired(user.id)
        return self._issue(session, user, new_id())

    async def refresh(self, token: str) -> TokenPair:
        """Exchange a refresh token for the next pair.

        Raises ``RefreshTokenInvalid``, ``RefreshTokenReused``, ``RefreshTokenSuperseded``
        or ``AccountInactive``.
        """
        async with unit_of_work(self._sessions) as session:
            outcome = await self._exchange(session, digest(token))
        # Raised only now: ending the sign-in must be committed.
        if isinstance(outcome, ProductError):
            raise outcome
        return outcome

    async def close(self, token: str) -> None:
        """End the sign-in a refresh token belongs to; an unknown one is ended already."""
        async with unit_of_work(self._sessions) as session:
            tokens = RefreshTokenRepository(session)
            use = await tokens.begin_use(digest(token))
            if use is not None:
                await tokens.revoke_family(use.token.family_id)

    async def _exchange(self, session: AsyncSession, token_hash: bytes) -> TokenPair | ProductError:
        tokens = RefreshTokenRepository(session)
        use = await tokens.begin_use(token_hash)
        if use is None:
            return RefreshTokenInvalid()
        if use.overlaps:
            return RefreshTokenSuperseded()
        if use.token.used_at is not None:
            await self._end(session, use.token)
            return RefreshTokenReused()
        if use.token.revoked_at is not None or use.token.expires_at <= datetime.now(UTC):
            return RefreshTokenInvalid()
        user = await UserRepository(session).get(use.token.user_id)
        if user is None or not user.active:
            return AccountInactive()
        await tokens.mark_used(use.token)
        return self._issue(session, user, use.token.family_id)

    async def _end(self, session: AsyncSession, token: RefreshToken) -> None:
        await RefreshTokenRepository(session).revoke_family(token.family_id)
        AuditLog(session).write(token.user_id, "user.token_reused", "user", token.user_id)

    def _issue(self, session: AsyncSession, user: User, family_id: UUID) -> TokenPair:
        token = new_refresh_token()
        RefreshTokenRepository(session).add(
            RefreshToken(
                user_id=user.id,
                family_id=family_id,
                token_hash=digest(token),
                expires_at=datetime.now(UTC) + timedelta(days=self._policy.refresh_token_days),
            )
        )
        minutes = self._policy.access_token_minutes
        principal = Principal(user.id, cast("UserRole", user.role), session_id=family_id)
        return TokenPair(
            access_token=issue_access_token(self._signing_key, principal, minutes=minutes),
            refresh_token=token,
            expires_in=minutes * 60,
        )
