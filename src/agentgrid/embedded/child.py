"""Becomes another program after giving up privileges and tying its life to its parent's.

Run as a bare script (``python -I -S child.py PARENT DEATH_SIGNAL USER PROGRAM ARGUMENTS...``)
so that it starts in milliseconds. It execs, so the program keeps this process id and no
extra process stays behind.

Why not a ``preexec_fn``: code between fork and exec in a process with threads can
deadlock. Why not ``setpriv``: it is not on every machine. The order matters: changing the
user clears the death signal, and a parent that died in between sends none.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Never returns: execs, or exits with 127 when the parent is gone already."""
    parent, death_signal, user, *program = arguments
    if user:
        _become(user)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != int(parent):
            sys.exit(127)
    os.umask(0o077)
    os.execv(program[0], program)  # noqa: S606 - no shell is wanted


def _become(user: str) -> None:
    import pwd  # needed by root only

    account = pwd.getpwnam(user)
    os.setgroups([account.pw_gid])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


if __name__ == "__main__":
    main(sys.argv[1:])
