"""The command line, made from the table of settings."""

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, NoReturn

import argcomplete
from argcomplete.completers import ChoicesCompleter
from argcomplete.shell_integration import shellcode

from hydrus_video_deduplicator import __version__
from hydrus_video_deduplicator.match import THRESHOLDS, Kind
from hydrus_video_deduplicator.settings import FORMATS, About, Settings, about_of, option_of

PROGRAM = "hydrus-video-deduplicator"

SHELLS = ("bash", "zsh", "fish", "powershell")

GROUPS = {
    "Hydrus": "how to reach Hydrus",
    "files": "which files",
    "matching": "what counts as similar",
    "report": "pictures",
    "care": "care",
    "machine": "this machine",
    "output": "output",
}


@dataclass(frozen=True)
class Command:
    """A command. shows: its own options; heeds: groups of others that it takes notice of."""

    what: str
    shows: tuple[str, ...] = ()
    heeds: tuple[str, ...] = tuple(GROUPS)


READING = ("Hydrus", "files", "matching", "output")

COMMANDS = {
    "check": Command("try all that a run needs; change nothing", heeds=READING),
    "hash": Command(
        "only hash files and tag them", heeds=("Hydrus", "files", "care", "machine", "output")
    ),
    "search": Command(
        "only compare what is hashed, and post the pairs", ("threshold", "kinds", "by_tag", "page")
    ),
    "report": Command(
        "write the pairs as a page with pictures for a browser",
        ("format", "output", "limit", "threshold", "kinds"),
    ),
    "status": Command("tell what is done and what is waiting", heeds=READING),
    "explain": Command("say why a pair was posted, or was not", heeds=READING),
    "rollback": Command(
        "take back the pairs that this program posted, and no others",
        ("dry_run",),
        ("Hydrus", "output"),
    ),
    "remove-tags": Command(
        "remove the perceptual-hash tags that this program wrote",
        ("tag_service", "dry_run"),
        ("Hydrus", "output"),
    ),
    "request-key": Command(
        "get a key from Hydrus with just the permissions needed",
        ("api_url", "page"),
        ("Hydrus",),
    ),
    "completion": Command("print what makes a shell complete commands and options", heeds=()),
}

EXAMPLES = {
    "--folder ~/Videos": "try it without Hydrus",
    "request-key --save": "get a key, keep it in .env",
    "": "do it; again after every import",
}

COMMON = {
    "--dry-run": "change nothing in Hydrus; show what would be done",
    "--query PREDICATE": "only files that this predicate of Hydrus finds",
    "--threshold LEVEL": "strict, normal (default), loose: how alike a pair must be",
    "--max-time 2h": "end in good order then; the next run goes on there",
}
"""Options that `--help` shows, in a line each: it fits a screen of 80 columns and 24 lines."""

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


def complete() -> None:
    """Answer the shell and exit, if it is the shell that asks what may come next."""
    argcomplete.autocomplete(make_parser(), print_suppressed=True)


def completion_script(shell: str) -> str:
    """What a shell of `SHELLS` has to run to complete this program's command line."""
    return shellcode([PROGRAM], shell=shell)


class _DiscreetParser(argparse.ArgumentParser):
    """Repeats no API key in an error: a mistyped `--api-kye=…` would be quoted with its value."""

    def error(self, message: str) -> NoReturn:
        hint = f"error: {KEY_FORM.sub('(hidden)', message)}\nSee {PROGRAM} --help-all."
        self.exit(2, hint + "\n")


class _MainParser(_DiscreetParser):
    """Shows one page for the first look; the whole is at `--help-all`."""

    def format_help(self) -> str:
        return "\n".join(
            [
                f"usage: {PROGRAM} [COMMAND] [OPTIONS]",
                "Find duplicate videos in Hydrus; post them to its duplicate filter.",
                "",
                *(f"  {PROGRAM} {example:20}{what}" for example, what in EXAMPLES.items()),
                "",
                "commands (none: hash, search and post; COMMAND --help says more):",
                *(f"  {name:13}{command.what}" for name, command in COMMANDS.items()),
                "",
                "options (--help-all shows every one):",
                *(f"  {option:19}{what}" for option, what in COMMON.items()),
                "",
            ]
        )


class _ShowAll(argparse.Action):
    """`--help-all`."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        _all_options().print_help()
        parser.exit()


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=24)


def make_parser() -> argparse.ArgumentParser:
    """The parser. Options may stand before or after the command."""
    parser = _MainParser(prog=PROGRAM, allow_abbrev=False, argument_default=argparse.SUPPRESS)
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", parser_class=_DiscreetParser
    )
    for name, command in COMMANDS.items():
        _add_command(commands, name, command)
    for setting in fields(Settings):
        _add_setting(parser, setting, argparse.SUPPRESS)
    parser.add_argument("--help-all", nargs=0, action=_ShowAll)
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    return parser


def _add_command(
    commands: "argparse._SubParsersAction[_DiscreetParser]", name: str, command: Command
) -> None:
    heeded = [s for s in fields(Settings) if about_of(s).group in command.heeds]
    others = " ".join(option_of(s) for s in heeded if s.name not in command.shows)
    parser = commands.add_parser(
        name,
        usage=f"{PROGRAM} {' '.join([name, *_arguments_of(name), '[OPTIONS]'])}",
        help=command.what,
        description=command.what[0].upper() + command.what[1:] + ".",
        epilog=f"It also heeds: {others}. {PROGRAM} --help-all explains them." if others else None,
        allow_abbrev=False,
        argument_default=argparse.SUPPRESS,
    )
    for argument in _arguments_of(name):
        parser.add_argument(argument.lower(), metavar=argument, **_about_argument(argument))
    for setting in fields(Settings):
        shown = about_of(setting).help if setting.name in command.shows else argparse.SUPPRESS
        _add_setting(parser, setting, shown)
    if name == "request-key":
        parser.add_argument(
            "--save",
            action="store_true",
            help="write the key to .env in this folder, readable by you alone",
        )


def _arguments_of(command: str) -> tuple[str, ...]:
    return {"explain": ("FILE_A", "FILE_B"), "completion": ("SHELL",)}.get(command, ())


def _about_argument(argument: str) -> dict[str, Any]:
    if argument == "SHELL":
        return {"choices": SHELLS, "help": f"one of {', '.join(SHELLS)}"}
    return {"help": "a hash (or its first 8 digits or more), a file id of Hydrus, or a path"}


def _all_options() -> argparse.ArgumentParser:
    """Only to show every option with all that is said of it."""
    parser = _DiscreetParser(
        prog=PROGRAM,
        usage="%(prog)s [COMMAND] [OPTIONS]",
        epilog="Every option can also be set by an environment variable or in a file named .env: "
        "see .env.example.",
        formatter_class=_Formatter,
        add_help=False,
    )
    groups = {name: parser.add_argument_group(title) for name, title in GROUPS.items()}
    for setting in fields(Settings):
        about = about_of(setting)
        _add_setting(groups[about.group], setting, about.help)
    return parser


def _add_setting(parser: Any, setting: Any, help_text: str) -> None:
    about = about_of(setting)
    more: dict[str, Any] = {"action": "store_true"} if about.is_flag else _valued(about)
    if setting.name == "by_tag":
        more |= {"nargs": "?", "const": about.parse(BY_TAG_BITS)}
    if help_text is not argparse.SUPPRESS:
        help_text = help_text.replace("%", "%%")
    action = parser.add_argument(option_of(setting), dest=setting.name, help=help_text, **more)
    if choices := _CHOICES.get(setting.name):
        action.completer = ChoicesCompleter(dict.fromkeys(choices, ""))


_CHOICES = {
    "threshold": tuple(THRESHOLDS),
    "format": FORMATS,
    "kinds": tuple(kind.value for kind in Kind),
}


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
