"""Run the program for hours against a Hydrus that fails, and see that nothing is lost.

    python bench/soak.py WORK_DIR --minutes 120 [--share 0.05] [--seed 1] [--jobs 2]

The stand-in of the tests answers over HTTP; a share of all calls fails at random in one of the ways
of `FAULTS`. Meanwhile its user adds short clips and copies of them, trashes files and takes them
out again, deletes some, and judges pairs. The program is started again and again, as by cron.

At the end the faults stop, and the program is run until nothing is left to do. The stand-in is then
compared with another one, of the same files, that never failed: each file must have the same tag,
each pair must be waiting, judged, or removed by the user. Writes WORK_DIR/soak.json.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from machine import machine

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from fake_hydrus import (
    ALTERNATE,
    BETTER,
    EDIT_RELATIONSHIPS,
    EDIT_TAGS,
    FALSE_POSITIVE,
    KEY,
    SEARCH,
    FakeHydrus,
    Fault,
    Held,
    Place,
)

from hydrus_video_deduplicator.samples import FPS, encode, scene

FAULTS = [
    *[Fault.LOCKED, Fault.ERROR, Fault.TOO_MANY, Fault.DROP, Fault.HALF, Fault.NOT_JSON] * 3,
    *[Fault.WRONG_SHAPE, Fault.RECORD_NOTHING, Fault.RECORD_HALF] * 2,
    Fault.STALL,
]
"""Each as often as it stands here. A stalled call costs the program its time-out of two minutes."""

STALL_SECONDS = 150.0
"""For which a connection stalls: longer than the program waits for an answer."""

FIRST_FILES = 40
"""In the client before the first run."""

USER_SECONDS = 9.0
"""Between two things that the user does."""

PAUSE_SECONDS = 5.0
"""Between two runs."""

LONGEST_RUN = 1800.0
"""Seconds after which a run counts as one that hangs."""

RUNS_TO_SETTLE = 3
"""Runs without faults in which all that was set aside must come right."""


@dataclass
class Run:
    """One run of the program. peak_mib: of the largest of its processes."""

    number: int
    code: int
    seconds: float
    peak_mib: float
    files: int
    summary: dict[str, Any] = field(repr=False)


class User:
    """Adds, trashes, restores, deletes and judges, one thing at a time."""

    def __init__(self, hydrus: FakeHydrus, clips: Iterator[Path], seed: int) -> None:
        self.did: Counter[str] = Counter()
        self.undone: set[tuple[str, str]] = set()
        """Pairs that Hydrus dropped because a file was deleted whose group they belonged to."""
        self._hydrus = hydrus
        self._clips = clips
        self._random = Random(seed)

    def does_something(self) -> None:
        """One thing, mostly an import."""
        deeds = [self.add, self.trash, self.restore, self.delete, self.judge]
        (deed,) = self._random.choices(deeds, [60, 8, 8, 3, 21])
        self.did[deed.__name__] += deed()

    def add(self) -> bool:
        """Import a clip."""
        self._hydrus.add_file(next(self._clips))
        return True

    def trash(self) -> bool:
        """Put a file into the trash."""
        return self._move(Place.HERE, self._hydrus.move_to_trash)

    def restore(self) -> bool:
        """Take a file out of the trash."""
        return self._move(Place.TRASH, self._hydrus.restore_from_trash)

    def delete(self) -> bool:
        """Delete a file of the trash from disk.

        If it was the best of its duplicates, Hydrus drops the potential pairs of all of them.
        """
        before = self._waiting()
        is_done = self._move(Place.TRASH, self._hydrus.delete)
        self.undone |= before - self._waiting()
        return is_done

    def judge(self) -> bool:
        """Decide about a potential pair."""
        pairs = sorted(self._hydrus.relations.potential_pairs())
        if pairs:
            kind = self._random.choice([FALSE_POSITIVE, ALTERNATE, BETTER])
            self._hydrus.judge(*self._random.choice(pairs), kind)
        return bool(pairs)

    def _waiting(self) -> set[tuple[str, str]]:
        posted = {(a, b) for a, b, _ in self._hydrus.posted}
        return {pair for pair in posted if self._hydrus.relations.held(*pair) is Held.POTENTIAL}

    def _move(self, place: Place, move: Any) -> bool:
        there = [file.sha256 for file in self._hydrus.files.values() if file.place is place]
        if there:
            move(self._random.choice(there))
        return bool(there)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("work", type=Path)
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--share", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    result = soak(options.work, options.minutes, options.share, options.seed, options.jobs)
    path = options.work / "soak.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({name: value for name, value in result.items() if name != "each_run"}))
    sys.exit(0 if result["held"] else 1)


def soak(work: Path, minutes: float, share: float, seed: int, jobs: int) -> dict[str, Any]:
    """The figures of a soak."""
    clips = make_clips(work / "clips", seed)
    with FakeHydrus(itertools.islice(clips, FIRST_FILES)) as hydrus:
        hydrus.stalls_for = STALL_SECONDS
        hydrus.fail_at_random(share, FAULTS, seed)
        user = User(hydrus, clips, seed)
        over = threading.Event()
        busy = threading.Thread(target=_use, args=(user, over))
        busy.start()
        end, runs = time.monotonic() + 60 * minutes, list[Run]()
        while time.monotonic() < end:
            # with the paths of files, and without: then every file comes over HTTP
            paths = len(runs) % 2 == 0
            hydrus.grant(None if paths else [SEARCH, EDIT_TAGS, EDIT_RELATIONSHIPS])
            runs.append(run_program(hydrus, work, len(runs) + 1, jobs))
            _say(runs[-1])
            time.sleep(PAUSE_SECONDS)
        over.set()
        busy.join()
        faults = dict(hydrus.failed)
        hydrus.recover()
        hydrus.grant(None)
        settling = list(_settle(hydrus, work, len(runs) + 1, jobs))
        here = [file for file in hydrus.files.values() if file.place is Place.HERE]
        with FakeHydrus(file.path for file in here) as reference:
            (work / "reference").mkdir(exist_ok=True)
            ideal = run_program(reference, work / "reference", 0, jobs)
            comparison = compare(hydrus, reference, user.undone)
        held = not any(comparison.values()) and settling[-1].code == ideal.code == 0
        return {
            "held": held,
            "minutes": minutes,
            "machine": machine(),
            "calls": len(hydrus.calls),
            "calls_failed": sum(faults.values()),
            "faults": faults,
            "runs": len(runs),
            "exit_codes": dict(Counter(run.code for run in runs)),
            "runs_to_settle": len(settling),
            "user": dict(user.did),
            "files_at_the_end": len(here),
            "pairs_of_the_reference": len(reference.relations.potential_pairs()),
            "pairs_posted": len(hydrus.posted),
            "pairs_undone_by_the_user": len(user.undone),
            **comparison,
            "peak_mib_first_runs": [run.peak_mib for run in runs[:5]],
            "peak_mib_last_runs": [run.peak_mib for run in runs[-5:]],
            "each_run": [asdict(run) for run in [*runs, *settling]],
        }


def compare(
    hydrus: FakeHydrus, reference: FakeHydrus, undone: Collection[tuple[str, str]]
) -> dict[str, int]:
    """What differs from the client that never failed, but for what the user has undone."""
    judged = sum(held is Held.JUDGED for _, _, held in hydrus.posted)
    pairs = reference.relations.potential_pairs()
    return {
        "files_lost": sum(hydrus.tags(sha) != reference.tags(sha) for sha in reference.files),
        "pairs_lost": sum(
            hydrus.relations.held(*pair) is Held.NOTHING for pair in pairs - set(undone)
        ),
        "pairs_posted_twice": _posted_twice(hydrus.posted),
        "judged_pairs_posted": judged,
    }


def _posted_twice(posted: Sequence[tuple[str, str, Held]]) -> int:
    """How often a pair was posted that Hydrus held, and that had been posted before.

    Held alone says nothing: a copy of two files that were judged to be duplicates makes two pairs,
    which are one to Hydrus.
    """
    before: set[tuple[str, str]] = set()
    twice = 0
    for a, b, held in posted:
        twice += held is Held.POTENTIAL and (a, b) in before
        before.add((a, b))
    return twice


def run_program(hydrus: FakeHydrus, work: Path, number: int, jobs: int) -> Run:
    """Run it once, as a user does. Its messages are added to WORK/runs.log."""
    command = [sys.executable, "-m", "hydrus_video_deduplicator", "--json"]
    command += ["--api-url", hydrus.url, "--jobs", str(jobs), "--data-dir", str(work / "data")]
    start = time.monotonic()
    with (work / "runs.log").open("a", encoding="utf-8") as log, (work / "out").open("w+b") as out:
        print(f"== run {number}", file=log, flush=True)
        environment = os.environ | {"HYDRUS_API_KEY": KEY}
        program = subprocess.Popen(command, stdout=out, stderr=log, env=environment, cwd=work)
        timer = threading.Timer(LONGEST_RUN, program.kill)
        timer.start()
        _, status, usage = os.wait4(program.pid, 0)
        timer.cancel()
        program.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        summary = json.loads(out.read() or b"{}")
    summary.pop("pairs", None)
    seconds, peak = time.monotonic() - start, usage.ru_maxrss / 1024
    files = len(hydrus.files)
    return Run(number, program.returncode, round(seconds, 1), round(peak, 1), files, summary)


def make_clips(folder: Path, seed: int) -> Iterator[Path]:
    """Short films without end, each with three copies. Made when they are wanted."""
    folder.mkdir(exist_ok=True)
    for number in itertools.count():
        film = scene(1000 * seed + number, seconds=4, width=96, height=72)
        name = f"{number:05}"
        yield encode(folder / f"{name}.mp4", film)
        yield encode(folder / f"{name} small.webm", [picture[::2, ::2] for picture in film])
        yield encode(folder / f"{name} mirrored.mkv", [picture[:, ::-1] for picture in film])
        yield encode(folder / f"{name}.gif", film[::2], FPS // 2)


def _use(user: User, over: threading.Event) -> None:
    while not over.wait(USER_SECONDS):
        user.does_something()


def _settle(hydrus: FakeHydrus, work: Path, number: int, jobs: int) -> Iterator[Run]:
    """Runs without faults, until one has nothing to report."""
    for more in range(RUNS_TO_SETTLE):
        run = run_program(hydrus, work, number + more, jobs)
        _say(run)
        yield run
        if run.code == 0:
            return


def _say(run: Run) -> None:
    figures = {name: run.summary.get(name) for name in ("hashed", "tagged", "failed", "recorded")}
    print(run, figures, flush=True)


if __name__ == "__main__":
    main()
