"""The table of connections to language models."""

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from agentgrid.kit.db import Base, Created, Identified, Updated


class ProviderConnection(Identified, Created, Updated, Base):
    """A way to reach a provider. ``name`` is the first part of a model id."""

    __tablename__ = "provider_connections"

    name: Mapped[str] = mapped_column(unique=True)
    provider: Mapped[str]
    base_url: Mapped[str]
    key_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary)
    key_hint: Mapped[str | None]
    """The last four characters, to recognise a key by."""
    enabled: Mapped[bool] = mapped_column(default=True)
    revision: Mapped[int] = mapped_column(default=1)
    """Grows with every change, so that other processes drop what they built from it."""
