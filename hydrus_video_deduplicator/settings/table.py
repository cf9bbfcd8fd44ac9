"""Every setting, once: the options, the environment variables and `.env` are all made from here.

To add one: a row in `Settings` and a line in `.env.example`; if its text is of a new kind, a
function in `values`. Then run `.ci/documents.py`.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from hydrus_video_deduplicator.match import DEFAULT_THRESHOLD, LOOSEST, MEANINGS, THRESHOLDS, Kind
from hydrus_video_deduplicator.settings import values
from hydrus_video_deduplicator.settings.about import setting

APP_NAME = "hydrus-video-deduplicator"

GROUPS = {
    "Hydrus": "how to reach Hydrus",
    "files": "which files",
    "matching": "what counts as similar",
    "report": "report and pages",
    "review": "judging in the browser",
    "run": "what a run does",
    "machine": "this machine",
    "output": "output",
}
"""Of settings, with their titles, in the order in which they are shown."""


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a run. An option is the field's name with dashes."""

    api_key: str | None = setting(
        "HYDRUS_API_KEY",
        "Hydrus",
        "access key of the Client API; safer in the environment or .env than on the command line, "
        "where other programs can read it",
        parse=values.key,
        metavar="KEY",
        secret=True,
    )
    api_url: str = setting(
        "HYDRUS_API_URL",
        "Hydrus",
        "address of the Client API (default: http://localhost:45869)",
        default="http://localhost:45869",
        parse=values.url,
        metavar="URL",
    )
    verify_cert: Path | None = setting(
        "HVD_VERIFY_CERT",
        "Hydrus",
        "for https: trust this certificate (Hydrus makes its own: client.crt in its db folder)",
        parse=values.path,
        metavar="PATH",
    )
    insecure: bool = setting(
        "HVD_INSECURE",
        "Hydrus",
        "for https: trust any certificate; anyone in between can then read the key",
        default=False,
        parse=values.flag,
    )
    tag_service: str = setting(
        "LOCAL_TAG_SERVICE_NAME",
        "Hydrus",
        "local tag service to write the tags to (default: my tags)",
        default="my tags",
        metavar="NAME",
    )
    file_service: str | None = setting(
        "HVD_FILE_SERVICE",
        "files",
        "file service to search (default: all local files except the trash)",
        metavar="NAME",
    )
    query: tuple[str, ...] = setting(
        "HVD_QUERY",
        "files",
        "only files that match this Hydrus predicate, such as 'system:archive' or a tag; "
        f"repeatable (in the variable, separate them with {values.QUERY_SEPARATOR})",
        default=(),
        parse=values.queries,
        metavar="PREDICATE",
        repeatable=True,
    )
    folder: Path | None = setting(
        "HVD_FOLDER",
        "files",
        "without Hydrus: compare the videos in this folder and print the similar pairs",
        parse=values.path,
        metavar="DIR",
    )
    threshold: float = setting(
        "HVD_THRESHOLD",
        "matching",
        "how similar a pair must be: strict (almost never wrong), normal (default), loose (some "
        f"wrong), or {LOOSEST:g} to 1",
        default=THRESHOLDS[DEFAULT_THRESHOLD],
        parse=values.threshold,
        metavar="LEVEL",
        choices={
            "strict": "almost never a wrong pair",
            "normal": "what most people want",
            "loose": "more pairs, some wrong",
        },
    )
    kinds: frozenset[Kind] = setting(
        "HVD_KINDS",
        "matching",
        "only these kinds, separated by commas (default: all): "
        + ", ".join(f"{kind.value} ({meaning})" for kind, meaning in MEANINGS.items()),
        default=frozenset(Kind),
        parse=values.kinds,
        metavar="KINDS",
        choices={kind.value: meaning for kind, meaning in MEANINGS.items()},
    )
    by_tag: int | None = setting(
        "HVD_BY_TAG",
        "matching",
        "with search: pair files whose tags differ in at most this many bits (default 4); much "
        "less accurate",
        parse=values.bits,
        metavar="BITS",
        bare="4",
    )
    page: str | None = setting(
        "HVD_PAGE",
        "report",
        "show this run's pairs on this page of Hydrus, and failed files on 'NAME (failed)'; the "
        "key needs the permission to manage pages",
        metavar="NAME",
    )
    format: str = setting(
        "HVD_FORMAT",
        "report",
        "format of the report: html (default), csv or json",
        default="html",
        parse=values.report_format,
        metavar="FORMAT",
        choices={
            "html": "a page with pictures",
            "csv": "a table for a spreadsheet",
            "json": "for other programs",
        },
    )
    output: Path | None = setting(
        "HVD_OUTPUT",
        "report",
        "file to write the report to, - for stdout (default: similar-videos.html, .csv or .json in "
        "the current folder)",
        parse=values.path,
        metavar="PATH",
    )
    limit: int = setting(
        "HVD_LIMIT",
        "report",
        "put at most this many pairs in the report or on the page of review, the most similar "
        "first (default: 500)",
        default=500,
        parse=values.whole,
        metavar="N",
    )
    no_browser: bool = setting(
        "HVD_NO_BROWSER",
        "review",
        "with review: print the address of the page on stdout instead of opening a browser",
        default=False,
        parse=values.flag,
    )
    no_merge: bool = setting(
        "HVD_NO_MERGE",
        "review",
        "with review: judge without Hydrus's content merge, which copies tags, ratings and the "
        "like from file to file, as set in its options",
        default=False,
        parse=values.flag,
    )
    allow_delete: bool = setting(
        "HVD_ALLOW_DELETE",
        "review",
        "with review: allow worse copies to be sent to Hydrus's trash; each needs an extra key "
        "press",
        default=False,
        parse=values.flag,
    )
    dry_run: bool = setting(
        "HVD_DRY_RUN",
        "run",
        "show what a run would do; change nothing in Hydrus",
        default=False,
        parse=values.flag,
    )
    no_tags: bool = setting("HVD_NO_TAGS", "run", "write no tags", default=False, parse=values.flag)
    retry_failed: bool = setting(
        "HVD_RETRY_FAILED",
        "run",
        "retry files that an earlier run could not hash",
        default=False,
        parse=values.flag,
    )
    max_time: float | None = setting(
        "HVD_MAX_TIME",
        "run",
        "stop cleanly after this time, such as 2h, 90m, 30s or 1h30m; the newest imports come "
        "first, and the next run continues where this one stopped",
        parse=values.time,
        metavar="TIME",
    )
    popup: bool = setting(
        "HVD_POPUP",
        "run",
        "show the progress of the run in a Hydrus popup, where you can pause or cancel it; the key "
        "needs the permission to manage popups",
        default=False,
        parse=values.flag,
    )
    when_idle: bool = setting(
        "HVD_WHEN_IDLE",
        "run",
        "work only while Hydrus is idle (nobody uses it): wait until it is, and pause whenever "
        "someone uses it",
        default=False,
        parse=values.flag,
    )
    jobs: int = setting(
        "HVD_JOBS",
        "machine",
        "number of worker processes that hash files (default: one per core)",
        factory=_cores,
        parse=values.whole,
        metavar="N",
    )
    readers: int | None = setting(
        "HVD_READERS",
        "machine",
        "let at most this many worker processes read files at once, while the others "
        "decode; 2 suits a hard disk or a network share (default: no limit)",
        parse=values.whole,
        metavar="N",
    )
    scheduler: str | None = setting(
        "HVD_SCHEDULER",
        "machine",
        "hash files on the workers of this Dask scheduler, such as tcp://host:8786, instead of "
        "this machine; the API key is sent to it",
        metavar="ADDRESS",
    )
    file_timeout: float = setting(
        "HVD_FILE_TIMEOUT",
        "machine",
        "give up on a file after this many seconds (default: 600)",
        default=600.0,
        parse=values.seconds,
        metavar="SECONDS",
    )
    file_memory: int = setting(
        "HVD_FILE_MEMORY",
        "machine",
        "Linux: give up on a file that needs more than this many MiB of memory (default: 2048, "
        "enough for 8K)",
        default=2048,
        parse=values.whole,
        metavar="MIB",
    )
    data_dir: Path = setting(
        "HVD_DATA_DIR",
        "machine",
        "where to keep the hashes and the record of posted pairs (default: the usual place on your "
        "system)",
        factory=lambda: platformdirs.user_data_path(APP_NAME, appauthor=False),
        parse=values.path,
        metavar="DIR",
    )
    json: bool = setting(
        "HVD_JSON",
        "output",
        "print one summary, or the error, as JSON on stdout; everything else goes to stderr",
        default=False,
        parse=values.flag,
    )
    quiet: bool = setting(
        "HVD_QUIET",
        "output",
        "print nothing but the result (such as the similar pairs of --folder), warnings and errors",
        default=False,
        parse=values.flag,
    )
    verbose: bool = setting(
        "HVD_VERBOSE",
        "output",
        "name each file and pair as it is processed",
        default=False,
        parse=values.flag,
    )
    log_file: Path | None = setting(
        "HVD_LOG_FILE",
        "output",
        "also append everything that --verbose shows, with the time, to this file; only you can "
        "read it",
        parse=values.path,
        metavar="PATH",
    )
    debug: bool = setting(
        "HVD_DEBUG",
        "output",
        "show the traceback of an error",
        default=False,
        parse=values.flag,
    )
