"""Translation catalogues: each messages.po gets its messages.mo beside it. Run by the build and by
`make`."""

import sys
from pathlib import Path

TRANSLATIONS = Path(__file__).resolve().parent / "translations"


def compile_all(folder: Path = TRANSLATIONS) -> str:
    """Compile every catalogue below `folder` that is newer than its compiled form.

    Fuzzy entries are left out, so an unsure translation shows the English sentence. Returns one
    sentence on what was done.
    """
    stale = [
        source
        for source in sorted(folder.glob("*/LC_MESSAGES/*.po"))
        if _changed(source) > _changed(source.with_suffix(".mo"))
    ]
    for source in stale:
        _compile(source)
    return (
        f"Compiled {len(stale)} translation catalogues." if stale else "Translations are compiled."
    )


def missing(folder: Path = TRANSLATIONS) -> list[str]:
    """The sentences that a catalogue has no sure translation of, each as `language: sentence`."""
    from babel.messages.pofile import read_po

    found = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name)
        for message in catalogue:
            words = message.string if isinstance(message.string, tuple) else (message.string,)
            if message.id and (message.fuzzy or not all(words)):
                found.append(f"{catalogue.locale}: {message.id}")
    return found


def _compile(source: Path) -> None:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parent.parent.name)
    part = source.with_suffix(".mo.part")
    with part.open("wb") as file:
        write_mo(file, catalogue)
    part.replace(source.with_suffix(".mo"))


def _changed(path: Path) -> float:
    return path.stat().st_mtime if path.exists() else 0.0


if __name__ == "__main__":
    if "--missing" in sys.argv[1:]:
        lacking = missing()
        sys.stdout.write("".join(f"{line}\n" for line in lacking))
        sys.stdout.write(f"{len(lacking)} sentences without a translation.\n")
    else:
        sys.stdout.write(compile_all() + "\n")
