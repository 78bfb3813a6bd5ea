"""The embedded PostgreSQL, Valkey and model, started for real."""

import json
import os
import signal
import stat
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
from redis import Redis

from agentgrid.embedded.errors import PartFailedError
from agentgrid.embedded.model import EmbeddedModel
from agentgrid.embedded.postgres import EmbeddedPostgres
from agentgrid.embedded.valkey import EmbeddedValkey
from agentgrid.kit.db import asyncpg_dsn, make_engine
from tests.embedded.running import eventually


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(tmp_path_factory.mktemp("postgres"), durable=False) as server:
        server.ensure_database()
        yield server


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedModel]:
    with EmbeddedModel(tmp_path_factory.mktemp("model")) as server:
        yield server


async def fetch_value(url: str, statement: str) -> object:
    connection = await asyncpg.connect(asyncpg_dsn(url))
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def kill(part: EmbeddedPostgres | EmbeddedValkey | EmbeddedModel) -> None:
    assert part.child is not None
    os.kill(part.child.pid, signal.SIGKILL)
    assert eventually(lambda: not part.running)


async def test_postgres_answers_over_a_socket_and_has_pgvector(postgres: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(asyncpg_dsn(postgres.url))
    try:
        await connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        distance = await connection.fetchval("SELECT '[1,0]'::vector <=> '[1,0]'::vector")
    finally:
        await connection.close()
    assert distance == pytest.approx(0)


async def test_postgres_is_reached_through_sqlalchemy_at_the_same_address(
    postgres: EmbeddedPostgres,
) -> None:
    engine = make_engine(postgres.url, pool_size=1)
    async with engine.connect() as connection:
        answer = await connection.exec_driver_sql("SELECT current_database()")
        assert answer.scalar() == "agentgrid"
    await engine.dispose()


async def test_making_a_database_twice_gives_the_same_one(postgres: EmbeddedPostgres) -> None:
    first = postgres.ensure_database("again")
    assert postgres.ensure_database("again") == first
    assert await fetch_value(first, "SELECT 1") == 1


def test_only_the_servers_user_reaches_its_files_and_socket(postgres: EmbeddedPostgres) -> None:
    for folder in {postgres.cluster, postgres.socket_dir}:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_postgres_starts_again_after_it_was_killed_and_keeps_its_rows(
    tmp_path: Path,
) -> None:
    with EmbeddedPostgres(tmp_path) as postgres:
        url = postgres.ensure_database()
        await fetch_value(url, "CREATE TABLE kept AS SELECT 42 AS number")
        kill(postgres)
        postgres.start()
        assert await fetch_value(url, "SELECT number FROM kept") == 42


async def test_a_stale_lock_file_naming_a_strangers_process_does_not_stop_postgres(
    tmp_path: Path,
) -> None:
    postgres = EmbeddedPostgres(tmp_path, durable=False)
    postgres.start()
    kill(postgres)
    lock = postgres.cluster / "postmaster.pid"
    # The number of the killed server now belongs to somebody else: this test.
    lock.write_text("\n".join([str(os.getpid()), *lock.read_text().splitlines()[1:], ""]))
    with postgres:
        assert await fetch_value(postgres.database_url("postgres"), "SELECT 1") == 1
    assert psutil.pid_exists(os.getpid())


async def test_a_data_directory_with_a_very_long_path_works(tmp_path: Path) -> None:
    deep = tmp_path / ("long" * 20) / ("longer" * 12)
    with (
        EmbeddedPostgres(deep, durable=False) as postgres,
        EmbeddedValkey(deep) as valkey,
        Redis.from_url(valkey.url) as redis,
    ):
        assert await fetch_value(postgres.database_url("postgres"), "SELECT 1") == 1
        assert redis.ping()
        assert stat.S_IMODE(postgres.socket_dir.stat().st_mode) == 0o700


async def test_a_data_directory_with_blanks_and_signs_in_its_name_works(tmp_path: Path) -> None:
    odd = tmp_path / "my data, 100% ü"
    with (
        EmbeddedPostgres(odd, durable=False) as postgres,
        EmbeddedValkey(odd) as valkey,
        Redis.from_url(valkey.url) as redis,
    ):
        assert await fetch_value(postgres.database_url("postgres"), "SELECT 1") == 1
        assert redis.ping()


def test_valkey_keeps_what_was_written_when_it_is_killed(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path) as valkey:
        with Redis.from_url(valkey.url) as redis:
            redis.set("kept", "yes")
        kill(valkey)
        valkey.start()
        with Redis.from_url(valkey.url, decode_responses=True) as redis:
            assert redis.get("kept") == "yes"


def test_valkeys_databases_are_apart(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path) as valkey, Redis.from_url(valkey.url) as first:
        first.set("here", "1")
        with Redis.from_url(valkey.database_url(1)) as second:
            assert second.get("here") is None


def test_a_server_that_cannot_start_tells_its_last_words_and_its_log(tmp_path: Path) -> None:
    postgres = EmbeddedPostgres(tmp_path, durable=False)
    postgres.start()
    postgres.stop()
    (postgres.cluster / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(PartFailedError, match="PostgreSQL did not start") as caught:
        postgres.start()
    assert "no_such_setting" in str(caught.value)
    assert str(postgres.log) in str(caught.value)


def ask(model: EmbeddedModel, key: str) -> bytes:
    question = {
        "messages": [{"role": "user", "content": "Say hello."}],
        "max_tokens": 4,
    }
    request = urllib.request.Request(  # noqa: S310 - an address of our own
        f"{model.url}/chat/completions",
        data=json.dumps(question).encode(),
        headers={
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/json",
            "Origin": "http://elsewhere.example",
        },
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        assert answer.headers.get("Access-Control-Allow-Origin") in {None, ""}
        return answer.read()


def test_the_model_answers_whoever_has_its_key_but_no_web_page(model: EmbeddedModel) -> None:
    answer = json.loads(ask(model, model.api_key))
    assert answer["usage"]["completion_tokens"] >= 1


def test_the_model_refuses_whoever_has_no_key(model: EmbeddedModel) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        ask(model, "wrong")
    with caught.value as refusal:
        assert refusal.code == 401


def test_the_models_key_is_not_on_its_command_line(model: EmbeddedModel) -> None:
    assert model.child is not None
    assert model.api_key not in " ".join(psutil.Process(model.child.pid).cmdline())


def test_the_model_comes_back_at_the_same_address(model: EmbeddedModel) -> None:
    before = model.url
    kill(model)
    model.start()
    assert model.url == before
    assert ask(model, model.api_key)
