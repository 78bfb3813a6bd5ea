"""Accounts, tokens and API keys over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from agentgrid.features.auth.deps import PrincipalDep
from agentgrid.features.auth.keys import ApiKeyService
from agentgrid.features.auth.schemas import (
    ApiKeyView,
    CreateApiKey,
    Login,
    NewApiKey,
    RefreshRequest,
    Register,
    TokenPair,
    UpdateMe,
    UserView,
)
from agentgrid.features.auth.service import AuthService
from agentgrid.features.auth.sessions import SessionKeeper
from agentgrid.features.deps import ServicesDep, SessionDep
from agentgrid.kit.pagination import Page, PageDep

router = APIRouter()
public_router = APIRouter(prefix="/auth", tags=["auth"])


async def get_auth(services: ServicesDep) -> AuthService:
    return AuthService(services)


async def get_keeper(services: ServicesDep) -> SessionKeeper:
    return SessionKeeper(services)


async def get_keys(session: SessionDep) -> ApiKeyService:
    return ApiKeyService(session)


AuthDep = Annotated[AuthService, Depends(get_auth)]
KeeperDep = Annotated[SessionKeeper, Depends(get_keeper)]
KeysDep = Annotated[ApiKeyService, Depends(get_keys)]


@public_router.post("/register", status_code=201)
async def register(wanted: Register, auth: AuthDep) -> UserView:
    """Make an account. The first is the admin's; then an admin decides whether others may."""
    return await auth.register(wanted)


@public_router.post("/login")
async def login(wanted: Login, request: Request, auth: AuthDep) -> TokenPair:
    """Sign in with an e-mail address and a password."""
    return await auth.login(wanted, request.client.host if request.client else "")


@public_router.post("/refresh")
async def refresh(wanted: RefreshRequest, keeper: KeeperDep) -> TokenPair:
    """Exchange a refresh token for new tokens. It works once: used again, the sign-in ends."""
    return await keeper.refresh(wanted.refresh_token)


@public_router.post("/logout", status_code=204)
async def logout(wanted: RefreshRequest, keeper: KeeperDep) -> None:
    """End a sign-in. The refresh token itself is the proof that one may."""
    await keeper.close(wanted.refresh_token)


@router.get("/auth/me", tags=["auth"])
async def me(principal: PrincipalDep, auth: AuthDep) -> UserView:
    return await auth.me(principal)


@router.patch("/auth/me", tags=["auth"])
async def update_me(change: UpdateMe, principal: PrincipalDep, auth: AuthDep) -> UserView:
    """Change your name or password. A new password ends your other sign-ins."""
    return await auth.update_me(principal, change)


@router.post("/api-keys", status_code=201, tags=["api keys"])
async def create_api_key(wanted: CreateApiKey, principal: PrincipalDep, keys: KeysDep) -> NewApiKey:
    """Make a key that acts for you. It is shown this once."""
    return await keys.create(principal, wanted)


@router.get("/api-keys", tags=["api keys"])
async def list_api_keys(principal: PrincipalDep, keys: KeysDep, page: PageDep) -> Page[ApiKeyView]:
    """Your keys that are not revoked, newest first."""
    return await keys.list(principal, page)


@router.delete("/api-keys/{key_id}", status_code=204, tags=["api keys"])
async def revoke_api_key(key_id: UUID, principal: PrincipalDep, keys: KeysDep) -> None:
    await keys.revoke(principal, key_id)
