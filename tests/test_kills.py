"""`kill -9` at any moment: nothing is lost, nothing is done twice.

A moment is told by the calls to Hydrus, never by a clock, so that a slow machine kills at the same
ones. HVD_KILLS sets the number of kills, HVD_KILLS_SEED the moments; 200 take half an hour:

    HVD_KILLS=200 python -m pytest tests/test_kills.py -s
"""

import os
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
from fake_hydrus import FakeHydrus, Held
from processes import JOBS, Program, busy, wait_until
from runs import pair_names

from hydrus_video_deduplicator.stages.workers import FILES_AHEAD

KILLS = int(os.environ.get("HVD_KILLS", "6"))
SEED = int(os.environ.get("HVD_KILLS_SEED", "1"))

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has neither SIGKILL nor groups")

LONGEST_PAUSE = 0.3
"""Seconds between a call and a kill behind it: where in the run that falls is left to chance."""

State = tuple[dict[str, frozenset[str]], set[frozenset[str]]]


def state_of(hydrus: FakeHydrus) -> State:
    """The tags of every file, and the pairs."""
    tags = {file.path.name: frozenset(hydrus.tags(sha)) for sha, file in hydrus.files.items()}
    return tags, pair_names(hydrus)


@dataclass
class Tally:
    """What happened in all rounds; in each, runs are killed until one ends."""

    kills: int = 0
    at_a_call: int = 0
    rounds: int = 0
    opened: int = 0
    held_before: set[Held] = field(default_factory=set)
    finals: list[State] = field(default_factory=list)


def test_killed_at_random_moments_it_comes_to_the_same_end(samples: Path, tmp_path: Path) -> None:
    paths = sorted(samples.iterdir())
    with FakeHydrus(paths) as hydrus:
        with Program(hydrus, tmp_path / "reference") as program:
            assert program.finish()[0] == 0
        calls, reference = len(hydrus.calls), state_of(hydrus)
        opened = _opened(hydrus)
    tally, random = Tally(), Random(SEED)
    while tally.kills < KILLS:
        _round(paths, tmp_path / f"round {tally.rounds}", random, calls, tally)
    print(tally.kills, "kills,", tally.at_a_call, "of them at a call,", tally.rounds, "rounds,")
    print(tally.opened - tally.rounds * opened, "files opened more than once")
    assert all(final == reference for final in tally.finals)
    assert tally.held_before == {Held.NOTHING}
    in_work = FILES_AHEAD * JOBS
    assert tally.opened <= tally.rounds * opened + tally.kills * in_work


def _round(paths: list[Path], data: Path, random: Random, calls: int, tally: Tally) -> None:
    """Kill runs over a fresh client until one ends by itself; a whole run makes so many calls."""
    code = None
    with FakeHydrus(paths) as hydrus:
        while code != 0:
            with Program(hydrus, data) as program:
                if tally.kills >= KILLS:
                    code = program.finish()[0]
                else:
                    pause = random.choice((0.0, random.uniform(0, LONGEST_PAUSE)))
                    code = _killed_at_call(program, hydrus, random.randint(1, calls), pause)
                    tally.at_a_call += code != 0 and not pause
            hydrus.on_call = lambda path: None
            assert code in (0, -9), program.says()
            tally.kills += code == -9
        tally.finals.append(state_of(hydrus))
        tally.held_before |= {held for _, _, held in hydrus.posted}
        tally.opened += _opened(hydrus)
    tally.rounds += 1


def _killed_at_call(program: Program, hydrus: FakeHydrus, number: int, pause: float) -> int:
    """Killed when Hydrus has done a call and not yet answered it, or in what follows the answer."""
    numbers = iter(range(1, 1_000_000))
    timer = threading.Timer(pause, program.kill)

    def kill(path: str) -> None:
        if next(numbers) == number:
            timer.start() if pause else program.kill()

    hydrus.on_call = kill
    code = program.finish()[0]
    timer.cancel()
    return code


def _opened(hydrus: FakeHydrus) -> int:
    return hydrus.calls.count("/get_files/file_path")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are looked for in /proc")
def test_workers_end_with_a_main_process_that_is_killed_alone(
    hydrus: FakeHydrus, tmp_path: Path
) -> None:
    with busy(hydrus, tmp_path / "data") as (program, _):
        assert program.workers()
        program.process.kill()
        wait_until(lambda: not program.workers(), "workers live on")
