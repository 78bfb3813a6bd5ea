"""The demo agent: somebody to talk to in the first minute.

It is made once. When an admin deletes it, it is gone for good.
"""

import asyncio
from pathlib import Path

import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from agentgrid.features.agents.schemas import CreateAgent, RetrievalSettings
from agentgrid.features.agents.service import AgentService
from agentgrid.features.deps import Services
from agentgrid.features.installation.repository import InstallationRepository
from agentgrid.features.knowledge.service import KnowledgeService
from agentgrid.kit.db import unit_of_work
from agentgrid.kit.errors import ProductError

HANDBOOK = Path(__file__).with_name("handbook.md")
SECONDS_BETWEEN_TRIES = 5.0

# Small models answer well what stands in one passage, asked in nearly its words.
DEMO = CreateAgent(
    name="Brightwater helper",
    description="A demo: answers from the handbook of a shop for electric kettles.",
    emblem="teapot",
    instruction=(
        "You help customers of Brightwater Kettles. "
        "Answer in one short sentence, only with what the handbook says."
    ),
    welcome_message=(
        "Hello! I know the handbook of Brightwater Kettles by heart. "
        "Ask me about returns, delivery, the warranty or our opening hours."
    ),
    starter_questions=[
        "How many years does the warranty last?",
        "How much does express delivery cost?",
        "What is the address of the shop?",
    ],
    retrieval=RetrievalSettings(limit=2),
)

_log = structlog.get_logger(__name__)


async def ensure_demo(services: Services) -> None:
    """Make the demo agent and its handbook, unless that was done before."""
    async with unit_of_work(services.sessions) as session:
        # Processes that start at the same time take turns at this row.
        installation = await InstallationRepository(session).locked()
        if installation.demo_seeded:
            return
        agent = await AgentService(session).create_demo(DEMO)
        handbook = await asyncio.to_thread(HANDBOOK.read_bytes)
        await KnowledgeService(services, session).add_file(
            agent, "Brightwater handbook.md", handbook, media_type="text/markdown"
        )
        installation.demo_seeded = True
    _log.info("demo_agent_made", agent_id=str(agent.id))


async def keep_trying_to_seed(services: Services) -> None:
    """``ensure_demo``, as soon as the database is there and its tables are made."""
    while services.policy.seed_demo:
        try:
            return await ensure_demo(services)
        except (SQLAlchemyError, RedisError, OSError, ProductError) as error:
            _log.warning("demo_agent_waits", error=type(error).__name__)
        await asyncio.sleep(SECONDS_BETWEEN_TRIES)
    return None
