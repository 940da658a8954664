"""Language and theme: the person's choice, else a cookie, else what the browser prefers."""

from collections.abc import Mapping
from typing import Any

from flask import Flask, g, request
from flask_babel import Babel, get_locale, get_translations

from annotator.paths import PACKAGE

LOCALES = ("ru", "en")
THEMES = ("light", "dark")


def select_locale() -> str:
    """ "ru" or "en" for this request."""
    user = g.get("user")
    wished = (user.locale if user else None) or request.cookies.get("locale")
    if wished in LOCALES:
        return wished
    return request.accept_languages.best_match(LOCALES) or "en"


def select_theme() -> str | None:
    """ "light", "dark", or None for whatever the device prefers."""
    user = g.get("user")
    wished = (user.theme if user else None) or request.cookies.get("theme")
    return wished if wished in THEMES else None


def titled(words: Mapping[str, str] | str | None) -> str:
    """The entry of {"ru": …, "en": …} for this page's language, or the other one."""
    if not words:
        return ""
    if isinstance(words, str):
        return words
    return words.get(str(get_locale())) or next(iter(words.values()))


def _catalog() -> Any:
    """The translations of this request. Finding them takes longer than a translation does, and a
    page has a hundred sentences.
    """
    found = g.get("catalog")
    if found is None:
        found = g.catalog = get_translations()
    return found


def init_app(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(PACKAGE / "translations")
    Babel(app, locale_selector=select_locale)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda one: _catalog().ugettext(one),
        ngettext=lambda one, many, n: _catalog().ungettext(one, many, n),
        newstyle=True,
    )
    app.jinja_env.filters["titled"] = titled
    app.jinja_env.globals.update(
        locale=lambda: str(get_locale() or "en"), theme=select_theme, LOCALES=LOCALES
    )
