"""Ctrl+C as a terminal sends it, to the program and its workers, and SIGTERM: real processes."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_hydrus import FakeHydrus
from processes import JOBS, Program, busy, starting, wait_until

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.cli import INTERRUPTED
from hydrus_video_deduplicator.cli.terminating import TERMINATED
from hydrus_video_deduplicator.store import Store

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a console is no process group")

GAPS = [0.01, 0.25, 1.0]
"""Seconds between two presses: a finger takes a tenth."""

each_gap = pytest.mark.parametrize("gap", GAPS)

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="/proc tells how far a worker is")


@pytest.fixture
def hydrus(samples: Path) -> Iterator[FakeHydrus]:
    with FakeHydrus(sorted(samples.iterdir())) as client:
        yield client


class TestOnce:
    def test_finishes_the_files_in_work(self, hydrus: FakeHydrus, tmp_path: Path) -> None:
        with busy(hydrus, tmp_path / "data") as (program, hold):
            _press_and_wait_for_answer(program)
            hold.set()
            _assert_ends_well(program)
        kept = _kept(tmp_path / "data")
        assert kept
        assert f"Files so far: {len(kept)} hashed" in program.says()

    @on_linux
    @pytest.mark.parametrize("begun", range(1, JOBS + 1))
    def test_finishes_them_when_their_workers_are_only_starting(
        self, hydrus: FakeHydrus, tmp_path: Path, begun: int
    ) -> None:
        with starting(hydrus, tmp_path / "data") as (program, hold):
            _wait_for_workers(program, begun)
            _press_and_wait_for_answer(program)
            hold.set()
            _assert_ends_well(program)
        assert _kept(tmp_path / "data")


class TestTwice:
    @each_gap
    def test_stops_at_once(self, hydrus: FakeHydrus, tmp_path: Path, gap: float) -> None:
        with busy(hydrus, tmp_path / "data") as (program, _):
            _press_and_wait_for_answer(program)
            time.sleep(gap)
            program.press_ctrl_c()
            _assert_ends_well(program)  # though the files in work never come

    @on_linux
    @each_gap
    def test_stops_workers_that_are_only_starting(
        self, hydrus: FakeHydrus, tmp_path: Path, gap: float
    ) -> None:
        with starting(hydrus, tmp_path / "data") as (program, _):
            _wait_for_workers(program, 1)
            _press_and_wait_for_answer(program)
            time.sleep(gap)
            program.press_ctrl_c()
            _assert_ends_well(program)

    @each_gap
    def test_without_waiting_for_an_answer_is_no_error(
        self, hydrus: FakeHydrus, tmp_path: Path, gap: float
    ) -> None:
        with busy(hydrus, tmp_path / "data") as (program, hold):
            program.press_ctrl_c()
            time.sleep(gap)
            program.press_ctrl_c()
            hold.set()
            _assert_ends_well(program)


@pytest.mark.parametrize("comes", [True, False])
def test_pressed_until_the_program_has_ended_it_is_no_error(
    hydrus: FakeHydrus, tmp_path: Path, comes: bool
) -> None:
    with busy(hydrus, tmp_path / "data") as (program, hold):
        _press_and_wait_for_answer(program)
        if comes:
            hold.set()
        wait_until(lambda: _ends_when_pressed(program), "it does not end")
        _assert_ends_well(program)


class TestSigterm:
    @pytest.mark.parametrize("all_of_it", [True, False])
    def test_finishes_the_files_in_work_and_the_popup(
        self, hydrus: FakeHydrus, tmp_path: Path, all_of_it: bool
    ) -> None:
        with busy(hydrus, tmp_path / "data", "--popup") as (program, hold):
            program.terminate(all_of_it=all_of_it)
            wait_until(lambda: "Finishing" in program.says(), "it does not say so")
            hold.set()
            _assert_ends_well(program, TERMINATED)
        assert "Ended by SIGTERM. Finished work is kept" in program.says()
        assert _kept(tmp_path / "data")
        (popup,) = hydrus.popups.values()
        assert popup.is_done
        assert popup.fields["status_text_1"].startswith("Interrupted.")

    def test_that_comes_twice_stops_at_once(self, hydrus: FakeHydrus, tmp_path: Path) -> None:
        with busy(hydrus, tmp_path / "data", "--popup") as (program, _):
            program.terminate(all_of_it=True)
            wait_until(lambda: "Finishing" in program.says(), "it does not say so")
            program.terminate(all_of_it=True)
            _assert_ends_well(program, TERMINATED)  # though the files in work never come
        assert all(popup.is_done for popup in hydrus.popups.values())


def _press_and_wait_for_answer(program: Program) -> None:
    program.press_ctrl_c()
    wait_until(lambda: "Ctrl+C again" in program.says(), "it does not say so")


def _ends_when_pressed(program: Program) -> bool:
    program.press_ctrl_c()
    return program.process.poll() is not None


def _wait_for_workers(program: Program, count: int) -> None:
    wait_until(lambda: len(program.begun_workers()) >= count, "no worker starts")


def _assert_ends_well(program: Program, code: int = INTERRUPTED) -> None:
    """As one that was interrupted, with no traceback and no process left."""
    assert program.finish()[0] == code, program.says()
    wait_until(lambda: not program.workers(), "a process is left")
    for word in ("Traceback", 'File "', "Exception", "Error", "leaked"):
        assert word not in program.says()


def _kept(data_dir: Path) -> set[str]:
    with Store.open(data_dir) as store:
        return store.signatures.files(signature.ALGORITHM)
