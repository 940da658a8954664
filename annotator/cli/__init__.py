"""The command line: `annotator COMMAND`. A command is a line in COMMANDS and a module beside this
one.

Modules are imported when their command runs, so that one command does not pay for the libraries of
another. Exit status: 0 done, 1 failed or found wrong, 2 misused. Errors go to stderr in one
sentence.
"""

from importlib import import_module
from typing import Any

import click

from annotator.domain.errors import DomainError
from annotator.settings import SettingsError

#: Name: (module and click command in it, what `annotator --help` says).
COMMANDS = {
    "serve": ("annotator.cli.serve:serve", "Run the web application."),
    "import": ("annotator.cli.articles:import_", "Load articles and annotations."),
    "export": ("annotator.cli.articles:export", "Write a project to a file."),
    "formats": ("annotator.cli.articles:formats", "List the formats, or print a JSON Schema."),
    "agreement": ("annotator.cli.agreement:agreement", "Say how far annotators agree."),
    "detect": ("annotator.cli.detect:detect", "Find figures or quotes in a text."),
    "check": ("annotator.cli.admin:check", "Check that all that is stored fits together."),
    "user": ("annotator.cli.admin:user", "Add, list, disable people; set passwords."),
    "project": ("annotator.cli.admin:project", "Add and list projects."),
    "db": ("annotator.cli.admin:db_", "Upgrade the database; where it stands."),
}


class Commands(click.Group):
    """The group of all commands, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of COMMANDS."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None when there is no such name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list for --help, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentence) for name, (_, sentence) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error that a person can understand becomes one sentence and status
        1."""
        try:
            return super().invoke(ctx)
        except (DomainError, SettingsError) as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="annotator")
def main() -> None:
    """Tag passages of news articles, and see side by side how authors frame the same events.

    Settings come from the environment: ANNOTATOR_DATA_DIR, ANNOTATOR_DATABASE_URL and others, see
    the README.
    """
