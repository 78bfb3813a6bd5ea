"""The Celery application, its task modules and the beat schedule.

``celery -A agentgrid.tasks worker`` and ``celery -A agentgrid.tasks beat``.
"""

from datetime import timedelta

from celery import signals
from celery.schedules import crontab
from redis import Redis
from redis.exceptions import RedisError

from agentgrid.bootstrap import make_celery, open_services
from agentgrid.features.deps import attach_worker
from agentgrid.health import WORKER_HEARTBEAT_KEY, WORKER_HEARTBEAT_SECONDS
from agentgrid.kit.logging import configure_logging
from agentgrid.kit.tasks import WorkerBridge
from agentgrid.settings import get_settings

settings = get_settings()

app = make_celery(settings)
app.conf.include = [
    "agentgrid.features.chat.tasks",
    "agentgrid.features.knowledge.tasks",
    "agentgrid.features.usage.tasks",
]
# A sweep that nobody could run in time is worthless: the next one does its work.
_EXPIRES = {"expires": 300}
app.conf.beat_schedule = {
    "knowledge-sweep": {
        "task": "knowledge.sweep",
        "schedule": timedelta(seconds=30),
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

_bridge = WorkerBridge(lambda: open_services(settings))
attach_worker(_bridge)
_heartbeat_redis = Redis.from_url(settings.redis_url, socket_timeout=2, socket_connect_timeout=2)


@signals.setup_logging.connect
def _set_up_logging(**_: object) -> None:
    configure_logging(settings.environment, settings.log_level, process="worker")


@signals.heartbeat_sent.connect
def _tell_that_a_worker_lives(**_: object) -> None:
    try:
        _heartbeat_redis.set(WORKER_HEARTBEAT_KEY, b"1", ex=WORKER_HEARTBEAT_SECONDS)
    except (RedisError, OSError):
        return  # the readiness page says the worker is silent, which is then true


@signals.worker_process_shutdown.connect
def _close_services(**_: object) -> None:
    _bridge.close()
