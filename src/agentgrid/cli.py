"""The command line: ``agentgrid up`` and its relatives.

Commands that run one process become that process (exec), so signals and exit codes are its
own and nothing heavy is imported here.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import click
from pydantic import ValidationError

from agentgrid import __version__
from agentgrid.embedded.checks import listen
from agentgrid.embedded.errors import StartError
from agentgrid.embedded.up import Options
from agentgrid.embedded.up import up as bring_up
from agentgrid.settings import Settings, get_settings

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8001


def _say(line: str) -> None:
    click.echo(line)
    sys.stdout.flush()


def _address_options(command: Callable[..., None]) -> Callable[..., None]:
    port = click.option(
        "--port",
        default=DEFAULT_PORT,
        show_default=True,
        type=click.IntRange(0, 65535),
        help="Port to serve on; 0 takes any free one.",
    )
    host = click.option(
        "--host", default=DEFAULT_HOST, show_default=True, help="Address to serve on."
    )
    return host(port(command))


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="agentgrid")
def cli() -> None:
    """Make AI agents, use them, and keep making them better."""


@cli.command()
@_address_options
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the database, files and logs.  [default: ~/.agentgrid]",
)
@click.option("--no-model", is_flag=True, help="Do not start the bundled language model.")
def up(host: str, port: int, data_dir: Path | None, no_model: bool) -> None:
    """Start everything AgentGrid needs and serve it, until Ctrl-C."""
    if data_dir is not None:
        os.environ["AGENTGRID_DATA_DIR"] = str(data_dir.absolute())
    bring_up(Options(host, port, with_model=not no_model), _settings(), _say)


@cli.command()
@_address_options
def serve(host: str, port: int) -> None:
    """Serve the web app alone; the database and Redis must be running."""
    _settings()
    listener = listen(host, port)
    listener.set_inheritable(True)
    _say(f"Serving on {host}, port {listener.getsockname()[1]}.")
    _become("agentgrid.embedded.api_server", str(listener.detach()))


@cli.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def worker(arguments: tuple[str, ...]) -> None:
    """Run a background worker; further arguments go to Celery."""
    _become("celery", "-A", "agentgrid.tasks", "worker", "--loglevel=info", *arguments)


@cli.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def beat(arguments: tuple[str, ...]) -> None:
    """Run the clock that queues what is due; further arguments go to Celery."""
    _become("celery", "-A", "agentgrid.tasks", "beat", "--loglevel=info", *arguments)


@cli.command()
def migrate() -> None:
    """Bring the database at DATABASE_URL up to date."""
    _settings()
    _become("agentgrid.migrations")


@cli.command()
def openapi() -> None:
    """Print the API's OpenAPI description as JSON."""
    _become("agentgrid.openapi")


@cli.command()
def version() -> None:
    """Print the version."""
    click.echo(__version__)


def _become(module: str, *arguments: str) -> None:
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606


def _settings() -> Settings:
    try:
        return get_settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise StartError(f"The setting {name} cannot be used: {first['msg']}.") from error


def main() -> None:
    """The entry point: errors a person can act on end in one sentence and exit code 1."""
    try:
        cli(prog_name="agentgrid")
    except StartError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    except OSError as error:
        click.echo(f"The operating system refused: {error}.", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
