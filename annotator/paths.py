"""Where migrations and seeds are: in a checkout beside the package, in a wheel inside it."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def _folder(name: str) -> Path:
    beside = PACKAGE.parent / name
    if beside.is_dir() and (PACKAGE.parent / "pyproject.toml").is_file():
        return beside
    return PACKAGE / f"_{name}"


def migrations() -> Path:
    """The folder with Alembic's env.py and versions."""
    return _folder("migrations")


def seeds() -> Path:
    """The folder with the demo project."""
    return _folder("seeds")
