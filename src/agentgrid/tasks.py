"""The Celery application with its task modules.

``celery -A agentgrid.tasks worker`` and ``celery -A agentgrid.tasks beat``.
"""

from celery import signals
from redis import Redis
from redis.exceptions import RedisError

from agentgrid.bootstrap import open_services
from agentgrid.features.deps import attach_worker
from agentgrid.health import WORKER_HEARTBEAT_KEY, WORKER_HEARTBEAT_SECONDS
from agentgrid.kit.tasks import WorkerBridge
from agentgrid.schedule import app
from agentgrid.settings import get_settings

settings = get_settings()

app.conf.include = [
    "agentgrid.features.chat.tasks",
    "agentgrid.features.knowledge.embedding.tasks",
    "agentgrid.features.knowledge.tasks",
    "agentgrid.features.knowledge.sources.tasks",
    "agentgrid.features.usage.tasks",
]
_bridge = WorkerBridge(lambda: open_services(settings))
attach_worker(_bridge)
_heartbeat_redis = Redis.from_url(settings.redis_url, socket_timeout=2, socket_connect_timeout=2)


@signals.heartbeat_sent.connect
def _tell_that_a_worker_lives(**_: object) -> None:
    try:
        _heartbeat_redis.set(WORKER_HEARTBEAT_KEY, b"1", ex=WORKER_HEARTBEAT_SECONDS)
    except (RedisError, OSError):
        return  # the readiness page says the worker is silent, which is then true


@signals.worker_process_shutdown.connect
def _close_services(**_: object) -> None:
    _bridge.close()
