"""``agentgrid up``: everything a person needs, started in one command.

Parts whose address is in the environment (or in ``.env``) are not started; theirs is used.
"""

import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agentgrid.embedded.checks import claimed, listen, require_space
from agentgrid.embedded.leftovers import end_leftovers
from agentgrid.embedded.model import KEY_VARIABLE, EmbeddedModel
from agentgrid.embedded.part import Part
from agentgrid.embedded.postgres import EmbeddedPostgres
from agentgrid.embedded.process import Command, run_job
from agentgrid.embedded.product import Api, Beat, Worker
from agentgrid.embedded.supervisor import Supervisor
from agentgrid.embedded.valkey import EmbeddedValkey
from agentgrid.embedded.weights import MINILM, SMOLLM2, find_weights
from agentgrid.settings import Settings

FETCH_SECONDS = 1800.0
MIGRATE_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line said."""

    host: str
    port: int
    with_model: bool


def up(options: Options, settings: Settings, say: Callable[[str], None]) -> None:
    """Start what is missing, serve until somebody stops it, stop everything in order.

    Raises ``StartError`` with one sentence when it cannot start.
    """
    os.umask(0o077)  # logs and data are nobody else's business
    data_dir = settings.data_dir.absolute()
    with claimed(data_dir):
        require_space(data_dir)
        if end_leftovers(data_dir):
            say("Ended what an earlier run had left running.")
        with listen(options.host, options.port) as listener, Supervisor(say) as supervisor:
            _Start(options, settings, say, supervisor, listener).run()
            supervisor.watch(f"AgentGrid is ready: {_address(options.host, listener)}")
            say("Stopping.")
        say("Stopped.")


class _Start:
    """The steps from nothing to ready, each telling what it does."""

    def __init__(
        self,
        options: Options,
        settings: Settings,
        say: Callable[[str], None],
        supervisor: Supervisor,
        listener: socket.socket,
    ) -> None:
        self._options = options
        self._settings = settings
        self._say = say
        self._supervisor = supervisor
        self._listener = listener
        self._data_dir = settings.data_dir.absolute()
        self._environment = {**os.environ, "AGENTGRID_DATA_DIR": str(self._data_dir)}

    def run(self) -> None:
        servers = self._choose_servers()
        self._fetch_weights()
        self._start_servers(servers)
        self._migrate()
        self._start_product()

    def _choose_servers(self) -> list[Part]:
        """What the settings do not replace; its addresses go into the environment."""
        servers: list[Part] = []
        given = self._settings.model_fields_set
        if "database_url" not in given:
            servers.append(self._postgres())
        if not {"redis_url", "celery_broker_url", "celery_result_backend"} <= given:
            servers.append(self._valkey(given))
        if self._options.with_model and "local_model_url" not in given:
            servers.append(self._model())
        return servers

    def _postgres(self) -> Part:
        postgres = EmbeddedPostgres(self._data_dir)
        self._environment["DATABASE_URL"] = postgres.url
        return postgres

    def _valkey(self, given: set[str]) -> Part:
        valkey = EmbeddedValkey(self._data_dir)
        addresses = {
            "redis_url": valkey.url,
            "celery_broker_url": valkey.celery_url(1),
            "celery_result_backend": valkey.celery_url(2),
        }
        for name in addresses.keys() - given:
            self._environment[name.upper()] = addresses[name]
        return valkey

    def _model(self) -> Part:
        model = EmbeddedModel(self._data_dir, self._settings.resolved_models_dir.absolute())
        self._environment["AGENTGRID_LOCAL_MODEL_URL"] = model.url
        self._environment[KEY_VARIABLE] = model.api_key
        return model

    def _fetch_weights(self) -> None:
        models_dir = self._settings.resolved_models_dir.absolute()
        wanted = {"minilm": MINILM} | ({"smollm2": SMOLLM2} if self._options.with_model else {})
        missing = {
            name: weights
            for name, weights in wanted.items()
            if find_weights(weights, models_dir) is None
        }
        for weights in missing.values():
            self._say(f"Fetching {weights.label} ({weights.megabytes} MB, only this once) ...")
        if missing:
            arguments = ("agentgrid.embedded.weights", str(models_dir), *missing)
            self._run_module("Fetching the model weights", *arguments, seconds=FETCH_SECONDS)

    def _start_servers(self, servers: list[Part]) -> None:
        for part in servers:
            first = isinstance(part, EmbeddedPostgres) and part.is_new
            self._say(
                "Making the database files (only this once) ..."
                if first
                else f"Starting {part.label} ..."
            )
            self._supervisor.launch(part)
        for part in servers:  # launched side by side, so the waits overlap
            part.wait_ready()
            if isinstance(part, EmbeddedPostgres):
                part.ensure_database()

    def _migrate(self) -> None:
        self._say("Bringing the database up to date ...")
        self._run_module("The migration", "agentgrid.migrations", seconds=MIGRATE_SECONDS)

    def _start_product(self) -> None:
        self._say("Starting the API and the background worker ...")
        api = Api(self._data_dir, self._listener, self._environment)
        self._supervisor.launch(Worker(self._data_dir, self._environment))
        self._supervisor.launch(api)
        api.wait_ready()
        # Last, because nothing is due yet and loading it would slow the other two down.
        self._supervisor.launch(Beat(self._data_dir, self._environment))

    def _run_module(self, name: str, *module: str, seconds: float) -> None:
        command = Command([sys.executable, "-m", *module], self._environment)
        log: Path = self._data_dir / "logs" / f"{module[0].rpartition('.')[2]}.log"
        run_job(name, command, log, seconds)


def _address(host: str, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
