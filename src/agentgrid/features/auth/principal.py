"""Who is asking: the signed-in person behind a request."""

from dataclasses import dataclass
from uuid import UUID

from agentgrid.features.auth.models import UserRole


@dataclass(frozen=True, slots=True)
class Principal:
    """A person who proved who they are by an access token or an API key."""

    user_id: UUID
    role: UserRole
    api_key_id: UUID | None = None
    session_id: UUID | None = None
    """The sign-in (family of refresh tokens) an access token belongs to."""

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"
