"""The two help pages: a short one, and the full list."""

import argparse
from dataclasses import fields
from typing import Any

from hydrus_video_deduplicator.cli.commands import COMMANDS, COMMON, EXAMPLES, GENERAL, PROGRAM
from hydrus_video_deduplicator.cli.options import Parser, add_setting
from hydrus_video_deduplicator.settings import GROUPS, Settings, about_of


class MainParser(Parser):
    """Shows the short page; `--help-all` shows everything."""

    def format_help(self) -> str:
        """The first page."""
        return "\n".join(
            [
                f"usage: {PROGRAM} [COMMAND] [OPTIONS]",
                "Find duplicate videos in Hydrus; post them to its duplicate filter.",
                "",
                *(f"  {PROGRAM} {example:20}{what}" for example, what in EXAMPLES.items()),
                "",
                "commands (default: hash, search and post; COMMAND --help says more):",
                *(f"  {name:13}{command.what}" for name, command in COMMANDS.items()),
                "",
                "options (--help-all lists them all; --version shows the version):",
                *(f"  {option:19}{what}" for option, what in COMMON.items()),
                "",
            ]
        )


class ShowAll(argparse.Action):
    """`--help-all`."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        """Show the whole list and exit."""
        _whole_help().print_help()
        parser.exit()


def _whole_help() -> argparse.ArgumentParser:
    """Only used to show every command and option with its full help."""
    parser = Parser(
        prog=PROGRAM,
        usage="%(prog)s [COMMAND] [OPTIONS]",
        epilog="You can also set every option by an environment variable or in a file named .env: "
        "see .env.example.",
        add_help=False,
    )
    commands = parser.add_argument_group("commands (default: hash, search and post)")
    for name, command in COMMANDS.items():
        commands.add_argument(name, help=command.what)
    groups = {name: parser.add_argument_group(title) for name, title in GROUPS.items()}
    for setting in fields(Settings):
        about = about_of(setting)
        add_setting(groups[about.group], setting, about.help)
    general = parser.add_argument_group("help")
    for option, what in GENERAL.items():
        general.add_argument(option, action="store_true", help=what)
    return parser
