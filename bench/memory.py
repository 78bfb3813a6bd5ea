"""Memory of all processes at rest, as proportional set size."""

from collections import Counter

from bench.accounting import MEBIBYTE, Process, pss_bytes
from bench.product import Product, running, temporary_folder
from bench.report import Figure, Target

MOST_MEBIBYTES = 600.0
_PROGRAMS = (  # part of the program's path, or of what PostgreSQL's processes call themselves
    ("valkey-server", "Valkey"),
    ("postgres", "PostgreSQL"),
)
_WORDS = (  # a word of the command line
    ("agentgrid.embedded.api_server", "API"),
    ("agentgrid.embedded.model_server", "local model"),
    ("worker", "Celery worker"),
    ("beat", "Celery beat"),
    ("up", "supervisor"),
)


def measure() -> list[Figure]:
    """Without the local model, split by process; then the whole with it."""
    with temporary_folder() as folder:
        with running(folder) as product:
            without = at_rest(product)
        with running(folder, with_model=True) as product:
            with_model = at_rest(product)
    return [
        *(
            Figure("memory", f"without model: {kind}", size / MEBIBYTE, "MiB")
            for kind, size in without.most_common()
        ),
        Figure(
            "memory",
            "without model: all",
            without.total() / MEBIBYTE,
            "MiB",
            target=Target(at_most=MOST_MEBIBYTES),
        ),
        Figure("memory", "with model: all", with_model.total() / MEBIBYTE, "MiB"),
    ]


def at_rest(product: Product) -> Counter[str]:
    """Bytes by kind of process, once nothing works any more."""
    product.wait_idle()
    sizes: Counter[str] = Counter()
    for process in product.processes():
        sizes[kind_of(process)] += pss_bytes(process.pid)
    return sizes


def kind_of(process: Process) -> str:
    """What a process of the product is, for people."""
    program = process.command[0] if process.command else ""
    for part, kind in _PROGRAMS:
        if part in program:
            return kind
    for word, kind in _WORDS:
        if word in process.command:
            return kind
    return " ".join(process.command)[:40] or "other"
