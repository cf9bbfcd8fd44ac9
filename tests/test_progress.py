"""The progress of a run, the time left, and where it ends when its time is up."""

import math
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from clocks import Clock
from pools import Threads, pair

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.library import Extent, Source
from hydrus_video_deduplicator.library.folder import FolderLibrary, LocalFile
from hydrus_video_deduplicator.match import Kind
from hydrus_video_deduplicator.stages import events
from hydrus_video_deduplicator.stages.ending import Ending
from hydrus_video_deduplicator.stages.events import Of, Stage
from hydrus_video_deduplicator.stages.gate import Gate
from hydrus_video_deduplicator.stages.job import Job
from hydrus_video_deduplicator.stages.pace import USUAL_SPEED, Pace
from hydrus_video_deduplicator.stages.progress import Progress, cost
from hydrus_video_deduplicator.stages.roster import Roster
from hydrus_video_deduplicator.stages.run import run
from hydrus_video_deduplicator.stages.workers import Crew
from hydrus_video_deduplicator.store import Store

JOB = Job(threshold=0.6, kinds=frozenset(Kind))

SMALL, LARGE = Extent(1_000_000, 5, 300_000), Extent(900_000_000, 600, 8_000_000)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def hashing(clock: Clock, extents: dict[str, Extent]) -> Progress:
    progress = Progress(JOB.stages, clock)
    progress.take(events.Begun(Stage.HASH, len(extents)))
    progress.take(events.Measured(extents))
    return progress


class TestTheTimeLeft:
    def test_is_told_by_how_much_there_is_of_each_file_and_not_by_their_number(
        self, clock: Clock
    ) -> None:
        files = {"first": SMALL, **{str(n): SMALL for n in range(10)}, "large": LARGE}
        progress = hashing(clock, files)
        progress.take(events.Hashed("first", "0" * 16))
        for n in range(10):
            clock.now += cost(SMALL) * 10
            progress.take(events.Hashed(str(n), "0" * 16))
        assert progress.time_left() == pytest.approx(cost(LARGE) * 10)

    def test_leaves_the_start_of_the_workers_out(self, clock: Clock) -> None:
        progress = hashing(clock, {"a": SMALL, "b": SMALL, "c": SMALL})
        clock.now += 1000
        progress.take(events.Hashed("a", "0" * 16))
        clock.now += 5
        progress.take(events.Hashed("b", "0" * 16))
        assert progress.time_left() == pytest.approx(5)

    def test_is_not_told_before_there_is_a_speed(self, clock: Clock) -> None:
        progress = hashing(clock, {"a": SMALL, "b": SMALL})
        assert progress.time_left() is None
        progress.take(events.Hashed("a", "0" * 16))
        assert progress.time_left() is None

    def test_counts_a_file_that_failed_as_done(self, clock: Clock) -> None:
        progress = hashing(clock, {"a": SMALL, "b": SMALL})
        progress.take(events.Failed("a", "broken", "a"))
        assert (progress.hashing.files_done, progress.hashing.failed) == (1, 1)
        assert progress.share() == pytest.approx(0.5)


def test_only_files_that_were_to_be_hashed_count_as_not_hashed(clock: Clock) -> None:
    progress = Progress(JOB.stages, clock)
    progress.take(events.Failed("locked.mp4", "cannot be read"))
    progress.take(events.Begun(Stage.HASH, 1))
    progress.take(events.Failed("the tags", "busy", of=Of.RUN))
    progress.take(events.Hashed("a", "0" * 16))
    progress.take(events.Begun(Stage.LISTEN, 1))
    progress.take(events.Failed("a", "no sound", "a"))
    assert (progress.hashing.files_done, progress.hashing.failed) == (1, 0)


@pytest.mark.parametrize("stage", [Stage.LOOK, Stage.LISTEN])
def test_a_file_that_failed_is_done_in_every_stage(clock: Clock, stage: Stage) -> None:
    progress = Progress(JOB.stages, clock)
    progress.take(events.Begun(stage, 4))
    progress.take(events.Advanced(1))
    progress.take(events.Failed("a", "broken", "a"))
    progress.take(events.FailedAgain("b", "locked", "b"))
    progress.take(events.Gone("c"))
    assert progress.share() == 1


def test_a_video_of_an_hour_is_less_work_than_its_length_says() -> None:
    assert cost(Extent(0, 3600, 1_000_000)) < 10 * cost(Extent(0, 30, 1_000_000))


def test_while_there_is_more_to_hash_the_later_stages_are_said_to_run_ahead(clock: Clock) -> None:
    progress = hashing(clock, {"a": SMALL})
    progress.take(events.Begun(Stage.COMPARE))
    assert (progress.stage, progress.next, progress.is_ahead) == (Stage.COMPARE, Stage.LOOK, True)
    progress.take(events.Begun(Stage.HASH))
    assert progress.hashing.files == 1
    progress.take(events.Hashed("a", "0" * 16))
    progress.take(events.Begun(Stage.COMPARE))
    assert not progress.is_ahead


class TestTheRoster:
    def test_has_the_oldest_files_that_are_not_done(self, clock: Clock) -> None:
        roster = Roster(clock)
        for name in "abcd":
            roster.add(name, name, 2)
        assert [(each.worker, each.name) for each in roster.at_work()] == [(1, "a"), (2, "b")]

    def test_gives_the_next_file_to_the_worker_that_is_free(self, clock: Clock) -> None:
        roster = Roster(clock)
        for name in "abc":
            roster.add(name, name, 2)
        clock.now = 7
        roster.remove("a")
        (first, second) = roster.at_work()
        assert (first.worker, first.name, first.since) == (1, "c", 7)
        assert (second.worker, second.name, second.since) == (2, "b", 0)

    def test_says_what_is_waited_for_and_for_how_long(self, clock: Clock) -> None:
        roster = Roster(clock, lambda name: f"{name}.mp4")
        assert roster.in_words() == "what has begun"
        roster.add("a", "a", 6)
        clock.now = 12
        assert roster.in_words() == "1 file: a.mp4 (for 12 s)"
        for name in "bcdef":
            roster.add(name, name, 6)
        assert roster.in_words().startswith("6 files: a.mp4 (for 12 s), b.mp4 (for 0 s), ")
        assert roster.in_words().endswith(", and 2 more")


class TestThePace:
    """Of one worker, until it is told otherwise."""

    @pytest.fixture
    def pace(self, clock: Clock) -> Pace:
        pace = Pace(lambda: 1, clock)
        pace.expect(dict.fromkeys("abcdef", SMALL) | {"large": LARGE})
        return pace

    def done(self, pace: Pace, clock: Clock, seconds: float) -> None:
        """Four small files are done, each in so many seconds."""
        for name in pace.in_time("abcd", lambda: math.inf):
            clock.now += seconds
            pace.finish(name)

    def test_is_measured(self, pace: Pace, clock: Clock) -> None:
        self.done(pace, clock, 10)
        assert pace.seconds_for("e") == pytest.approx(10)
        assert pace.seconds_for("large") == pytest.approx(10 * cost(LARGE) / cost(SMALL))

    def test_counts_the_files_that_are_before_a_file(self, pace: Pace, clock: Clock) -> None:
        self.done(pace, clock, 10)
        list(pace.in_time("e", lambda: math.inf))
        assert pace.seconds_for("f") == pytest.approx(20)

    def test_is_of_all_workers(self, clock: Clock) -> None:
        pace = Pace(lambda: 2, clock)
        pace.expect(dict.fromkeys("abcdef", SMALL))
        self.done(pace, clock, 10)
        assert pace.seconds_for("e") == pytest.approx(20)
        list(pace.in_time("e", lambda: math.inf))
        assert pace.seconds_for("f") == pytest.approx(30)

    def test_leaves_the_start_of_the_workers_out(self, pace: Pace, clock: Clock) -> None:
        clock.now += 1000
        self.done(pace, clock, 10)
        assert pace.seconds_for("e") == pytest.approx(10)

    def test_is_a_usual_one_until_it_can_be_measured(self, pace: Pace) -> None:
        assert pace.seconds_for("a") == pytest.approx(cost(SMALL) / USUAL_SPEED)

    def test_hands_over_no_file_that_cannot_be_done_in_time(self, pace: Pace, clock: Clock) -> None:
        self.done(pace, clock, 10)
        assert list(pace.in_time(["large", "e", "f"], lambda: 15)) == ["e"]
        assert pace.too_long == ["large", "f"]

    def test_ends_with_the_time(self, pace: Pace) -> None:
        assert list(pace.in_time("abc", lambda: 0.0)) == []
        assert pace.too_long == []


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        yield opened


class TestWhenTheTimeIsUp:
    def ended_after(self, seconds: float, samples: Path, store: Store) -> list[events.Event]:
        """A run in which each file takes a second and nothing else takes any time."""

        def clock() -> float:
            return float(len(store.signatures.files(signature.ALGORITHM)))

        with ThreadPoolExecutor(1) as executor:
            crew = Crew(Threads(executor), 60, Ending(seconds, clock), gate=Gate(clock=clock))
            return list(run(JOB, FolderLibrary(samples), store, crew))

    def test_the_newest_are_hashed_and_the_next_run_goes_on_there(
        self, samples: Path, store: Store
    ) -> None:
        newest_first = FolderLibrary(samples).find()
        told = self.ended_after(3, samples, store)
        hashed = [event.sha256 for event in told if isinstance(event, events.Hashed)]
        assert 0 < len(hashed) < len(newest_first)
        assert hashed == newest_first[: len(hashed)]
        (ended,) = (event for event in told if isinstance(event, events.EndedEarly))
        assert ended.to_hash == len(newest_first) - len(hashed)
        rest = self.ended_after(1e9, samples, store)
        assert sum(isinstance(event, events.Hashed) for event in rest) == ended.to_hash
        assert store.matches.uncompared(signature.ALGORITHM) == set()
        assert sum(isinstance(event, events.Posted) for event in rest) == 6

    def test_a_file_that_would_take_longer_than_the_time_is_not_begun(
        self, samples: Path, store: Store
    ) -> None:
        class Endless(FolderLibrary):
            def extents(self, videos: Sequence[str]) -> dict[str, Extent]:
                return super().extents(videos) | {videos[0]: Extent(1 << 40, 36_000, 30_000_000)}

        with ThreadPoolExecutor(1) as executor:
            gate = Gate(clock=lambda: 0.0)
            crew = Crew(Threads(executor), 60, Ending(60, gate.clock), gate=gate)
            told = list(run(JOB, Endless(samples), store, crew))
        hashed = {event.sha256 for event in told if isinstance(event, events.Hashed)}
        _, *others = FolderLibrary(samples).find()
        assert hashed == set(others)
        (ended,) = (event for event in told if isinstance(event, events.EndedEarly))
        assert (ended.to_hash, ended.too_long) == (1, 1)

    def test_it_is_said_what_is_waited_for(
        self, samples: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        now = Clock()
        roster = Roster(now, lambda name: f"{name}.mp4")

        def last(source: Source) -> None:
            while not roster.at_work():
                time.sleep(0.01)
            now.now = 31
            while "The time is up" not in caplog.text:
                time.sleep(0.01)

        file = samples / "first.mp4"
        with caplog.at_level("INFO"), ThreadPoolExecutor(1) as executor:
            crew = Crew(Threads(executor), 60, Ending(30, now), roster)
            list(crew.work_through(last, [("first", LocalFile(file))], pair))
        assert "The time is up. Finishing 1 file: first.mp4 (for 31 s)." in caplog.text

    def test_a_run_that_is_not_limited_does_not_say_that_it_ended_early(
        self, samples: Path, store: Store
    ) -> None:
        with ThreadPoolExecutor(1) as executor:
            told = list(run(JOB, FolderLibrary(samples), store, Crew(Threads(executor), 60)))
        assert not [event for event in told if isinstance(event, events.EndedEarly)]
