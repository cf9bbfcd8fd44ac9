"""What mkdocs does beside Markdown: the tables of options and exit codes are made from the code."""

from dataclasses import fields
from typing import Any

from hydrus_video_deduplicator.errors import DeduplicatorError
from hydrus_video_deduplicator.settings import GROUPS, Settings, about_of, option_of

OPTIONS = "<!-- options -->"
EXIT_CODES = "<!-- exit codes of errors -->"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Called by mkdocs for every page."""
    return markdown.replace(OPTIONS, options()).replace(EXIT_CODES, exit_codes())


def options() -> str:
    """A table of every setting for each group of the command line."""
    return "\n\n".join(_table(group, title) for group, title in GROUPS.items())


def exit_codes() -> str:
    """Rows of a table: the exit code of every error and what it means."""
    errors = sorted(DeduplicatorError.__subclasses__(), key=lambda error: error.exit_code)
    return "\n".join(
        f"| {error.exit_code} | {(error.__doc__ or '').splitlines()[0]} |" for error in errors
    )


def _table(group: str, title: str) -> str:
    rows = [_row(setting) for setting in fields(Settings) if about_of(setting).group == group]
    head = [f"## {title[0].upper()}{title[1:]}", ""]
    return "\n".join([*head, "| option | variable | what it is |", "|---|---|---|", *rows])


def _row(setting: Any) -> str:
    about = about_of(setting)
    option = option_of(setting) if about.is_flag else f"{option_of(setting)} {about.metavar}"
    return f"| `{option}` | `{about.variable}` | {about.help.replace('|', chr(92) + '|')} |"
