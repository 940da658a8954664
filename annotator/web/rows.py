"""Rows of paragraphs as markup.

The one place where markup is written by hand and not by a template, for two reasons. What stands
inside a `<p>` must be the stored text and nothing else, so no template may add a blank; and a long
article has thousands of marks and notes, which this function writes several times faster than a
template would (2,000 passages: see the benchmark).

Everything that comes from people passes `escape`; words, letters and names that repeat are escaped
once for a page.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

from flask import g, request
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from annotator.domain.codebook import AUTHOR, AttributeDef, in_locale
from annotator.domain.review import STATUS_LABELS
from annotator.domain.segments import Segment
from annotator.domain.spans import shorten
from annotator.services.codebook import Codebook
from annotator.services.reading import Layout, Note, Passage, Person, Row, Tick

#: Characters of a passage that its note repeats.
MOST_WORDS = 90
#: Kinds of attributes that a note shows at a glance.
GLANCE = ("scale", "entity", "measure")
MOST_CHIPS = 2
#: Codebooks whose looks one process keeps.
MOST_LOOKS = 200


def project_path() -> str:
    """The address of the project's pages, without a slash at the end."""
    return f"{request.script_root}/projects/{g.project.slug}"


@dataclass(frozen=True)
class TagLook:
    """What a tag looks like in the language of the page; all escaped."""

    position: int
    name: str
    title: str
    badge: str
    glance: tuple[AttributeDef, ...]


@dataclass(frozen=True)
class Pen:
    """Writes the rows of one article for one reader."""

    laid: Layout
    codebook: Codebook
    people: dict[str, Person]
    article_id: str
    #: The row whose form for whole sentences is open.
    sentences: int | None = None

    @cached_property
    def _reader(self) -> str | None:
        """Whose notes have a delete button: the reader's own, if they may annotate at all."""
        return g.user.id if g.role.can_annotate else None

    @cached_property
    def looks(self) -> dict[str, TagLook]:
        return looks(self.codebook)

    @cached_property
    def names(self) -> dict[str, str]:
        """Names of people by id, escaped."""
        return {person.id: escape(person.shown) for person in self.people.values()}

    @cached_property
    def _statuses(self) -> dict[str, str]:
        """Status as markup, as far as it was met."""
        return {}

    def _status(self, status: str) -> str:
        made = self._statuses.get(status)
        if made is None:
            words = escape(_(STATUS_LABELS[status]))
            made = f'<span class="state" data-state="{status}">{words}</span>'
            self._statuses[status] = made
        return made

    def write(self, rows: Iterable[Row], plain: Markup | str = "") -> Markup:
        """The rows one after another. `plain` is the form of the row `sentences`."""
        return Markup("\n".join(self.row(row, plain) for row in rows))  # noqa: S704 - escaped here

    def row(self, row: Row, plain: Markup | str = "") -> str:
        """`<div class="row">` with paragraph and notes, as style sheet and scripts know it."""
        number = row.number
        return (
            f'<div class="row" id="r-{number}" data-row="{number}">'
            f'<p class="para" id="p-{number}" dir="auto" data-o="{row.unit}">'
            f"{self.text(row)}</p>{self.notes(row)}{self._plain(number, plain)}</div>"
        )

    # ---- the text

    def text(self, row: Row) -> str:
        """The paragraph cut into flat marks; its text content is exactly the stored text."""
        text = self.laid.text
        is_plain = self.laid.is_plain
        by_id = {note.passage.id: note for note in row.notes}
        written = []
        for segment in row.segments:
            words = text[segment.start : segment.end]
            if not is_plain:
                words = escape(words, quote=False)
            written.append(self._mark(segment, words, by_id) if segment.marks else words)
        return "".join(written)

    def _mark(self, segment: Segment, words: str, notes: dict[str, Note]) -> str:
        marks = segment.marks
        classes = f"s t{marks[0].tag}"
        for letter, lane in zip("abc", segment.lanes, strict=False):
            if lane is not None:
                classes += f" {letter}{lane.tag}"
        if segment.more:
            classes += " more"
        if segment.from_before:
            classes += " from"
        if segment.to_after:
            classes += " to"
        descriptions = self._descriptions
        if len(marks) == 1:
            ids = marks[0].id
            described = descriptions[ids]
        else:
            ids = " ".join([mark.id for mark in marks])
            described = "; ".join([descriptions[mark.id] for mark in marks])
        numbers = ""
        for mark in marks:
            if mark.end == segment.end and mark.id in notes:
                note = notes[mark.id]
                if note.passage.end == mark.end:
                    numbers += f",{note.number}" if numbers else str(note.number)
        if numbers:
            numbers = f' data-n="{numbers}"'
        return (
            f'<mark class="{classes}" data-a="{ids}"{numbers} '
            f'aria-description="{described}">{words}</mark>'
        )

    @cached_property
    def _descriptions(self) -> dict[str, str]:
        """ "Claim, Alice" for each passage by id; filled by `know`."""
        return {}

    def know(self, shown: Iterable[Passage]) -> None:
        """Tell the pen whose passages it will meet in the text."""
        pairs: dict[tuple[str, str], str] = {}
        for one in shown:
            pair = (one.tag_id, one.annotator_id)
            said = pairs.get(pair)
            if said is None:
                said = f"{self.looks[one.tag_id].title}, {self.names.get(one.annotator_id, '')}"
                pairs[pair] = said
            self._descriptions[one.id] = said

    # ---- the notes

    def notes(self, row: Row) -> str:
        if not row.notes:
            return ""
        label = self._notes_label.replace("{n}", str(row.number))
        items = "".join([self.note(note.passage) for note in row.notes])
        return f'<ol class="notes" aria-label="{label}">{items}</ol>'

    @cached_property
    def _notes_label(self) -> str:
        return escape(_("Notes to paragraph {n}"))

    @cached_property
    def _path(self) -> str:
        return project_path()

    def note(self, one: Passage) -> str:
        """The `<li>` of a passage: a link that opens it, and a line of facts.

        Nothing in it carries an attribute of htmx: one listener of the page serves all notes.
        """
        look = self.looks[one.tag_id]
        return (
            f'<li class="note t{look.position}" id="a-{one.id}" data-a="{one.id}" '
            f'data-v="{one.version}" data-f="{self.units(one)}">'
            f'<a class="note-open" id="o-{one.id}" href="{self._path}/annotations/{one.id}/edit">'
            f'{look.badge}<span class="note-text">{self._words(one)}</span></a>'
            f'<p class="note-meta"><span class="who">{self.names.get(one.annotator_id, "")}</span>'
            f"{self._status(one.status)}{self._chips(look, one) if one.attributes else ''}"
            f"{self._memo if one.has_memo else ''}{self._events(one) if one.events else ''}</p>"
            f"{self._delete_button if one.annotator_id == self._reader else ''}</li>"
        )

    def units(self, one: Passage) -> str:
        """The fragments in UTF-16 units, as the browser counts: "10-20 30-35"."""
        if self._units_are_characters:
            if len(one.pieces) == 1:
                return f"{one.start}-{one.end}"
            return " ".join([f"{start}-{end}" for start, end in one.pieces])
        units = self.laid.offsets.to_utf16
        return " ".join([f"{units(start)}-{units(end)}" for start, end in one.pieces])

    @cached_property
    def _units_are_characters(self) -> bool:
        """Whether nothing in the text lies beyond U+FFFF, as in almost every article."""
        return self.laid.offsets.length == self.laid.offsets.length_utf16

    def _words(self, one: Passage) -> str:
        text = self.laid.text
        if len(one.pieces) == 1:
            words = text[one.start : one.end]
        else:
            words = " … ".join([text[start:end] for start, end in one.pieces])
        if len(words) > MOST_WORDS:
            words = shorten(words, MOST_WORDS)
        words = words.replace("\n", " ")
        return words if self.laid.is_plain else escape(words, quote=False)

    @cached_property
    def _memo(self) -> str:
        return f'<span class="memo" title="{escape(_("Has a note"))}">✎</span>'

    def _chips(self, look: TagLook, one: Passage) -> str:
        """Polarity as a sign, and who or what it is about; the article's own author goes unsaid."""
        values = one.attributes
        written: list[str] = []
        for attribute in look.glance:
            value = values.get(attribute.name)
            if value is None or value == AUTHOR or len(written) == MOST_CHIPS:
                continue
            key = (look.position, attribute.name, value)
            made = self._made_chips.get(key)
            if made is None:
                made = self._made_chips[key] = chip(attribute, value, self._locale)
            written.append(made)
        return "".join(written)

    @cached_property
    def _made_chips(self) -> dict[tuple[int, str, Any], str]:
        """Chips by tag, attribute and value: the same few names come again and again."""
        return {}

    @cached_property
    def _locale(self) -> str:
        return str(get_locale() or "en")

    def _events(self, one: Passage) -> str:
        return "".join(
            [
                f'<a class="event" href="{self._path}/events/{event_id}">{escape(title)}</a>'
                for event_id, title in one.events
            ]
        )

    @cached_property
    def _delete_button(self) -> str:
        """For one's own notes."""
        return (
            '<p class="note-actions"><button type="button" class="button quiet small" data-delete>'
            f"{escape(_('Delete'))}</button></p>"
        )

    # ---- the way without a selection

    def _plain(self, number: int, form: Markup | str) -> str:
        if self._reader is None:
            return ""
        if number == self.sentences:
            return form
        address = f"{self._path}/articles/{self.article_id}?sentences={number}#r-{number}"
        return f'<a class="plain" href="{address}">{self._tag_sentences}</a>'

    @cached_property
    def _tag_sentences(self) -> str:
        return escape(_("Tag sentences of this paragraph"))


def strip(ticks: Iterable[Tick]) -> Markup:
    """The overview as links of an SVG, one for each place where a tag stands."""
    return Markup(  # noqa: S704 - numbers only
        "".join(
            [
                f'<a href="#r-{tick.row}" tabindex="-1"><rect class="t{tick.tag}" x="1" '
                f'y="{tick.y}" width="8" height="{tick.height}"/></a>'
                for tick in ticks
            ]
        )
    )


def chip(attribute: AttributeDef, value: Any, locale: str, *, full: bool = False) -> str:
    """One attribute's value as a chip, escaped; `full` says in words which attribute it is."""
    title = in_locale(attribute.title, locale)
    words = attribute.title_of(value, locale)
    if attribute.kind == "scale" and isinstance(value, int):
        sign = f"+{value}" if value > 0 else f"−{-value}" if value < 0 else "0"
        return (
            f'<span class="pol" data-p="{sign}" title="{escape(words)}"><b>{sign}</b>'
            f"{' ' + escape(words) if full else ''}</span>"
        )
    if attribute.author and value == AUTHOR:
        words = _("author")
    elif isinstance(value, bool):
        words = _("yes") if value else _("no")
    if full:
        words = f"{title}: {words}"
    inside = escape(words, quote=False)
    return f'<span class="chip" title="{escape(title)}"><span>{inside}</span></span>'


_looks: dict[tuple[str, int, str], dict[str, TagLook]] = {}


def looks(codebook: Codebook) -> dict[str, TagLook]:
    """The tags of the project's codebook by id, in the language of the page; made once."""
    locale = str(get_locale() or "en")
    key = (g.project.id, g.project.codebook_version, locale)
    found = _looks.get(key)
    if found is None or len(found) != len(codebook.tags):
        if len(_looks) >= MOST_LOOKS:
            _looks.clear()
        found = _looks[key] = _make_looks(codebook, locale)
    return found


def _make_looks(codebook: Codebook, locale: str) -> dict[str, TagLook]:
    made = {}
    for tag in codebook.tags:
        definition = tag.definition
        letter = escape(in_locale(definition.letter, locale))
        glance = sorted(
            (a for a in definition.attributes if a.kind in GLANCE),
            key=lambda a: (GLANCE.index(a.kind), not a.required),
        )
        made[tag.id] = TagLook(
            tag.position,
            tag.name,
            escape(in_locale(definition.title, locale)),
            f'<span class="badge t{tag.position}" aria-hidden="true">{letter}</span>',
            tuple(glance),
        )
    return made


def numbers_of(values: Sequence[str], most: int) -> Collection[int]:
    """Row numbers out of `n=3&n=4,5`; what is no row of this article is left out."""
    parts = [part for value in values for part in value.split(",")]
    found = {int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 8}
    return sorted(number for number in found if 1 <= number <= most)
