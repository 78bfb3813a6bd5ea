"""The local language model, in a process of its own: a crash of the engine takes only
itself down, and its memory goes back to the system when it stops."""

import http.client
import os
import secrets
import signal
import socket
import sys
from pathlib import Path
from typing import ClassVar

from agentgrid.embedded.part import Part
from agentgrid.embedded.places import package_folder
from agentgrid.embedded.process import Command
from agentgrid.embedded.weights import SMOLLM2, ensure_weights

KEY_VARIABLE = "AGENTGRID_LOCAL_MODEL_API_KEY"


class EmbeddedModel(Part):
    """SmolLM2-135M-Instruct behind an OpenAI-compatible API on a loopback port.

    ``url`` ends with ``/v1``; every call needs ``api_key`` as bearer token. Port and key
    stay the same when the process is restarted.
    """

    label: ClassVar[str] = "the local model"
    stop_seconds: ClassVar[float] = 0.5

    def __init__(self, data_dir: Path, models_dir: Path | None = None) -> None:
        super().__init__("model", data_dir)
        package_folder("xllamacpp", "xllamacpp")
        self._models_dir = models_dir or data_dir / "models"
        self.api_key = secrets.token_urlsafe(32)
        self.port = free_port()

    @property
    def url(self) -> str:
        """The address an OpenAI client takes as its base URL."""
        return f"http://127.0.0.1:{self.port}/v1"

    def command(self) -> Command:
        weights = ensure_weights(SMOLLM2, self._models_dir)
        module = ("-m", "agentgrid.embedded.model_server")
        return Command(
            argv=[sys.executable, *module, str(weights), str(self.port)],
            environment={**os.environ, KEY_VARIABLE: self.api_key},
            death_signal=signal.SIGKILL,
        )

    def is_ready(self) -> bool:
        return answers_ok(("127.0.0.1", self.port), "/health")


def free_port() -> int:
    """A loopback port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers_ok(address: tuple[str, int], path: str) -> bool:
    """Whether an HTTP GET is answered with 200 within two seconds."""
    connection = http.client.HTTPConnection(*address, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
