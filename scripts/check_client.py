"""See that the frontend's generated API client is the one this API would generate now."""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
DESCRIPTION = FRONTEND / "openapi.json"
CLIENT = FRONTEND / "src" / "api" / "schema.d.ts"


def main() -> int:
    """0 when both generated files are current."""
    described = subprocess.run(
        [sys.executable, "-m", "agentgrid.openapi"], capture_output=True, check=True
    ).stdout
    if described != DESCRIPTION.read_bytes():
        return _stale(DESCRIPTION)
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / CLIENT.name
        generate = ["npx", "--no-install", "openapi-typescript", str(DESCRIPTION), "-o", str(fresh)]
        subprocess.run(generate, cwd=FRONTEND, check=True, capture_output=True)
        if fresh.read_bytes() != CLIENT.read_bytes():
            return _stale(CLIENT)
    return 0


def _stale(path: Path) -> int:
    print(f"{path.relative_to(ROOT)} is out of date: run `make client`.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
