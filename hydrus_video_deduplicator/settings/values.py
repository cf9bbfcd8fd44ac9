"""Parse the text of an option or a variable: a function for each kind of value.

Each raises a ValueError that says what is wrong with the text and does not repeat it.
"""

import re
from pathlib import Path
from urllib.parse import urlsplit

from hydrus_video_deduplicator.match import LOOSEST, THRESHOLDS, Kind

QUERY_SEPARATOR = ";"
FORMATS = ("html", "csv", "json")
"""Of a report."""

TIME_FORM = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def nonempty(text: str) -> str:
    """Any text."""
    if not text.strip():
        raise ValueError("is empty")
    return text.strip()


def key(text: str) -> str:
    """An API key."""
    return nonempty(
        text
    ).lower()  # as Hydrus repeats it, so that it can be recognised in an error message


def url(text: str) -> str:
    """The address of the Client API."""
    try:
        parts = urlsplit(text.strip())
    except ValueError:  # it repeats the address
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("is not an address like http://localhost:45869")
    if parts.username or parts.query or parts.fragment:  # a key there would be shown with it
        raise ValueError("must be the address alone, without a password, ? or #")
    return text.strip().rstrip("/")


def queries(text: str) -> tuple[str, ...]:
    """Predicates of Hydrus, separated."""
    return tuple(part.strip() for part in text.split(QUERY_SEPARATOR) if part.strip())


def whole(text: str) -> int:
    """A whole number of 1 or more."""
    if not text.strip().isdecimal() or int(text) < 1:
        raise ValueError("is not a whole number of 1 or more")
    return int(text)


def seconds(text: str) -> float:
    """A whole number of seconds."""
    return float(whole(text))


def time(text: str) -> float:
    """Seconds, of a text like `1h30m`."""
    match = TIME_FORM.fullmatch(text.strip().lower().replace(" ", ""))
    hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    if not (total := 3600 * hours + 60 * minutes + seconds):
        raise ValueError("is not a time like 2h, 90m, 30s or 1h30m")
    return float(total)


def bits(text: str) -> int:
    """A number of the 64 bits of a hash."""
    if not text.strip().isdecimal() or int(text) > 64:
        raise ValueError("is not a whole number from 0 to 64")
    return int(text)


def threshold(text: str) -> float:
    """A score, or the name of one."""
    if text.strip() in THRESHOLDS:
        return THRESHOLDS[text.strip()]
    try:
        score = float(text)
    except ValueError:
        score = -1
    if not LOOSEST <= score <= 1:
        names = ", ".join(THRESHOLDS)
        raise ValueError(f"is not {names} or a score from {LOOSEST:g} to 1")
    return score


def kinds(text: str) -> frozenset[Kind]:
    """Kinds of match."""
    try:
        return frozenset(Kind(name.strip()) for name in text.split(","))
    except ValueError:
        names = ", ".join(kind.value for kind in Kind)
        raise ValueError(f"may only hold {names}, separated by commas") from None


def path(text: str) -> Path:
    """A path; `~` is the user's home folder."""
    try:
        return Path(nonempty(text)).expanduser()
    except RuntimeError:
        raise ValueError("begins with a home folder that does not exist") from None


def report_format(text: str) -> str:
    """One of `FORMATS`."""
    if text.strip() not in FORMATS:
        raise ValueError(f"is not one of {', '.join(FORMATS)}")
    return text.strip()


def flag(text: str) -> bool:
    """Yes or no."""
    value = text.strip().lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("", "0", "false", "no", "off"):
        return False
    raise ValueError("is neither yes nor no")
