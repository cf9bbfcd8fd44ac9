"""The one timer of a process, and the files that its threads work on."""

import faulthandler
import time

import pytest
from fake_hydrus import KEY, FakeHydrus, Fault

from hydrus_video_deduplicator.library.hydrus import Connection, Endpoint
from hydrus_video_deduplicator.library.waiting import waiting
from hydrus_video_deduplicator.stages.deadlines import Deadlines


@pytest.fixture
def timer(monkeypatch: pytest.MonkeyPatch) -> list[float | None]:
    """What the timer was set to, in seconds; None where it was stopped."""
    settings: list[float | None] = []
    monkeypatch.setattr(
        faulthandler, "dump_traceback_later", lambda seconds, **_: settings.append(seconds)
    )
    monkeypatch.setattr(faulthandler, "cancel_dump_traceback_later", lambda: settings.append(None))
    return settings


def test_the_timer_is_set_for_a_file_and_stopped_after_it(timer: list[float | None]) -> None:
    with Deadlines().one_in(60):
        assert timer[-1] == pytest.approx(60, abs=1)
    assert timer[-1] is None


@pytest.mark.parametrize(("first", "second"), [(600, 60), (60, 600)])
def test_of_two_files_the_deadline_that_comes_first_counts(
    timer: list[float | None], first: float, second: float
) -> None:
    deadlines = Deadlines()
    with deadlines.one_in(first):
        with deadlines.one_in(second):
            assert timer[-1] == pytest.approx(60, abs=10)
        assert timer[-1] == pytest.approx(first, abs=10)


def test_a_file_that_fails_stops_the_timer_too(timer: list[float | None]) -> None:
    with pytest.raises(ValueError, match="broken"), Deadlines().one_in(60):
        raise ValueError("broken")
    assert timer[-1] is None


class TestWaitingForTheLibrary:
    def test_the_timer_stands_still_meanwhile(self, timer: list[float | None]) -> None:
        with Deadlines().one_in(60), waiting():
            assert timer[-1] is None

    @pytest.mark.parametrize(("in_vain", "left"), [(True, 60), (False, 20)])
    def test_only_what_brought_something_is_counted(
        self,
        timer: list[float | None],
        monkeypatch: pytest.MonkeyPatch,
        in_vain: bool,
        left: float,
    ) -> None:
        now = 0.0
        monkeypatch.setattr(time, "monotonic", lambda: now)
        with Deadlines().one_in(60):
            with waiting() as wait:
                now += 40
                wait.in_vain = in_vain
            assert timer[-1] == left

    def test_a_call_that_is_repeated_was_made_in_vain(
        self, timer: list[float | None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = 0.0

        def sleep(seconds: float) -> None:
            nonlocal now
            now += seconds

        monkeypatch.setattr(time, "monotonic", lambda: now)
        with FakeHydrus() as hydrus:
            connection = Connection(Endpoint(hydrus.url, KEY), sleep=sleep)
            hydrus.fail("/api_version", Fault.LOCKED, times=2)
            with Deadlines().one_in(60):
                connection.connect()
                assert timer[-1] == 60
        assert now > 1
