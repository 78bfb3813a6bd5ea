"""What a new visitor needs to know, over HTTP."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field


class SetupView(BaseModel):
    needs_admin: Annotated[bool, Field(description="Whoever registers now becomes the admin.")]
    registration_open: Annotated[bool, Field(description="Whether one may register now.")]
    demo_agent_id: UUID | None
    version: str
