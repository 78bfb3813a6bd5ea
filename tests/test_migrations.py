"""The chain of migrations against the tables the code speaks of."""

import os
import subprocess
import sys

from tests.servers import Servers


def alembic(servers: Servers, *arguments: str) -> str:
    url = servers.postgres.ensure_database("migrations")
    done = subprocess.run(
        [sys.executable, "-m", "alembic", *arguments],
        env={**os.environ, "DATABASE_URL": url},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_an_empty_database_is_migrated_up_down_and_up_again_and_fits_the_models(
    servers: Servers,
) -> None:
    alembic(servers, "upgrade", "head")
    alembic(servers, "downgrade", "base")
    alembic(servers, "upgrade", "head")
    assert "No new upgrade operations detected" in alembic(servers, "check")
