"""Fixtures for what tests need from the machine: PostgreSQL and Chromium."""

import os

import pytest


@pytest.fixture(scope="session")
def postgres_url() -> str:
    return os.environ.get(
        "ANNOTATOR_TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5599/postgres"
    )
