"""The sentences that the script in the browser says, in the language of the page."""

from flask import Flask
from flask_babel import gettext

from annotator.domain.messages import N_

TEXTS = {
    "saved": N_("Saved"),
    "saving": N_("Saving {n}…"),
    "retrying": N_("Not saved: {n}. Trying again…"),
    "offline": N_("Offline: {n} not saved"),
    "retry": N_("Try now"),
    "dismiss": N_("Close"),
    "lost": N_("The server cannot be reached. Your marks are kept here and will be sent."),
    "refused": N_("Not saved."),
    "ended": N_("Your session has ended. Sign in; nothing is lost."),
    "stuck": N_("The server answered with an error. Your mark is kept and will be sent again."),
    "pieces": N_("Pieces kept: {n}"),
    "changed": N_("Changed by a colleague — show"),
    "news": N_("Changes by colleagues: {n}"),
    "nothing": N_("Select some text first."),
    "signin": N_("Sign in"),
}


def texts() -> dict[str, str]:
    """Every sentence by its name; {n} is filled in by the script."""
    return {name: gettext(sentence) for name, sentence in TEXTS.items()}


def init_app(app: Flask) -> None:
    app.jinja_env.globals["texts"] = texts
