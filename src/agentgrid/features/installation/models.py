"""The table of settings an admin changes while the installation runs."""

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from agentgrid.kit.db import Base, Updated

BUNDLED_MODEL = "local/smollm2-135m-instruct"


class InstallationSettings(Updated, Base):
    """One row: what an admin sets in the browser."""

    __tablename__ = "installation_settings"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    registration_open: Mapped[bool] = mapped_column(default=False)
    demo_seeded: Mapped[bool] = mapped_column(default=False)
    """Whether the demo agent was made once; deleting it is final."""
    default_model: Mapped[str] = mapped_column(default=BUNDLED_MODEL)

    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)
