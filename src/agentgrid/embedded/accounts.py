"""The user PostgreSQL runs as when AgentGrid runs as root: the server refuses to be root."""

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from agentgrid.embedded.errors import StartError

NAME = "agentgrid-postgres"


def server_account() -> pwd.struct_passwd:
    """This process's own user or, when that is root, one made for the database server."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        _add_user()
        return pwd.getpwnam(NAME)


def _add_user() -> None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        raise StartError(
            f"PostgreSQL does not run as root and there is no `useradd` to make the user "
            f"{NAME} for it: make that user, or run AgentGrid as an ordinary user."
        )
    made = subprocess.run(
        [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode not in {0, 9}:  # 9: another process was faster
        raise StartError(f"The user {NAME} for PostgreSQL could not be made: {made.stderr.strip()}")


def let_reach(path: Path) -> None:
    """Let other users pass through the folders above a path, without letting them list any."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)
