"""Who is asking, as a dependency of endpoints."""

from typing import Annotated

from fastapi import Depends, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from agentgrid.features.auth.errors import AdminOnly, ApiKeyRejected, MakerOnly
from agentgrid.features.auth.principal import Principal
from agentgrid.features.auth.recent import recent_keys
from agentgrid.features.auth.repository import ApiKeyRepository
from agentgrid.features.auth.tokens import API_KEY_START, digest, read_access_token
from agentgrid.features.deps import Services, ServicesDep
from agentgrid.kit.db import unit_of_work
from agentgrid.kit.errors import NotAuthenticated

_bearer = HTTPBearer(auto_error=False, description="An access token, or an API key (`ag_...`).")


async def _api_key_principal(services: Services, key: str) -> Principal:
    key_hash = digest(key)
    principal = recent_keys.get(key_hash)
    if principal is not None:
        return principal
    async with unit_of_work(services.sessions) as session:
        known = await ApiKeyRepository(session).authenticate(key_hash)
    if known is None:
        raise ApiKeyRejected
    recent_keys.remember(key_hash, known)
    return known.principal


async def current_principal(
    services: ServicesDep,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
) -> Principal:
    """Who is asking. An access token is believed without a look at the database."""
    if credentials is None:
        raise NotAuthenticated("Sign in, and send `Authorization: Bearer <access token>`.")
    token = credentials.credentials
    if token.startswith(API_KEY_START):
        return await _api_key_principal(services, token)
    return read_access_token(services.secrets.signing_key, token)


PrincipalDep = Annotated[Principal, Depends(current_principal)]


async def require_admin(principal: PrincipalDep) -> Principal:
    if not principal.is_admin:
        raise AdminOnly
    return principal


async def require_maker(principal: PrincipalDep) -> Principal:
    if principal.role == "member":
        raise MakerOnly
    return principal


AdminDep = Annotated[Principal, Depends(require_admin)]
MakerDep = Annotated[Principal, Depends(require_maker)]
