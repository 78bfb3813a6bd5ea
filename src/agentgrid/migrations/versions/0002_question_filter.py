"""A question remembers which documents it was asked of."""

from collections.abc import Sequence

from alembic import op

revision: str = "0002"
down_revision: str | Sequence[str] | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute("alter table chat_messages add column filter jsonb")


def downgrade() -> None:
    op.execute("alter table chat_messages drop column filter")
