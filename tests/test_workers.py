"""Files worked on by a crew: what a file can do to its worker, and that nothing waits for ever."""

import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from io import BytesIO
from itertools import chain
from multiprocessing import active_children
from multiprocessing.process import BaseProcess
from pathlib import Path
from signal import SIGKILL
from threading import Event, Thread
from typing import BinaryIO

import pytest
import sources
from pools import Threads, pair

from hydrus_video_deduplicator.errors import CallFailed, KeyRefused, UnreadableVideo
from hydrus_video_deduplicator.library import Source
from hydrus_video_deduplicator.library.folder import LocalFile
from hydrus_video_deduplicator.stages import pools
from hydrus_video_deduplicator.stages.ending import Ending
from hydrus_video_deduplicator.stages.hashing import hash_file
from hydrus_video_deduplicator.stages.pools import ProcessPool
from hydrus_video_deduplicator.stages.workers import FILES_AHEAD, Crew, Named
from hydrus_video_deduplicator.store import Fingerprint

PATIENT = 60.0


@pytest.fixture
def pool() -> Iterator[ProcessPool]:
    with ProcessPool(2) as opened:
        yield opened


class TestInProcesses:
    def test_gives_the_two_hashes_of_each_file(self, samples: Path, pool: ProcessPool) -> None:
        work = [(path.name, LocalFile(path)) for path in sorted(samples.iterdir())[:2]]
        done = dict(Crew(pool, PATIENT).work_through(hash_file, work, pair))
        assert done.keys() == dict(work).keys()
        for outcome in done.values():
            assert isinstance(outcome, Fingerprint)
            assert len(outcome.video_hash) == 16

    def test_a_decoder_that_crashes_loses_its_own_file_alone(
        self, tmp_path: Path, pool: ProcessPool
    ) -> None:
        good = sources.kept(tmp_path)
        work = [("a", good), ("bad", sources.Crashing()), ("b", good), ("c", good)]
        outcomes = dict(Crew(pool, PATIENT).work_through(sources.read, work, pair))
        assert isinstance(outcomes.pop("bad"), UnreadableVideo)
        assert outcomes == dict.fromkeys("abc", sources.BYTES)

    def test_a_decoder_that_hangs_is_given_up(self, pool: ProcessPool) -> None:
        work = [("bad", sources.Hanging())]
        ((_, outcome),) = Crew(pool, 0.5).work_through(sources.read, work, pair)
        assert "longer than 0.5 seconds" in str(outcome)

    def test_a_crash_in_one_task_breaks_no_other_that_is_under_way(
        self, tmp_path: Path, pool: ProcessPool
    ) -> None:
        good = sources.kept(tmp_path)
        crew = Crew(pool, PATIENT)
        outer = crew.work_through(sources.read, [(str(n), good) for n in range(20)], pair)
        done = [next(outer)]
        ((_, inner),) = crew.work_through(sources.read, [("bad", sources.Crashing())], pair)
        assert isinstance(inner, UnreadableVideo)
        assert dict([*done, *outer]) == dict.fromkeys(map(str, range(20)), sources.BYTES)

    def test_an_error_in_the_main_process_ends_the_workers_at_once(self) -> None:
        begun: list[BaseProcess] = []
        with pytest.raises(RuntimeError), ProcessPool(1) as pool:
            _begin_and_raise(Crew(pool, PATIENT), begun, RuntimeError())
        assert [process.exitcode for process in begun] == [-SIGKILL]


@pytest.fixture
def heeds_ctrl_c() -> Iterator[None]:
    """A pool that was interrupted has it ignored: the program is ending, but not the tests."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeds_ctrl_c")
class TestCtrlC:
    def test_once_lets_the_files_in_work_be_finished_and_kept_and_none_be_begun(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = sources.SlowlyRead(tmp_path)
        _let_go_once_closed(file, monkeypatch)
        kept: list[str] = []

        def keep(name: str, _: object) -> None:
            kept.append(name)

        work = [(str(number), file) for number in range(20)]
        with pytest.raises(KeyboardInterrupt), ProcessPool(1) as pool:
            _interrupt_when_begun(Crew(pool, PATIENT).work_through(sources.read, work, keep), file)
        assert kept == ["0"]

    def test_and_so_is_a_file_that_is_tried_alone(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = SlowAfterCrash(tmp_path)
        _let_go_once_closed(file, monkeypatch)
        kept: list[object] = []

        def keep(_: str, outcome: object) -> None:
            kept.append(outcome)

        work = [("a", file)]
        with pytest.raises(KeyboardInterrupt), ProcessPool(1) as pool:
            _interrupt_when_begun(Crew(pool, PATIENT).work_through(sources.read, work, keep), file)
        assert kept == [sources.BYTES]

    def test_twice_ends_the_workers_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        begun: list[BaseProcess] = []
        monkeypatch.setattr(pools, "_wait", _interrupt)
        with pytest.raises(KeyboardInterrupt), ProcessPool(1) as pool:
            _begin_and_raise(Crew(pool, PATIENT), begun, KeyboardInterrupt())
        assert [process.exitcode for process in begun] == [-SIGKILL]

    @pytest.mark.skipif(sys.platform == "win32", reason="a process is not born deaf there")
    def test_does_not_reach_a_worker_from_its_birth_on(
        self, tmp_path: Path, pool: ProcessPool
    ) -> None:
        future = Crew(pool, PATIENT).submit(pool.executor(), sources.read, sources.kept(tmp_path))
        (worker,) = active_children()
        assert worker.pid is not None
        while not future.done():
            os.kill(worker.pid, signal.SIGINT)
            time.sleep(0.001)
        assert future.result() == sources.BYTES


class TestReaders:
    @pytest.mark.parametrize("readers", [1, 2])
    def test_are_no_more_at_once_than_was_said(self, tmp_path: Path, readers: int) -> None:
        room = sources.Room(tmp_path)
        with ProcessPool(sources.CROWD, readers) as pool:
            done = Crew(pool, PATIENT).work_through(sources.most_readers, _copies(room, 30), pair)
            assert max(most for _, most in done) <= readers

    @pytest.mark.parametrize("readers", [2, None])
    def test_are_as_many_at_once_as_may_be(self, tmp_path: Path, readers: int | None) -> None:
        room = sources.Room(tmp_path)
        with ProcessPool(2, readers) as pool:
            done = Crew(pool, PATIENT).work_through(
                sources.wait_for_another, _copies(room, 4), pair
            )
            assert all(met for _, met in done)

    def test_a_reader_that_dies_keeps_its_slot_from_nobody(self, tmp_path: Path) -> None:
        room = sources.Room(tmp_path)
        with ProcessPool(1, readers=1) as pool:
            crew = Crew(pool, PATIENT)
            ((_, outcome),) = crew.work_through(sources.die_reading, _copies(room, 1), pair)
            assert isinstance(outcome, UnreadableVideo)
            assert (
                len(list(crew.work_through(sources.most_readers_alone, _copies(room, 3), pair)))
                == 3
            )

    def test_read_the_same_bytes(self, tmp_path: Path) -> None:
        with ProcessPool(1, readers=1) as pool:
            done = Crew(pool, PATIENT).work_through(
                sources.read, [("a", sources.kept(tmp_path))], pair
            )
            assert list(done) == [("a", sources.BYTES)]


class TestTheTimeIsUp:
    def test_a_file_in_work_is_finished_and_no_other_is_begun(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = sources.SlowlyRead(tmp_path)
        hold = ProcessPool.hold

        def hold_and_let_go(pool: ProcessPool) -> None:
            hold(pool)
            file.let_go()

        monkeypatch.setattr(ProcessPool, "hold", hold_and_let_go)
        ending = Ending(60, clock=lambda: 61.0 if file.is_begun() else 0.0)
        work = [(str(number), file) for number in range(20)]
        with ProcessPool(1) as pool:
            crew = Crew(pool, PATIENT, ending=ending)
            assert [name for name, _ in crew.work_through(sources.read, work, pair)] == ["0"]

    def test_afterwards_the_pool_serves_again(self, tmp_path: Path) -> None:
        file = sources.kept(tmp_path)
        with ProcessPool(1) as pool:
            pool.executor()
            due = Crew(pool, PATIENT, ending=Ending(0))
            assert list(due.work_through(sources.read, [("a", file)], pair)) == []
            again = Crew(pool, PATIENT).work_through(sources.read, [("a", file)], pair)
            assert list(again) == [("a", sources.BYTES)]


def _begin_and_raise(crew: Crew, begun: list[BaseProcess], error: BaseException) -> None:
    crew.submit(crew.pool.executor(), sources.read, sources.Hanging())
    begun += active_children()
    raise error


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _interrupt_when_begun(outcomes: Iterator[None], file: sources.SlowlyRead) -> None:
    """As if Ctrl+C were pressed while a worker is at the first file."""
    feeding = Thread(target=lambda: next(outcomes, None), daemon=True)
    feeding.start()
    while not file.is_begun():
        time.sleep(0.001)
    raise KeyboardInterrupt


def _let_go_once_closed(file: sources.SlowlyRead, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the file be read to its end when the pool waits for its workers."""
    wait = pools._wait

    def let_go_and_wait(event: Event, tell: Callable[[], None] = lambda: None) -> None:
        file.let_go()
        wait(event, tell)

    monkeypatch.setattr(pools, "_wait", let_go_and_wait)


@dataclass(frozen=True)
class SlowAfterCrash(sources.SlowlyRead):
    """Takes its first process with it; the second reads it slowly."""

    def open(self) -> BinaryIO:
        crashed = self.folder / "crashed"
        if not crashed.exists():
            crashed.touch()
            os._exit(139)
        return super().open()


def _copies(source: Source, count: int) -> list[Named]:
    return [(str(number), source) for number in range(count)]


@dataclass
class Gate:
    """A file that is read when the gate opens; tells when it is begun."""

    opened: Event = field(default_factory=Event)
    begun: Event = field(default_factory=Event)

    def open(self) -> BinaryIO:
        self.begun.set()
        assert self.opened.wait(PATIENT)
        return BytesIO(sources.BYTES)


@pytest.fixture
def one_thread() -> Iterator[Crew]:
    with ThreadPoolExecutor(1) as executor:
        yield Crew(Threads(executor), PATIENT)


class TestThePoolKeepsWorking:
    def test_while_the_caller_is_busy_with_a_result(self, one_thread: Crew) -> None:
        ready, last = sources.Ready(), Gate()
        work = [*((str(number), ready) for number in range(50)), ("last", last)]
        outcomes = one_thread.work_through(sources.read, work, pair)
        next(outcomes)
        assert last.begun.wait(PATIENT)  # all others are done, and only one has been asked for
        last.opened.set()
        assert len(list(outcomes)) == 50

    def test_a_slow_file_does_not_hold_back_the_others(self) -> None:
        with ThreadPoolExecutor(2) as executor:
            slow = Gate()
            work = [("slow", slow), *((str(number), sources.Ready()) for number in range(9))]
            outcomes = Crew(Threads(executor, 2), PATIENT).work_through(sources.read, work, pair)
            assert [next(outcomes)[0] for _ in range(9)] == [str(number) for number in range(9)]
            slow.opened.set()
            assert [name for name, _ in outcomes] == ["slow"]

    def test_no_more_than_a_few_files_for_each_worker_are_taken(self, one_thread: Crew) -> None:
        taken: list[str] = []
        gate = Gate()
        with ThreadPoolExecutor(1) as caller:
            outcomes = one_thread.work_through(sources.read, _noted(taken, gate), pair)
            first = caller.submit(next, outcomes)
            assert gate.begun.wait(PATIENT)
            assert len(taken) <= FILES_AHEAD
            gate.opened.set()
            assert first.result() == ("0", sources.BYTES)
            assert len(list(outcomes)) == 19

    def test_and_what_the_pool_takes_back_has_not_failed(self) -> None:
        executor = ThreadPoolExecutor(1)
        taken: list[str] = []
        kept: dict[str, object] = {}
        gate = Gate()
        work = chain([("ready", sources.Ready())], _noted(taken, gate))
        outcomes = Crew(Threads(executor, 2), PATIENT).work_through(
            sources.read, work, kept.__setitem__
        )
        next(outcomes)
        assert gate.begun.wait(PATIENT)
        while len(taken) < 2 * FILES_AHEAD:  # the last but one is in the pool then, and not begun
            time.sleep(0.001)
        executor.shutdown(wait=False, cancel_futures=True)
        gate.opened.set()
        executor.shutdown()
        assert kept == {"ready": sources.BYTES, "0": sources.BYTES}

    def test_and_every_result_is_kept_whatever_the_caller_is_busy_with(
        self, one_thread: Crew
    ) -> None:
        kept: list[str] = []
        all_kept = Event()

        def keep(name: str, _: object) -> str:
            kept.append(name)
            if len(kept) == 20:
                all_kept.set()
            return name

        outcomes = one_thread.work_through(sources.read, _noted([], sources.Ready()), keep)
        next(outcomes)
        assert all_kept.wait(PATIENT)
        assert [kept[0], *outcomes] == kept


def _noted(taken: list[str], source: Source, count: int = 20) -> Iterator[Named]:
    for number in range(count):
        taken.append(str(number))
        yield str(number), source


class TestWhatEndsARun:
    def test_a_file_that_cannot_be_fetched_is_told_apart_from_one_that_cannot_be_read(
        self, one_thread: Crew
    ) -> None:
        ((_, outcome),) = one_thread.work_through(
            sources.read, [("a", sources.Unfetchable())], pair
        )
        assert isinstance(outcome, CallFailed)

    def test_what_ends_the_run_ends_it(self, one_thread: Crew) -> None:
        with pytest.raises(KeyRefused):
            list(one_thread.work_through(sources.read, [("a", sources.Forbidden())], pair))

    def test_and_so_does_a_result_that_cannot_be_kept(self, one_thread: Crew) -> None:
        def keep(name: str, _: object) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        taken: list[str] = []
        with pytest.raises(sqlite3.OperationalError):
            list(one_thread.work_through(sources.read, _noted(taken, sources.Ready()), keep))
        assert len(taken) <= 1 + FILES_AHEAD

    def test_and_so_does_an_error_in_naming_the_files(self, one_thread: Crew) -> None:
        def files() -> Iterator[Named]:
            yield "a", sources.Ready()
            raise KeyRefused("The key was refused.")

        with pytest.raises(KeyRefused):
            list(one_thread.work_through(sources.read, files(), pair))
