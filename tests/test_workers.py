"""Files worked on by a crew: what a file can do to its worker, and that nothing waits in vain."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from io import BytesIO
from multiprocessing import active_children
from multiprocessing.process import BaseProcess
from pathlib import Path
from signal import SIGTERM
from threading import Event
from typing import BinaryIO

import pytest
import sources
from pools import Threads

from hydrus_video_deduplicator.errors import CallFailed, KeyRefused, UnreadableVideo
from hydrus_video_deduplicator.library import Source
from hydrus_video_deduplicator.library.folder import LocalFile
from hydrus_video_deduplicator.stages import workers
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
        done = dict(Crew(pool, PATIENT).work_through(hash_file, work))
        assert done.keys() == dict(work).keys()
        for outcome in done.values():
            assert isinstance(outcome, Fingerprint)
            assert len(outcome.video_hash) == 16

    def test_a_decoder_that_crashes_loses_its_own_file_alone(
        self, tmp_path: Path, pool: ProcessPool
    ) -> None:
        good = sources.kept(tmp_path)
        work = [("a", good), ("bad", sources.Crashing()), ("b", good), ("c", good)]
        outcomes = dict(Crew(pool, PATIENT).work_through(sources.read, work))
        assert isinstance(outcomes.pop("bad"), UnreadableVideo)
        assert outcomes == dict.fromkeys("abc", sources.BYTES)

    def test_a_decoder_that_hangs_is_given_up(self, pool: ProcessPool) -> None:
        work = [("bad", sources.Hanging())]
        ((_, outcome),) = Crew(pool, 0.5).work_through(sources.read, work)
        assert "longer than 0.5 seconds" in str(outcome)

    def test_a_crash_in_one_task_breaks_no_other_that_is_under_way(
        self, tmp_path: Path, pool: ProcessPool
    ) -> None:
        good = sources.kept(tmp_path)
        crew = Crew(pool, PATIENT)
        outer = crew.work_through(sources.read, [(str(n), good) for n in range(20)])
        done = [next(outer)]
        ((_, inner),) = crew.work_through(sources.read, [("bad", sources.Crashing())])
        assert isinstance(inner, UnreadableVideo)
        assert dict([*done, *outer]) == dict.fromkeys(map(str, range(20)), sources.BYTES)

    def test_an_error_in_the_main_process_ends_the_workers_at_once(self) -> None:
        begun: list[BaseProcess] = []
        with pytest.raises(KeyboardInterrupt), ProcessPool(1) as pool:
            _begin_and_interrupt(Crew(pool, PATIENT), begun)
        assert [process.exitcode for process in begun] == [-SIGTERM]


class TestReaders:
    @pytest.mark.parametrize("readers", [1, 2])
    def test_are_no_more_at_once_than_was_said(self, tmp_path: Path, readers: int) -> None:
        room = sources.Room(tmp_path)
        with ProcessPool(sources.CROWD, readers) as pool:
            done = Crew(pool, PATIENT).work_through(sources.most_readers, _copies(room, 30))
            assert max(most for _, most in done) <= readers

    @pytest.mark.parametrize("readers", [2, None])
    def test_are_as_many_at_once_as_may_be(self, tmp_path: Path, readers: int | None) -> None:
        room = sources.Room(tmp_path)
        with ProcessPool(2, readers) as pool:
            done = Crew(pool, PATIENT).work_through(sources.wait_for_another, _copies(room, 4))
            assert all(met for _, met in done)

    def test_a_reader_that_dies_keeps_its_slot_from_nobody(self, tmp_path: Path) -> None:
        room = sources.Room(tmp_path)
        with ProcessPool(1, readers=1) as pool:
            crew = Crew(pool, PATIENT)
            ((_, outcome),) = crew.work_through(sources.die_reading, _copies(room, 1))
            assert isinstance(outcome, UnreadableVideo)
            assert len(list(crew.work_through(sources.most_readers_alone, _copies(room, 3)))) == 3

    def test_read_the_same_bytes(self, tmp_path: Path) -> None:
        with ProcessPool(1, readers=1) as pool:
            done = Crew(pool, PATIENT).work_through(sources.read, [("a", sources.kept(tmp_path))])
            assert list(done) == [("a", sources.BYTES)]


def _begin_and_interrupt(crew: Crew, begun: list[BaseProcess]) -> None:
    crew.submit(crew.pool.executor(), sources.read, sources.Hanging())
    begun += active_children()
    raise KeyboardInterrupt


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
        outcomes = one_thread.work_through(sources.read, work)
        next(outcomes)
        assert last.begun.wait(PATIENT)  # all others are done, and only one has been asked for
        last.opened.set()
        assert len(list(outcomes)) == 50

    def test_a_slow_file_does_not_hold_back_the_others(self) -> None:
        with ThreadPoolExecutor(2) as executor:
            slow = Gate()
            work = [("slow", slow), *((str(number), sources.Ready()) for number in range(9))]
            outcomes = Crew(Threads(executor, 2), PATIENT).work_through(sources.read, work)
            assert [next(outcomes)[0] for _ in range(9)] == [str(number) for number in range(9)]
            slow.opened.set()
            assert [name for name, _ in outcomes] == ["slow"]

    def test_no_more_than_a_few_files_for_each_worker_are_taken(self, one_thread: Crew) -> None:
        taken: list[str] = []
        gate = Gate()
        with ThreadPoolExecutor(1) as caller:
            outcomes = one_thread.work_through(sources.read, _noted(taken, gate))
            first = caller.submit(next, outcomes)
            assert gate.begun.wait(PATIENT)
            assert len(taken) <= FILES_AHEAD
            gate.opened.set()
            assert first.result() == ("0", sources.BYTES)
            assert len(list(outcomes)) == 19

    def test_results_that_nobody_takes_are_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(workers, "RESULTS_WAITING", 5)
        monkeypatch.setattr(workers, "LOOK_AGAIN_SECONDS", 0.001)
        taken: list[str] = []
        with ThreadPoolExecutor(1) as executor:
            pool = Threads(executor)
            files = _noted(taken, sources.Ready(), 100)
            outcomes = Crew(pool, PATIENT).work_through(sources.read, files)
            next(outcomes)
            while len(pool.asked) < 300 and len(taken) < 100:  # it looks for room again and again
                time.sleep(0.001)
            assert len(taken) <= 1 + 5 + FILES_AHEAD
            assert len(list(outcomes)) == 99


def _noted(taken: list[str], source: Source, count: int = 20) -> Iterator[Named]:
    for number in range(count):
        taken.append(str(number))
        yield str(number), source


class TestWhatEndsARun:
    def test_a_file_that_cannot_be_fetched_is_told_apart_from_one_that_cannot_be_read(
        self, one_thread: Crew
    ) -> None:
        ((_, outcome),) = one_thread.work_through(sources.read, [("a", sources.Unfetchable())])
        assert isinstance(outcome, CallFailed)

    def test_what_ends_the_run_ends_it(self, one_thread: Crew) -> None:
        with pytest.raises(KeyRefused):
            list(one_thread.work_through(sources.read, [("a", sources.Forbidden())]))

    def test_and_so_does_an_error_in_naming_the_files(self, one_thread: Crew) -> None:
        def files() -> Iterator[Named]:
            yield "a", sources.Ready()
            raise KeyRefused("The key was refused.")

        outcomes = one_thread.work_through(sources.read, files())
        assert next(outcomes) == ("a", sources.BYTES)
        with pytest.raises(KeyRefused):
            next(outcomes)
