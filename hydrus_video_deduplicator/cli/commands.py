"""The commands: each puts a library, a store and the stages together."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hydrus_video_deduplicator.cli import inspecting
from hydrus_video_deduplicator.cli.console import Console
from hydrus_video_deduplicator.cli.display import Screen, live
from hydrus_video_deduplicator.cli.dotenv_file import save_dotenv
from hydrus_video_deduplicator.cli.owner_only import take_from_others
from hydrus_video_deduplicator.cli.parser import completion_script
from hydrus_video_deduplicator.cli.reporting import write_report
from hydrus_video_deduplicator.cli.terminal import Terminal, log, say
from hydrus_video_deduplicator.errors import (
    DataDirectoryUnusable,
    DeduplicatorError,
    KeyRefused,
    NotInHydrus,
    UsageError,
)
from hydrus_video_deduplicator.inspection.check import (
    Finding,
    Services,
    check_data_dir,
    check_hydrus,
)
from hydrus_video_deduplicator.inspection.explain import explain, find_file
from hydrus_video_deduplicator.inspection.status import take_stock
from hydrus_video_deduplicator.library import Library, pair_of
from hydrus_video_deduplicator.library.folder import FolderLibrary
from hydrus_video_deduplicator.library.hydrus import (
    NEEDED,
    Connection,
    Endpoint,
    HydrusLibrary,
    HydrusPages,
    Permission,
    Release,
    check_permissions,
    request_key,
    wait_until_approved,
)
from hydrus_video_deduplicator.settings import Settings
from hydrus_video_deduplicator.stages import tagging, undo
from hydrus_video_deduplicator.stages.cluster import Cluster
from hydrus_video_deduplicator.stages.ending import Ending
from hydrus_video_deduplicator.stages.events import Event
from hydrus_video_deduplicator.stages.paging import PageBook
from hydrus_video_deduplicator.stages.pools import ProcessPool
from hydrus_video_deduplicator.stages.progress import Progress
from hydrus_video_deduplicator.stages.run import BY_TAG, Job, run, run_by_tag
from hydrus_video_deduplicator.stages.workers import Crew
from hydrus_video_deduplicator.store import Store, has_store, run_lock

RUNS = ("run", "hash", "search")
"""Commands that work on many files."""

NO_KEY = (
    "No API key is given. Set HYDRUS_API_KEY in the environment or in .env; the command "
    "request-key obtains one. To try the program without Hydrus: --folder DIR."
)

CANNOT_PUT_BACK = (
    "{} drops pairs of videos that are posted to it, so the pairs that are not ours could not be "
    "put back. Update Hydrus, then roll back."
)


def run_command(
    command: str, settings: Settings, terminal: Terminal, given: Mapping[str, Any]
) -> int:
    """Run a command of `parser.COMMANDS`, or "run" for the whole job; returns the exit code.

    given: what was given on the command line beyond the settings.
    """
    if command == "completion":
        print(completion_script(given["shell"]))
        return 0
    if settings.by_tag is not None and command != "search":
        raise UsageError("--by-tag goes with the command search only.")
    if settings.page is not None and settings.folder is not None:
        raise UsageError("--page is a page of Hydrus, so it does not go with --folder.")
    if command == "request-key":
        return _obtain_key(settings, Path(".env") if given.get("save") else None)
    if command == "check":
        return inspecting.show_findings(_findings(settings), settings.json)
    if command in ("status", "explain"):
        with _store_to_read(settings.data_dir) as store:
            return _look(command, settings, store, given)
    with _data_directory(settings) as store:
        if settings.folder is not None:
            return _follow(command, settings, FolderLibrary(settings.folder), store, terminal)
        connection, release = _connect(settings)
        check_permissions(connection, _permissions(command, settings))
        if command == "rollback" and not release.records_video_pairs:
            raise NotInHydrus(CANNOT_PUT_BACK.format(release))
        library = _hydrus_library(connection, settings)
        uses_page = _uses_page(command, settings)
        pages = PageBook(HydrusPages(connection), str(settings.page)) if uses_page else None
        return _follow(command, settings, library, store, terminal, release=release, pages=pages)


def _look(command: str, settings: Settings, store: Store, given: Mapping[str, Any]) -> int:
    """The commands that need a library and a store, and change neither."""
    library: Library | None
    if settings.folder is not None:
        library = FolderLibrary(settings.folder)
        if command == "explain":
            library.find()
    else:
        library = _library_to_read(settings, is_needed=command == "explain")
    if command == "status":
        places = inspecting.places_of(settings.data_dir, settings.log_file, Path(".env"))
        if isinstance(library, HydrusLibrary):
            places["Hydrus"] = library.identity
        status = take_stock(store, library, settings.threshold, settings.kinds)
        inspecting.show_status(status, places, settings.json)
        return 0
    assert library is not None
    by_id = library.hash_of if isinstance(library, HydrusLibrary) else lambda _: None
    a, b = (find_file(given[name], store, by_id) for name in ("file_a", "file_b"))
    if a == b:
        raise UsageError("Both are the same file. Name two files.")
    explanation = explain(pair_of(a, b), store, library, settings.threshold, settings.kinds)
    inspecting.show_explanation(explanation, library, settings.json)
    return 0


def _library_to_read(settings: Settings, *, is_needed: bool) -> HydrusLibrary | None:
    try:
        connection, _ = _connect(settings)
        check_permissions(connection, {Permission.SEARCH, Permission.EDIT_RELATIONSHIPS})
        return _hydrus_library(connection, settings)
    except DeduplicatorError as error:
        if is_needed:
            raise
        log.warning("Without Hydrus, as it is known here: %s", error)
        return None


def _hydrus_library(connection: Connection, settings: Settings) -> HydrusLibrary:
    return HydrusLibrary(
        connection,
        tag_service=settings.tag_service,
        file_service=settings.file_service,
        predicates=settings.query,
    )


def _findings(settings: Settings) -> Iterator[Finding]:
    yield from check_data_dir(settings.data_dir)
    if settings.folder is not None:
        videos = len(FolderLibrary(settings.folder).find())
        yield Finding("folder", True if videos else None, f"{videos:,} videos in it")
        return
    services = Services(settings.tag_service, settings.file_service, settings.query)
    yield from check_hydrus(_endpoint(settings, settings.api_key or ""), services)
    if settings.api_key is None:
        yield Finding("API key", False, NO_KEY, KeyRefused.exit_code)
    if settings.scheduler is not None:
        try:
            with Cluster(settings.scheduler) as cluster:
                yield Finding("scheduler", True, f"answers, with {cluster.slots()} workers")
        except DeduplicatorError as error:
            yield Finding("scheduler", False, str(error), error.exit_code)


@contextmanager
def _store_to_read(data_dir: Path) -> Iterator[Store]:
    """The store, also while a run is at work; an empty one if there is none yet."""
    with (
        TemporaryDirectory() as empty,
        Store.open(data_dir if has_store(data_dir) else Path(empty)) as store,
    ):
        yield store


def _follow(
    command: str,
    settings: Settings,
    library: Library,
    store: Store,
    terminal: Terminal,
    *,
    release: Release | None = None,
    pages: PageBook | None = None,
) -> int:
    if command == "report":
        return write_report(settings, library, store)
    job = _job(command, settings)
    progress = Progress(job.stages if settings.by_tag is None else BY_TAG)
    is_live = terminal.is_live and command in RUNS
    console = Console(
        library,
        dry_run=settings.dry_run,
        list_pairs=command == "search" or settings.dry_run or settings.folder is not None,
        as_json=settings.json,
        progress=progress,
        tells_progress=not is_live,
    )
    with _pool(command, settings) as pool:
        # On a cluster several files may share a process; its own limits hold there.
        memory = settings.file_memory if settings.scheduler is None else None
        ending = Ending(settings.max_time)
        crew = Crew(pool, settings.file_timeout, ending, memory_limit=memory)
        events = _events(command, settings, job, library=library, store=store, crew=crew)
        screen = Screen(progress, crew.roster, library.label)
        with live(screen, terminal.console) if is_live else nullcontext():
            summary = console.follow(events if pages is None else pages.kept(events))
    console.finish()
    if summary.not_recorded and release is not None:
        log.warning("%s", _why_not_recorded(release))
    return summary.exit_code


def _pool(command: str, settings: Settings) -> ProcessPool | Cluster:
    if settings.scheduler is None or command not in RUNS:
        return ProcessPool(settings.jobs, settings.readers)
    if settings.readers is not None:
        raise UsageError(
            "--readers counts the processes of one machine, so it does not go with --scheduler."
            " Start as many workers on each machine as may read at once."
        )
    return Cluster(settings.scheduler)


def _job(command: str, settings: Settings) -> Job:
    return Job(
        threshold=settings.threshold,
        kinds=settings.kinds,
        tags=not settings.no_tags,
        hashes=command != "search",
        posts=command != "hash",
        dry_run=settings.dry_run,
        retry_failed=settings.retry_failed,
    )


def _events(
    command: str, settings: Settings, job: Job, *, library: Library, store: Store, crew: Crew
) -> Iterator[Event]:
    if command == "rollback":
        return undo.rollback(store, library, settings.dry_run)
    if command == "remove-tags":
        return tagging.remove_tags(library, settings.dry_run)
    if settings.by_tag is not None:
        return run_by_tag(job, library, store, settings.by_tag)
    return run(job, library, store, crew)


def _connect(settings: Settings) -> tuple[Connection, Release]:
    if settings.api_key is None:
        raise KeyRefused(NO_KEY)
    connection = Connection(_endpoint(settings, settings.api_key))
    return connection, connection.connect()


def _endpoint(settings: Settings, api_key: str) -> Endpoint:
    verify: bool | str = not settings.insecure
    if settings.verify_cert is not None:
        if settings.insecure:
            raise UsageError("--verify-cert and --insecure exclude each other. Leave one out.")
        verify = str(settings.verify_cert)
    return Endpoint(settings.api_url, api_key, verify)


def _permissions(command: str, settings: Settings) -> set[Permission]:
    wanted = {Permission.SEARCH}
    tags = command in ("run", "hash", "remove-tags") and not settings.no_tags
    if tags and not settings.dry_run:
        wanted.add(Permission.EDIT_TAGS)
    if command in ("run", "search", "rollback", "report"):
        wanted.add(Permission.EDIT_RELATIONSHIPS)
    if _uses_page(command, settings):
        wanted.add(Permission.MANAGE_PAGES)
    return wanted


def _uses_page(command: str, settings: Settings) -> bool:
    return settings.page is not None and command in ("run", "search") and not settings.dry_run


@contextmanager
def _data_directory(settings: Settings) -> Iterator[Store]:
    """The store, held for this run alone. Raises `DataDirectoryUnusable`, `AlreadyRunning`."""
    path = settings.data_dir
    try:
        path.mkdir(parents=True, exist_ok=True)
        take_from_others(path)
    except OSError as error:
        raise DataDirectoryUnusable(
            f"Cannot use the folder {path}: {error.strerror}. Choose another --data-dir."
        ) from error
    with run_lock(path), Store.open(path) as store:
        yield store


def _obtain_key(settings: Settings, dotenv: Path | None) -> int:
    unkeyed = Connection(_endpoint(settings, ""))
    release = unkeyed.connect()
    needed = NEEDED | ({Permission.MANAGE_PAGES} if settings.page else set())
    key = request_key(unkeyed, needed)
    say(f"{release} has the request. Press apply in its dialog to approve it; waiting.")
    wait_until_approved(Connection(_endpoint(settings, key), reached=True), needed)
    if dotenv is None:
        print(key)  # what was asked for: the one place where a key is shown
        say("Approved. Put it into .env as HYDRUS_API_KEY=…, or use --save next time.")
    else:
        save_dotenv(dotenv, {"HYDRUS_API_KEY": key} | _way_to_hydrus(settings))
        say(f"Approved, and saved in {dotenv.resolve()} for you alone to read.")
    return 0


def _way_to_hydrus(settings: Settings) -> dict[str, str]:
    """The variables that the next run needs as well to reach this Hydrus."""
    usual = Settings()
    way = {}
    if settings.api_url != usual.api_url:
        way["HYDRUS_API_URL"] = settings.api_url
    if settings.verify_cert is not None:
        way["HVD_VERIFY_CERT"] = str(settings.verify_cert.resolve())
    return way


def _why_not_recorded(release: Release) -> str:
    if release.records_video_pairs:
        why = f"{release} answered that all was well and does not show them."
    else:
        why = (
            f"{release} drops potential pairs of videos. Update Hydrus to a release that does not."
        )
    return (
        f"Pairs not recorded: {why} They are kept here and posted again by the next run. To judge"
        " them until then: the command report shows them with pictures, and --page NAME puts them"
        " on a page of Hydrus."
    )
