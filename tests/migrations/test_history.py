"""The history of migrations as a whole: it leads to the models, and back to nothing."""

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from annotator import db as database_module
from annotator.db import Database
from annotator.settings import Settings


def test_the_migrations_lead_to_exactly_the_tables_of_the_models(settings: Settings) -> None:
    command.check(database_module.alembic_config(settings))


def test_the_history_is_one_line(settings: Settings) -> None:
    script = ScriptDirectory.from_config(database_module.alembic_config(settings))
    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1


def test_going_all_the_way_back_leaves_nothing_and_forward_again_everything(
    settings: Settings, database: Database
) -> None:
    before = set(inspect(database.read_engine).get_table_names())
    database_module.downgrade(settings, "base")
    assert set(inspect(database.read_engine).get_table_names()) == {"alembic_version"}
    assert database_module.current_revision(database) is None
    database_module.upgrade(settings)
    assert set(inspect(database.read_engine).get_table_names()) == before


def test_every_constraint_has_a_name(database: Database) -> None:
    inspector = inspect(database.read_engine)
    for table in set(inspector.get_table_names()) - {"alembic_version"}:
        # SQLite writes AUTOINCREMENT into the column, where a key cannot have a name.
        allowed = {f"pk_{table}"} | ({None} if table == "change" and database.is_sqlite else set())
        assert inspector.get_pk_constraint(table)["name"] in allowed
        for kind in ("get_foreign_keys", "get_unique_constraints", "get_check_constraints"):
            for constraint in getattr(inspector, kind)(table):
                assert constraint["name"], (table, kind, constraint)
