"""What every part of an import shares: the project, who imports, names looked up once, and the
report.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import insert, select
from sqlmodel import Session

from annotator.domain.messages import N_
from annotator.ids import is_id, new_id, now
from annotator.models import Project, User
from annotator.models.base import table
from annotator.services import bulk, codebook, log

#: Who is said to have made what a file gives to nobody, when nobody is signed in.
IMPORTER = "import"
#: How many remarks of one kind are shown one by one.
MOST_REMARKS = 20


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence about something that was changed or could not be kept: a template and its
    values.
    """

    template: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template.format(**self.params)


@dataclass
class Report:
    """What came of one file."""

    file: str
    format: str
    #: Noun → how many: articles, annotations, events, relations, coverage, tags …
    created: Counter[str] = field(default_factory=Counter)
    updated: Counter[str] = field(default_factory=Counter)
    #: Noun → how many were here already, with the same content.
    skipped: Counter[str] = field(default_factory=Counter)
    #: Kind of change of a text (crlf, nul, date_header …) → how many.
    changes: Counter[str] = field(default_factory=Counter)
    warnings: list[Remark] = field(default_factory=list)
    article_ids: list[str] = field(default_factory=list)
    _seen: Counter[str] = field(default_factory=Counter)

    def warn(self, template: str, **params: Any) -> None:
        """Add a remark; of many of the same kind the first twenty are kept."""
        self._seen[template] += 1
        if self._seen[template] <= MOST_REMARKS:
            self.warnings.append(Remark(template, params))
        elif self._seen[template] == MOST_REMARKS + 1:
            self.warnings.append(Remark(N_("… and more of the same.")))

    def as_json(self) -> dict[str, Any]:
        """The report as plain data."""
        return {
            "file": self.file,
            "format": self.format,
            "created": dict(self.created),
            "updated": dict(self.updated),
            "skipped": dict(self.skipped),
            "changes": dict(self.changes),
            "warnings": [str(warning) for warning in self.warnings],
        }


class Context:
    """One call of the importer: a project, a moment, and the names that its files use."""

    def __init__(
        self, db: Session, project: Project, actor: log.Actor, annotator: str | None
    ) -> None:
        self.db = db
        self.project = project
        self.actor = actor
        self.stamp = now()
        self.report = Report("", "")
        self._users: dict[str, str] = {}
        self._annotator = annotator
        self._default: str | None = None
        self.load_tags()

    # ------------------------------------------------------------------ people

    def user(self, name: str) -> str:
        """The id of the user of that name; one who cannot sign in is made where there is none."""
        known = self._users.get(name)
        if known is None:
            users = table(User).c
            known = self.db.execute(select(users.id).where(users.name == name)).scalar()
            known = self._users[name] = known or self._make_user(name)
        return known

    def maybe_user(self, name: str | None) -> str | None:
        """The id of a named user, or None for nobody."""
        return self.user(name) if name else None

    def _make_user(self, name: str) -> str:
        user_id = new_id()
        self.db.execute(
            insert(table(User)),
            {
                "id": user_id,
                "name": name,
                "display_name": "",
                "is_admin": False,
                "is_active": False,
                "created_at": self.stamp,
            },
        )
        log.record(
            self.db,
            actor=self.actor,
            noun="user",
            noun_id=user_id,
            action="create",
            after={"name": name, "is_active": False},
        )
        self.report.created["users"] += 1
        return user_id

    def made(self, by: str | None, at: str | None) -> tuple[str | None, str]:
        """Who made something and when: as the file says, else whoever imports it, now.

        A file that tells when and not by whom says that nobody is known to have made it.
        """
        if by is None and at is None:
            return self.actor.user_id, self.stamp
        return self.maybe_user(by), at or self.stamp

    @property
    def somebody(self) -> str:
        """Whose a passage or a verdict is that the file gives to nobody."""
        if self._default is None:
            if self._annotator:
                self._default = self.user(self._annotator)
            else:
                self._default = self.actor.user_id or self.user(IMPORTER)
        return self._default

    @property
    def judge(self) -> str:
        """Who is said to have accepted or rejected what a file calls so without a verdict."""
        return self.actor.user_id or self.user(IMPORTER)

    # ------------------------------------------------------------------ tags

    def load_tags(self) -> None:
        """Read the codebook (again)."""
        self.codebook = codebook.load(self.db, self.project)
        self.tags = {tag.name: tag.id for tag in self.codebook.tags}

    def need_tags(self, labels: Iterable[str]) -> None:
        """Give the codebook the labels that it does not have, in the order in which they come."""
        missing = [label for label in dict.fromkeys(labels) if label not in self.tags]
        if not missing:
            return
        codebook.add_tags(self.db, self.project, missing, actor=self.actor)
        self.load_tags()
        self.report.created["tags"] += len(missing)
        self.report.warn(
            N_("The codebook had no tag for these labels, so they were added to it: {labels}."),
            labels=", ".join(missing[:50]),
        )

    # ------------------------------------------------------------------ ids

    def derived(self, given: str) -> str:
        """The id that something gets here when its own is no UUID, or another project has it."""
        return str(uuid5(UUID(self.project.id), given))

    def local_ids(self, model: str, given: Iterable[str]) -> dict[str, str]:
        """Given id → id in this project, for those of `given` that differ.

        An id stays what it is unless it is no UUID or another project of this database has it:
        the same file can then be imported into both, and a second import still finds what the
        first one made.
        """
        changed = {g: self.derived(g) for g in given if not is_id(g)}
        rows = bulk.select_in(
            self.db, "id, project_id", model, "id", [g for g in given if g not in changed]
        )
        changed.update(
            (given_id, self.derived(given_id))
            for given_id, project_id in rows
            if project_id != self.project.id
        )
        return changed
