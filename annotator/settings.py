"""Settings, read once from the environment. Each has the prefix `ANNOTATOR_` and a sentence in
SETTINGS."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SETTINGS = {
    "DATA_DIR": "Folder for the database and the secret key (default: ./annotator-data).",
    "DATABASE_URL": "SQLAlchemy URL; SQLite in DATA_DIR when absent, or postgresql://…",
    "SECRET_KEY": "Signs cookies; made and kept with mode 0600 in DATA_DIR when absent.",
    "HOST": "Address to listen on (default: 127.0.0.1).",
    "PORT": "Port to listen on (default: 8000).",
    "WORKERS": "Server processes (default: 1).",
    "THREADS": "Threads in each process; an open page of an article holds one (default: 256).",
    "PUBLIC_URL": "The address people use, when a proxy stands before the server.",
}


class SettingsError(Exception):
    """A setting that cannot be used; the message says which and what to do."""


@dataclass(frozen=True)
class Settings:
    """Everything that differs between one installation and another."""

    data_dir: Path
    database_url: str
    secret_key: str
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    threads: int = 256
    public_url: str = ""
    testing: bool = False

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def url(self) -> str:
        """Where a browser finds the application, without a slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def https(self) -> bool:
        return self.url.startswith("https://")


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings from the environment. Makes DATA_DIR and its secret key when they are missing.

    Raises SettingsError when a value cannot be used or the folder cannot be written.
    """
    data_dir = Path(environ.get("ANNOTATOR_DATA_DIR") or "annotator-data").expanduser().resolve()
    url = environ.get("ANNOTATOR_DATABASE_URL") or f"sqlite:///{data_dir / 'annotator.sqlite'}"
    if url.startswith(("postgres://", "postgresql://")):
        url = "postgresql+psycopg://" + url.split("://", 1)[1]
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise SettingsError(
            "ANNOTATOR_DATABASE_URL must begin with sqlite:/// or postgresql://; "
            f"it begins with {url.split(':', 1)[0]!r}."
        )
    return Settings(
        data_dir=data_dir,
        database_url=url,
        secret_key=environ.get("ANNOTATOR_SECRET_KEY") or _kept_secret(data_dir),
        host=environ.get("ANNOTATOR_HOST") or "127.0.0.1",
        port=_number(environ, "PORT", default=8000, most=65535),
        workers=_number(environ, "WORKERS", default=1, most=64),
        threads=_number(environ, "THREADS", default=256, most=4096),
        public_url=environ.get("ANNOTATOR_PUBLIC_URL") or "",
    )


def _number(environ: Mapping[str, str], name: str, *, default: int, most: int) -> int:
    text = environ.get(f"ANNOTATOR_{name}") or str(default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise SettingsError(
            f"ANNOTATOR_{name} must be a whole number from 1 to {most}; it is {text!r}."
        )
    return int(text)


def _kept_secret(data_dir: Path) -> str:
    path = data_dir / "secret_key"
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text(encoding="ascii").strip()
        with os.fdopen(handle, "w", encoding="ascii") as file:
            secret = secrets.token_urlsafe(48)
            file.write(secret)
        return secret
    except OSError as error:
        raise SettingsError(
            f"The folder {data_dir} cannot be used ({error.strerror}). "
            "Choose another with ANNOTATOR_DATA_DIR."
        ) from error
