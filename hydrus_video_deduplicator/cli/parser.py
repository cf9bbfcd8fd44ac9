"""The command line, made from the tables of settings and commands."""

import argparse
from collections.abc import Container, Sequence
from dataclasses import fields
from typing import Any

from hydrus_video_deduplicator import __version__
from hydrus_video_deduplicator.cli.commands import (
    COMMANDS,
    GENERAL,
    PROGRAM,
    RUN,
    Command,
    obeyed_by,
)
from hydrus_video_deduplicator.cli.helping import MainParser, ShowAll
from hydrus_video_deduplicator.cli.options import Parser, add_setting, offer
from hydrus_video_deduplicator.cli.slips import slip_in
from hydrus_video_deduplicator.settings import Settings, about_of, option_of

CHOICES = ("files", "matching", "report", "review")
"""Groups of settings that choose files, pairs or what is made of them."""


def parse(arguments: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """The command (`RUN` for none) and the options that were given, by name of setting.

    Exits with code 2 and a usage message where the command line cannot be read.
    """
    parser = make_parser()
    if slip := slip_in(arguments):
        parser.error(slip)
    given = vars(parser.parse_args(arguments))
    command = given.pop("command", None) or RUN
    if unused := _unused(command, given):
        parser.error(unused)
    return command, {
        name: tuple(value) if isinstance(value, list) else value for name, value in given.items()
    }


def _unused(command: str, given: Container[str]) -> str | None:
    """What is wrong with an option that the command would ignore, and so do more than was asked."""
    for setting in fields(Settings):
        name, option = setting.name, option_of(setting)
        if (
            name not in given
            or name in obeyed_by(command)
            or about_of(setting).group not in CHOICES
        ):
            continue
        if command != RUN:
            return f"the command {command} does not use {option}."
        users = " and ".join(user for user in COMMANDS if name in obeyed_by(user))
        return f"{option} works only with {users}."
    return None


def make_parser(*, completing: bool = False) -> argparse.ArgumentParser:
    """The parser. Options may stand before or after the command.

    completing: for the shell, which offers only options with a help text.
    """
    parser = MainParser(prog=PROGRAM)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    for name, command in COMMANDS.items():
        _add_command(commands, name, command, completing=completing)
    for setting in fields(Settings):
        add_setting(parser, setting, about_of(setting).help)
    _add_general(parser, listed=True)
    return parser


def _add_command(
    commands: "argparse._SubParsersAction[Parser]",
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
        usage=" ".join([PROGRAM, name, *command.arguments, *options]),
        help=command.what,
        description=command.what[0].upper() + command.what[1:] + ".",
        epilog=f"Also accepts: {others}. See {PROGRAM} --help-all." if others else None,
        add_help=False,
    )
    _add_arguments(parser.add_argument_group("arguments"), command)
    listed = parser.add_argument_group("options")
    for flag, what in command.flags.items():
        listed.add_argument(flag, action="store_true", help=what)
    for setting in sorted(fields(Settings), key=lambda setting: command.place_of(setting.name)):
        usual = about_of(setting).help.removeprefix(f"with {name}: ")
        add_setting(listed, setting, command.help_of(setting.name, usual, completing=completing))
    listed.add_argument("-h", "--help", action="help", help="show this help")
    _add_general(parser, listed=False)


def _add_arguments(group: "argparse._ArgumentGroup", command: Command) -> None:
    for name, about in command.arguments.items():
        choices = tuple(about.choices) if about.choices else None
        action = group.add_argument(name.lower(), metavar=name, help=about.help, choices=choices)
        if about.choices:
            offer(action, about.choices)


def _add_general(parser: argparse.ArgumentParser, *, listed: bool) -> None:
    version = f"{PROGRAM} {__version__}"
    actions: dict[str, dict[str, Any]] = {
        "--help-all": {"action": ShowAll, "nargs": 0},
        "--version": {"action": "version", "version": version},
    }
    for option, action in actions.items():
        what = GENERAL[option] if listed else argparse.SUPPRESS
        parser.add_argument(option, help=what, **action)
