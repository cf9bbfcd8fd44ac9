"""How a setting becomes an option of argparse, and what argparse says."""

import argparse
import textwrap
from collections.abc import Mapping
from typing import Any, NoReturn

from hydrus_video_deduplicator.cli.commands import PROGRAM
from hydrus_video_deduplicator.settings import KEY_FORM, About, about_of, option_of
from hydrus_video_deduplicator.untrusted import printable


class _Formatter(argparse.HelpFormatter):
    """Does not break lines within the name of an option."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26)

    def _split_lines(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(" ".join(text.split()), width, break_on_hyphens=False)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return textwrap.indent("\n".join(self._split_lines(text, width - len(indent))), indent)


class Parser(argparse.ArgumentParser):
    """In errors, names an option as it is typed and never repeats an API key."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            formatter_class=_Formatter,
            allow_abbrev=False,
            argument_default=argparse.SUPPRESS,
            **more,
        )

    def error(self, message: str) -> NoReturn:
        """Say it in a line and exit with 2."""
        said = printable(KEY_FORM.sub("(hidden)", message.removeprefix("argument ")))
        self.exit(2, f"error: {said}\nSee {PROGRAM} --help-all.\n")


def add_setting(parser: Any, setting: Any, help_text: str) -> None:
    """Give the parser, or a group of it, the option of a setting."""
    about = about_of(setting)
    more: dict[str, Any] = {"action": "store_true"} if about.is_flag else _valued(about)
    if about.bare is not None:
        more |= {"nargs": "?", "const": about.parse(about.bare)}
    if help_text is not argparse.SUPPRESS:
        help_text = help_text.replace("%", "%%")
    action = parser.add_argument(option_of(setting), dest=setting.name, help=help_text, **more)
    if about.choices:
        offer(action, about.choices)


def offer(action: Any, choices: Mapping[str, str]) -> None:
    """Tell the shell the values of an option or an argument, each with a short description."""
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
