"""``python -m agentgrid.openapi``: the API's description as JSON, for the generated client."""

import json
import sys

from agentgrid.main import app


def main() -> None:
    json.dump(app.openapi(), sys.stdout, indent=2, sort_keys=True)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
