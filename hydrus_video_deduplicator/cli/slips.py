"""Mistyped options and commands, found before argparse sees them."""

import re
from collections.abc import Sequence
from dataclasses import fields
from itertools import takewhile

from hydrus_video_deduplicator.cli.commands import COMMANDS, GENERAL
from hydrus_video_deduplicator.settings import Settings, about_of, option_of
from hydrus_video_deduplicator.wording import suggestion

NUMBER = re.compile(r"-\d+|-\d*\.\d+")
"""Text that begins with a dash but is not an option."""

_FLAGS = [flag for command in COMMANDS.values() for flag in command.flags]


def slip_in(arguments: Sequence[str]) -> str | None:
    """The first option or command that does not exist; argparse would blame what follows it.

    No value is repeated: it may be the key.
    """
    valued = {option_of(setting) for setting in fields(Settings) if not about_of(setting).is_flag}
    options = [*map(option_of, fields(Settings)), *GENERAL, *_FLAGS, "-h"]
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
                return f"{before}: write a value that begins with - after =, as in {before}=-…"
            return f"unknown option {name}.{hint}"
        if not is_option and command is None:
            command = argument
            if command not in COMMANDS:
                return f"unknown command {command!r}.{suggestion(command, COMMANDS)}"
        before = argument
    return None
