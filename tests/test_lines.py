"""Progress in a log: a line now and then, and the last one says how it ended."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from clocks import Clock

from hydrus_video_deduplicator.cli.console import PROGRESS_SECONDS, Console
from hydrus_video_deduplicator.cli.lines import Lines
from hydrus_video_deduplicator.errors import CallFailed, HydrusGone
from hydrus_video_deduplicator.library.folder import FolderLibrary
from hydrus_video_deduplicator.stages import events
from hydrus_video_deduplicator.stages.events import Stage
from hydrus_video_deduplicator.stages.progress import Progress


@pytest.fixture
def clock() -> Clock:
    return Clock()


def console_of(folder: Path, clock: Clock) -> Console:
    return Console(
        FolderLibrary(folder),
        dry_run=False,
        list_pairs=False,
        as_json=False,
        progress=Progress((Stage.FIND, Stage.COMPARE, Stage.POST), clock),
        tells_progress=True,
        clock=clock,
    )


def test_a_line_is_said_now_and_then_and_at_the_end(
    caplog: pytest.LogCaptureFixture, clock: Clock
) -> None:
    caplog.set_level(logging.INFO, "hydrus_video_deduplicator")
    lines = Lines(30, clock)
    for done in range(8):
        clock.now = 10.0 * done
        lines.tell(f"{done} of 7", is_end=done == 7)
    assert caplog.messages == ["3 of 7", "6 of 7", "7 of 7"]


def test_nothing_is_said_of_what_takes_no_time(
    caplog: pytest.LogCaptureFixture, clock: Clock
) -> None:
    caplog.set_level(logging.INFO, "hydrus_video_deduplicator")
    lines = Lines(30, clock)
    lines.tell("0 of 1")
    lines.tell("1 of 1", is_end=True)
    assert caplog.messages == []


@pytest.mark.parametrize("left", [0, 1])
def test_the_last_line_of_each_stage_of_a_run_shows_how_it_ended(
    caplog: pytest.LogCaptureFixture, clock: Clock, tmp_path: Path, left: int
) -> None:
    caplog.set_level(logging.INFO, "hydrus_video_deduplicator")

    def run() -> Iterator[events.Event]:
        yield events.Begun(Stage.FIND)
        yield events.Begun(Stage.COMPARE, 1000)
        for _ in range(10 - left):
            clock.now += PROGRESS_SECONDS / 4
            yield events.Advanced(100)
        yield events.Begun(Stage.POST, 0)

    console_of(tmp_path, clock).follow(run())
    *_, last = caplog.messages
    assert last.startswith(f"Comparing: {1000 - 100 * left:,} of 1,000 possible pairs")
    assert ("left" in last) is bool(left)


@pytest.mark.parametrize(
    "trouble", [KeyboardInterrupt(), HydrusGone("Hydrus is gone."), CallFailed("a call")]
)
def test_a_run_that_breaks_off_says_what_it_has_done(
    caplog: pytest.LogCaptureFixture, clock: Clock, tmp_path: Path, trouble: BaseException
) -> None:
    caplog.set_level(logging.INFO, "hydrus_video_deduplicator")

    def run() -> Iterator[events.Event]:
        yield from (events.Hashed(str(number), "0" * 16) for number in range(2))
        yield events.Failed("third", "no picture")
        raise trouble

    console = console_of(tmp_path, clock)
    late = [events.Hashed("late", "0" * 16), None]
    with pytest.raises(type(trouble)), console.counting(late):
        console.follow(run())
    assert caplog.messages[-1] == "Files so far: 3 hashed, 1 failed."


def test_a_run_that_breaks_off_before_it_has_done_anything_says_nothing_of_it(
    caplog: pytest.LogCaptureFixture, clock: Clock, tmp_path: Path
) -> None:
    caplog.set_level(logging.INFO, "hydrus_video_deduplicator")

    def run() -> Iterator[events.Event]:
        yield events.Begun(Stage.FIND)
        raise KeyboardInterrupt

    console = console_of(tmp_path, clock)
    with pytest.raises(KeyboardInterrupt), console.counting([]):
        console.follow(run())
    assert caplog.messages == []
