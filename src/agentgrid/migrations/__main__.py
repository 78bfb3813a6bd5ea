"""``python -m agentgrid.migrations``: bring the database up to date."""

from pathlib import Path

from alembic import command
from alembic.config import Config


def upgrade() -> None:
    """Apply every migration the database at ``DATABASE_URL`` does not have yet."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    command.upgrade(config, "head")


if __name__ == "__main__":
    upgrade()
