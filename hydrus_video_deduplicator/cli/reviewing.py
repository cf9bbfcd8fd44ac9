"""The command `review`: a page on this machine, until Ctrl+C."""

import json
import socket
import webbrowser
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING

from hydrus_video_deduplicator.cli.opening import (
    connect,
    folder_to_look_at,
    hydrus_library,
    store_to_read,
)
from hydrus_video_deduplicator.cli.terminal import say
from hydrus_video_deduplicator.errors import UsageError
from hydrus_video_deduplicator.extras import how_to_install
from hydrus_video_deduplicator.library import Library
from hydrus_video_deduplicator.library.hydrus import Permission
from hydrus_video_deduplicator.report import Wanted
from hydrus_video_deduplicator.settings import Settings
from hydrus_video_deduplicator.stages.pools import ProcessPool
from hydrus_video_deduplicator.stages.workers import Crew
from hydrus_video_deduplicator.store import DecisionState, Store, has_store, run_lock
from hydrus_video_deduplicator.wording import counted

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

    from hydrus_video_deduplicator.review.desk import Desk

EXTRA = "review"

NOTHING_YET = "Nothing has been compared yet. Run the program first."

HOST = "127.0.0.1"
"""Nobody but this machine."""

LEAVE_SECONDS = 1
"""For a browser to take what it is being sent when the server ends."""


def review(settings: Settings) -> int:
    """Serve the page until Ctrl+C; returns the exit code."""
    if not (find_spec("starlette") and find_spec("uvicorn")):
        raise UsageError(f"review needs the extra {EXTRA}: {how_to_install(EXTRA)}.")
    if not has_store(settings.data_dir):
        raise UsageError(NOTHING_YET)
    with (
        run_lock(settings.data_dir, "review"),
        store_to_read(settings.data_dir) as store,
        ProcessPool(settings.jobs, settings.readers) as pool,
    ):
        pool.executor().submit(int)  # a worker starts while the pairs are searched for
        crew = Crew(pool, settings.file_timeout, memory_limit=settings.file_memory)
        _serve(settings, _library(settings, store), store, crew)
    return 0


def _library(settings: Settings, store: Store) -> Library:
    if settings.folder is not None:
        return folder_to_look_at(settings.folder, store)
    connection, _ = connect(settings, {Permission.SEARCH, Permission.EDIT_RELATIONSHIPS})
    return hydrus_library(connection, settings)


def _serve(settings: Settings, library: Library, store: Store, crew: Crew) -> None:
    """What serves takes a while to import, and is there only with the extra."""
    from hydrus_video_deduplicator.review.desk import Desk, Terms  # noqa: PLC0415
    from hydrus_video_deduplicator.review.guard import Pass  # noqa: PLC0415
    from hydrus_video_deduplicator.review.serving import app_of  # noqa: PLC0415

    wanted = Wanted(settings.threshold, settings.kinds, settings.limit, pictures=False)
    terms = Terms(merges=not settings.no_merge, deletes=settings.allow_delete)
    desk = Desk(wanted, library, store, crew, terms)
    with listening() as listener:
        admission = Pass(f"{HOST}:{listener.getsockname()[1]}")
        say(f"{counted(len(desk.cards), 'card')} to judge. Press Ctrl+C here to end.")
        _open(admission.address, settings)
        with suppress(KeyboardInterrupt):
            server_of(app_of(desk, library, admission)).run(sockets=[listener])
    _tell_what_is_left(desk, library)


@contextmanager
def listening() -> Iterator[socket.socket]:
    """A port of this machine alone."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as listener:
        listener.bind((HOST, 0))  # the system chooses a port that is free
        listener.listen()
        yield listener


def _open(address: str, settings: Settings) -> None:
    """Show the page, or print its address on stdout for another browser."""
    if settings.json:
        print(json.dumps({"address": address}), flush=True)
    elif settings.no_browser:
        print(address, flush=True)
    if not settings.no_browser and not webbrowser.open(address):
        say(f"No browser could be opened. Open this address: {address}")


def server_of(app: "ASGIApp") -> "uvicorn.Server":
    """What serves an app until it is told to end."""
    import uvicorn  # noqa: PLC0415

    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # the first address holds the secret
        server_header=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=LEAVE_SECONDS,
    )
    return uvicorn.Server(config)


def _tell_what_is_left(desk: "Desk", library: Library) -> None:
    left = sum(n for state, n in desk.counts().items() if state is not DecisionState.APPLIED)
    if left and library.keeps_pairs:
        say(f"{counted(left, 'decision')} kept and not written to Hydrus yet: run review again.")
