"""See on a PostgreSQL of its own that the migrations go up, down and up again, and that they
make exactly the tables the code declares."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from agentgrid.embedded.postgres import EmbeddedPostgres

STEPS = (("upgrade", "head"), ("downgrade", "base"), ("upgrade", "head"), ("check",))
ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """The exit code of the first step that fails, or 0."""
    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedPostgres(Path(folder), durable=False) as postgres,
    ):
        environment = {**os.environ, "DATABASE_URL": postgres.ensure_database()}
        for step in STEPS:
            command = [sys.executable, "-m", "alembic", *step]
            done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
            if done.returncode != 0:
                print(f"`alembic {' '.join(step)}` failed.", file=sys.stderr)
                return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
