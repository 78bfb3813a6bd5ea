"""People who use the API in tests."""

from uuid import UUID

import httpx2
from fastapi import FastAPI

from agentgrid.features.auth.models import User, UserRole
from agentgrid.features.auth.principal import Principal
from agentgrid.features.auth.tokens import issue_access_token
from agentgrid.features.deps import Services
from agentgrid.kit.db import new_id, unit_of_work

PASSWORD = "correct horse battery"
# Of PASSWORD, with the least effort: few tests are about signing in.
CHEAP_HASH = (
    "$argon2id$v=19$m=8,t=1,p=1$vtGJH+ZIUdt5fOvi8JcAzw$fdg5Y5Ly+XH3bVIHMBrFqwfmkXrabK1CrKlqUf0A8YI"
)


class Person(httpx2.AsyncClient):
    """Somebody who sends requests through the whole app; paths are relative to ``/api/v1``.

    Answers arrive when they are complete, so live streams need a server that listens.
    """

    def __init__(self, app: FastAPI, email: str = "") -> None:
        super().__init__(
            transport=httpx2.ASGITransport(app=app), base_url="http://agentgrid.test/api/v1"
        )
        self.email = email
        self.principal: Principal | None = None

    @property
    def id(self) -> UUID:
        assert self.principal is not None, "this person has no account"
        return self.principal.user_id

    def carry(self, token: str) -> None:
        """Send this access token or API key from now on."""
        self.headers["Authorization"] = f"Bearer {token}"


class People:
    """Makes people: visitors, and signed-in ones whose password is ``PASSWORD``."""

    def __init__(self, app: FastAPI, services: Services) -> None:
        self._app = app
        self._services = services
        self._everybody: list[Person] = []

    def visitor(self) -> Person:
        person = Person(self._app)
        self._everybody.append(person)
        return person

    async def __call__(self, role: UserRole = "maker") -> Person:
        """Somebody new with an account of this role, signed in."""
        person = self.visitor()
        person.email = f"{role}-{len(self._everybody)}@agentgrid.test"
        async with unit_of_work(self._services.sessions) as session:
            user = User(email=person.email, name=role, password_hash=CHEAP_HASH, role=role)
            session.add(user)
            await session.flush()
        person.principal = Principal(user.id, role, session_id=new_id())
        key = self._services.secrets.signing_key
        person.carry(issue_access_token(key, person.principal, minutes=60))
        return person

    async def leave(self) -> None:
        for person in self._everybody:
            await person.aclose()
