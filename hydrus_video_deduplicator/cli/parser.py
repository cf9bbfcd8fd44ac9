"""The command line, made from the table of settings."""

import argparse
import re
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, NoReturn

from hydrus_video_deduplicator import __version__
from hydrus_video_deduplicator.settings import About, Settings, about_of, option_of

PROGRAM = "hydrus-video-deduplicator"

COMMANDS = {
    "hash": "only hash files and tag them",
    "search": "only compare what is hashed, and post the pairs",
    "report": "write what is similar as a page with pictures, to look at in a browser",
    "rollback": "take back the potential pairs that this program posted, and no others",
    "remove-tags": "remove the perceptual-hash tags that this program wrote",
    "request-key": "obtain an access key from Hydrus with just the permissions needed",
}

GROUPS = {
    "Hydrus": "how to reach Hydrus",
    "files": "which files",
    "matching": "what counts as similar",
    "report": "pictures",
    "care": "care",
    "machine": "this machine",
    "output": "output",
}

EXAMPLES = f"""\
examples:
  {PROGRAM} --folder ~/Videos              try it without Hydrus
  {PROGRAM} request-key --save             get a key, keep it in .env
  {PROGRAM} --dry-run                      look before anything is changed
  {PROGRAM}                                do it; run it again after every import
  {PROGRAM} report                         look at the pairs in a browser
  {PROGRAM} --query "system:archive"       only archived files

Every option can also be set by an environment variable or in a file named .env: see .env.example.
"""

BY_TAG_BITS = "4"

KEY_FORM = re.compile(r"[0-9a-fA-F]{16,}")
"""What may be an API key, or a part of one."""


def parse(arguments: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """The command ("run" for none) and the options that were given, by name of setting.

    Exits with code 2 and a usage message where the command line cannot be read.
    """
    given = vars(make_parser().parse_args(arguments))
    command = given.pop("command", None) or "run"
    return command, {
        name: tuple(value) if isinstance(value, list) else value for name, value in given.items()
    }


class _DiscreetParser(argparse.ArgumentParser):
    """Repeats no API key in an error: a mistyped `--api-kye=…` would be quoted with its value."""

    def error(self, message: str) -> NoReturn:
        super().error(KEY_FORM.sub("(hidden)", message))


def make_parser() -> argparse.ArgumentParser:
    """The parser. Options may stand before or after the command."""
    common = _DiscreetParser(add_help=False, argument_default=argparse.SUPPRESS)
    _add_settings(common)
    parser = _DiscreetParser(
        prog=PROGRAM,
        usage="%(prog)s [COMMAND] [OPTIONS]",
        parents=[common],
        description="Find duplicate videos in Hydrus and post them to its duplicate filter.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    commands = parser.add_subparsers(
        dest="command", title="commands (none: hash, search and post)", metavar="COMMAND"
    )
    for name, what in COMMANDS.items():
        command = commands.add_parser(
            name,
            usage=f"{PROGRAM} {name} [OPTIONS]",
            parents=[common],
            help=what,
            description=what.capitalize() + ".",
            allow_abbrev=False,
        )
        if name == "request-key":
            command.add_argument(
                "--save",
                action="store_true",
                default=argparse.SUPPRESS,
                help="write the key to .env in this folder, readable by you alone",
            )
    return parser


def _add_settings(parser: argparse.ArgumentParser) -> None:
    groups = {name: parser.add_argument_group(title) for name, title in GROUPS.items()}
    for setting in fields(Settings):
        about = about_of(setting)
        more: dict[str, Any] = {"action": "store_true"} if about.is_flag else _valued(about)
        if setting.name == "by_tag":
            more |= {"nargs": "?", "const": about.parse(BY_TAG_BITS)}
        groups[about.group].add_argument(
            option_of(setting), dest=setting.name, help=about.help.replace("%", "%%"), **more
        )


def _valued(about: About) -> dict[str, Any]:
    if about.repeatable:
        return {"action": "append", "metavar": about.metavar}
    return {"type": _OptionType(about), "metavar": about.metavar}


class _OptionType:
    """Parses an option's value; an error repeats the value only of what is no secret."""

    def __init__(self, about: About) -> None:
        self._about = about

    def __call__(self, text: str) -> Any:
        try:
            return self._about.parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error
