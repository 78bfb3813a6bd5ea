"""Accounts: registered, signed in, kept signed in, changed.

The service opens short units of work of its own: hashing a password takes long, and no
database connection should wait for it.
"""

from typing import cast
from uuid import UUID

import structlog

from agentgrid.features.auth.brake import SignInBrake
from agentgrid.features.auth.errors import (
    AccountInactive,
    CredentialsWrong,
    CurrentPasswordWrong,
    EmailTaken,
    PasswordUnsuitable,
    RegistrationClosed,
)
from agentgrid.features.auth.models import User, UserRole
from agentgrid.features.auth.passwords import check_password, hash_password
from agentgrid.features.auth.principal import Principal
from agentgrid.features.auth.repository import AuditLog, RefreshTokenRepository, UserRepository
from agentgrid.features.auth.schemas import Login, Register, TokenPair, UpdateMe, UserView
from agentgrid.features.auth.sessions import SessionKeeper
from agentgrid.features.deps import Services
from agentgrid.features.installation.repository import InstallationRepository
from agentgrid.kit.db import unit_of_work
from agentgrid.kit.errors import NotAuthenticated

_log = structlog.get_logger(__name__)


class AuthService:
    def __init__(self, services: Services) -> None:
        self._sessions = services.sessions
        self._redis = services.redis
        self._keeper = SessionKeeper(services)

    async def register(self, wanted: Register) -> UserView:
        """Make an account. The first one is the admin's; later ones follow the setting.

        Raises ``RegistrationClosed``, ``EmailTaken`` or ``PasswordUnsuitable``.
        """
        async with unit_of_work(self._sessions) as session:
            if not await UserRepository(session).nobody_yet():
                await self._check_open(InstallationRepository(session))
        _check_suitable(wanted.password, wanted.email)
        password_hash = await hash_password(wanted.password)
        async with unit_of_work(self._sessions) as session:
            users = UserRepository(session)
            first = await users.is_first()
            if not first:
                await self._check_open(InstallationRepository(session))
            user = await users.add(
                email=wanted.email,
                name=wanted.name or wanted.email.partition("@")[0],
                password_hash=password_hash,
                role="admin" if first else "maker",
            )
            if user is None:
                raise EmailTaken
            AuditLog(session).write(user.id, "user.registered", "user", user.id, role=user.role)
            return user_view(user)

    async def login(self, wanted: Login, address: str) -> TokenPair:
        """Sign in. An unknown address and a wrong password look and take the same.

        Raises ``CredentialsWrong``, ``AccountInactive`` or ``TooManyAttempts``.
        """
        await SignInBrake(self._redis).count(address, wanted.email)
        async with unit_of_work(self._sessions) as session:
            user = await UserRepository(session).by_email(wanted.email)
        verdict = await check_password(user.password_hash if user else None, wanted.password)
        if user is None or not verdict.right:
            _log.info("login_failed", address=address)
            raise CredentialsWrong
        if not user.active:
            raise AccountInactive
        new_hash = await hash_password(wanted.password) if verdict.outdated else None
        async with unit_of_work(self._sessions) as session:
            if new_hash is not None:
                users = UserRepository(session)
                await users.replace_hash(user.id, user.password_hash, new_hash)
            return await self._keeper.open(session, user)

    async def me(self, principal: Principal) -> UserView:
        async with unit_of_work(self._sessions) as session:
            return user_view(await _existing(UserRepository(session), principal.user_id))

    async def update_me(self, principal: Principal, change: UpdateMe) -> UserView:
        """Change one's name or password; a new password ends all other sign-ins.

        Raises ``CurrentPasswordWrong`` or ``PasswordUnsuitable``.
        """
        new_hash = None
        if change.new_password is not None:
            new_hash = await self._new_hash(principal, change.current_password, change.new_password)
        async with unit_of_work(self._sessions) as session:
            user = await _existing(UserRepository(session), principal.user_id)
            if change.name is not None:
                user.name = change.name
            if new_hash is not None:
                user.password_hash = new_hash
                tokens = RefreshTokenRepository(session)
                await tokens.revoke_others(user.id, keep=principal.session_id)
                AuditLog(session).write(user.id, "user.password_changed", "user", user.id)
            await session.flush()
            await session.refresh(user)
            return user_view(user)

    async def _new_hash(self, principal: Principal, current: str | None, new: str) -> str:
        async with unit_of_work(self._sessions) as session:
            user = await _existing(UserRepository(session), principal.user_id)
        if current is None or not (await check_password(user.password_hash, current)).right:
            raise CurrentPasswordWrong
        _check_suitable(new, user.email)
        return await hash_password(new)

    @staticmethod
    async def _check_open(installation: InstallationRepository) -> None:
        if not (await installation.get()).registration_open:
            raise RegistrationClosed


def user_view(user: User) -> UserView:
    return UserView(
        id=user.id,
        email=user.email,
        name=user.name,
        role=cast("UserRole", user.role),
        created_at=user.created_at,
    )


def _check_suitable(password: str, email: str) -> None:
    if password.strip().lower() == email:
        raise PasswordUnsuitable("Your e-mail address is no password. Choose another one.")


async def _existing(users: UserRepository, user_id: UUID) -> User:
    user = await users.get(user_id)
    if user is None or not user.active:
        raise NotAuthenticated("This account is gone or switched off. Sign in again.")
    return user
