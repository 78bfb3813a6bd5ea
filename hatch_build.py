"""Build hook: a wheel or sdist holds the built frontend, so it is built when it is missing.

An editable install serves what `make frontend` builds and needs nothing here.
"""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FrontendBuildHook(BuildHookInterface[Any]):
    """Builds ``src/agentgrid/web`` from ``frontend`` unless it is there already."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node.js itself, where a build is needed and the machine has none."""
        frontend = self._frontend()
        if self._is_built or frontend is None or frontend.machine_has_node():
            return []
        return [frontend.NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before files are collected; ``version`` is "editable" for such installs."""
        del build_data
        if version == "editable" or self._is_built:
            return
        frontend = self._frontend()
        if frontend is None:
            raise RuntimeError(
                "The built frontend (src/agentgrid/web) is missing and its sources are not "
                "here to build it from: build from a clone, or run `make frontend` first."
            )
        try:
            frontend.build(Path(self.root))
        except frontend.BuildError as error:
            raise RuntimeError(str(error)) from None

    @property
    def _is_built(self) -> bool:
        return (Path(self.root) / "src" / "agentgrid" / "web" / "index.html").exists()

    def _frontend(self) -> ModuleType | None:
        path = Path(self.root) / "scripts" / "frontend.py"
        if not path.exists() or not (Path(self.root) / "frontend" / "package.json").exists():
            return None
        spec = importlib.util.spec_from_file_location("agentgrid_build_frontend", path)
        if spec is None or spec.loader is None:
            return None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
