"""Serves the web app on a socket that is open already.

``python -m agentgrid.embedded.api_server DESCRIPTOR``. The supervisor keeps the socket, so
the port is never lost to another program while the API restarts. Uvicorn's own ``--fd``
takes every descriptor for a unix socket and would leave Nagle's algorithm on.
"""

import socket
import sys

import uvicorn

GRACE_SECONDS = 1
"""How long open connections may stay after SIGTERM. A turn does not need its stream: the
application's own shutdown finishes and stores it afterwards."""


def main(descriptor: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    config = uvicorn.Config(
        "agentgrid.main:app",
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,  # the app writes one structured line for each request itself
        log_config=None,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    main(int(sys.argv[1]))
