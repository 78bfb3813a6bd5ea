"""Signing in, staying signed in, signing out."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from fastapi.security import HTTPAuthorizationCredentials
from redis.exceptions import ConnectionError as RedisConnectionError
from sqlalchemy import select, update

from agentgrid.features.auth.brake import ATTEMPTS_PER_MINUTE, SignInBrake
from agentgrid.features.auth.deps import current_principal
from agentgrid.features.auth.models import RefreshToken, User
from agentgrid.features.auth.passwords import check_password, hash_password
from agentgrid.features.auth.tokens import ALGORITHM
from agentgrid.features.deps import Services
from agentgrid.kit.db import make_engine, make_sessions, unit_of_work
from tests.people import CHEAP_HASH, PASSWORD, People, Person


async def sign_in(person: Person, password: str = PASSWORD) -> dict[str, str]:
    answer = await person.post("/auth/login", json={"email": person.email, "password": password})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refresh(person: Person, token: str) -> tuple[int, dict[str, str]]:
    answer = await person.post("/auth/refresh", json={"refresh_token": token})
    return answer.status_code, answer.json()


async def test_signing_in_gives_tokens_that_open_the_api(client: Person, maker: Person) -> None:
    client.email = maker.email.upper()
    tokens = await sign_in(client)
    assert tokens["token_type"] == "bearer"
    assert tokens["expires_in"] == 15 * 60
    client.carry(tokens["access_token"])
    assert (await client.get("/auth/me")).json()["email"] == maker.email


async def test_an_unknown_address_and_a_wrong_password_get_the_same_answer(
    client: Person, maker: Person
) -> None:
    wrong = await client.post("/auth/login", json={"email": maker.email, "password": "not it"})
    unknown = await client.post(
        "/auth/login", json={"email": "nobody@agentgrid.test", "password": "not it"}
    )
    assert (wrong.status_code, wrong.json()["code"]) == (401, "credentials_wrong")
    same = [{**answer.json(), "request_id": ""} for answer in (wrong, unknown)]
    assert same[0] == same[1]


async def test_checking_a_password_of_nobody_does_the_work_of_a_real_one() -> None:
    assert not (await check_password(None, "the password of no account")).right


async def test_an_account_that_is_switched_off_cannot_sign_in_or_refresh(
    client: Person, maker: Person, services: Services
) -> None:
    tokens = await sign_in(maker)
    async with unit_of_work(services.sessions) as session:
        await session.execute(update(User).where(User.id == maker.id).values(active=False))
    answer = await client.post("/auth/login", json={"email": maker.email, "password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (403, "account_inactive")
    assert (await refresh(client, tokens["refresh_token"]))[1]["code"] == "account_inactive"


async def test_a_hash_made_with_old_parameters_is_renewed_when_its_owner_signs_in(
    maker: Person, services: Services
) -> None:
    await sign_in(maker)
    async with unit_of_work(services.sessions) as session:
        stored = (await session.scalars(select(User.password_hash))).one()
    assert stored != CHEAP_HASH
    verdict = await check_password(stored, PASSWORD)
    assert verdict.right
    assert not verdict.outdated


async def test_guessing_is_stopped_after_ten_attempts_a_minute(
    client: Person, maker: Person
) -> None:
    wrong = {"email": maker.email, "password": "not it"}
    for _ in range(ATTEMPTS_PER_MINUTE):
        assert (await client.post("/auth/login", json=wrong)).status_code == 401
    answer = await client.post("/auth/login", json={**wrong, "password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


async def test_attempts_on_one_account_do_not_lock_another_out(
    client: Person, maker: Person, admin: Person
) -> None:
    for _ in range(ATTEMPTS_PER_MINUTE + 1):
        await client.post("/auth/login", json={"email": admin.email, "password": "not it"})
    await sign_in(maker)


async def test_without_redis_nobody_signs_in_uncounted(services: Services) -> None:
    gone = type(services.redis).from_url("unix:///nowhere/valkey.sock")
    with pytest.raises(RedisConnectionError):
        await SignInBrake(gone).count("127.0.0.1", "ada@example.org")
    await gone.aclose()


async def test_a_refresh_token_is_exchanged_for_new_tokens(client: Person, maker: Person) -> None:
    first = await sign_in(maker)
    status, second = await refresh(client, first["refresh_token"])
    assert status == 200
    assert second["refresh_token"] != first["refresh_token"]
    client.carry(second["access_token"])
    assert (await client.get("/auth/me")).status_code == 200


async def test_using_a_refresh_token_again_ends_the_sign_in(client: Person, maker: Person) -> None:
    first = await sign_in(maker)
    _, second = await refresh(client, first["refresh_token"])
    status, problem = await refresh(client, first["refresh_token"])
    assert (status, problem["code"]) == (401, "refresh_token_reused")
    status, problem = await refresh(client, second["refresh_token"])
    assert (status, problem["code"]) == (401, "refresh_token_invalid")


async def test_the_end_of_one_sign_in_leaves_the_others(client: Person, maker: Person) -> None:
    laptop, phone = await sign_in(maker), await sign_in(maker)
    await refresh(client, laptop["refresh_token"])
    await refresh(client, laptop["refresh_token"])
    assert (await refresh(client, phone["refresh_token"]))[0] == 200


async def test_of_exchanges_at_the_same_time_one_wins_and_the_sign_in_goes_on(
    maker: Person, people: People, services: Services
) -> None:
    token = (await sign_in(maker))["refresh_token"]
    visitors = [people.visitor() for _ in range(3)]
    # Nobody can pass before all have begun: the token's row is held until they wait for it.
    async with unit_of_work(services.sessions) as session:
        await session.execute(select(RefreshToken).with_for_update())
        rivals = [asyncio.create_task(refresh(visitor, token)) for visitor in visitors]
        await _until_waiting(services, len(rivals))
    answers = await asyncio.gather(*rivals)
    assert sorted(status for status, _ in answers) == [200, 409, 409]
    assert {body.get("code") for status, body in answers if status == 409} == {
        "refresh_token_superseded"
    }
    winner = next(body for status, body in answers if status == 200)
    assert (await refresh(maker, winner["refresh_token"]))[0] == 200


async def _until_waiting(services: Services, number: int) -> None:
    """Until so many transactions wait for a lock."""
    waiting = 0
    async with asyncio.timeout(20):
        while waiting < number:
            waiting = await services.pool.fetchval(
                "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
            )


async def test_an_expired_refresh_token_is_refused(
    client: Person, maker: Person, services: Services
) -> None:
    token = (await sign_in(maker))["refresh_token"]
    async with unit_of_work(services.sessions) as session:
        past = datetime.now(UTC) - timedelta(seconds=1)
        await session.execute(update(RefreshToken).values(expires_at=past))
    assert (await refresh(client, token))[1]["code"] == "refresh_token_invalid"


async def test_the_next_sign_in_sweeps_expired_tokens_away(
    maker: Person, services: Services
) -> None:
    await sign_in(maker)
    async with unit_of_work(services.sessions) as session:
        past = datetime.now(UTC) - timedelta(seconds=1)
        await session.execute(update(RefreshToken).values(expires_at=past))
    await sign_in(maker)
    async with unit_of_work(services.sessions) as session:
        assert len((await session.scalars(select(RefreshToken))).all()) == 1


async def test_signing_out_ends_the_sign_in_and_can_be_repeated(
    client: Person, maker: Person
) -> None:
    token = (await sign_in(maker))["refresh_token"]
    for _ in range(2):
        answer = await client.post("/auth/logout", json={"refresh_token": token})
        assert answer.status_code == 204
    assert (await refresh(client, token))[1]["code"] == "refresh_token_invalid"
    unknown = await client.post("/auth/logout", json={"refresh_token": "never issued"})
    assert unknown.status_code == 204


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"exp": datetime(2020, 1, 1, tzinfo=UTC)}, "token_expired"),
        ({"typ": "refresh"}, "token_invalid"),
        ({"role": "owner"}, "token_invalid"),
        ({"sub": "somebody"}, "token_invalid"),
        ({"exp": None}, "token_invalid"),
        ({}, None),
    ],
)
async def test_access_tokens_are_read_strictly(
    client: Person, maker: Person, services: Services, change: dict[str, object], code: str | None
) -> None:
    claims = {
        "sub": str(maker.id),
        "role": "maker",
        "typ": "access",
        "jti": "1",
        "sid": str(maker.id),
        "exp": datetime.now(UTC) + timedelta(minutes=1),
    }
    changed = {name: value for name, value in {**claims, **change}.items() if value is not None}
    client.carry(jwt.encode(changed, services.secrets.signing_key, algorithm=ALGORITHM))
    assert (await client.get("/auth/me")).json().get("code") == code


@pytest.mark.parametrize("algorithm", ["none", "HS512"])
async def test_only_tokens_of_our_algorithm_are_believed(
    client: Person, maker: Person, services: Services, algorithm: str
) -> None:
    claims = {
        "sub": str(maker.id),
        "role": "admin",
        "typ": "access",
        "jti": "1",
        "sid": str(maker.id),
        "exp": datetime.now(UTC) + timedelta(minutes=1),
    }
    key = "" if algorithm == "none" else services.secrets.signing_key.hex()
    client.carry(jwt.encode(claims, key, algorithm=algorithm))
    answer = await client.get("/auth/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_an_access_token_is_believed_without_the_database(
    maker: Person, services: Services
) -> None:
    token = maker.headers["Authorization"].removeprefix("Bearer ")
    credentials = HTTPAuthorizationCredentials(scheme="Bearer", credentials=token)
    nowhere = replace(
        services, sessions=make_sessions(make_engine("postgresql:///nowhere", pool_size=1))
    )
    assert await current_principal(nowhere, credentials) == maker.principal


async def test_changing_the_name(maker: Person) -> None:
    answer = await maker.patch("/auth/me", json={"name": "  Grace  "})
    assert answer.json()["name"] == "Grace"


async def test_a_new_password_needs_the_old_one_and_ends_other_sign_ins(
    client: Person, maker: Person
) -> None:
    mine, other = await sign_in(maker), await sign_in(maker)
    maker.carry(mine["access_token"])
    change = {"new_password": "an even longer password"}
    for wrong in ({}, {"current_password": "not it"}):
        refused = await maker.patch("/auth/me", json={**change, **wrong})
        assert (refused.status_code, refused.json()["code"]) == (422, "current_password_wrong")
    done = await maker.patch("/auth/me", json={**change, "current_password": PASSWORD})
    assert done.status_code == 200
    assert (await refresh(client, mine["refresh_token"]))[0] == 200
    assert (await refresh(client, other["refresh_token"]))[0] == 401
    await sign_in(maker, "an even longer password")


async def test_two_hashes_of_a_password_differ() -> None:
    first, second = await asyncio.gather(hash_password(PASSWORD), hash_password(PASSWORD))
    assert first != second
