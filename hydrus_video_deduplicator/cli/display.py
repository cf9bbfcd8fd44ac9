"""What a terminal shows during a run: a few lines that are kept up to date."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from hydrus_video_deduplicator.library import Extent
from hydrus_video_deduplicator.stages.events import Stage
from hydrus_video_deduplicator.stages.progress import Progress
from hydrus_video_deduplicator.stages.roster import AtWork, Roster
from hydrus_video_deduplicator.untrusted import printable
from hydrus_video_deduplicator.wording import counted

NAMES = {
    Stage.FIND: "finding videos",
    Stage.HASH: "hashing",
    Stage.COMPARE: "comparing",
    Stage.LOOK: "looking closer",
    Stage.LISTEN: "comparing sound",
    Stage.POST: "posting pairs",
}

UNITS = {
    Stage.COMPARE: "possible pairs",
    Stage.LOOK: "files",
    Stage.LISTEN: "files",
    Stage.POST: "pairs",
}

REFRESHES_A_SECOND = 4
MOST_WORKERS = 8
"""Number of workers shown; more would fill a small screen."""

BAR_WIDTH = 40
MINUTE = 60


class Screen:
    """The lines of a run as rich draws them."""

    def __init__(
        self,
        progress: Progress,
        roster: Roster,
        label: Callable[[str], str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._progress = progress
        self._roster = roster
        self._label = label
        self._clock = clock

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        progress = self._progress
        yield Text.assemble((stage_of(progress), "bold"), next_of(progress))
        yield self._bar()
        if amounts := amounts_of(progress):
            yield Text(", ".join(amounts))
        yield from self._workers()

    def _bar(self) -> Table:
        share = self._progress.share()
        line = Table.grid(padding=(0, 2))
        line.add_row(
            ProgressBar(total=1.0, completed=share or 0.0, width=BAR_WIDTH),
            Text("" if share is None else f"{share:4.0%}"),
            Text(left_of(self._progress)),
        )
        return line

    def _workers(self) -> Iterator[Table | Text]:
        at_work = self._roster.at_work()
        lines = Table.grid(padding=(0, 2))
        for each in at_work[:MOST_WORKERS]:
            lines.add_row(*map(Text, self._worker(each)))
        yield lines
        if len(at_work) > MOST_WORKERS:
            yield Text(f"  and {counted(len(at_work) - MOST_WORKERS, 'more worker')}")

    def _worker(self, each: AtWork) -> tuple[str, str, str, str, str]:
        extent = self._progress.hashing.extents.get(each.name)
        for_seconds = max(0.0, self._clock() - each.since)
        name = printable(self._label(each.name))
        size, duration = sizes_of(extent)
        return f"  worker {each.worker}", name, size, duration, f"for {for_seconds:.0f} s"


@contextmanager
def live(screen: Screen, console: Console) -> Iterator[None]:
    """Keep the screen up to date below whatever else is printed; at the end it is gone."""
    with Live(
        screen,
        console=console,
        refresh_per_second=REFRESHES_A_SECOND,
        transient=True,
        redirect_stdout=sys.stdout.isatty(),  # a pipe gets what it would get without a terminal
        redirect_stderr=True,
    ):
        yield


def stage_of(progress: Progress) -> str:
    """Such as `Hashing`. Without a number: a stage with nothing to do would leave a gap."""
    name = NAMES[progress.stage].capitalize()
    return f"{name} (files hashed so far)" if progress.is_ahead else name


def next_of(progress: Progress) -> str:
    """Such as `, then comparing`; empty in the last stage."""
    if progress.is_ahead or progress.next is None:
        return ""
    return f", then {NAMES[progress.next]}"


def amounts_of(progress: Progress) -> list[str]:
    """How much of the work is done, and how fast."""
    hashing = progress.hashing
    if progress.stage in UNITS:
        if progress.steps is None:
            return []
        return [f"{progress.steps_done:,} of {progress.steps:,} {UNITS[progress.stage]}"]
    if progress.stage is Stage.FIND:
        if not progress.steps:
            return []
        return [f"{in_bytes(progress.steps_done)} of {in_bytes(progress.steps)} read"]
    amounts = [f"{hashing.files_done:,} of {counted(hashing.files, 'file')}"]
    if hashing.duration:
        done, whole = hashing.duration_done / MINUTE, hashing.duration / MINUTE
        amounts.append(f"{done:,.0f} of {whole:,.0f} min of video")
    elif hashing.size:
        amounts.append(f"{in_bytes(hashing.size_done)} of {in_bytes(hashing.size)}")
    if rate := progress.files_a_second():
        amounts.append(f"{rate:.1f} files/s")
    return [*amounts, f"{hashing.failed:,} failed"]


def left_of(progress: Progress) -> str:
    """Such as `about 12 min left`; empty if it is not known yet, or nothing is left."""
    left = progress.time_left()
    if not left:
        return ""
    if left < MINUTE:
        return "less than a minute left"
    minutes = round(left / MINUTE)
    if minutes < MINUTE:
        return f"about {minutes} min left"
    return f"about {minutes // 60} h {minutes % 60:02} min left"


def in_one_line(progress: Progress) -> str:
    """The same for a log: `Hashing: 3 of 8 files, 0 failed.`, for example."""
    parts = [part for part in (*amounts_of(progress), left_of(progress)) if part]
    return f"{stage_of(progress)}{': ' if parts else ''}{', '.join(parts)}."


def sizes_of(extent: Extent | None) -> tuple[str, str]:
    """The size and the length of a file; empty where they are not known."""
    if extent is None:
        return "", ""
    minutes, seconds = divmod(round(extent.duration), MINUTE)
    return in_bytes(extent.size), f"{minutes}:{seconds:02}" if extent.duration else ""


def in_bytes(size: float) -> str:
    """Such as `1.2 GB`."""
    for unit in ("bytes", "KB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
