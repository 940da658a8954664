"""The codebook: which tags there are, what they mean, and what a tagged passage must say.

A tag is a definition people can agree on (what it is, when to use it, when not, real examples)
with a look (letter, key, colour, line) and typed attributes. A kind of attribute is one entry of
ATTRIBUTE_KINDS: a function that turns what was typed or sent into one canonical value, or says
in a sentence why it cannot. Adding a kind is adding a function and a line there.

Everything is plain data: the same mapping is written in TOML files, kept as JSON in the database
and built into these frozen values.
"""

import json
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any, Self

from annotator.domain.dates import PartialDate
from annotator.domain.errors import Invalid
from annotator.domain.messages import N_

Localised = Mapping[str, str]

LINES = ("solid", "dashed", "dotted", "double")
AUTHOR = "author"
MAX_TEXT = 2_000
MAX_NAME = 200

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_STRAY = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_HEX = re.compile(r"#[0-9A-Fa-f]{6}")


def in_locale(text: Localised, locale: str) -> str:
    """Return the text in `locale` ("ru", "en"), else in English, else in any language, else ""."""
    return text.get(locale) or text.get("en") or next(iter(text.values()), "")


# ------------------------------------------------------------------------------ definitions


@dataclass(frozen=True, slots=True)
class Option:
    """One of the values that a choice or a scale allows."""

    value: str | int
    title: Localised


@dataclass(frozen=True, slots=True)
class Example:
    """A passage that shows what is meant, with a remark on why."""

    text: str
    note: Localised


@dataclass(frozen=True, slots=True)
class AttributeDef:
    """A typed field of a tag.

    `required` fields are asked for and reported as missing, and never stand in the way of quick
    tagging; `counted` ones enter agreement figures. `author` allows the word "author" for the
    article's own author, whatever their name.
    """

    name: str
    title: Localised
    kind: str
    required: bool = False
    counted: bool = False
    author: bool = False
    options: tuple[Option, ...] = ()
    help: Localised | None = None

    @property
    def values(self) -> tuple[str | int, ...]:
        """The values that the options allow."""
        return tuple(option.value for option in self.options)

    def title_of(self, value: Any, locale: str) -> str:
        """Return the title of an option's value in `locale`, or the value itself as text."""
        for option in self.options:
            if option.value == value:
                return in_locale(option.title, locale)
        return str(value)

    def parse(self, raw: Any) -> Any:
        """Return the canonical value of what was typed or sent; raises Invalid with a sentence."""
        return ATTRIBUTE_KINDS[self.kind].parse(self, raw)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data that `Codebook.from_dict` reads; defaults are left out."""
        data: dict[str, Any] = {"name": self.name, "kind": self.kind, "title": dict(self.title)}
        data |= {flag: True for flag in _FLAGS if getattr(self, flag)}
        if self.help:
            data["help"] = dict(self.help)
        if self.options:
            data["options"] = [{"value": o.value, "title": dict(o.title)} for o in self.options]
        return data


_FLAGS = ("required", "counted", "author")


@dataclass(frozen=True)
class TagDef:
    """An entry of the codebook. Texts are by language: {"ru": …, "en": …}."""

    name: str
    title: Localised
    letter: Localised
    key: int | None
    color: str
    color_dark: str
    line: str
    definition: Localised
    use_when: tuple[Localised, ...] = ()
    avoid_when: tuple[Localised, ...] = ()
    examples: tuple[Example, ...] = ()
    counterexamples: tuple[Example, ...] = ()
    attributes: tuple[AttributeDef, ...] = ()

    @cached_property
    def by_name(self) -> dict[str, AttributeDef]:
        """The attributes by name, in order."""
        return {attribute.name: attribute for attribute in self.attributes}

    def to_dict(self) -> dict[str, Any]:
        """Return plain data (JSON, TOML) that `TagDef.from_dict` reads."""
        data: dict[str, Any] = {"name": self.name}
        if self.key is not None:
            data["key"] = self.key
        data |= {"color": self.color, "color_dark": self.color_dark, "line": self.line}
        data |= {"title": dict(self.title), "letter": dict(self.letter)}
        data["definition"] = dict(self.definition)
        for field in ("use_when", "avoid_when"):
            data[field] = [dict(text) for text in getattr(self, field)]
        for field in ("examples", "counterexamples"):
            data[field] = [{"text": e.text, "note": dict(e.note)} for e in getattr(self, field)]
        data["attributes"] = [attribute.to_dict() for attribute in self.attributes]
        return data

    @classmethod
    def from_dict(cls, data: Any, *, where: str = "tag") -> Self:
        """Read plain data; raises Invalid naming the place, `where` being its beginning."""
        return cls(**_tag(data, where))


@dataclass(frozen=True)
class Codebook:
    """The tags of a project in their order."""

    tags: tuple[TagDef, ...]

    @cached_property
    def by_name(self) -> dict[str, TagDef]:
        """The tags by name, in order."""
        return {tag.name: tag for tag in self.tags}

    def tag(self, name: str) -> TagDef:
        """Return the tag of that name; raises Invalid naming the known ones."""
        if name not in self.by_name:
            raise Invalid(
                "The codebook has no tag “{name}”. It has: {known}.",
                "label",
                name=str(name)[:80],
                known=", ".join(self.by_name),
            )
        return self.by_name[name]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data that `from_dict` reads."""
        return {"tags": [tag.to_dict() for tag in self.tags]}

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Read plain data; raises Invalid naming the place of what is wrong."""
        fields = _mapping(data, "codebook", {"tags"}, {"tags"})
        items = _list(fields["tags"], "tags")
        tags = tuple(TagDef.from_dict(item, where=f"tags[{n}]") for n, item in enumerate(items, 1))
        _unlike([tag.name for tag in tags], "tags", "name")
        _unlike([tag.key for tag in tags if tag.key is not None], "tags", "key")
        for locale in sorted({locale for tag in tags for locale in tag.letter}):
            letters = [tag.letter[locale] for tag in tags if locale in tag.letter]
            _unlike(letters, "tags", f"letter.{locale}")
        return cls(tags)


def parse_toml(text: str) -> Codebook:
    """Read a codebook file. Raises Invalid with the line (syntax) or the path (content)."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Invalid(
            "The codebook is not valid TOML: {reason}. Nothing was changed; correct the file and "
            "load it again.",
            "codebook",
            reason=str(error),
        ) from None
    return Codebook.from_dict(data)


def to_toml(codebook: Codebook) -> str:
    """Write a codebook file; `parse_toml(to_toml(c)) == c`."""
    lines: list[str] = []
    for tag in codebook.tags:
        _write(lines, "tags", tag.to_dict(), many=True)
    return "\n".join(lines).strip() + "\n" if lines else "tags = []\n"


# ----------------------------------------------------------------------------- attribute values


@dataclass(frozen=True, slots=True)
class AttributeKind:
    """How values of one kind are read: `parse(attribute, raw) -> canonical JSON value`."""

    name: str
    title: str
    parse: Callable[[AttributeDef, Any], Any]
    needs_options: bool = False


def check_attributes(
    tag: TagDef, values: Mapping[str, Any], *, complete: bool = False
) -> dict[str, Any]:
    """Return the canonical values of a passage's attributes, in the codebook's order.

    `values` maps names to strings (from forms) or JSON values; None, "" and blanks are dropped.
    Raises Invalid for an unknown name (naming the known ones), for a value of the wrong kind
    and, when `complete`, for a required attribute that is missing.
    """
    known = tag.by_name
    for name in values:
        if name not in known:
            raise Invalid(
                "The tag “{tag}” has no attribute “{name}”. It has: {known}.",
                f"attributes.{str(name)[:80]}",
                tag=tag.name,
                name=str(name)[:80],
                known=", ".join(known),
            )
    clean = {
        name: attribute.parse(values[name])
        for name, attribute in known.items()
        if name in values and not _empty(values[name])
    }
    if complete:
        for name in missing(tag, clean):
            raise Invalid(
                "The tag “{tag}” needs the attribute “{name}”. Fill it in and save again.",
                f"attributes.{name}",
                tag=tag.name,
                name=name,
            )
    return clean


def missing(tag: TagDef, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of required attributes that have no value yet."""
    return tuple(a.name for a in tag.attributes if a.required and a.name not in values)


def _empty(raw: Any) -> bool:
    return raw is None or (isinstance(raw, str) and not raw.strip())


def _wrong(attribute: AttributeDef, raw: Any, template: str, **params: Any) -> Invalid:
    """Return the refusal of a value, with the attribute's name and what was sent."""
    return Invalid(
        template,
        f"attributes.{attribute.name}",
        name=attribute.name,
        value=str(raw)[:80],
        **params,
    )


def _parse_text(attribute: AttributeDef, raw: Any, most: int = MAX_TEXT) -> str:
    if not isinstance(raw, str):
        raise _wrong(attribute, raw, N_("“{name}” must be text; “{value}” is not."))
    text = raw.strip()
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > most:
        raise _wrong(
            attribute,
            raw,
            N_("“{name}” holds at most {most} characters; {count} were sent. Shorten it."),
            most=most,
            count=len(text),
        )
    if not _storable(text):
        raise _wrong(
            attribute,
            repr(raw),
            N_("“{name}” holds characters that are no text (control characters). Remove them."),
        )
    return text


def _storable(text: str) -> bool:
    """Whether the text holds no NUL, stray control character or lone surrogate."""
    return text.isprintable() or _STRAY.search(text) is None


def _parse_name(attribute: AttributeDef, raw: Any) -> str:
    """A canonical name: one line, single blanks. "author" is kept where the attribute allows it."""
    name = " ".join(_parse_text(attribute, raw, MAX_NAME).split())
    if name.lower() == AUTHOR:
        if not attribute.author:
            raise _wrong(
                attribute,
                raw,
                N_("“{name}” cannot be the author of the article. Name who is meant."),
            )
        return AUTHOR
    return name


def _parse_choice(attribute: AttributeDef, raw: Any) -> str:
    if isinstance(raw, str) and raw.strip() in attribute.values:
        return raw.strip()
    raise _wrong(
        attribute,
        raw,
        N_("“{name}” cannot be “{value}”. Choose one of: {options}."),
        options=", ".join(map(str, attribute.values)),
    )


def _parse_scale(attribute: AttributeDef, raw: Any) -> int:
    value: Any = raw
    if isinstance(raw, str) and re.fullmatch(r"[+-]?[0-9]{1,3}", raw.strip().replace("−", "-")):
        value = int(raw.strip().replace("−", "-"))
    elif isinstance(raw, float) and raw.is_integer():
        value = int(raw)
    if type(value) is int and value in attribute.values:
        return value
    raise _wrong(
        attribute,
        raw,
        N_("“{name}” cannot be “{value}”. Choose one of: {options}."),
        options=", ".join(map(str, attribute.values)),
    )


_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:[.,][0-9]+)?|[.,][0-9]+)(?:[eE][+-]?[0-9]{1,2})?")
_GROUPED = re.compile(r"(?<=[0-9])[ \xa0\u2009\u202f'’](?=[0-9]{3}(?![0-9]))")
_AMBIGUOUS = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")


def _parse_number(attribute: AttributeDef, raw: Any) -> str:
    """A decimal as a canonical string: never a float, no exponent, no idle zeros."""
    if isinstance(raw, str) and raw.isascii() and raw.isdigit() and raw[0] != "0" and len(raw) < 60:
        return raw
    text = str(raw) if isinstance(raw, int | float | Decimal | str) else ""
    text = _GROUPED.sub("", text.strip().replace("−", "-"))
    if isinstance(raw, bool) or not _NUMBER.fullmatch(text) or len(text) > 60:
        raise _wrong(
            attribute,
            raw,
            N_("“{name}” must be a number such as 56.6 or 17000000000; “{value}” is not."),
        )
    if isinstance(raw, str) and _AMBIGUOUS.fullmatch(text):
        raise _wrong(
            attribute,
            raw,
            N_(
                "“{value}” in “{name}” can be read in two ways. Write thousands without a comma "
                "and decimals with a point."
            ),
        )
    return canonical_number(text.replace(",", "."))


def canonical_number(text: str) -> str:
    """Return a decimal in its one canonical form: "1.50" → "1.5", "17e9" → "17000000000".

    Raises ValueError when it is no finite number.
    """
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is not a number") from None
    if not number.is_finite():
        raise ValueError(f"{text!r} is not a finite number")
    plain = format(number, "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain.lstrip("-").strip("0") == "" else plain


def _parse_date(attribute: AttributeDef, raw: Any) -> str:
    """A date or period as written, when `PartialDate` can read it: "2025", "2023-01/2023-08"."""
    text = str(raw) if type(raw) is int else raw
    if not isinstance(text, str):
        raise _wrong(attribute, raw, N_("“{name}” must be a date such as 2025-11; it is not."))
    PartialDate.parse(text, field=f"attributes.{attribute.name}")
    return text.strip()


_BOOLEANS = {"true": True, "yes": True, "on": True, "1": True}
_BOOLEANS |= {"false": False, "no": False, "off": False, "0": False}


def _parse_boolean(attribute: AttributeDef, raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    value = _BOOLEANS.get(str(raw).strip().lower()) if isinstance(raw, str | int) else None
    if value is None:
        raise _wrong(attribute, raw, N_("“{name}” must be yes or no; “{value}” is neither."))
    return value


ATTRIBUTE_KINDS: dict[str, AttributeKind] = {
    kind.name: kind
    for kind in (
        AttributeKind("choice", N_("One of a list"), _parse_choice, needs_options=True),
        AttributeKind("scale", N_("Scale"), _parse_scale, needs_options=True),
        AttributeKind("text", N_("Text"), _parse_text),
        AttributeKind("number", N_("Number"), _parse_number),
        AttributeKind("entity", N_("Who or what"), _parse_name),
        AttributeKind("measure", N_("What is counted"), _parse_name),
        AttributeKind("date", N_("Date or period"), _parse_date),
        AttributeKind("boolean", N_("Yes or no"), _parse_boolean),
    )
}


# ------------------------------------------------------------------------------ reading plain data

_TAG_FIELDS = {
    "name", "key", "color", "color_dark", "line", "title", "letter", "definition",
    "use_when", "avoid_when", "examples", "counterexamples", "attributes",
}  # fmt: skip
_ATTRIBUTE_FIELDS = {"name", "kind", "title", "help", "options", *_FLAGS}


def _bad(where: str, template: str, **params: Any) -> Invalid:
    """Return the refusal of a codebook, naming the place."""
    return Invalid(template, where, where=where, **params)


def _tag(data: Any, where: str) -> dict[str, Any]:
    """Return the arguments of a TagDef, each checked."""
    fields = _mapping(data, where, _TAG_FIELDS, {"name", "title", "color", "color_dark"})
    title = _localised(fields["title"], f"{where}.title")
    key = fields.get("key")
    if key is not None and (type(key) is not int or not 1 <= key <= 9):
        raise _bad(f"{where}.key", N_("{where} must be a number key from 1 to 9."))
    letter = _localised(fields.get("letter", {k: v[:1] for k, v in title.items()}), where)
    if any(not 1 <= len(value) <= 2 for value in letter.values()):
        raise _bad(f"{where}.letter", N_("{where} must be one letter or two."))
    attributes = tuple(
        _attribute(item, f"{where}.attributes[{n}]")
        for n, item in enumerate(_list(fields.get("attributes", []), f"{where}.attributes"), 1)
    )
    _unlike([attribute.name for attribute in attributes], f"{where}.attributes", "name")
    return {
        "name": _name(fields["name"], f"{where}.name"),
        "title": title,
        "letter": letter,
        "key": key,
        "color": _color(fields["color"], f"{where}.color"),
        "color_dark": _color(fields["color_dark"], f"{where}.color_dark"),
        "line": _one_of(fields.get("line", "solid"), LINES, f"{where}.line"),
        "definition": _localised(fields.get("definition", {}), f"{where}.definition"),
        **{f: _texts(fields.get(f, []), f"{where}.{f}") for f in ("use_when", "avoid_when")},
        **{
            f: _examples(fields.get(f, []), f"{where}.{f}") for f in ("examples", "counterexamples")
        },
        "attributes": attributes,
    }


def _attribute(data: Any, where: str) -> AttributeDef:
    """Return one attribute, checked."""
    fields = _mapping(data, where, _ATTRIBUTE_FIELDS, {"name", "kind", "title"})
    kind = _one_of(fields["kind"], tuple(ATTRIBUTE_KINDS), f"{where}.kind")
    items = _list(fields.get("options", []), f"{where}.options")
    options = tuple(_option(o, f"{where}.options[{n}]", kind) for n, o in enumerate(items, 1))
    if bool(options) != ATTRIBUTE_KINDS[kind].needs_options:
        raise _bad(
            f"{where}.options",
            N_("{where}: a choice or a scale needs options, and other kinds have none."),
        )
    _unlike([option.value for option in options], f"{where}.options", "value")
    flags = {flag: fields.get(flag, False) for flag in _FLAGS}
    if not all(isinstance(value, bool) for value in flags.values()):
        raise _bad(where, N_("{where}: required, counted and author must be true or false."))
    help_text = _localised(fields["help"], f"{where}.help") if "help" in fields else None
    title = _localised(fields["title"], f"{where}.title")
    name = _name(fields["name"], f"{where}.name")
    return AttributeDef(name, title, kind, options=options, help=help_text, **flags)


def _option(data: Any, where: str, kind: str) -> Option:
    fields = _mapping(data, where, {"value", "title"}, {"value"})
    value = fields["value"]
    if kind == "scale" and type(value) is not int:
        raise _bad(f"{where}.value", N_("{where} must be a whole number on a scale."))
    if kind == "choice":
        value = _name(value, f"{where}.value")
    return Option(value, _localised(fields.get("title", str(value)), f"{where}.title"))


def _examples(data: Any, where: str) -> tuple[Example, ...]:
    found = []
    for n, item in enumerate(_list(data, where), 1):
        place = f"{where}[{n}]"
        fields = _mapping(item, place, {"text", "note"}, {"text"})
        text = _string(fields["text"], f"{place}.text")
        found.append(Example(text, _localised(fields.get("note", {}), f"{place}.note")))
    return tuple(found)


def _texts(data: Any, where: str) -> tuple[Localised, ...]:
    items = _list(data, where)
    return tuple(_localised(item, f"{where}[{n}]") for n, item in enumerate(items, 1))


def _localised(data: Any, where: str) -> dict[str, str]:
    """Return a text by language; a plain string stands for English."""
    if isinstance(data, str):
        return {"en": _string(data, where)}
    if not isinstance(data, Mapping) or not all(_LOCALE.fullmatch(str(key)) for key in data):
        raise _bad(where, N_("{where} must be a text, or texts by language: ru, en."))
    return {_string(k, where): _string(text, f"{where}.{k}") for k, text in data.items() if text}


def _string(data: Any, where: str) -> str:
    if not isinstance(data, str) or len(data) > MAX_TEXT or not _storable(data):
        raise _bad(where, N_("{where} must be a text of at most {most} characters."), most=MAX_TEXT)
    return data


def _name(data: Any, where: str) -> str:
    if not isinstance(data, str) or not _NAME.fullmatch(data):
        raise _bad(
            where,
            N_(
                "{where} is “{value}”. A name has at most 40 small Latin letters, digits, “_” or "
                "“-”, and begins with a letter."
            ),
            value=str(data)[:80],
        )
    return data


def _color(data: Any, where: str) -> str:
    if not isinstance(data, str) or not _HEX.fullmatch(data):
        raise _bad(
            where, N_("{where} is “{value}”. Write a colour as #298087."), value=str(data)[:80]
        )
    return data


def _one_of(data: Any, allowed: Sequence[str], where: str) -> str:
    if not isinstance(data, str) or data not in allowed:
        raise _bad(
            where,
            N_("{where} is “{value}”. It can be: {allowed}."),
            value=str(data)[:80],
            allowed=", ".join(allowed),
        )
    return data


def _list(data: Any, where: str) -> list[Any]:
    if not isinstance(data, list) or len(data) > 100:
        raise _bad(where, N_("{where} must be a list of at most 100 entries."))
    return data


def _mapping(data: Any, where: str, known: set[str], needed: set[str]) -> Mapping[str, Any]:
    """Return a table whose fields are all known and which has the needed ones."""
    if not isinstance(data, Mapping):
        raise _bad(where, N_("{where} must be a table of fields."))
    for field in data:
        if field not in known:
            raise _bad(
                where,
                N_("{where} has a field “{entry}” that is not known. Known: {known}."),
                entry=str(field)[:80],
                known=", ".join(sorted(known)),
            )
    for field in sorted(needed - set(data)):
        raise _bad(where, N_("{where} has no “{needed}”. Add it."), needed=field)
    return data


def _unlike(values: Sequence[Any], where: str, field: str) -> None:
    """Refuse two equal values."""
    for value in values:
        if values.count(value) > 1:
            raise _bad(
                where,
                N_("{where}: “{value}” stands twice as {what}. Each may stand once."),
                value=value,
                what=field,
            )


# ------------------------------------------------------------------------------------ writing TOML


def _write(lines: list[str], path: str, table: Mapping[str, Any], *, many: bool = False) -> None:
    """Append a table: its plain fields, then its tables, then its lists of tables."""
    lines += ["", f"[[{path}]]" if many else f"[{path}]"]
    plain = {k: v for k, v in table.items() if not isinstance(v, dict | list)}
    short = {k: v for k, v in table.items() if isinstance(v, dict) and _fits(v)}
    lines += [f"{key} = {_literal(value)}" for key, value in plain.items()]
    for key, value in short.items():
        lines.append(f"{key} = {{ {', '.join(f'{k} = {_literal(v)}' for k, v in value.items())} }}")
    for key, value in table.items():
        if isinstance(value, dict) and key not in short:
            _write(lines, f"{path}.{key}", value)
        elif isinstance(value, list):
            for item in value:
                _write(lines, f"{path}.{key}", item, many=True)


def _fits(value: Mapping[str, Any]) -> bool:
    """Whether a table of texts is short enough for one line."""
    return sum(len(str(part)) for part in value.values()) <= 70


def _literal(value: str | int | bool) -> str:
    """Return a TOML value: JSON's escapes are TOML's, save for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
