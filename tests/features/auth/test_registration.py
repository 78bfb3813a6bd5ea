"""Accounts: who may register, and what an account must be."""

import asyncio

import pytest
from dirty_equals import IsPartialDict
from sqlalchemy import select

from agentgrid.features.auth.models import AuditEntry, User
from agentgrid.features.deps import Services
from agentgrid.kit.db import unit_of_work
from tests.people import PASSWORD, People, Person

ACCOUNT = {"email": "Ada@Example.org ", "password": PASSWORD, "name": "Ada"}


async def test_the_first_account_is_the_admins(client: Person) -> None:
    answer = await client.post("/auth/register", json=ACCOUNT)
    assert answer.status_code == 201
    assert answer.json() == IsPartialDict(email="ada@example.org", name="Ada", role="admin")
    assert "password" not in answer.text


async def test_later_accounts_wait_until_an_admin_opens_registration(
    client: Person, admin: Person
) -> None:
    refused = await client.post("/auth/register", json=ACCOUNT)
    assert (refused.status_code, refused.json()["code"]) == (403, "registration_closed")
    await admin.patch("/admin/settings", json={"registration_open": True})
    accepted = await client.post("/auth/register", json=ACCOUNT)
    assert (accepted.status_code, accepted.json()["role"]) == (201, "maker")


async def test_of_many_first_registrations_at_once_one_becomes_admin(
    people: People, services: Services
) -> None:
    accounts = [{"email": f"p{n}@example.org", "password": PASSWORD} for n in range(6)]
    answers = await asyncio.gather(
        *(people.visitor().post("/auth/register", json=account) for account in accounts)
    )
    assert sorted(answer.status_code for answer in answers) == [201, 403, 403, 403, 403, 403]
    async with unit_of_work(services.sessions) as session:
        assert (await session.scalars(select(User.role))).all() == ["admin"]


async def test_an_address_has_one_account_however_it_is_written(
    client: Person, admin: Person
) -> None:
    await admin.patch("/admin/settings", json={"registration_open": True})
    await client.post("/auth/register", json=ACCOUNT)
    again = await client.post("/auth/register", json={**ACCOUNT, "email": "ADA@example.ORG"})
    assert (again.status_code, again.json()["code"]) == (409, "email_taken")


async def test_without_a_name_the_address_gives_one(client: Person) -> None:
    answer = await client.post(
        "/auth/register", json={"email": "ada@localhost", "password": PASSWORD}
    )
    assert answer.json()["name"] == "ada"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "ada"}, "email"),
        ({"email": "ada @example.org"}, "email"),
        ({"email": "ada@"}, "email"),
        ({"email": f"{'a' * 250}@example.org"}, "email"),
        ({"password": "too short"}, "password"),
        ({"password": "x" * 201}, "password"),
        ({"role": "admin"}, "role"),
    ],
)
async def test_a_registration_that_cannot_be_says_which_field_is_at_fault(
    client: Person, change: dict[str, str], field: str
) -> None:
    answer = await client.post("/auth/register", json={**ACCOUNT, **change})
    assert answer.status_code == 422
    assert [error["loc"] for error in answer.json()["errors"]] == [["body", field]]
    assert ACCOUNT["password"] not in answer.text


async def test_the_address_is_no_password(client: Person) -> None:
    account = {"email": "ada@example.org", "password": "Ada@Example.org"}
    answer = await client.post("/auth/register", json=account)
    assert (answer.status_code, answer.json()["code"]) == (422, "password_unsuitable")


async def test_registrations_stand_in_the_audit_log(client: Person, services: Services) -> None:
    user_id = (await client.post("/auth/register", json=ACCOUNT)).json()["id"]
    async with unit_of_work(services.sessions) as session:
        entry = (await session.scalars(select(AuditEntry))).one()
    assert (entry.action, str(entry.subject_id)) == ("user.registered", user_id)


async def test_passwords_are_stored_as_argon2id(client: Person, services: Services) -> None:
    await client.post("/auth/register", json=ACCOUNT)
    async with unit_of_work(services.sessions) as session:
        stored = (await session.scalars(select(User.password_hash))).one()
    assert stored.startswith("$argon2id$")
