"""What is due when: the Celery application as its clock needs it, and nothing more.

``agentgrid.tasks`` adds the tasks themselves. The clock only names them, so it can run from
here in half the memory: ``celery -A agentgrid.schedule beat``.
"""

from datetime import timedelta

from celery import signals
from celery.schedules import crontab

from agentgrid.kit.logging import configure_logging
from agentgrid.kit.tasks import make_celery
from agentgrid.settings import get_settings

settings = get_settings()

app = make_celery(settings.celery_broker_url, settings.celery_result_backend)
# A sweep that nobody could run in time is worthless: the next one does its work.
_EXPIRES = {"expires": 300}
app.conf.beat_schedule = {
    "knowledge-sweep": {
        "task": "knowledge.sweep",
        "schedule": timedelta(seconds=30),
        "options": _EXPIRES,
    },
    "embedding-sweep": {
        "task": "knowledge.sweep_embeddings",
        "schedule": timedelta(seconds=30),
        "options": _EXPIRES,
    },
    "knowledge-sweep-sources": {
        "task": "knowledge.sweep_sources",
        "schedule": timedelta(seconds=30),
        "options": _EXPIRES,
    },
    "knowledge-clean": {
        "task": "knowledge.clean",
        "schedule": timedelta(minutes=10),
        "options": _EXPIRES,
    },
    "chat-sweep": {
        "task": "chat.sweep",
        "schedule": timedelta(seconds=30),
        "options": _EXPIRES,
    },
    "usage-partitions": {
        "task": "usage.ensure_partitions",
        "schedule": crontab(minute="5", hour="0"),
    },
}


@signals.setup_logging.connect
def _set_up_logging(**_: object) -> None:  # pyright: ignore[reportUnusedFunction]
    configure_logging(settings.environment, settings.log_level, process="tasks")
