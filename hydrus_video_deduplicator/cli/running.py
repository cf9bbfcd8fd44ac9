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
from hydrus_video_deduplicator.cli.order import Order
from hydrus_video_deduplicator.cli.terminal import Terminal, log
from hydrus_video_deduplicator.errors import NotInHydrus, UsageError
from hydrus_video_deduplicator.library import Library
from hydrus_video_deduplicator.library.folder import FolderLibrary
from hydrus_video_deduplicator.library.hydrus import (
    WITHOUT_VIDEO_PAIRS,
    Connection,
    HydrusPages,
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
from hydrus_video_deduplicator.stages.run import BY_TAG, run, run_by_tag
from hydrus_video_deduplicator.stages.workers import Crew
from hydrus_video_deduplicator.store import Store

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
    """Carry out an `Order`; returns the exit code."""
    order = Order(command, settings)
    if settings.folder is not None:
        order.refuse_what_needs_hydrus()
    with store_to_write(settings.data_dir) as store:
        if settings.folder is not None:
            hashes, unrelated = store.file_hashes, store.decisions.unrelated
            folder = FolderLibrary(settings.folder, hashes.find, hashes.add, unrelated)
            return _follow(order, folder, store, terminal)
        connection, release = connect(settings, order.permissions)
        library = hydrus_library(connection, settings)
        if command == "rollback" and not settings.dry_run and not release.records_video_pairs:
            _refuse_if_pairs_would_be_lost(store, library, release)
        return _follow(order, library, store, terminal, Client(connection, release))


def _refuse_if_pairs_would_be_lost(store: Store, library: Library, release: Release) -> None:
    if undo.has_something_to_take_back(store, library):
        raise NotInHydrus(CANNOT_PUT_BACK.format(release))


def _follow(
    order: Order,
    library: Library,
    store: Store,
    terminal: Terminal,
    client: Client | None = None,
) -> int:
    settings = order.settings
    ending = Ending(settings.max_time)
    gate = Gate(ending)
    progress = Progress(order.job.stages if order.by_tag is None else BY_TAG, gate.clock)
    is_live = terminal.is_live and order.is_run
    console = Console(
        library,
        dry_run=settings.dry_run,
        list_pairs=order.lists_pairs,
        as_json=settings.json,
        progress=progress,
        tells_progress=not is_live,
    )
    roster = Roster(label=library.label)
    late: deque[object] = deque()
    with (
        console.counting(late),
        _beside(order, client, progress, gate) as kept,
        _pool(order, roster) as pool,
    ):
        # On a cluster several files may share a process; its own limits hold there.
        memory = settings.file_memory if settings.scheduler is None else None
        crew = Crew(pool, settings.file_timeout, ending, roster, memory, gate, late)
        events = _events(order, library, store, crew)
        screen = Screen(progress, roster, library.label)
        with live(screen, terminal.console) if is_live else nullcontext():
            summary = console.follow(kept(gated(events, gate)))
    console.finish()
    if summary.not_recorded and client is not None:
        log.warning("%s", _why_not_recorded(client.release))
    return summary.exit_code


@contextmanager
def _beside(order: Order, client: Client | None, progress: Progress, gate: Gate) -> Iterator[Kept]:
    """What happens in Hydrus during the run; gives what the events of the run pass through."""
    passes: list[Kept] = []
    with ExitStack() as stack:
        if client is not None and order.page is not None:
            passes.append(PageBook(HydrusPages(client.connection), order.page).kept)
        if client is not None and order.shows_popup:
            popup = RunPopup(client.connection, progress, gate)
            stack.enter_context(popup.shown())
            passes.append(popup.kept)
        if client is not None and order.settings.when_idle and order.is_run:
            stack.enter_context(while_idle(client.connection, gate))
        yield lambda run: reduce(lambda events, kept: kept(events), passes, run)


def _pool(order: Order, roster: Roster) -> ProcessPool | Cluster:
    settings = order.settings
    if settings.scheduler is None or not order.is_run:
        return ProcessPool(settings.jobs, settings.readers, roster.in_words)
    if settings.readers is not None:
        raise UsageError(
            "--readers counts the processes of one machine, so it does not work with --scheduler."
            " Start as many workers on each machine as may read at once."
        )
    return Cluster(settings.scheduler)


def _events(order: Order, library: Library, store: Store, crew: Crew) -> Iterator[Event]:
    if order.command == "rollback":
        return undo.rollback(store, library, order.settings.dry_run)
    if order.command == "remove-tags":
        return tagging.remove_tags(library, order.settings.dry_run)
    if order.by_tag is not None:
        return run_by_tag(order.job, library, store, crew, order.by_tag)
    return run(order.job, library, store, crew)


def _why_not_recorded(release: Release) -> str:
    reported = "reported success, but does not show them"
    why = reported if release.records_video_pairs else WITHOUT_VIDEO_PAIRS
    return (
        f"Pairs not recorded: {release} {why}. The pairs are kept here, and the next run posts them"
        " again. Until then, judge them with the command review; report shows them with pictures,"
        " and --page NAME on a page of Hydrus."
    )
