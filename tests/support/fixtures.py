"""Fixtures for what tests need from the machine: PostgreSQL and Chromium."""

import os
from collections.abc import Iterator

import pytest

from tests.support import postgres
from tests.support.chromium import chromium_path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server for the whole run (for each process of it), quick and forgetful."""
    if named := os.environ.get(postgres.VARIABLE):
        yield named
        return
    with postgres.postgres_server() as server:
        yield server.url


@pytest.fixture(scope="session")
def durable_postgres_url() -> Iterator[str]:
    """A server that writes to disk before it says yes, for the tests of durability."""
    with postgres.postgres_server(fsync=True) as server:
        yield server.url


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser."""
    return chromium_path()
