"""Every setting, once: the options, the environment variables and `.env` are all made from here.

The option wins, then the environment, then `.env` in the current folder, then the default.
"""

import logging
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import Field, dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import platformdirs

from hydrus_video_deduplicator.errors import UsageError
from hydrus_video_deduplicator.match import DEFAULT_THRESHOLD, LOOSEST, THRESHOLDS, Kind

log = logging.getLogger(__name__)

APP_NAME = "hydrus-video-deduplicator"
QUERY_SEPARATOR = ";"
FORMATS = ("html", "csv", "json")
"""Of a report."""

PREFIX = "HVD_"
"""Begins the variables that only this program uses."""

VARIABLES_OF_TESTS = frozenset({"HVD_LIVE_TESTS", "HVD_KILLS", "HVD_KILLS_SEED"})

SIMILAR = 0.6
"""Least similarity, 0 to 1, of a word and the one that is suggested instead."""

MISTYPED = 0.85
"""The same for a variable without the prefix. A lower value would warn about variables of other
programs for Hydrus."""

KEY_FORM = re.compile(r"[0-9a-fA-F]{16,}")
"""What may be an API key, or a part of one."""

PASSWORD_MARKS = frozenset("@?#")
"""An address may hold a password before the first, and a key behind the others."""


@dataclass(frozen=True, slots=True)
class About:
    """What the parser and the documents say of a setting.

    parse: turns the text of an option or a variable into the value; raises a ValueError that says
        what is wrong with the text and does not repeat it.
    secret: no error may repeat the text.
    """

    variable: str
    group: str
    help: str
    metavar: str | None
    parse: Callable[[str], Any]
    repeatable: bool = False
    secret: bool = False

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


def _text(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty")
    return text.strip()


def _key(text: str) -> str:
    return _text(text).lower()  # as Hydrus repeats it, so that it is recognised in an error of it


def _url(text: str) -> str:
    try:
        parts = urlsplit(text.strip())
    except ValueError:  # it repeats the address
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("is not an address like http://localhost:45869")
    if parts.username or parts.query or parts.fragment:  # a key there would be shown with it
        raise ValueError("must be the address alone, without a password, ? or #")
    return text.strip().rstrip("/")


def _queries(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(QUERY_SEPARATOR) if part.strip())


def _whole(text: str) -> int:
    if not text.strip().isdecimal() or int(text) < 1:
        raise ValueError("is not a whole number of 1 or more")
    return int(text)


def _seconds(text: str) -> float:
    return float(_whole(text))


TIME_FORM = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def _time(text: str) -> float:
    match = TIME_FORM.fullmatch(text.strip().lower().replace(" ", ""))
    hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    if not (total := 3600 * hours + 60 * minutes + seconds):
        raise ValueError("is not a time like 2h, 90m or 1h30m")
    return float(total)


def _bits(text: str) -> int:
    if not text.strip().isdecimal() or int(text) > 64:
        raise ValueError("is not a whole number from 0 to 64")
    return int(text)


def _threshold(text: str) -> float:
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


def _kinds(text: str) -> frozenset[Kind]:
    try:
        return frozenset(Kind(name.strip()) for name in text.split(","))
    except ValueError:
        names = ", ".join(kind.value for kind in Kind)
        raise ValueError(f"may only hold {names}, separated by commas") from None


def _path(text: str) -> Path:
    try:
        return Path(_text(text)).expanduser()
    except RuntimeError:
        raise ValueError("begins with a home folder that does not exist") from None


def _format(text: str) -> str:
    if text.strip() not in FORMATS:
        raise ValueError(f"is not one of {', '.join(FORMATS)}")
    return text.strip()


def _flag(text: str) -> bool:
    value = text.strip().lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("", "0", "false", "no", "off"):
        return False
    raise ValueError("is neither yes nor no")


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _setting(
    variable: str,
    group: str,
    help_text: str,
    *,
    default: Any = None,
    factory: Callable[[], Any] | None = None,
    parse: Callable[[str], Any] = _text,
    metavar: str | None = None,
    secret: bool = False,
    repeatable: bool = False,
) -> Any:
    about = About(variable, group, help_text, metavar, parse, repeatable, secret)
    metadata = {"about": about}
    if factory is not None:
        return field(default_factory=factory, metadata=metadata)
    return field(default=default, metadata=metadata, repr=not secret)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a run. An option is the field's name with dashes."""

    api_key: str | None = _setting(
        "HYDRUS_API_KEY",
        "Hydrus",
        "access key of the Client API; safer in the environment or .env than on the command line, "
        "where other programs can read it",
        parse=_key,
        metavar="KEY",
        secret=True,
    )
    api_url: str = _setting(
        "HYDRUS_API_URL",
        "Hydrus",
        "address of the Client API (default: http://localhost:45869)",
        default="http://localhost:45869",
        parse=_url,
        metavar="URL",
    )
    verify_cert: Path | None = _setting(
        "HVD_VERIFY_CERT",
        "Hydrus",
        "for https: trust this certificate (Hydrus makes its own: client.crt in its db folder)",
        parse=_path,
        metavar="PATH",
    )
    insecure: bool = _setting(
        "HVD_INSECURE",
        "Hydrus",
        "for https: trust any certificate, and so anyone in between",
        default=False,
        parse=_flag,
    )
    tag_service: str = _setting(
        "LOCAL_TAG_SERVICE_NAME",
        "Hydrus",
        "local tag service to write the tags to (default: my tags)",
        default="my tags",
        metavar="NAME",
    )
    file_service: str | None = _setting(
        "HVD_FILE_SERVICE",
        "files",
        "file service to search (default: all local files except the trash)",
        metavar="NAME",
    )
    query: tuple[str, ...] = _setting(
        "HVD_QUERY",
        "files",
        "only files that match this Hydrus predicate, such as 'system:archive' or a tag; "
        f"repeatable (in the variable, separate them with {QUERY_SEPARATOR})",
        default=(),
        parse=_queries,
        metavar="PREDICATE",
        repeatable=True,
    )
    folder: Path | None = _setting(
        "HVD_FOLDER",
        "files",
        "without Hydrus: compare the videos in this folder and print the similar pairs",
        parse=_path,
        metavar="DIR",
    )
    threshold: float = _setting(
        "HVD_THRESHOLD",
        "matching",
        "how similar a pair must be: strict (almost never a wrong pair), normal (default), loose "
        "(more pairs, some wrong), or a score from "
        f"{LOOSEST:g} to 1 (identical)",
        default=THRESHOLDS[DEFAULT_THRESHOLD],
        parse=_threshold,
        metavar="LEVEL",
    )
    kinds: frozenset[Kind] = _setting(
        "HVD_KINDS",
        "matching",
        "only these kinds of match, separated by commas: "
        f"{', '.join(kind.value for kind in Kind)} (default: all)",
        default=frozenset(Kind),
        parse=_kinds,
        metavar="KINDS",
    )
    by_tag: int | None = _setting(
        "HVD_BY_TAG",
        "matching",
        "with search: compare only the tags, and pair files whose tags differ in at most this many "
        "of 64 bits (4 if you give no number); much less accurate",
        parse=_bits,
        metavar="BITS",
    )
    page: str | None = _setting(
        "HVD_PAGE",
        "report",
        "show the pairs of this run on the Hydrus page with this name, and failed files on "
        "'NAME (failed)'; the key needs the permission to manage pages",
        metavar="NAME",
    )
    format: str = _setting(
        "HVD_FORMAT",
        "report",
        "format of the report: html (default), csv or json",
        default="html",
        parse=_format,
        metavar="FORMAT",
    )
    output: Path | None = _setting(
        "HVD_OUTPUT",
        "report",
        "file to write the report to, - for stdout (default: similar-videos.html, .csv or .json in "
        "the current folder)",
        parse=_path,
        metavar="PATH",
    )
    limit: int = _setting(
        "HVD_LIMIT",
        "report",
        "put at most this many pairs in the report, the most similar first (default: 500)",
        default=500,
        parse=_whole,
        metavar="N",
    )
    dry_run: bool = _setting(
        "HVD_DRY_RUN",
        "run",
        "show what a run would do; change nothing in Hydrus",
        default=False,
        parse=_flag,
    )
    no_tags: bool = _setting("HVD_NO_TAGS", "run", "write no tags", default=False, parse=_flag)
    retry_failed: bool = _setting(
        "HVD_RETRY_FAILED",
        "run",
        "retry files that an earlier run could not hash",
        default=False,
        parse=_flag,
    )
    max_time: float | None = _setting(
        "HVD_MAX_TIME",
        "run",
        "stop cleanly after this time, such as 2h, 90m or 1h30m; the newest imports come first, "
        "and the next run continues where this one stopped",
        parse=_time,
        metavar="TIME",
    )
    jobs: int = _setting(
        "HVD_JOBS",
        "machine",
        "number of worker processes that hash files (default: one per core)",
        factory=_cores,
        parse=_whole,
        metavar="N",
    )
    readers: int | None = _setting(
        "HVD_READERS",
        "machine",
        "let at most this many worker processes read files at once, while the others "
        "decode; 2 suits a hard disk or a network share (default: no limit)",
        parse=_whole,
        metavar="N",
    )
    scheduler: str | None = _setting(
        "HVD_SCHEDULER",
        "machine",
        "hash files on the workers of this Dask scheduler, such as tcp://host:8786, instead of "
        "this machine; the API key is sent to it",
        metavar="ADDRESS",
    )
    file_timeout: float = _setting(
        "HVD_FILE_TIMEOUT",
        "machine",
        "give up on a file after this many seconds (default: 600)",
        default=600.0,
        parse=_seconds,
        metavar="SECONDS",
    )
    file_memory: int = _setting(
        "HVD_FILE_MEMORY",
        "machine",
        "Linux: give up on a file that needs more than this many MiB of memory (default: 2048, "
        "enough for 8K)",
        default=2048,
        parse=_whole,
        metavar="MIB",
    )
    data_dir: Path = _setting(
        "HVD_DATA_DIR",
        "machine",
        "where to keep the hashes and the record of posted pairs (default: the usual place on your "
        "system)",
        factory=lambda: platformdirs.user_data_path(APP_NAME, appauthor=False),
        parse=_path,
        metavar="DIR",
    )
    json: bool = _setting(
        "HVD_JSON",
        "output",
        "print one summary, or the error, as JSON on stdout; everything else goes to stderr",
        default=False,
        parse=_flag,
    )
    quiet: bool = _setting(
        "HVD_QUIET", "output", "show only warnings and errors", default=False, parse=_flag
    )
    verbose: bool = _setting(
        "HVD_VERBOSE",
        "output",
        "name each file and pair as it is processed",
        default=False,
        parse=_flag,
    )
    log_file: Path | None = _setting(
        "HVD_LOG_FILE",
        "output",
        "also append everything that --verbose shows, with the time, to this file; only you can "
        "read it",
        parse=_path,
        metavar="PATH",
    )
    debug: bool = _setting(
        "HVD_DEBUG",
        "output",
        "show the traceback of an error",
        default=False,
        parse=_flag,
    )

    @classmethod
    def variables(cls) -> list[str]:
        """The environment variable of each setting."""
        return [about_of(setting).variable for setting in fields(cls)]

    @classmethod
    def resolve(
        cls,
        options: Mapping[str, Any],
        environment: Mapping[str, str],
        dotenv: Mapping[str, str | None],
    ) -> Self:
        """Settings from what was given.

        options: field names with values that are parsed already (`parse_option`).
        Warns of variables that look like mistyped ones of ours, without their values. Raises
        `UsageError`, which never repeats what may be a key.
        """
        places = {"the environment": environment, ".env": dotenv}
        _warn_of_unknown(places, cls.variables())
        values = {}
        for setting in fields(cls):
            about = about_of(setting)
            if setting.name in options:
                values[setting.name] = options[setting.name]
                continue
            for place, source in places.items():
                text = source.get(about.variable)
                if text:  # an empty variable is as good as none
                    values[setting.name] = _parsed(about, text, place)
                    break
        return cls(**values)


def _parsed(about: About, text: str, place: str) -> Any:
    try:
        return about.read(text)
    except ValueError as error:
        raise UsageError(f"{about.variable} in {place}: {error}.") from error


def _warn_of_unknown(places: Mapping[str, Iterable[str]], known: list[str]) -> None:
    found_in = {variable: place for place, variables in places.items() for variable in variables}
    for variable in sorted(found_in.keys() - {*known} - VARIABLES_OF_TESTS):
        is_ours = variable.upper().startswith(PREFIX)
        hint = suggestion(variable.upper(), known, SIMILAR if is_ours else MISTYPED)
        if is_ours or hint:
            place = found_in[variable]
            name = KEY_FORM.sub("(hidden)", variable)
            log.warning("%s in %s is not a setting and is ignored.%s", name, place, hint)


def suggestion(word: str, known: Iterable[str], similarity: float = SIMILAR) -> str:
    """A question behind an error, with the nearest of `known`; empty if none is near."""
    near = get_close_matches(word, list(known), 1, similarity)
    return f" Did you mean {near[0]}?" if near else ""


def about_of(setting: Field[Any]) -> About:
    """What is known of a field of `Settings`."""
    about = setting.metadata["about"]
    assert isinstance(about, About)
    return about


def option_of(setting: Field[Any]) -> str:
    """`--api-key` for the field `api_key`."""
    return "--" + setting.name.replace("_", "-")
