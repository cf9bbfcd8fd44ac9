"""The commands that work: the whole job or a part of it, and those that undo it."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import reduce

from hydrus_video_deduplicator.cli.attending import RunPopup, while_idle
from hydrus_video_deduplicator.cli.console import Console
from hydrus_video_deduplicator.cli.display import Screen, live
from hydrus_video_deduplicator.cli.opening import connect, hydrus_library, store_to_write
from hydrus_video_deduplicator.cli.terminal import Terminal, log
from hydrus_video_deduplicator.errors import NotInHydrus, UsageError
from hydrus_video_deduplicator.library import Library
from hydrus_video_deduplicator.library.folder import FolderLibrary
from hydrus_video_deduplicator.library.hydrus import (
    WITHOUT_VIDEO_PAIRS,
    Connection,
    HydrusPages,
    Permission,
    Release,
)
from hydrus_video_deduplicator.settings import Settings
from hydrus_video_deduplicator.stages import tagging, undo
from hydrus_video_deduplicator.stages.cluster import Cluster
from hydrus_video_deduplicator.stages.ending import Ending
from hydrus_video_deduplicator.stages.events import Event
from hydrus_video_deduplicator.stages.gate import Gate, gated
from hydrus_video_deduplicator.stages.paging import PageBook
from hydrus_video_deduplicator.stages.pools import ProcessPool
from hydrus_video_deduplicator.stages.progress import Progress
from hydrus_video_deduplicator.stages.roster import Roster
from hydrus_video_deduplicator.stages.run import BY_TAG, Job, run, run_by_tag
from hydrus_video_deduplicator.stages.workers import Crew
from hydrus_video_deduplicator.store import Store

RUNS = ("run", "hash", "search")
"""Commands that work on many files; the others of this module undo."""

CANNOT_PUT_BACK = (
    f"{{}} {WITHOUT_VIDEO_PAIRS}. So pairs that are not ours could not be put back. Roll back"
    " with a release of Hydrus that fixes it."
)


Kept = Callable[[Iterator[Event]], Iterator[Event]]
"""Passes the events of a run on, and keeps what it needs of them."""


@dataclass(frozen=True)
class Client:
    """The Hydrus that a run works on."""

    connection: Connection
    release: Release


def work(command: str, settings: Settings, terminal: Terminal) -> int:
    """Run one of `RUNS`, `rollback` or `remove-tags`; returns the exit code."""
    if settings.folder is not None:
        _refuse_what_needs_hydrus(settings)
    with store_to_write(settings.data_dir) as store:
        if settings.folder is not None:
            hashes, unrelated = store.file_hashes, store.decisions.unrelated
            folder = FolderLibrary(settings.folder, hashes.find, hashes.add, unrelated)
            return _follow(command, settings, folder, store, terminal)
        connection, release = connect(settings, _permissions(command, settings))
        library = hydrus_library(connection, settings)
        if command == "rollback" and not settings.dry_run and not release.records_video_pairs:
            _refuse_if_pairs_would_be_lost(store, library, release)
        client = Client(connection, release)
        return _follow(command, settings, library, store, terminal, client=client)


def _refuse_what_needs_hydrus(settings: Settings) -> None:
    wanted = {
        "--page is a page of Hydrus": settings.page is not None,
        "--popup is a popup of Hydrus": settings.popup,
        "--when-idle waits for Hydrus": settings.when_idle,
    }
    for what, is_wanted in wanted.items():
        if is_wanted:
            raise UsageError(f"{what}, so it does not work with --folder.")


def _refuse_if_pairs_would_be_lost(store: Store, library: Library, release: Release) -> None:
    if undo.has_something_to_take_back(store, library):
        raise NotInHydrus(CANNOT_PUT_BACK.format(release))


def _permissions(command: str, settings: Settings) -> set[Permission]:
    wanted = {Permission.SEARCH}
    tags = command in ("run", "hash", "remove-tags") and not settings.no_tags
    if tags and not settings.dry_run:
        wanted.add(Permission.EDIT_TAGS)
    if command in ("run", "search", "rollback"):
        wanted.add(Permission.EDIT_RELATIONSHIPS)
    if _uses_page(command, settings):
        wanted.add(Permission.MANAGE_PAGES)
    if _shows_popup(command, settings):
        wanted.add(Permission.MANAGE_POPUPS)
    return wanted


def _uses_page(command: str, settings: Settings) -> bool:
    return settings.page is not None and command in ("run", "search") and not settings.dry_run


def _shows_popup(command: str, settings: Settings) -> bool:
    return settings.popup and command in RUNS and not settings.dry_run


def _by_tag(command: str, settings: Settings) -> int | None:
    """The bits of `--by-tag`; a variable of the user may set them for all commands."""
    return settings.by_tag if command == "search" else None


def _follow(
    command: str,
    settings: Settings,
    library: Library,
    store: Store,
    terminal: Terminal,
    *,
    client: Client | None = None,
) -> int:
    job = _job(command, settings)
    ending = Ending(settings.max_time)
    gate = Gate(ending)
    progress = Progress(job.stages if _by_tag(command, settings) is None else BY_TAG, gate.clock)
    is_live = terminal.is_live and command in RUNS
    console = Console(
        library,
        dry_run=settings.dry_run,
        list_pairs=command == "search" or settings.dry_run or settings.folder is not None,
        as_json=settings.json,
        progress=progress,
        tells_progress=not is_live,
    )
    roster = Roster(label=library.label)
    late: deque[object] = deque()
    with (
        console.counting(late),
        _beside(command, settings, client, progress=progress, gate=gate) as kept,
        _pool(command, settings, roster) as pool,
    ):
        # On a cluster several files may share a process; its own limits hold there.
        memory = settings.file_memory if settings.scheduler is None else None
        crew = Crew(pool, settings.file_timeout, ending, roster, memory, gate, late)
        events = _events(command, settings, job, library=library, store=store, crew=crew)
        screen = Screen(progress, roster, library.label)
        with live(screen, terminal.console) if is_live else nullcontext():
            summary = console.follow(kept(gated(events, gate)))
    console.finish()
    if summary.not_recorded and client is not None:
        log.warning("%s", _why_not_recorded(client.release))
    return summary.exit_code


@contextmanager
def _beside(
    command: str,
    settings: Settings,
    client: Client | None,
    *,
    progress: Progress,
    gate: Gate,
) -> Iterator[Kept]:
    """What happens in Hydrus during the run; gives what the events of the run pass through."""
    passes: list[Kept] = []
    with ExitStack() as stack:
        if client is not None and _uses_page(command, settings):
            passes.append(PageBook(HydrusPages(client.connection), str(settings.page)).kept)
        if client is not None and _shows_popup(command, settings):
            popup = RunPopup(client.connection, progress, gate)
            stack.enter_context(popup.shown())
            passes.append(popup.kept)
        if client is not None and settings.when_idle and command in RUNS:
            stack.enter_context(while_idle(client.connection, gate))
        yield lambda run: reduce(lambda events, kept: kept(events), passes, run)


def _pool(command: str, settings: Settings, roster: Roster) -> ProcessPool | Cluster:
    if settings.scheduler is None or command not in RUNS:
        return ProcessPool(settings.jobs, settings.readers, roster.in_words)
    if settings.readers is not None:
        raise UsageError(
            "--readers counts the processes of one machine, so it does not work with --scheduler."
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
    if (bits := _by_tag(command, settings)) is not None:
        return run_by_tag(job, library, store, bits, crew.gate)
    return run(job, library, store, crew)


def _why_not_recorded(release: Release) -> str:
    reported = "reported success, but does not show them"
    why = reported if release.records_video_pairs else WITHOUT_VIDEO_PAIRS
    return (
        f"Pairs not recorded: {release} {why}. The pairs are kept here, and the next run posts them"
        " again. Until then, judge them with the command review; report shows them with pictures,"
        " and --page NAME on a page of Hydrus."
    )
