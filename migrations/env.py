"""Runs migrations for the database in the settings; tests and `annotator.db` pass theirs in
`attributes`."""

from typing import Any, Literal

from alembic import context

from annotator.db import connect
from annotator.models import Project
from annotator.settings import load

metadata = Project.metadata

# A migration must go on working when the models have changed, so it never imports them.
OWN_TYPES = {
    "Flag": 'sa.Boolean().with_variant(sa.Integer(), "sqlite")',
    "Json": 'sa.Text().with_variant(postgresql.JSONB(), "postgresql")',
}


def render_own_types(kind: str, value: Any, autogen: Any) -> str | Literal[False]:
    text = OWN_TYPES.get(type(value).__name__) if kind == "type" else None
    if text and "postgresql" in text:
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
    return text or False


def run_migrations() -> None:
    settings = context.config.attributes.get("settings") or load()
    database = connect(settings)
    try:
        with database.write_engine.connect() as connection:
            if database.is_sqlite:
                # Batch mode rebuilds a table by dropping it, which must not cascade to the rows
                # that point at it. The pragma only works outside a transaction.
                raw: Any = connection.connection.dbapi_connection
                raw.execute("PRAGMA foreign_keys=off")
            context.configure(
                connection=connection,
                target_metadata=metadata,
                render_as_batch=database.is_sqlite,
                render_item=render_own_types,
                transaction_per_migration=False,
            )
            with context.begin_transaction():
                context.run_migrations()
                if database.is_sqlite:
                    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                    if broken:
                        raise RuntimeError(
                            f"The migration left rows pointing nowhere: {broken[:5]}"
                        )
    finally:
        database.dispose()


run_migrations()
