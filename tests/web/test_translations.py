"""Every sentence that people read is in the Russian catalogue, and says the same things in it."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from babel.messages.pofile import read_po

from annotator.paths import PACKAGE

ROOT = PACKAGE.parent
PLACE = re.compile(r"%\(\w+\)[sd]|\{\w*\}")


def keywords() -> dict[str, Any]:
    """The functions that are given a sentence: those of gettext and those in the Makefile."""
    found = re.search(r"^SENTENCES := (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.M)
    assert found is not None
    return {**DEFAULT_KEYWORDS, **parse_keywords(found[1].split())}


def sentences() -> dict[Any, str]:
    """What the code says → where it says it."""
    config = io.StringIO((ROOT / "babel.cfg").read_text("utf-8"))
    methods, options = parse_mapping_cfg(config)
    found = extract_from_dir(PACKAGE, methods, options, keywords())
    return {message: f"{name}:{line}" for name, line, message, *_rest in found if message}


@pytest.fixture(scope="module")
def russian() -> dict[Any, Any]:
    path: Path = PACKAGE / "translations" / "ru" / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        catalogue = read_po(file, locale="ru", abort_invalid=True)
    assert not [message.id for message in catalogue if message.id and message.fuzzy]
    return {message.id: message.string for message in catalogue if message.id}


def test_every_sentence_has_a_russian_translation(russian: dict[Any, Any]) -> None:
    missing = {
        message: place
        for message, place in sentences().items()
        if not all(_forms(russian.get(message, "")))
    }
    assert missing == {}


def test_no_translation_is_left_over(russian: dict[Any, Any]) -> None:
    assert set(russian) - set(sentences()) == set()


def test_translations_fill_in_the_same_values(russian: dict[Any, Any]) -> None:
    for message, translated in russian.items():
        wished = {tuple(sorted(PLACE.findall(form))) for form in _forms(message)}
        for form in _forms(translated):
            assert tuple(sorted(PLACE.findall(form))) in wished, (message, form)


def test_russian_has_its_three_forms_of_the_plural(russian: dict[Any, Any]) -> None:
    for message, translated in russian.items():
        if isinstance(message, tuple):
            assert len(translated) == 3, message


def test_translations_are_typeset_as_russian_is(russian: dict[Any, Any]) -> None:
    for translated in russian.values():
        for form in _forms(translated):
            assert not re.search(r"[“”]|(?<=\w) - (?=\w)", form), form


def _forms(message: Any) -> tuple[str, ...]:
    return message if isinstance(message, tuple) else (message,)
