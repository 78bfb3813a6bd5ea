"""Addresses of databases, as people write them and as the driver wants them."""

import pytest
from sqlalchemy import make_url

from agentgrid.kit.db import sqlalchemy_url


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("postgresql://u:p@db:5432/grid", "postgresql+asyncpg://u:p@db:5432/grid"),
        ("postgres+psycopg://db/grid", "postgresql+asyncpg://db/grid"),
        ("postgresql://u@/grid?host=/run/pg", "postgresql+asyncpg://u@/grid?host=/run/pg"),
        ("postgresql:///grid?host=/run/pg", "postgresql+asyncpg:///grid?host=/run/pg"),
        ("postgresql:///grid", "postgresql+asyncpg:///grid"),
        ("postgresql://db/grid?sslmode=require", "postgresql+asyncpg://db/grid?ssl=require"),
    ],
)
def test_an_address_is_turned_into_the_drivers_form(given: str, wanted: str) -> None:
    url = sqlalchemy_url(given)
    assert url == wanted
    assert make_url(url).database == "grid"
