"""Hash files in worker processes: one decode of a file gives both of its hashes."""

import faulthandler
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.errors import DeduplicatorError, UnreadableVideo
from hydrus_video_deduplicator.frames import Footage, read_frames
from hydrus_video_deduplicator.library import Source
from hydrus_video_deduplicator.store import Fingerprint
from hydrus_video_deduplicator.videohash import to_hex, video_hash

Pool = Callable[[int], Executor]
"""Makes an executor of so many workers."""

Outcome = Fingerprint | Exception
"""Of one file: its hashes, or why there are none."""

FILES_AHEAD = 2
"""Files handed to the pool for each worker. Two keep a worker busy while results are stored;
more would only be lost with a crash."""


def process_pool(jobs: int) -> Executor:
    """Worker processes started afresh (spawn), as Windows and macOS do it."""
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(jobs, mp_context=spawn, initializer=_ignore_interrupts)


def _ignore_interrupts() -> None:
    # A terminal sends Ctrl+C to the workers too; it is the main process that decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def hash_file(source: Source, time_limit: float) -> Fingerprint:
    """Decode one file and hash its frames. Runs in a worker.

    time_limit: seconds, after which the worker process ends itself, whatever its decoder is doing.
    Raises `UnreadableVideo`, or what opening the source raises.
    """
    with open(os.devnull, "w") as nowhere:
        faulthandler.dump_traceback_later(time_limit, exit=True, file=nowhere)
        try:
            with source.open() as file:
                return _fingerprint(read_frames(file, signature.sample_interval))
        finally:
            faulthandler.cancel_dump_traceback_later()


def _fingerprint(footage: Footage) -> Fingerprint:
    signed = signature.sign(footage.frames, footage.duration)
    tag = to_hex(video_hash(footage.frames, footage.duration))
    too_little = None if signed.too_little is None else signed.too_little.value
    return Fingerprint(tag, signed.to_bytes(), too_little)


def hash_files(
    work: Iterable[tuple[str, Source]], jobs: int, time_limit: float, pool: Pool = process_pool
) -> Iterator[tuple[str, Outcome]]:
    """Hash every file of `work`, as (name, source); yields (name, outcome) as they are done.

    A decoder that crashes or hangs takes its process with it. Whatever was in the pool then is
    hashed again, each file in a pool of its own, so that only the guilty file is lost.
    """
    waiting = deque(work)
    while waiting:
        suspects = yield from _hash_until_crash(waiting, jobs, time_limit, pool)
        for name, source in suspects:
            yield name, _hash_alone(source, time_limit, pool)


def _hash_until_crash(
    waiting: deque[tuple[str, Source]], jobs: int, time_limit: float, pool: Pool
) -> Generator[tuple[str, Outcome], None, list[tuple[str, Source]]]:
    """Take from `waiting` until it is empty or a worker dies; returns what was in the pool then."""
    in_pool: dict[Future[Fingerprint], tuple[str, Source]] = {}
    executor = pool(jobs)
    try:
        while waiting or in_pool:
            while waiting and len(in_pool) < jobs * FILES_AHEAD:
                item = waiting.popleft()
                try:
                    in_pool[executor.submit(hash_file, item[1], time_limit)] = item
                except BrokenProcessPool:
                    return [item, *in_pool.values()]
            done, _ = wait(in_pool, return_when=FIRST_COMPLETED)
            for future in done:
                outcome = _outcome(future)
                if outcome is None:
                    return list(in_pool.values())
                yield in_pool.pop(future)[0], outcome
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
    return []


def _hash_alone(source: Source, time_limit: float, pool: Pool) -> Outcome:
    with pool(1) as executor:
        outcome = _outcome(executor.submit(hash_file, source, time_limit))
    return outcome or UnreadableVideo(
        f"the decoder crashed, or took longer than {time_limit:g} seconds"
    )


def _outcome(future: Future[Fingerprint]) -> Outcome | None:
    """What became of a file, or None if its process died."""
    try:
        return future.result()
    except BrokenProcessPool:
        return None
    except DeduplicatorError:
        raise
    except Exception as error:  # whatever a broken file provokes is that file's failure alone
        return error
