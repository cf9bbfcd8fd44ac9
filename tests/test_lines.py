"""Progress in a log: a line now and then, and the last one says how it ended."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from clocks import Clock

from hydrus_video_deduplicator.cli.console import PROGRESS_SECONDS, Console
from hydrus_video_deduplicator.cli.lines import Lines
from hydrus_video_deduplicator.library.folder import FolderLibrary
from hydrus_video_deduplicator.stages import events
from hydrus_video_deduplicator.stages.events import Stage
from hydrus_video_deduplicator.stages.progress import Progress


@pytest.fixture
def clock() -> Clock:
    return Clock()


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
    progress = Progress((Stage.FIND, Stage.COMPARE, Stage.POST), clock)
    console = Console(
        FolderLibrary(tmp_path),
        dry_run=False,
        list_pairs=False,
        as_json=False,
        progress=progress,
        tells_progress=True,
        clock=clock,
    )

    def run() -> Iterator[events.Event]:
        yield events.Begun(Stage.FIND)
        yield events.Begun(Stage.COMPARE, 1000)
        for _ in range(10 - left):
            clock.now += PROGRESS_SECONDS / 4
            yield events.Advanced(100)
        yield events.Begun(Stage.POST, 0)

    console.follow(run())
    *_, last = caplog.messages
    assert last.startswith(
        f"Stage 2 of 3: comparing, {1000 - 100 * left:,} of 1,000 possible pairs"
    )
    assert ("left" in last) is bool(left)
