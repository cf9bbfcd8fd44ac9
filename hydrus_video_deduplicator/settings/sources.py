"""Where settings come from: the options, the environment, and `.env`.

The option wins, then the environment, then `.env` in the current folder, then the default.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from hydrus_video_deduplicator.errors import UsageError
from hydrus_video_deduplicator.settings.about import KEY_FORM, About, about_of
from hydrus_video_deduplicator.settings.table import Settings
from hydrus_video_deduplicator.wording import SIMILAR, suggestion

log = logging.getLogger(__name__)

PREFIX = "HVD_"
"""Begins the variables that only this program uses."""

VARIABLES_OF_TESTS = frozenset({"HVD_LIVE_TESTS", "HVD_KILLS", "HVD_KILLS_SEED"})

MISTYPED = 0.85
"""As `SIMILAR`, for a variable without the prefix. Lower would also warn about variables of other
programs for Hydrus."""


def variables() -> list[str]:
    """The environment variable of each setting."""
    return [about_of(setting).variable for setting in fields(Settings)]


def resolve(
    options: Mapping[str, Any],
    environment: Mapping[str, str],
    dotenv: Mapping[str, str | None],
) -> Settings:
    """Settings from what was given.

    options: field names with values that are parsed already (`cli.parser.parse`).
    Warns of variables that look like mistyped ones of ours, without their values. Raises
    `UsageError`, which never repeats what may be a key.
    """
    places = {"the environment": environment, ".env": dotenv}
    _warn_of_unknown(places, variables())
    values = {}
    for setting in fields(Settings):
        about = about_of(setting)
        if setting.name in options:
            values[setting.name] = options[setting.name]
            continue
        for place, source in places.items():
            text = source.get(about.variable)
            if text:  # an empty variable counts as none
                values[setting.name] = _parsed(about, text, place)
                break
    return Settings(**values)


def _parsed(about: About, text: str, place: str) -> Any:
    try:
        return about.read(text)
    except ValueError as error:
        raise UsageError(f"{about.variable} in {place}: {error}.") from error


def _warn_of_unknown(places: Mapping[str, Iterable[str]], known: list[str]) -> None:
    found_in = {variable: place for place, found in places.items() for variable in found}
    for variable in sorted(found_in.keys() - {*known} - VARIABLES_OF_TESTS):
        is_ours = variable.upper().startswith(PREFIX)
        hint = suggestion(variable.upper(), known, SIMILAR if is_ours else MISTYPED)
        if is_ours or hint:
            place = found_in[variable]
            name = KEY_FORM.sub("(hidden)", variable)
            log.warning("%s in %s is not a setting and is ignored.%s", name, place, hint)
