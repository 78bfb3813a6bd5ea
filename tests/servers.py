"""The real servers tests run against: one PostgreSQL and one Valkey for each test process."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agentgrid.embedded.postgres import EmbeddedPostgres
from agentgrid.embedded.valkey import EmbeddedValkey


@dataclass(frozen=True, slots=True)
class Servers:
    """Running servers with a migrated database, and a folder for files."""

    folder: Path
    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey
    database_url: str

    @property
    def environment(self) -> dict[str, str]:
        """What a process of the product needs to use them."""
        return {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.valkey.database_url(0),
            "CELERY_BROKER_URL": self.valkey.celery_url(1),
            "CELERY_RESULT_BACKEND": self.valkey.celery_url(2),
            "AGENTGRID_DATA_DIR": str(self.folder),
            "AGENTGRID_SECRET_KEY": SECRET_KEY,
            "AGENTGRID_SEED_DEMO": "false",
        }


SECRET_KEY = "a secret of tests, known to everybody"


@contextmanager
def running_servers() -> Generator[Servers]:
    """Start both, make the tables, and take everything away at the end."""
    # Not pytest's own folder: paths of sockets must be short.
    folder = Path(tempfile.mkdtemp(prefix="agentgrid-test-"))
    try:
        with (
            EmbeddedPostgres(folder, durable=False) as postgres,
            EmbeddedValkey(folder, durable=False) as valkey,
        ):
            url = postgres.ensure_database()
            migrate(url)
            yield Servers(folder, postgres, valkey, url)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def migrate(database_url: str) -> None:
    """Make the tables the way an installation does: in a process of its own."""
    subprocess.run(
        [sys.executable, "-m", "agentgrid.migrations"],
        env={**os.environ, "DATABASE_URL": database_url},
        check=True,
        capture_output=True,
    )
