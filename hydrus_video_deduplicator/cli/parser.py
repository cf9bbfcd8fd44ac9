"""The command line, made from the table of settings."""

import argparse
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import takewhile
from typing import Any, NoReturn

from argcomplete.finders import CompletionFinder
from argcomplete.shell_integration import shellcode

from hydrus_video_deduplicator import __version__
from hydrus_video_deduplicator.settings import (
    KEY_FORM,
    About,
    Settings,
    about_of,
    option_of,
)
from hydrus_video_deduplicator.untrusted import printable
from hydrus_video_deduplicator.wording import suggestion

PROGRAM = "hydrus-video-deduplicator"

SHELLS = {
    "bash": "append it to ~/.bashrc",
    "zsh": "append it to ~/.zshrc",
    "fish": "write it to a file in ~/.config/fish/completions",
    "powershell": "append it to $PROFILE",
}

GROUPS = {
    "Hydrus": "how to reach Hydrus",
    "files": "which files",
    "matching": "what counts as similar",
    "report": "report and pages",
    "run": "what a run does",
    "machine": "this machine",
    "output": "output",
}


@dataclass(frozen=True)
class Command:
    """A command and the settings that it obeys.

    shows: explained in its help. accepts: only named there.
    words: what its help says of a setting, where that differs from what the setting does elsewhere.
    """

    what: str
    shows: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)

    def help_of(self, setting: str, usual: str, *, completing: bool) -> str:
        """What is said of a setting; the shell is told of those that the help only names, too."""
        told = self.shows + self.accepts if completing else self.shows
        return self.words.get(setting, usual) if setting in told else argparse.SUPPRESS


ACCESS = ("api_key", "api_url", "verify_cert", "insecure")
FILES = ("tag_service", "file_service", "query", "folder")
LOOK = ("json", "log_file", "debug")
"""What is heeded by the commands that show only what they were asked for."""
TALK = (*LOOK, "quiet", "verbose")
WORK = ("jobs", "readers", "file_timeout", "file_memory")

COMMANDS = {
    "check": Command(
        "try everything that a run needs; change nothing",
        accepts=(*ACCESS, *FILES, "scheduler", "data_dir", *LOOK),
    ),
    "hash": Command(
        "only hash files and tag them",
        ("tag_service", "dry_run", "no_tags", "retry_failed", "max_time", "jobs"),
        (*ACCESS, *FILES, *WORK, "scheduler", "data_dir", *TALK),
    ),
    "search": Command(
        "only compare what is hashed, and post the pairs",
        ("threshold", "kinds", "by_tag", "page"),
        (*ACCESS, *FILES, "dry_run", "max_time", *WORK, "scheduler", "data_dir", *TALK),
    ),
    "report": Command(
        "write the pairs as a page with pictures for a browser",
        ("format", "output", "limit", "threshold", "kinds"),
        (*ACCESS, *FILES, *WORK, "data_dir", "quiet", *LOOK),
    ),
    "status": Command(
        "show what is done and what is waiting",
        accepts=(*ACCESS, *FILES, "threshold", "kinds", "data_dir", *LOOK),
    ),
    "explain": Command(
        "say why a pair was posted, or was not",
        accepts=(*ACCESS, *FILES, "threshold", "kinds", "data_dir", *LOOK),
    ),
    "rollback": Command(
        "take back the pairs that this program posted, and no others",
        ("dry_run",),
        (*ACCESS, "tag_service", "data_dir", *TALK),
        {"dry_run": "show which pairs would be taken back; change nothing in Hydrus"},
    ),
    "remove-tags": Command(
        "remove the perceptual-hash tags that this program wrote",
        ("tag_service", "dry_run"),
        (*ACCESS, "data_dir", *TALK),
        {"dry_run": "show which tags would be removed; change nothing in Hydrus"},
    ),
    "request-key": Command(
        "get a key from Hydrus with just the permissions needed",
        ("api_url", "page"),
        ("verify_cert", "insecure", "quiet", "log_file", "debug"),
        {"page": "also ask for the permission to manage pages, which --page needs"},
    ),
    "completion": Command("print a script that teaches your shell to complete commands"),
}

EXAMPLES = {
    "--folder ~/Videos": "try it without Hydrus",
    "request-key --save": "get a key, keep it in .env",
    "": "do it all, after every import",
}

COMMON = {
    "--dry-run": "show what would be done; change nothing in Hydrus",
    "--threshold LEVEL": "strict, normal (default), loose: how alike a pair must be",
}
"""Options that `--help` shows, in a line each: with the prompt, it fits 80 columns and 24 lines."""

GENERAL = {
    "--help": "show the first page of help, or that of a command",
    "--help-all": "show this list of every command and option",
    "--version": "show the version",
}
SAVE = "--save"

BY_TAG_BITS = "4"

CHOICES = {
    "threshold": {
        "strict": "hardly ever a wrong pair",
        "normal": "what most people want",
        "loose": "more pairs, more of them wrong",
    },
    "format": {
        "html": "a page with pictures",
        "csv": "a table for a spreadsheet",
        "json": "for other programs",
    },
    "kinds": {
        "same": "from beginning to end",
        "trimmed": "a part is cut off",
        "excerpt": "a part of a much longer video",
        "speed": "faster or slower",
    },
}
"""What a shell offers as values of a setting, and says of each."""

NUMBER = re.compile(r"-\d+|-\d*\.\d+")
"""What begins with a dash and is no option."""


def parse(arguments: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """The command ("run" for none) and the options that were given, by name of setting.

    Exits with code 2 and a usage message where the command line cannot be read.
    """
    parser = make_parser()
    if slip := _slip_in(arguments):
        parser.error(slip)
    given = vars(parser.parse_args(arguments))
    command = given.pop("command", None) or "run"
    return command, {
        name: tuple(value) if isinstance(value, list) else value for name, value in given.items()
    }


def _slip_in(arguments: Sequence[str]) -> str | None:
    """The first option or command that does not exist; argparse would blame what follows it.

    No value is repeated: it may be the key.
    """
    valued = {option_of(setting) for setting in fields(Settings) if not about_of(setting).is_flag}
    options = [*map(option_of, fields(Settings)), *GENERAL, SAVE, "-h"]
    command, before = None, ""
    for argument in takewhile(lambda argument: argument != "--", arguments):
        name = argument.partition("=")[0]
        is_option = argument[:1] == "-" and argument != "-" and not NUMBER.fullmatch(argument)
        if before in valued and (not is_option or " " in argument):
            before = ""
            continue
        if is_option and name not in options:
            hint = suggestion(name, options)
            if before in valued and not hint:
                return f"{before}: a value that begins with - has to follow =, as in {before}=-…"
            return f"unknown option {name}.{hint}"
        if not is_option and command is None:
            command = argument
            if command not in COMMANDS:
                return f"unknown command {command!r}.{suggestion(command, COMMANDS)}"
        before = argument
    return None


def complete() -> None:
    """Answer the shell and exit, if it is the shell that asks what may come next."""
    _Completions()(make_parser(completing=True), always_complete_options=False)


def completion_script(shell: str) -> str:
    """What a shell of `SHELLS` has to run to complete this program's command line."""
    return shellcode([PROGRAM], shell=shell)


class _Completions(CompletionFinder):
    """Says of `--threshold=loose` what it says of `loose`; zsh would show None."""

    def filter_completions(self, completions: list[str]) -> list[str]:
        said = self.get_display_completions()
        for completion in completions:
            said.setdefault(completion, said.get(completion.partition("=")[2], ""))
        return super().filter_completions(completions)


class _Formatter(argparse.HelpFormatter):
    """Breaks no line within the name of an option."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26)

    def _split_lines(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(" ".join(text.split()), width, break_on_hyphens=False)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return textwrap.indent("\n".join(self._split_lines(text, width - len(indent))), indent)


class _Parser(argparse.ArgumentParser):
    """Names an option as it is typed in an error, and repeats no API key there."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            formatter_class=_Formatter,
            allow_abbrev=False,
            argument_default=argparse.SUPPRESS,
            **more,
        )

    def error(self, message: str) -> NoReturn:
        said = printable(KEY_FORM.sub("(hidden)", message.removeprefix("argument ")))
        self.exit(2, f"error: {said}\nSee {PROGRAM} --help-all.\n")


class _MainParser(_Parser):
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
                "options (--help-all lists them all; --version shows the version):",
                *(f"  {option:19}{what}" for option, what in COMMON.items()),
                "",
            ]
        )


class _ShowAll(argparse.Action):
    """`--help-all`."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        _whole_help().print_help()
        parser.exit()


def make_parser(*, completing: bool = False) -> argparse.ArgumentParser:
    """The parser. Options may stand before or after the command.

    completing: for the shell, which offers what has a help text; else for people.
    """
    parser = _MainParser(prog=PROGRAM)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    for name, command in COMMANDS.items():
        _add_command(commands, name, command, completing=completing)
    for setting in fields(Settings):
        _add_setting(parser, setting, about_of(setting).help)
    _add_general(parser, listed=True)
    return parser


def _add_command(
    commands: "argparse._SubParsersAction[_Parser]",
    name: str,
    command: Command,
    *,
    completing: bool,
) -> None:
    accepted = [s for s in fields(Settings) if s.name in command.accepts]
    others = " ".join(option_of(s) for s in accepted if s.name not in command.shows)
    options = ("[OPTIONS]",) if command.shows or others else ()
    parser = commands.add_parser(
        name,
        usage=" ".join([PROGRAM, name, *_arguments_of(name), *options]),
        help=command.what,
        description=command.what[0].upper() + command.what[1:] + ".",
        epilog=f"Also accepts: {others}. See {PROGRAM} --help-all." if others else None,
    )
    for argument in _arguments_of(name):
        action = parser.add_argument(
            argument.lower(), metavar=argument, **_about_argument(argument)
        )
        if argument == "SHELL":
            _offer(action, SHELLS)
    for setting in fields(Settings):
        usual = about_of(setting).help
        _add_setting(parser, setting, command.help_of(setting.name, usual, completing=completing))
    _add_general(parser, listed=False)
    if name == "request-key":
        parser.add_argument(
            SAVE,
            action="store_true",
            help="write the key to .env in the current folder, readable by you alone",
        )


def _arguments_of(command: str) -> tuple[str, ...]:
    return {"explain": ("FILE_A", "FILE_B"), "completion": ("SHELL",)}.get(command, ())


def _about_argument(argument: str) -> dict[str, Any]:
    if argument == "SHELL":
        return {"choices": tuple(SHELLS), "help": f"one of {', '.join(SHELLS)}"}
    return {"help": "a hash (or at least its first 8 digits), a file id of Hydrus, or a path"}


def _add_general(parser: argparse.ArgumentParser, *, listed: bool) -> None:
    version = f"{PROGRAM} {__version__}"
    actions: dict[str, dict[str, Any]] = {
        "--help-all": {"action": _ShowAll, "nargs": 0},
        "--version": {"action": "version", "version": version},
    }
    for option, action in actions.items():
        what = GENERAL[option] if listed else argparse.SUPPRESS
        parser.add_argument(option, help=what, **action)


def _whole_help() -> argparse.ArgumentParser:
    """Only to show every command and option with all that is said of it."""
    parser = _Parser(
        prog=PROGRAM,
        usage="%(prog)s [COMMAND] [OPTIONS]",
        epilog="Every option can also be set by an environment variable or in a file named .env: "
        "see .env.example.",
        add_help=False,
    )
    commands = parser.add_argument_group("commands (none: hash, search and post)")
    for name, command in COMMANDS.items():
        commands.add_argument(name, help=command.what)
    groups = {name: parser.add_argument_group(title) for name, title in GROUPS.items()}
    for setting in fields(Settings):
        about = about_of(setting)
        _add_setting(groups[about.group], setting, about.help)
    general = parser.add_argument_group("help")
    for option, what in GENERAL.items():
        general.add_argument(option, action="store_true", help=what)
    return parser


def _add_setting(parser: Any, setting: Any, help_text: str) -> None:
    about = about_of(setting)
    more: dict[str, Any] = {"action": "store_true"} if about.is_flag else _valued(about)
    if setting.name == "by_tag":
        more |= {"nargs": "?", "const": about.parse(BY_TAG_BITS)}
    if help_text is not argparse.SUPPRESS:
        help_text = help_text.replace("%", "%%")
    action = parser.add_argument(option_of(setting), dest=setting.name, help=help_text, **more)
    if choices := CHOICES.get(setting.name):
        _offer(action, choices)


def _offer(action: Any, choices: Mapping[str, str]) -> None:
    """Tell the shell the values of an option or an argument, each with a word about it."""
    action.completer = lambda **_: choices


def _valued(about: About) -> dict[str, Any]:
    if about.repeatable:
        return {"action": "append", "metavar": about.metavar}
    return {"type": _OptionType(about), "metavar": about.metavar}


class _OptionType:
    """Parses an option's value."""

    def __init__(self, about: About) -> None:
        self._about = about

    def __call__(self, text: str) -> Any:
        try:
            return self._about.read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error
