"""A popup in Hydrus shows a run and can end it; and a run that works only while Hydrus is idle."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Condition
from threading import Event as Signal

import pytest
from fake_hydrus import (
    EDIT_RELATIONSHIPS,
    EDIT_TAGS,
    MANAGE_POPUPS,
    PASSING,
    POTENTIAL,
    SEARCH,
    FakeHydrus,
    Fault,
    Popup,
)
from runs import run_on

from hydrus_video_deduplicator.cli import attending, main
from hydrus_video_deduplicator.cli.attending import RunPopup, while_idle
from hydrus_video_deduplicator.library.hydrus import Connection, Endpoint
from hydrus_video_deduplicator.stages.events import Begun, Found, Hashed, Measured, Stage
from hydrus_video_deduplicator.stages.gate import Gate
from hydrus_video_deduplicator.stages.progress import Progress

Capsys = pytest.CaptureFixture[str]

STAGES = (Stage.FIND, Stage.HASH, Stage.COMPARE, Stage.LISTEN, Stage.POST)
ADD, UPDATE, FINISH, DISMISS, INFO, FIND = (
    "/manage_popups/add_popup",
    "/manage_popups/update_popup",
    "/manage_popups/finish_popup",
    "/manage_popups/finish_and_dismiss_popup",
    "/client_info",
    "/get_files/search_files",
)


@pytest.fixture(autouse=True)
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attending, "UPDATE_SECONDS", 0.01)
    monkeypatch.setattr(attending, "IDLE_SECONDS", 0.01)


class Watched:
    """A popup that a test brings up to date itself."""

    def __init__(self, hydrus: FakeHydrus) -> None:
        self.hydrus = hydrus
        self.gate = Gate()
        self.progress = Progress(STAGES)
        self.connection = Connection(Endpoint(hydrus.url, hydrus.key))
        self.popup = RunPopup(self.connection, self.progress, self.gate)

    def look(self) -> Popup:
        self.popup.look()
        return list(self.hydrus.popups.values())[-1]


@pytest.fixture
def watched(hydrus: FakeHydrus) -> Watched:
    return Watched(hydrus)


def only(hydrus: FakeHydrus) -> Popup:
    (popup,) = hydrus.popups.values()
    return popup


class TestThePopup:
    def test_shows_stage_gauge_and_pairs(self, watched: Watched) -> None:
        assert "popup_gauge_1" not in watched.look().fields
        for event in (Found(4, 4), Begun(Stage.HASH, 4), Measured({}), Hashed("a" * 64, "0" * 16)):
            watched.progress.take(event)
        fields = watched.look().fields
        assert fields["status_title"] == "hydrus video deduplicator"
        assert fields["status_text_1"] == "Hashing: 1 of 4 files, 0 failed."
        assert fields["popup_gauge_1"] == [25, 100]
        assert fields["status_text_2"] == "0 new pairs so far"
        watched.progress.take(Begun(Stage.COMPARE))
        assert "popup_gauge_1" not in watched.look().fields

    def test_pauses_the_run_and_lets_it_go_on(self, watched: Watched) -> None:
        popup = watched.look()
        popup.is_paused = True
        watched.look()
        assert not watched.gate.is_open
        assert watched.look().fields["status_text_2"].endswith("paused in Hydrus")
        popup.is_paused = False
        watched.look()
        assert watched.gate.is_open

    def test_cancels_the_run(self, watched: Watched) -> None:
        watched.look().is_cancelled = True
        watched.look()
        with pytest.raises(KeyboardInterrupt):
            watched.gate.wait()

    def test_that_is_cancelled_and_dismissed_between_two_updates_cancels_the_run(
        self, watched: Watched, hydrus: FakeHydrus
    ) -> None:
        """Hydrus knows it no longer: it can be dismissed only after it was cancelled."""
        watched.look()
        watched.look()
        hydrus.popups.clear()
        watched.popup.look()
        with pytest.raises(KeyboardInterrupt):
            watched.gate.check()

    @pytest.mark.parametrize("looks", [1, 3])
    def test_that_hydrus_cancels_because_it_shuts_down_comes_back(
        self, watched: Watched, hydrus: FakeHydrus, looks: int
    ) -> None:
        """It answers for as long as its last maintenance takes, by the same `boot_id`."""
        watched.look().is_paused = True
        watched.look()
        hydrus.is_shutting_down = True
        for _ in range(looks):
            watched.look()
        assert watched.gate.why == "paused in Hydrus"
        hydrus.restart()
        watched.look()
        assert watched.gate.is_open
        assert not only(hydrus).is_cancelled

    def test_that_a_busy_hydrus_does_not_know_yet_is_not_taken_for_cancelled(
        self, watched: Watched, hydrus: FakeHydrus
    ) -> None:
        hydrus.shows_popups_after = 2
        for _ in range(4):
            watched.look()
        assert watched.gate.is_open
        assert len(hydrus.popups) == 1
        hydrus.restart()
        for _ in range(4):
            watched.look()
        assert watched.gate.is_open
        assert len(hydrus.popups) == 1

    def test_is_not_cancelled_by_a_shutdown_that_breaks_an_answer_off(
        self, watched: Watched, hydrus: FakeHydrus
    ) -> None:
        watched.look()
        hydrus.is_shutting_down = True
        hydrus.fail(ADD, Fault.DROP)
        watched.look()
        hydrus.restart()
        watched.look()
        assert watched.gate.is_open
        assert len(hydrus.popups) == 1

    @pytest.mark.parametrize("path", [ADD, INFO, DISMISS])
    @pytest.mark.parametrize("fault", PASSING)
    def test_cancels_the_run_although_an_answer_is_lost(
        self, watched: Watched, hydrus: FakeHydrus, path: str, fault: Fault
    ) -> None:
        hydrus.stalls_for = 0.1
        watched.look().is_cancelled = True
        hydrus.fail(path, fault)
        watched.look()
        watched.look()
        with pytest.raises(KeyboardInterrupt):
            watched.gate.check()

    def test_that_is_cancelled_makes_way_for_one_that_tells_the_end(
        self, watched: Watched, hydrus: FakeHydrus, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(attending, "UPDATE_SECONDS", 1000.0)
        popup = RunPopup(watched.connection, watched.progress, watched.gate, sleep=lambda _: None)
        with suppress(KeyboardInterrupt), popup.shown():
            only(hydrus).is_cancelled = True
            popup.look()
            watched.gate.check()
        assert only(hydrus).fields["status_text_1"].startswith("Interrupted.")
        assert only(hydrus).is_done
        assert not only(hydrus).is_cancelled

    def test_comes_back_after_hydrus_was_started_anew(
        self, watched: Watched, hydrus: FakeHydrus
    ) -> None:
        watched.look()
        hydrus.restart()
        watched.look()
        assert watched.gate.is_open
        assert len(hydrus.popups) == 1

    @pytest.mark.parametrize("fault", list(Fault))
    def test_that_is_lost_costs_nothing(
        self, watched: Watched, hydrus: FakeHydrus, fault: Fault
    ) -> None:
        hydrus.stalls_for = 0.1
        watched.look()
        hydrus.fail(UPDATE, fault)
        watched.look()
        watched.look()
        assert watched.gate.is_open
        assert hydrus.calls.count(UPDATE) == 2  # no call is repeated

    @pytest.mark.parametrize("path", [ADD, UPDATE, FINISH])
    @pytest.mark.parametrize("fault", PASSING)
    def test_is_made_once_and_finished_although_an_answer_is_lost(
        self,
        watched: Watched,
        hydrus: FakeHydrus,
        monkeypatch: pytest.MonkeyPatch,
        path: str,
        fault: Fault,
    ) -> None:
        """Some faults come after the call was done: the popup may be there, or finished."""
        monkeypatch.setattr(attending, "UPDATE_SECONDS", 1000.0)
        popup = RunPopup(watched.connection, watched.progress, watched.gate, sleep=lambda _: None)
        hydrus.stalls_for = 0.1
        hydrus.fail(path, fault)
        with popup.shown():
            popup.look()
            popup.look()
            hydrus.fail(path, fault)
        assert only(hydrus).is_done


class TestAWholeRun:
    def test_leaves_the_files_behind_a_button_until_they_are_dismissed(
        self, hydrus: FakeHydrus, known: Path, capsys: Capsys
    ) -> None:
        a, b, *_ = hydrus.files
        hydrus.judge(a, b, POTENTIAL)  # which is then not new
        ended = run_on(hydrus, capsys, "--popup")
        popup = only(hydrus)
        recorded = [pair for pair in ended.summary["pairs"] if pair["state"] == "recorded"]
        files = {pair[side] for pair in recorded for side in "ab"}
        pairs = len(recorded)
        assert len(ended.summary["pairs"]) == pairs + 1
        assert popup.fields["status_text_1"] == f"Done. {pairs} new pairs."
        assert "status_text_2" not in popup.fields
        assert set(popup.fields["files"]["hashes"]) == files
        assert popup.is_done
        assert not hydrus.dismissed

    def test_says_if_hydrus_did_not_record_the_pairs(
        self, samples: Path, known: Path, capsys: Capsys
    ) -> None:
        with FakeHydrus(sorted(samples.iterdir()), release=682) as hydrus:
            pairs = run_on(hydrus, capsys, "--popup").summary["not_recorded"]
            said = only(hydrus).fields["status_text_1"]
        assert said == f"Done. {pairs} new pairs, {pairs} of them not recorded."

    def test_that_finds_nothing_new_takes_its_popup_away(
        self, hydrus: FakeHydrus, known: Path, capsys: Capsys
    ) -> None:
        run_on(hydrus, capsys)
        run_on(hydrus, capsys, "--popup")
        assert only(hydrus).fields["status_text_1"] == "Done. 0 new pairs."
        assert list(hydrus.dismissed.values()) == [60]

    def test_ends_in_good_order_when_it_is_cancelled_in_hydrus(
        self, hydrus: FakeHydrus, known: Path, capsys: Capsys
    ) -> None:
        with pressed(hydrus, cancel):
            ended = run_on(hydrus, capsys, "--popup")
        assert ended.code == 130
        assert "Interrupted. Finished work is kept" in ended.err
        assert only(hydrus).is_done
        assert only(hydrus).fields["status_text_1"].startswith("Interrupted.")
        assert hydrus.relations.potential_pairs() == set()

    def test_is_finished_after_an_error(
        self, hydrus: FakeHydrus, known: Path, capsys: Capsys
    ) -> None:
        others = {EDIT_TAGS, EDIT_RELATIONSHIPS, MANAGE_POPUPS}
        hydrus.on_call = lambda path: hydrus.grant(others) if path == ADD else None
        ended = run_on(hydrus, capsys, "--popup")
        assert ended.code == 5
        assert only(hydrus).is_done
        assert only(hydrus).fields["status_text_1"].startswith("Ended by an error: Hydrus does not")

    def test_is_finished_after_a_fault_of_the_program(self, watched: Watched) -> None:
        with suppress(ZeroDivisionError), watched.popup.shown():
            _ = 1 / 0
        assert only(watched.hydrus).is_done
        assert only(watched.hydrus).fields["status_text_1"] == "Ended by an error. 0 new pairs."

    def test_goes_on_although_no_popup_can_be_made(
        self, hydrus: FakeHydrus, known: Path, capsys: Capsys
    ) -> None:
        for path in (ADD, UPDATE):
            hydrus.fail(path, Fault.ERROR, times=1000)
        ended = run_on(hydrus, capsys, "--popup")
        assert ended.code == 0
        assert not hydrus.popups

    def test_makes_no_popup_unless_told_to(
        self, hydrus: FakeHydrus, known: Path, capsys: Capsys
    ) -> None:
        run_on(hydrus, capsys)
        run_on(hydrus, capsys, "--popup", "--dry-run")
        assert not any("popup" in call for call in hydrus.calls)

    def test_needs_the_permission(self, hydrus: FakeHydrus, capsys: Capsys) -> None:
        hydrus.grant({SEARCH, EDIT_TAGS, EDIT_RELATIONSHIPS})
        ended = run_on(hydrus, capsys, "--popup")
        assert ended.code == 5
        assert "lacks: manage popups" in ended.err
        assert "request-key --popup --save" in ended.err


def test_the_popup_is_brought_up_to_date_at_most_once_a_second(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    waits: list[float] = []

    class Recording(Signal):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout or 0)
            return len(waits) > 3

    monkeypatch.setattr(attending, "Signal", Recording)
    popup = RunPopup(watched.connection, watched.progress, watched.gate, sleep=waits.append)
    with popup.shown():
        pass
    # between the five calls that show something: one that adds it, three updates, and the last
    assert waits == [1.0] * 5
    assert watched.hydrus.calls.count(UPDATE) == 4


def cancel(popup: Popup) -> None:
    popup.is_cancelled = True


@contextmanager
def pressed(hydrus: FakeHydrus, press: Callable[[Popup], None]) -> Iterator[None]:
    """A button of the popup is pressed while the videos are searched for.

    The search is answered once the program has seen that.
    """
    updates = Condition()
    count = 0

    def on_call(path: str) -> None:
        nonlocal count
        with updates:
            if path == UPDATE:
                count += 1
                updates.notify_all()
            elif path == FIND:
                press(only(hydrus))
                seen = count + 2  # the next says so, the one after it that it was understood
                updates.wait_for(lambda: count >= seen)

    hydrus.on_call = on_call
    yield


class TestWhenIdle:
    def test_a_run_waits_until_hydrus_is_idle(
        self, hydrus: FakeHydrus, known: Path, capsys: Capsys
    ) -> None:
        hydrus.is_idle = False
        looks = 0

        def on_call(path: str) -> None:
            nonlocal looks
            looks += path == INFO
            hydrus.is_idle = looks >= 3
            assert path != FIND or hydrus.is_idle

        hydrus.on_call = on_call
        ended = run_on(hydrus, capsys, "--when-idle")
        assert ended.code == 0
        assert ended.summary["recorded"] > 0
        assert "Hydrus is in use: waiting until it is idle." in ended.err
        assert "Hydrus is idle." in ended.err

    def test_a_run_pauses_while_somebody_uses_hydrus(self, hydrus: FakeHydrus) -> None:
        gate = Gate()
        with while_idle(Connection(Endpoint(hydrus.url, hydrus.key)), gate):
            for is_idle in (False, True):
                with changed(hydrus, is_idle=is_idle):
                    assert gate.is_open == is_idle

    def test_a_hydrus_that_does_not_answer_changes_nothing(self, hydrus: FakeHydrus) -> None:
        gate = Gate()
        with while_idle(Connection(Endpoint(hydrus.url, hydrus.key)), gate):
            hydrus.fail(INFO, Fault.ERROR, times=2)
            with changed(hydrus, is_idle=False):
                assert not gate.is_open

    @pytest.mark.parametrize("command", [[], ["search"], ["search", "--by-tag", "0"]])
    def test_a_run_that_is_never_let_in_does_nothing_until_its_time_is_up(
        self, hydrus: FakeHydrus, known: Path, capsys: Capsys, command: list[str]
    ) -> None:
        assert run_on(hydrus, capsys, "hash").code == 0
        hydrus.is_idle = False
        hydrus.calls.clear()
        ended = run_on(hydrus, capsys, *command, "--when-idle", "--max-time", "1s")
        assert ended.code == 0
        assert "The time is up" in ended.err
        assert ended.summary["files_found"] == len(hydrus.files)
        assert ended.summary["posted"] == 0
        assert not hydrus.posted
        assert hydrus.calls.count(FIND) <= 3  # to tell what is left
        assert not any(call.startswith("/manage_file_relationships") for call in hydrus.calls)

    def test_needs_a_hydrus_that_tells(
        self, hydrus: FakeHydrus, known: Path, capsys: Capsys
    ) -> None:
        hydrus.tells_of_itself = False
        ended = run_on(hydrus, capsys, "--when-idle")
        assert ended.code == 6
        assert "v672" in ended.err

    def test_says_in_the_popup_what_it_waits_for(self, watched: Watched) -> None:
        watched.gate.hold(attending.IN_USE, held=True)
        assert watched.look().fields["status_text_2"].endswith("waiting until Hydrus is idle")


@contextmanager
def changed(hydrus: FakeHydrus, *, is_idle: bool) -> Iterator[None]:
    """Once the program knows that Hydrus is idle, or that it is not."""
    hydrus.is_idle = is_idle
    looks = Condition()
    count = 0

    def on_call(path: str) -> None:
        nonlocal count
        with looks:
            count += 1
            looks.notify_all()

    hydrus.on_call = on_call
    with looks:
        looks.wait_for(lambda: count >= 2)  # the second comes after the first was understood
    yield


@pytest.mark.parametrize("option", ["--popup", "--when-idle"])
def test_what_needs_hydrus_does_not_work_with_a_folder(
    tmp_path: Path, capsys: Capsys, option: str
) -> None:
    assert main([option, "--folder", str(tmp_path)]) == 2
    assert f"{option} " in capsys.readouterr().err
