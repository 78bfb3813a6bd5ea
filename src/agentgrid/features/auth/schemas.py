"""How people, tokens and keys look over HTTP."""

import re
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from agentgrid.features.auth.models import UserRole
from agentgrid.features.auth.passwords import LONGEST, SHORTEST

_EMAIL = re.compile(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f.]+(\.[^@\s\x00-\x1f.]+)*")


def _email(value: str) -> str:
    # Only the shape: addresses of private networks (admin@localhost) are fine here.
    if not _EMAIL.fullmatch(value):
        raise ValueError("Write an e-mail address such as name@example.org.")
    return value


Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_lower=True, max_length=254),
    AfterValidator(_email),
]
NewPassword = Annotated[str, Field(min_length=SHORTEST, max_length=LONGEST)]
GivenPassword = Annotated[str, Field(max_length=1000)]
GivenToken = Annotated[str, Field(max_length=1000)]
PersonName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)]
KeyName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class Register(BaseModel):
    model_config = ConfigDict(extra="forbid")

    email: Email
    password: NewPassword
    name: PersonName = ""


class Login(BaseModel):
    email: Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=254)]
    password: GivenPassword


class RefreshRequest(BaseModel):
    refresh_token: GivenToken


class TokenPair(BaseModel):
    """An access token for requests, and a refresh token that gets the next pair, once."""

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the scheme, no secret
    expires_in: Annotated[int, Field(description="Seconds until the access token expires.")]


class UserView(BaseModel):
    id: UUID
    email: str
    name: str
    role: UserRole
    created_at: datetime


class UpdateMe(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: PersonName | None = None
    current_password: GivenPassword | None = None
    new_password: NewPassword | None = None


class CreateApiKey(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: KeyName
    expires_in_days: Annotated[int, Field(ge=1, le=3650)] | None = None


class ApiKeyView(BaseModel):
    id: UUID
    name: str
    prefix: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class NewApiKey(ApiKeyView):
    key: Annotated[str, Field(description="Shown this once; only its hash is stored.")]
