"""What is known of a setting besides its value: its variable, its help, its form."""

import re
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field
from typing import Any

from hydrus_video_deduplicator.settings import values

KEY_FORM = re.compile(r"[0-9a-fA-F]{16,}")
"""What may be an API key, or a part of one."""

PASSWORD_MARKS = frozenset("@?#")
"""An address may hold a password before the first, and a key after the others."""


@dataclass(frozen=True, slots=True)
class About:
    """What the parser and the documents say of a setting.

    parse: turns the text of an option or a variable into the value; raises a ValueError that says
        what is wrong with the text and does not repeat it.
    secret: no error may repeat the text.
    bare: the text that the option stands for without a value, if it may have none.
    choices: the values that a shell offers, each with its description.
    """

    variable: str
    group: str
    help: str
    metavar: str | None
    parse: Callable[[str], Any]
    repeatable: bool = False
    secret: bool = False
    bare: str | None = None
    choices: Mapping[str, str] | None = None

    @property
    def is_flag(self) -> bool:
        """Whether the option takes no value."""
        return self.metavar is None

    def read(self, text: str) -> Any:
        """The value that `text` stands for. Raises a ValueError that can be shown."""
        try:
            return self.parse(text)
        except ValueError as error:
            hidden = self.secret or KEY_FORM.search(text) or PASSWORD_MARKS.intersection(text)
            raise ValueError(f"{'the value' if hidden else repr(text)} {error}") from error


def setting(
    variable: str,
    group: str,
    help_text: str,
    *,
    default: Any = None,
    factory: Callable[[], Any] | None = None,
    parse: Callable[[str], Any] = values.nonempty,
    metavar: str | None = None,
    secret: bool = False,
    repeatable: bool = False,
    bare: str | None = None,
    choices: Mapping[str, str] | None = None,
) -> Any:
    """A row of the table, with its default or the function that makes it."""
    about = About(variable, group, help_text, metavar, parse, repeatable, secret, bare, choices)
    metadata = {"about": about}
    if factory is not None:
        return field(default_factory=factory, metadata=metadata)
    return field(default=default, metadata=metadata, repr=not secret)


def about_of(setting: Field[Any]) -> About:
    """What is known of a field of `Settings`."""
    about = setting.metadata["about"]
    assert isinstance(about, About)
    return about


def option_of(setting: Field[Any]) -> str:
    """`--api-key` for the field `api_key`."""
    return "--" + setting.name.replace("_", "-")
