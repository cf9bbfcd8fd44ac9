"""Write into the documents what they take from the code and from other files.

    python .ci/documents.py

Each block stands between two markers, such as `<!-- options -->` and `<!-- /options -->`, which
neither a code-hosting site nor mkdocs shows. Run this after changing an option, an error or a file
of examples/; a test fails if a block is out of date.
"""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

from hydrus_video_deduplicator.errors import DeduplicatorError
from hydrus_video_deduplicator.settings import GROUPS, Settings, about_of, option_of

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"

BLOCK = re.compile(
    r"(?ms)^<!-- (?P<what>options|all options|exit codes|file (?P<file>\S+)) -->\n.*?^<!-- /"
)
"""A block, up to the beginning of its second marker."""

LANGUAGES = {".service": "ini", ".timer": "ini", ".plist": "xml", ".xml": "xml", ".yaml": "yaml"}
"""How the code of a file is coloured, by its suffix."""

ALL_DONE = (0, "Everything is done.")
SOME_FAILED = (
    1,
    "Done, but in this run some files or pairs failed, or Hydrus did not record some pairs; each is"
    " named. A file that cannot be read does not count if it failed so in the last run, too.",
)
INTERRUPTED = (130, "Interrupted with Ctrl+C; finished work is kept.")
TERMINATED = (143, "Ended by SIGTERM, as service managers send it; finished work is kept.")


def updated(markdown: str) -> str:
    """A page with all its blocks written anew."""
    return BLOCK.sub(_block, markdown)


def _block(block: re.Match[str]) -> str:
    what, file = block["what"], block["file"]
    made = {"options": _options, "all options": _all_options, "exit codes": _exit_codes}
    inner = _file(file) if file else made[what]()
    return f"<!-- {what} -->\n\n{inner}\n\n<!-- /"


def _options() -> str:
    """A table of every setting for each group of the command line."""
    return "\n\n".join(_table(group, title) for group, title in GROUPS.items())


def _all_options() -> str:
    """One table of every setting."""
    return _table_of([setting for group in GROUPS for setting in _settings(group)])


def _table(group: str, title: str) -> str:
    return f"## {title[0].upper()}{title[1:]}\n\n{_table_of(_settings(group))}"


def _settings(group: str) -> list[Any]:
    return [setting for setting in fields(Settings) if about_of(setting).group == group]


def _table_of(settings: list[Any]) -> str:
    head = ["| option | variable | what it does |", "|---|---|---|"]
    return "\n".join([*head, *map(_row, settings)])


def _row(setting: Any) -> str:
    about = about_of(setting)
    option = option_of(setting) if about.is_flag else f"{option_of(setting)} {about.metavar}"
    return f"| `{option}` | `{about.variable}` | {about.help.replace('|', chr(92) + '|')} |"


def _exit_codes() -> str:
    """A table of what each exit code means."""
    errors = DeduplicatorError.__subclasses__()
    meanings = [(error.exit_code, (error.__doc__ or "").splitlines()[0]) for error in errors]
    rows = sorted([ALL_DONE, SOME_FAILED, *meanings, INTERRUPTED, TERMINATED])
    lines = [f"| {code} | {meaning} |" for code, meaning in rows]
    return "\n".join(["| code | meaning |", "|---|---|", *lines])


def _file(name: str) -> str:
    """A file of the repository as a block of code."""
    text = (ROOT / name).read_text(encoding="utf-8").rstrip()
    return f"```{LANGUAGES.get(Path(name).suffix, 'text')}\n{text}\n```"


if __name__ == "__main__":
    for page in [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]:
        page.write_text(updated(page.read_text(encoding="utf-8")), encoding="utf-8")
