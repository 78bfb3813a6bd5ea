"""API keys: made, listed, revoked."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from agentgrid.features.auth.errors import ApiKeyNotFound
from agentgrid.features.auth.models import ApiKey
from agentgrid.features.auth.principal import Principal
from agentgrid.features.auth.recent import recent_keys
from agentgrid.features.auth.repository import ApiKeyRepository, AuditLog
from agentgrid.features.auth.schemas import ApiKeyView, CreateApiKey, NewApiKey
from agentgrid.features.auth.tokens import API_KEY_PREFIX_LENGTH, digest, new_api_key
from agentgrid.kit.db import after_commit
from agentgrid.kit.pagination import Page, PageQuery, page_of


class ApiKeyService:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._keys = ApiKeyRepository(session)
        self._audit = AuditLog(session)

    async def create(self, principal: Principal, wanted: CreateApiKey) -> NewApiKey:
        plain, days = new_api_key(), wanted.expires_in_days
        key = ApiKey(
            user_id=principal.user_id,
            name=wanted.name,
            prefix=plain[:API_KEY_PREFIX_LENGTH],
            key_hash=digest(plain),
            expires_at=datetime.now(UTC) + timedelta(days=days) if days else None,
        )
        self._keys.add(key)
        await self._session.flush()
        self._audit.write(principal.user_id, "api_key.created", "api_key", key.id, name=key.name)
        return NewApiKey(**api_key_view(key).model_dump(), key=plain)

    async def list(self, principal: Principal, page: PageQuery) -> Page[ApiKeyView]:
        rows = await self._keys.of_user(principal.user_id, page)
        return page_of(rows, page, key=lambda row: [str(row.id)], item=api_key_view)

    async def revoke(self, principal: Principal, key_id: UUID) -> None:
        """Raises ``ApiKeyNotFound``, also for somebody else's key."""
        key_hash = await self._keys.revoke(principal.user_id, key_id)
        if key_hash is None:
            raise ApiKeyNotFound
        self._audit.write(principal.user_id, "api_key.revoked", "api_key", key_id)

        async def forget() -> None:
            recent_keys.forget(key_hash)

        after_commit(self._session, forget)


def api_key_view(key: ApiKey) -> ApiKeyView:
    return ApiKeyView(
        id=key.id,
        name=key.name,
        prefix=key.prefix,
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
    )
