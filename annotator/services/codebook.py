"""The codebook of a project as stored: read once for each of its versions, and shown as colours.

The tags are rows and the whole is also kept under each number it ever had, so that an annotation
can be read by the codebook under which it was made.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session

from annotator.domain import codebook as domain
from annotator.domain.codebook import TagDef
from annotator.domain.errors import Invalid
from annotator.ids import new_id, now
from annotator.models import CodebookVersion, Project, Tag
from annotator.models.base import table
from annotator.services import log

#: Colours for tags that come with a file: light, dark. Distinguishable by all kinds of colour
#: vision in their order.
SPARE_COLORS = (
    ("#0A6FB8", "#7CC4FF"),
    ("#7A5B00", "#E9C46A"),
    ("#8B2F8F", "#F09BEA"),
    ("#3C6E2E", "#A6DB8F"),
    ("#5A5F66", "#C2C8D0"),
)
_LINES = ("solid", "dashed", "double", "dotted")


@dataclass(frozen=True)
class StoredTag:
    """A tag with the id and the position under which it is stored; `position` is the n of t{n}."""

    id: str
    name: str
    position: int
    definition: TagDef
    retired: bool = False


@dataclass(frozen=True)
class Codebook:
    """A project's tags in their order, the retired ones too: old annotations still carry them."""

    version: int
    tags: tuple[StoredTag, ...]

    @cached_property
    def by_id(self) -> dict[str, StoredTag]:
        """The tags by the id that annotations hold."""
        return {tag.id: tag for tag in self.tags}

    @cached_property
    def by_name(self) -> dict[str, StoredTag]:
        """The tags by the name that files hold."""
        return {tag.name: tag for tag in self.tags}

    def usable_tag(self, name: str) -> StoredTag:
        """The tag with which one may tag now. Raises Invalid, naming those there are."""
        tag = self.by_name.get(name)
        if tag is None or tag.retired:
            raise Invalid(
                "The codebook has no tag “{name}”. It has: {known}.",
                "label",
                name=str(name)[:80],
                known=", ".join(tag.name for tag in self.tags if not tag.retired),
            )
        return tag

    @cached_property
    def definition(self) -> domain.Codebook:
        """The codebook as the core knows it."""
        return domain.Codebook(tuple(tag.definition for tag in self.tags))


_versions = table(CodebookVersion).c
_MADE = select(_versions.created_at).where(
    _versions.project_id == bindparam("project_id"), _versions.number == bindparam("number")
)
_CHANGED = "codebook_changed"
_kept: dict[tuple[str, str, int, str | None], Codebook] = {}


def load(db: Session, project: Project, *, made: str | None = None) -> Codebook:
    """The present codebook of a project, read once for each of its versions.

    A version is told by its number and the moment at which it was made: a project may be filled
    from a file whose codebook has the same number. Who knows that moment says it by `made`.
    """
    if db.info.get(_CHANGED) == project.id:
        # Written in this session, and perhaps never committed: others must not see it.
        return _read(db, project)
    if made is None:
        asked = {"project_id": project.id, "number": project.codebook_version}
        made = db.connection().execute(_MADE, asked).scalar()
    key = (str(db.get_bind().engine.url), project.id, project.codebook_version, made)
    if key not in _kept:
        if len(_kept) > 200:
            _kept.clear()
        _kept[key] = _read(db, project)
    return _kept[key]


def _read(db: Session, project: Project) -> Codebook:
    tags = table(Tag).c
    rows = db.execute(
        select(tags.id, tags.name, tags.position, tags.content, tags.retired_at)
        .where(tags.project_id == project.id)
        .order_by(tags.position)
    ).all()
    stored = tuple(
        StoredTag(
            row.id,
            row.name,
            row.position,
            definition(row.name, row.content),
            row.retired_at is not None,
        )
        for row in rows
    )
    return Codebook(project.codebook_version, stored)


def definition(name: str, content: Mapping[str, object]) -> TagDef:
    """A stored tag. Labels that came with a file may be words that we would not give as names."""
    return replace(TagDef.from_dict({**content, "name": "tag"}), name=name)


def store(db: Session, project: Project, codebook: domain.Codebook, *, actor: log.Actor) -> None:
    """Write the tags of a new project and the first version of its codebook."""
    made = now()
    db.info[_CHANGED] = project.id
    rows = [
        {
            "id": new_id(),
            "project_id": project.id,
            "name": tag.name,
            "position": position,
            "content": tag.to_dict(),
            "version": 1,
        }
        for position, tag in enumerate(codebook.tags, start=1)
    ]
    if rows:
        db.execute(insert(table(Tag)), rows)
    db.execute(
        insert(table(CodebookVersion)),
        {
            "project_id": project.id,
            "number": project.codebook_version,
            "content": codebook.to_dict(),
            "created_by": actor.user_id,
            "created_at": made,
        },
    )


def add_tags(db: Session, project: Project, names: Sequence[str], *, actor: log.Actor) -> None:
    """Give the codebook tags of which only the names are known.

    They get the letter with which their name begins, the next spare colour and no attributes;
    somebody who manages the project can define them later.
    """
    first = len(load(db, project).tags) + 1
    tags = [plain_tag(name, position) for position, name in enumerate(names, start=first)]
    add_definitions(db, project, tags, actor=actor)


def add_definitions(
    db: Session, project: Project, tags: Sequence[TagDef], *, actor: log.Actor
) -> None:
    """Give the codebook further tags, under a new version of it."""
    present = load(db, project)
    db.info[_CHANGED] = project.id
    last = max((tag.position for tag in present.tags), default=0)
    rows = [
        {
            "id": new_id(),
            "project_id": project.id,
            "name": tag.name,
            "position": position,
            "content": tag.to_dict(),
            "version": 1,
        }
        for position, tag in enumerate(tags, start=last + 1)
    ]
    db.execute(insert(table(Tag)), rows)
    project.codebook_version += 1
    db.execute(
        update(table(Project))
        .where(table(Project).c.id == project.id)
        .values(codebook_version=project.codebook_version)
    )
    db.execute(
        insert(table(CodebookVersion)),
        {
            "project_id": project.id,
            "number": project.codebook_version,
            "content": domain.Codebook((*present.definition.tags, *tags)).to_dict(),
            "created_by": actor.user_id,
            "created_at": now(),
        },
    )
    log.record(
        db,
        actor=actor,
        noun="codebook",
        noun_id=project.id,
        action="update",
        project_id=project.id,
        before={"version": project.codebook_version - 1},
        after={"version": project.codebook_version, "added": [tag.name for tag in tags]},
    )


def plain_tag(name: str, position: int) -> TagDef:
    """A tag of which only the name is known."""
    color, color_dark = SPARE_COLORS[position % len(SPARE_COLORS)]
    return TagDef(
        name=name,
        title={"en": name},
        letter={"en": name[:1].upper()},
        key=position if position <= 9 else None,
        color=color,
        color_dark=color_dark,
        line=_LINES[position % len(_LINES)],
        definition={},
    )


def palette_css(codebook: Codebook) -> str:
    """The style sheet of a codebook: each tag's colour and line, for notes (t) and lanes (a, b, c).

    Only colours and line styles in their fixed shapes get in, so that a codebook cannot smuggle
    in other rules.
    """
    rules = []
    for tag in codebook.tags:
        n, look = tag.position, tag.definition
        color = f"light-dark({_color(look.color)},{_color(look.color_dark)})"
        line = look.line if look.line in _LINES else "solid"
        rules.append(f".t{n}{{--tag:{color};--tag-line:{line}}}")
        rules += [f".{lane}{n}{{--l{k}:{color}}}" for k, lane in enumerate("abc", start=1)]
    return "\n".join(rules) + "\n"


def _color(text: str) -> str:
    return text if re.fullmatch(r"#[0-9A-Fa-f]{6}", text) else "#5A5F66"
