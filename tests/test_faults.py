"""Whatever Hydrus, the disk or its user does in the middle of a run: nothing is lost or made twice.

The rows of the table in docs/reliability.md, each made to happen. See also test_kills.py.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest
from clips import encode, scene
from fake_hydrus import (
    EDIT_RELATIONSHIPS,
    EDIT_TAGS,
    FALSE_POSITIVE,
    PASSING,
    SEARCH,
    FakeHydrus,
    Fault,
    Held,
)
from pools import in_threads
from processes import Program, busy, wait_until
from runs import Ended, pair_names, run_on, sha256_of

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.cli import INTERRUPTED, opening, running
from hydrus_video_deduplicator.errors import (
    AlreadyRunning,
    DataDirectoryUnusable,
    HydrusGone,
    KeyRefused,
    PermissionMissing,
)
from hydrus_video_deduplicator.library.hydrus import Endpoint, Patience
from hydrus_video_deduplicator.store import Store, database
from hydrus_video_deduplicator.store.store import FILE_NAME

Capsys = pytest.CaptureFixture[str]

HURRIED = Patience(attempts=2, first_attempts=2, backoff=0, absence=0.3, poll=0.01)

PAIR = {frozenset({"a.mp4", "a small.mp4"})}

ADD_TAGS = "/add_tags/add_tags"
FILE = "/get_files/file"
PATH = "/get_files/file_path"
READ_PAIRS = "/manage_file_relationships/get_file_relationships"
SEARCH_FILES = "/get_files/search_files"
POST_PAIRS = "/manage_file_relationships/set_file_relationships"


@pytest.fixture(scope="session")
def three_clips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One pair, and one that is like neither."""
    folder = tmp_path_factory.mktemp("three")
    a, b = (scene(seed, seconds=3) for seed in (1, 2))
    small = [picture[::2, ::2] for picture in a]
    return [
        encode(folder / "a.mp4", a),
        encode(folder / "a small.mp4", small),
        encode(folder / "b.mp4", b),
    ]


@pytest.fixture
def few(three_clips: list[Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHydrus]:
    """A client with three clips, for runs that wait little and start no process."""
    monkeypatch.setattr(opening, "Endpoint", partial(Endpoint, patience=HURRIED))
    monkeypatch.setattr(running, "ProcessPool", in_threads)
    with FakeHydrus(three_clips) as hydrus:
        yield hydrus


def assert_all_is_done(hydrus: FakeHydrus) -> None:
    """Every file has its tag, the pair is there and was posted once."""
    assert all(len(hydrus.tags(sha256)) == 1 for sha256 in hydrus.files)
    assert pair_names(hydrus) == PAIR
    assert [held for _, _, held in hydrus.posted] == [Held.NOTHING]


@dataclass(frozen=True)
class Call:
    """A call of a run: its path, and how many calls with that path come before it.

    named: by what the call, or what is set aside with it, is named to the user.
    ends: whether the run cannot go on without it.
    asked: how often it is made before anything is set aside: the plan of the posts can do without.
    """

    path: str
    before: int
    named: str
    ends: bool = False
    over_http: bool = False
    asked: int = 1


CALLS = {
    "permissions": Call("/verify_access_key", 0, "asking what the key may do", ends=True),
    "services": Call("/get_services", 0, "asking for the services", ends=True),
    "search": Call(SEARCH_FILES, 0, "searching for files", ends=True),
    "search for files without a tag": Call(SEARCH_FILES, 1, "the tags"),
    "path of a file": Call(PATH, 0, "file "),
    "size of a file": Call(FILE, 0, "file ", over_http=True),
    "part of a file": Call(FILE, 1, "file ", over_http=True),
    "tag": Call(ADD_TAGS, 0, "file "),
    "search for files with a wrong tag": Call(SEARCH_FILES, 2, "the tags"),
    "search for files of pairs": Call(SEARCH_FILES, 3, " and file ", asked=2),
    "read pairs": Call(READ_PAIRS, 0, " and file ", asked=2),
    "post": Call(POST_PAIRS, 0, " and file "),
    "read pairs back": Call(READ_PAIRS, 2, " and file "),
}
BODILESS = {ADD_TAGS, POST_PAIRS, FILE}
"""Their answers are no JSON."""

DONE_ALL_THE_SAME = {Fault.DROP, Fault.STALL, Fault.HALF}
"""Only the answer is lost. Before a post is repeated, the run looks, and finds the pairs there."""

each_fault_at_each_call = pytest.mark.parametrize(
    ("call", "fault"),
    [
        pytest.param(call, fault, id=f"{fault.name} {name}")
        for name, call in CALLS.items()
        for fault in PASSING
        if fault is not Fault.NOT_JSON or call.path not in BODILESS
    ],
)


STALLED_SECONDS = 1.5
"""For an answer, where none comes. Elsewhere a slow machine may take its time."""


def _prepare(
    hydrus: FakeHydrus, call: Call, fault: Fault, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault is Fault.STALL:
        patience = replace(HURRIED, read=STALLED_SECONDS)
        monkeypatch.setattr(opening, "Endpoint", partial(Endpoint, patience=patience))
    if call.over_http:
        hydrus.grant([EDIT_TAGS, SEARCH, EDIT_RELATIONSHIPS])
    hydrus.fail(call.path, fault, times, after=call.before)


@each_fault_at_each_call
def test_a_fault_that_passes_costs_nothing(
    few: FakeHydrus,
    capsys: Capsys,
    call: Call,
    fault: Fault,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _prepare(few, call, fault, 1, monkeypatch)
    assert run_on(few, capsys).code == 0
    assert sum(few.failed.values()) == 1
    assert_all_is_done(few)


@each_fault_at_each_call
def test_a_fault_that_stays_sets_its_file_or_batch_aside_for_the_next_run(
    few: FakeHydrus,
    capsys: Capsys,
    call: Call,
    fault: Fault,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _prepare(few, call, fault, call.asked * HURRIED.attempts, monkeypatch)
    ended = run_on(few, capsys)
    if call.path == POST_PAIRS and fault in DONE_ALL_THE_SAME:
        assert ended.code == 0
    else:
        assert ended.code == (HydrusGone.exit_code if call.ends else 1)
        assert call.named in ended.err
    assert 'File "' not in ended.err  # no traceback of ours
    few.recover()
    again = run_on(few, capsys)
    assert again.code == 0
    assert_all_is_done(few)


@pytest.mark.parametrize("call", ["path of a file", "size of a file", "part of a file", "tag"])
def test_a_file_that_is_set_aside_holds_no_other_up(
    few: FakeHydrus, capsys: Capsys, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _prepare(few, CALLS[call], Fault.LOCKED, HURRIED.attempts, monkeypatch)
    ended = run_on(few, capsys)
    assert len(ended.summary["failures"]) == 1
    assert ended.summary["hashed"] >= 2


@pytest.mark.parametrize("path", [ADD_TAGS, POST_PAIRS])
def test_what_was_answered_200_and_not_recorded_is_sent_again_by_the_next_run(
    few: FakeHydrus, capsys: Capsys, path: str
) -> None:
    few.fail(path, Fault.RECORD_NOTHING)
    first = run_on(few, capsys)
    assert first.code == (1 if path == POST_PAIRS else 0)
    assert run_on(few, capsys).code == 0
    assert all(few.tags(sha256) for sha256 in few.files)
    assert pair_names(few) == PAIR


class TestHydrusGoesAway:
    def test_and_is_back_soon_the_run_waits_says_so_and_finishes(
        self, three_clips: list[Path], tmp_path: Path
    ) -> None:
        with FakeHydrus(three_clips) as hydrus:
            hydrus.on_call = _once(ADD_TAGS, hydrus.stop)
            with Program(hydrus, tmp_path / "data") as program:
                wait_until(lambda: "no longer answers" in program.says(), "it does not say so")
                hydrus.start()
                assert program.finish()[0] == 0
            assert_all_is_done(hydrus)

    @pytest.mark.parametrize("path", [SEARCH_FILES, PATH, ADD_TAGS, READ_PAIRS, POST_PAIRS])
    def test_and_stays_away_what_is_done_is_kept_and_the_next_run_goes_on(
        self, few: FakeHydrus, capsys: Capsys, path: str
    ) -> None:
        few.on_call = _once(path, few.stop)
        ended = run_on(few, capsys)
        assert ended.code == HydrusGone.exit_code
        assert "Finished work is kept" in ended.err
        few.start()
        _assert_goes_on(few, capsys)


class TestTheKeyIsNoLongerGood:
    @pytest.mark.parametrize("path", [SEARCH_FILES, PATH, ADD_TAGS, READ_PAIRS, POST_PAIRS])
    @pytest.mark.parametrize(
        ("permissions", "code"),
        [(None, KeyRefused.exit_code), ([], PermissionMissing.exit_code)],
        ids=["revoked", "without permissions"],
    )
    def test_what_is_done_is_kept_and_the_next_run_goes_on(
        self,
        few: FakeHydrus,
        capsys: Capsys,
        path: str,
        permissions: list[int] | None,
        code: int,
    ) -> None:
        def change() -> None:
            if permissions is None:
                few.revoke_key()
            else:
                few.grant(permissions)

        few.on_call = _once(path, change)
        assert run_on(few, capsys).code == code
        few.grant(None)
        _assert_goes_on(few, capsys)


def _assert_goes_on(hydrus: FakeHydrus, capsys: Capsys) -> None:
    """The next run does the rest, and only that."""
    with Store.open(Path("data")) as kept:
        signed = kept.signatures.files(signature.ALGORITHM)
    again = run_on(hydrus, capsys)
    assert again.code == 0
    assert again.summary["hashed"] == len(hydrus.files) - len(signed)
    assert_all_is_done(hydrus)


@pytest.mark.parametrize("more_pages", [0, 3, 6, 9, 12, 15])
def test_a_full_disk_is_told_and_the_next_run_goes_on(
    few: FakeHydrus, capsys: Capsys, monkeypatch: pytest.MonkeyPatch, more_pages: int
) -> None:
    run_on(few, capsys, "--query", "system:limit=1", "hash")
    pages = Path("data", FILE_NAME).stat().st_size // 4096
    with monkeypatch.context() as patch:
        patch.setattr(database, "connect", partial(_connect_to_full_disk, pages + more_pages))
        full = run_on(few, capsys)
    assert full.code in (0, DataDirectoryUnusable.exit_code)
    if full.code:
        assert "Is the disk full?" in full.err
    _assert_goes_on(few, capsys)


_connect = database.connect


def _connect_to_full_disk(most_pages: int, path: Path) -> object:
    connection = _connect(path)
    connection.execute(f"PRAGMA max_page_count = {most_pages}")
    return connection


class TestCtrlC:
    def test_once_finishes_the_files_in_work_and_says_how_to_go_on(
        self, three_clips: list[Path], tmp_path: Path
    ) -> None:
        with FakeHydrus(three_clips) as hydrus, busy(hydrus, tmp_path / "data") as (program, hold):
            program.press_ctrl_c()
            wait_until(lambda: "Ctrl+C again" in program.says(), "it does not say so")
            hold.set()
            assert program.finish()[0] == INTERRUPTED
            assert "run again to continue" in program.says()
            with Store.open(tmp_path / "data") as kept:
                assert kept.signatures.files(signature.ALGORITHM)
            with Program(hydrus, tmp_path / "data") as again:
                assert again.finish()[0] == 0
            assert_all_is_done(hydrus)

    def test_twice_stops_at_once(self, three_clips: list[Path], tmp_path: Path) -> None:
        with FakeHydrus(three_clips) as hydrus, busy(hydrus, tmp_path / "data") as (program, hold):
            program.press_ctrl_c()
            wait_until(lambda: "Ctrl+C again" in program.says(), "it does not say so")
            program.press_ctrl_c()
            assert program.finish()[0] == INTERRUPTED
            assert not hold.is_set()  # the file in work never came
            hold.set()


def test_of_two_runs_at_once_the_second_says_so_and_a_dead_one_is_in_nobodys_way(
    three_clips: list[Path], tmp_path: Path
) -> None:
    with FakeHydrus(three_clips) as hydrus, busy(hydrus, tmp_path / "data") as (program, hold):
        with Program(hydrus, tmp_path / "data") as second:
            assert second.finish()[0] == AlreadyRunning.exit_code
            assert "Another run" in second.says()
        program.kill()
        program.finish()
        hold.set()
        with Program(hydrus, tmp_path / "data") as third:
            assert third.finish()[0] == 0
        assert_all_is_done(hydrus)


class TestTheUserGoesOn:
    """Deletes, trashes, imports again and judges while a run is at work."""

    @pytest.mark.parametrize("path", [SEARCH_FILES, PATH, FILE, ADD_TAGS])
    @pytest.mark.parametrize("leave", [FakeHydrus.delete, FakeHydrus.move_to_trash])
    @pytest.mark.parametrize("name", ["a.mp4", "b.mp4"])
    def test_a_file_that_goes_is_no_error_and_in_no_pair(
        self,
        few: FakeHydrus,
        capsys: Capsys,
        path: str,
        leave: Callable[[FakeHydrus, str], None],
        name: str,
    ) -> None:
        if path == FILE:
            few.grant([EDIT_TAGS, SEARCH, EDIT_RELATIONSHIPS])
        few.on_call = _once(path, lambda: leave(few, sha256_of(few, name)))
        _assert_no_error(run_on(few, capsys))
        assert pair_names(few) == (set() if name == "a.mp4" else PAIR)

    @pytest.mark.parametrize("path", [SEARCH_FILES, PATH, ADD_TAGS, READ_PAIRS, POST_PAIRS])
    def test_and_one_that_comes_back_gets_its_pair_by_the_next_run(
        self, few: FakeHydrus, capsys: Capsys, path: str, three_clips: list[Path]
    ) -> None:
        a = sha256_of(few, "a.mp4")
        few.on_call = _once(path, lambda: few.move_to_trash(a))
        _assert_no_error(run_on(few, capsys))
        few.add_file(three_clips[0])
        assert run_on(few, capsys).code == 0
        assert_all_is_done(few)

    @pytest.mark.parametrize("path", [ADD_TAGS, READ_PAIRS, POST_PAIRS])
    def test_a_pair_that_is_judged_meanwhile_does_not_come_back(
        self, few: FakeHydrus, capsys: Capsys, path: str
    ) -> None:
        a, small = sha256_of(few, "a.mp4"), sha256_of(few, "a small.mp4")
        few.on_call = _once(path, lambda: few.judge(a, small, FALSE_POSITIVE))
        _assert_no_error(run_on(few, capsys))
        assert run_on(few, capsys).summary["posted"] == 0
        assert not pair_names(few)


def _assert_no_error(ended: Ended) -> None:
    assert ended.code == 0, ended.err
    assert not ended.summary["failures"]


def _once(path: str, do: Callable[[], None]) -> Callable[[str], None]:
    """Do it when the first call with that path has been done."""
    calls = iter([do])

    def on_call(called: str) -> None:
        if called == path and (now := next(calls, None)) is not None:
            now()

    return on_call
