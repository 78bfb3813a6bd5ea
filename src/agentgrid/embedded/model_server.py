"""Serves one GGUF model over llama.cpp's OpenAI-compatible API, on loopback.

``python -m agentgrid.embedded.model_server FILE PORT``; the key that callers must send is
in the environment, because arguments can be read by every user of the machine.
"""

# The engine is a compiled module without type information.
# pyright: reportAttributeAccessIssue=false, reportUnknownParameterType=false

import os
import signal
import sys

import xllamacpp

ALIAS = "smollm2-135m-instruct"
KEY_VARIABLE = "AGENTGRID_LOCAL_MODEL_API_KEY"
CONTEXT_TOKENS = 4096
"""Tokens one conversation may use. The model can take twice as many, and answers worse."""

PARALLEL = 2
"""Conversations answered at the same time; more wait. Each holds about 94 MB."""


def main(model_file: str, port: int) -> None:
    """Serve until SIGTERM."""
    signals = {signal.SIGTERM, signal.SIGINT}
    # Blocked before the server makes its threads, so that they all leave them to us.
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    server = xllamacpp.Server(_parameters(model_file, port))
    sys.stderr.write(f"serving {model_file} on {server.listening_address}\n")
    sys.stderr.flush()
    signal.sigwait(signals)
    # Not a plain return: the engine's own shutdown waits for answers in progress.
    os._exit(0)


def _parameters(model_file: str, port: int) -> xllamacpp.CommonParams:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = model_file
    parameters.model_alias = {ALIAS}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = port
    parameters.api_keys = [os.environ[KEY_VARIABLE]]
    parameters.cors_origins = ""  # no web page may call it
    parameters.ui = False
    parameters.endpoint_slots = False  # it would show other people's prompts
    parameters.n_parallel = PARALLEL
    parameters.n_ctx = CONTEXT_TOKENS * PARALLEL
    parameters.cache_ram_mib = 64
    parameters.cpuparams.n_threads = os.cpu_count() or 1
    # By default the threads spin while they wait for each other. With anything else busy on
    # the same cores that costs a factor of ten; sleeping instead costs nothing on idle ones.
    parameters.cpuparams.poll = 0
    return parameters


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
