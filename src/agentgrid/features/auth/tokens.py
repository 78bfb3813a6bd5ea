"""Access tokens, refresh tokens and API keys: how they are made and read.

An access token is a JWT that proves itself, so reading it needs no database; the price is
that a role changed or an account switched off takes effect when the token runs out. Refresh
tokens and API keys are random, and only their SHA-256 is stored: with 256 random bits there
is nothing to guess, so a slow hash would protect nothing.
"""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

import jwt
import msgspec

from agentgrid.features.auth.errors import TokenExpired, TokenInvalid
from agentgrid.features.auth.models import UserRole
from agentgrid.features.auth.principal import Principal

ALGORITHM = "HS256"
API_KEY_START = "ag_"
API_KEY_PREFIX_LENGTH = len(API_KEY_START) + 8
_RANDOM_BYTES = 32


class _Claims(msgspec.Struct):
    sub: UUID
    role: UserRole
    typ: Literal["access"]
    jti: str
    sid: UUID


def issue_access_token(signing_key: bytes, principal: Principal, *, minutes: int) -> str:
    """A signed JWT (HS256) that speaks for the person until it expires."""
    claims = {
        "sub": str(principal.user_id),
        "role": principal.role,
        "sid": str(principal.session_id),
        "typ": "access",
        "jti": secrets.token_hex(8),
        "exp": datetime.now(UTC) + timedelta(minutes=minutes),
    }
    return jwt.encode(claims, signing_key, algorithm=ALGORITHM)


def read_access_token(signing_key: bytes, token: str) -> Principal:
    """Who the token speaks for. Raises ``TokenExpired`` or ``TokenInvalid``."""
    try:
        payload = jwt.decode(
            token,
            signing_key,
            algorithms=[ALGORITHM],
            options={"require": ["exp", "sub", "typ", "jti"]},
        )
        claims = msgspec.convert(payload, _Claims)
    except jwt.ExpiredSignatureError as error:
        raise TokenExpired from error
    except (jwt.InvalidTokenError, msgspec.ValidationError) as error:
        raise TokenInvalid from error
    return Principal(user_id=claims.sub, role=claims.role, session_id=claims.sid)


def new_refresh_token() -> str:
    return secrets.token_urlsafe(_RANDOM_BYTES)


def new_api_key() -> str:
    return API_KEY_START + secrets.token_urlsafe(_RANDOM_BYTES)


def digest(token: str) -> bytes:
    """What is stored of a refresh token or an API key: its SHA-256, 32 bytes."""
    return hashlib.sha256(token.encode()).digest()
