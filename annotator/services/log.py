"""The log of changes: every write is told here, in its own transaction.

Undo, history, audit and live pages read this one log. A reader that has seen everything up to a
number must never miss a smaller one that is committed later, so on PostgreSQL writers to the log
of one project take turns; SQLite has a single writer anyway.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select, text
from sqlmodel import Session

from annotator.domain.errors import Invalid
from annotator.ids import now
from annotator.models import Change, table

#: Any numbers, as long as nobody else uses them for advisory locks: one for keys, one for the log.
_KEYS, _LOG = 0x616E6E6F, 0x616E6E70

# Every write passes here, so the statements are made once.
_change = table(Change).c
_BY_KEY = select(table(Change)).where(
    _change.actor_id == bindparam("actor_id"), _change.request_key == bindparam("key")
)
_INSERT = insert(table(Change))
_TAKE_TURNS = text("SELECT pg_advisory_xact_lock(:space, hashtext(:key))")


@dataclass(frozen=True)
class Actor:
    """Who asks for a change, from which browser tab, and under which key it is known again."""

    user_id: str | None
    client: str | None = None
    request_key: str | None = None
    request_sha256: str | None = None


#: Changes made by the program itself: migrations of the demo project, the command line.
PROGRAM = Actor(user_id=None)


class Repeated(Exception):
    """A request that was already carried out; `change` is what came of it."""

    def __init__(self, change: Mapping[str, Any]) -> None:
        super().__init__(
            f"request {change['request_key']} was carried out as change {change['seq']}"
        )
        self.change = change


def digest(payload: object) -> str:
    """sha256 of what a request asks for: the same key with another digest is a mistake."""
    canonical = json.dumps(payload, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def guard(db: Session, actor: Actor) -> None:
    """Stop a repeated request before it does anything a second time.

    Raises Repeated with the change that the first one made, or Invalid when the key came with
    another request. Call it inside the writing transaction, before the first write.
    """
    if actor.request_key is None or actor.user_id is None:
        return
    # Two requests with one key at the same moment: the second waits here for the first.
    _take_turns(db, _KEYS, f"{actor.user_id} {actor.request_key}")
    asked = {"actor_id": actor.user_id, "key": actor.request_key}
    row = db.connection().execute(_BY_KEY, asked).first()
    if row is None:
        return
    if row.request_sha256 != actor.request_sha256:
        raise Invalid(
            "This request carries the key of an earlier and different one, which was saved. "
            "Nothing was changed; send it again under a new key.",
            field="key",
        )
    raise Repeated(dict(row._mapping))


def record(
    db: Session,
    *,
    actor: Actor,
    noun: str,
    noun_id: str,
    action: str,
    project_id: str | None = None,
    article_id: str | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    undoes_seq: int | None = None,
    at: str | None = None,
) -> int:
    """Write one change and return its number; the first of a request keeps the request's key."""
    _take_turns(db, _LOG, project_id or "")
    keyed = actor.request_key is not None and db.info.get("request_key") != actor.request_key
    if keyed:
        db.info["request_key"] = actor.request_key
    result = db.connection().execute(
        _INSERT,
        {
            "project_id": project_id,
            "article_id": article_id,
            "noun": noun,
            "noun_id": noun_id,
            "action": action,
            "actor_id": actor.user_id,
            "at": at or now(),
            "before": dict(before) if before is not None else None,
            "after": dict(after) if after is not None else None,
            "undoes_seq": undoes_seq,
            "client": actor.client,
            "request_key": actor.request_key if keyed else None,
            "request_sha256": actor.request_sha256 if keyed else None,
        },
    )
    return int(result.inserted_primary_key[0])  # type: ignore[index]


def _take_turns(db: Session, space: int, key: str) -> None:
    """Wait for the transaction that holds this key to end. SQLite has one writer anyway."""
    connection = db.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(_TAKE_TURNS, {"space": space, "key": key})


def record_many(
    db: Session, *, actor: Actor, project_id: str, changes: Sequence[Mapping[str, Any]]
) -> None:
    """Write many changes of one import: mappings of noun, noun_id, action, article_id and after."""
    if not changes:
        return
    _take_turns(db, _LOG, project_id)
    at = now()
    same = {"project_id": project_id, "actor_id": actor.user_id, "client": actor.client, "at": at}
    db.connection().execute(
        _INSERT,
        [{"article_id": None, "after": None, **change, **same} for change in changes],
    )


def last_seq(db: Session, project_id: str) -> int:
    """The number of the newest change in a project; 0 when there is none."""
    newest = (
        select(_change.seq)
        .where(_change.project_id == project_id)
        .order_by(_change.seq.desc())
        .limit(1)
    )
    return db.execute(newest).scalar() or 0
