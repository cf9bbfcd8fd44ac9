"""What is remembered between runs."""

import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from hydrus_video_deduplicator.cli import main
from hydrus_video_deduplicator.errors import AlreadyRunning, DataDirectoryUnusable
from hydrus_video_deduplicator.match import Edit, Glimpse, Kind, Match, Part
from hydrus_video_deduplicator.store import (
    Fingerprint,
    PackedSketch,
    PostState,
    Store,
    run_lock,
    schema,
)
from hydrus_video_deduplicator.store.schema import SCHEMA_VERSION

A, B, C = ("a" * 64, "b" * 64, "c" * 64)
MATCH = Match(
    A, B, 0.75, Kind.TRIMMED, frozenset({Edit.MIRRORED}), (Part((0.0, 2.5), (1.0, 3.5), 1.0),)
)
V1, V2 = "algorithm-1", "algorithm-2"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        yield opened


def test_a_signature_is_known_to_its_own_version_only(store: Store) -> None:
    store.signatures.add(A, V1, Fingerprint("0" * 16, b"signature"))
    assert store.signatures.files(V1) == {A}
    assert store.signatures.files(V2) == set()
    assert store.signatures.of(V1, store.signatures.files(V1)) == {A: b"signature"}
    assert store.signatures.video_hash(A, V1) == "0" * 16
    assert store.signatures.video_hash(A, V2) is None


def test_a_failure_is_forgotten_when_the_file_is_hashed_after_all(store: Store) -> None:
    store.failures.add(A, V1, "no picture")
    assert store.failures.reasons(V1) == {A: "no picture"}
    store.signatures.add(A, V1, Fingerprint("0" * 16, b""))
    assert store.failures.reasons(V1) == {}


def test_a_failure_of_one_version_is_tried_again_by_the_next(store: Store) -> None:
    store.failures.add(A, V1, "no picture")
    assert store.failures.reasons(V2) == {}


@pytest.mark.parametrize(
    ("limit", "memory", "seconds", "is_known"),
    [
        ({}, None, 1e9, True),
        ({"memory": 100}, 100, 9.0, True),
        ({"memory": 100}, 50, 9.0, True),
        ({"memory": 100}, 101, 9.0, False),
        ({"memory": 100}, None, 9.0, False),
        ({"seconds": 9.0}, None, 9.0, True),
        ({"seconds": 9.0}, 50, 10.0, False),
    ],
)
def test_a_failure_that_met_a_limit_stands_until_that_limit_is_higher(
    store: Store, limit: dict[str, int], memory: int | None, seconds: float, is_known: bool
) -> None:
    store.failures.add(A, V1, "needs more", **limit)
    assert store.failures.within(V1, memory, seconds) == ({A} if is_known else set())
    assert store.failures.reasons(V1) == {A: "needs more"}


def test_a_file_in_a_folder_is_known_by_its_path_and_stamp(store: Store) -> None:
    store.file_hashes.add([(b"/a\xff", "1", A)])
    store.file_hashes.add([(b"/a\xff", "2", B)])
    assert store.file_hashes.find(b"/a\xff", "2") == B
    assert store.file_hashes.find(b"/a\xff", "1") is None
    assert store.file_hashes.find(b"/b", "2") is None


def test_a_file_is_new_until_it_has_been_compared(store: Store) -> None:
    store.signatures.add(A, V1, Fingerprint("0" * 16, b""))
    store.signatures.add(B, V1, Fingerprint("0" * 16, b""))
    assert store.matches.uncompared(V1) == {A, B}
    store.matches.add_comparison(V1, {A, B}, [MATCH])
    assert store.matches.uncompared(V1) == set()


def test_a_comparison_that_fails_midway_leaves_no_trace(store: Store) -> None:
    store.signatures.add(A, V1, Fingerprint("0" * 16, b""))

    def broken() -> object:
        yield MATCH
        raise RuntimeError

    with pytest.raises(RuntimeError):
        store.matches.add_comparison(V1, {A}, broken())  # type: ignore[arg-type]
    assert store.matches.uncompared(V1) == {A}
    assert store.matches.at_least(V1, 0) == []


def test_a_match_that_a_closer_look_has_found_takes_the_place_of_one_without(store: Store) -> None:
    sparse, closer = replace(MATCH, score=0.95), replace(MATCH, score=0.9, is_closer=True)
    for found in ([sparse, closer], [closer, sparse]):
        store.matches.add_comparison(V1, [], found)
        assert store.matches.at_least(V1, 0) == [closer]
        store.matches.forget(A, V1)


def test_of_the_glimpses_of_two_files_the_likeliest_counts_until_it_is_settled(
    store: Store,
) -> None:
    seen = [Glimpse(A, B, (10.0, 20.0), 0.9), Glimpse(A, B, (40.0, 50.0), 0.95)]
    for each in (*seen, seen[0]):
        store.matches.add_comparison(V1, [A], [], [each])
    other = Glimpse(C, B, (0.0, 5.0), 0.99)
    store.matches.add_comparison(V1, [C], [], [other])
    assert store.glimpses.all(V1) == [other, seen[1]]
    assert store.glimpses.all(V2) == []
    store.glimpses.settle(V1, [other])
    assert store.glimpses.all(V1) == [seen[1]]
    store.signatures.add(B, V1, Fingerprint("0" * 16, b""))
    store.signatures.forget(B, V1)
    assert store.glimpses.all(V1) == []


def test_all_signatures_of_a_file_go_with_it(store: Store) -> None:
    store.signatures.add(
        A, V1, Fingerprint("0" * 16, b"", further={"~black": Fingerprint("", b"")})
    )
    store.signatures.add_further(A, V1, {"~at500": Fingerprint("", b"stretch")})
    store.signatures.add(A + "0", V1, Fingerprint("0" * 16, b""))
    assert store.signatures.names(A, V1) == [A, f"{A}~at500", f"{A}~black"]
    store.signatures.forget(A, V1)
    assert store.signatures.files(V1) == store.matches.uncompared(V1) == {A + "0"}


def test_a_match_of_panels_takes_the_place_of_one_of_whole_pictures_if_it_is_much_better(
    store: Store,
) -> None:
    whole = replace(MATCH, score=0.7)
    panel = replace(MATCH, edits=frozenset({Edit.PANEL}))
    for found, kept in (
        ([whole, replace(panel, score=0.75)], whole),
        ([replace(panel, score=0.75)], whole),
        ([replace(panel, score=0.85)], replace(panel, score=0.85)),
        ([replace(whole, score=0.8)], replace(whole, score=0.8)),
    ):
        store.matches.add_comparison(V1, [], found)
        assert store.matches.at_least(V1, 0) == [kept]


def test_fingerprints_that_fail_midway_leave_no_trace(store: Store) -> None:
    store.failures.add(A, V1, "no picture")

    def broken() -> Iterator[tuple[str, Fingerprint]]:
        yield A, Fingerprint("0" * 16, b"", sketch=PackedSketch("1", b"", b""))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.signatures.add_all(V1, broken())
    assert store.signatures.files(V1) == set()
    assert store.matches.uncompared(V1) == set()
    assert list(store.sketches.all(V1, "1")) == []
    assert store.failures.reasons(V1) == {A: "no picture"}


def test_a_signature_whose_matches_cannot_be_forgotten_is_kept_with_its_sketch(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    sketch = PackedSketch("1", b"listed", b"placed")
    store.signatures.add(A, V1, Fingerprint("0" * 16, b"", sketch=sketch))

    def dying(*_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(store.matches, "forget", dying)
    with pytest.raises(KeyboardInterrupt):
        store.signatures.forget(A, V1)
    assert store.signatures.files(V1) == {A}
    assert list(store.sketches.all(V1, "1")) == [(A, b"listed", b"placed")]


def test_a_match_comes_back_as_it_was_kept(store: Store) -> None:
    store.matches.add_comparison(V1, set(), [MATCH])
    assert store.matches.at_least(V1, threshold=0.75) == [MATCH]
    assert store.matches.at_least(V1, threshold=0.76) == []
    assert store.matches.at_least(V2, threshold=0) == []


def test_matches_come_the_strongest_first(store: Store) -> None:
    weaker = Match(A, C, 0.5, Kind.SAME, frozenset(), (Part((0.0, 1.0), (0.0, 1.0), 1.0),))
    store.matches.add_comparison(V1, set(), [weaker, MATCH])
    assert [match.score for match in store.matches.at_least(V1, 0)] == [0.75, 0.5]


def test_each_library_has_a_ledger_of_its_own(store: Store) -> None:
    store.ledger.record("here", {(A, B): PostState.RECORDED})
    store.ledger.record("there", {(A, C): PostState.JUDGED})
    assert store.ledger.states("here") == {(A, B): PostState.RECORDED}
    store.ledger.strike_all("here")
    assert store.ledger.states("here") == {}
    assert store.ledger.states("there") == {(A, C): PostState.JUDGED}


def test_a_debt_stands_until_it_is_settled(store: Store) -> None:
    store.debts.owe("here", {(A, B), (A, C)})
    store.debts.settle("here", {(A, B)})
    assert store.debts.owed("here") == {(A, C)}


def test_what_is_kept_is_there_when_the_store_is_opened_again(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.ledger.record("here", {(A, B): PostState.INTENDED})
    with Store.open(tmp_path) as store:
        assert store.ledger.states("here") == {(A, B): PostState.INTENDED}


@pytest.mark.parametrize(
    "damage", [lambda whole: b"no database" * 1000, lambda whole: whole[:100] + b"x" * 20_000]
)
def test_a_corrupt_store_is_set_aside_with_its_name_told_and_begun_anew(
    tmp_path: Path, damage: Callable[[bytes], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    with Store.open(tmp_path) as store:
        store.failures.add(A, V1, "no picture")
    path = tmp_path / "store.sqlite3"
    damaged = damage(path.read_bytes())
    path.write_bytes(damaged)
    with Store.open(tmp_path) as store:
        assert store.failures.reasons(V1) == {}
    (kept,) = tmp_path.glob("corrupt-*-store.sqlite3")
    assert kept.read_bytes() == damaged
    assert kept.name in caplog.text
    assert "rollback cannot take them back" in caplog.text


def test_the_lock_lets_one_run_in_and_is_free_after_it(tmp_path: Path) -> None:
    with run_lock(tmp_path), pytest.raises(AlreadyRunning), run_lock(tmp_path):
        pass
    with run_lock(tmp_path):
        pass


def test_a_lock_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "lock.sqlite3").mkdir()
    with (
        pytest.raises(DataDirectoryUnusable, match="Choose another --data-dir"),
        run_lock(tmp_path),
    ):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps a user's folders private itself")
def test_the_data_directory_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    assert main(["--folder", str(tmp_path)]) == 0
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


OLD_STORES = Path(__file__).parent / "stores"
"""A store of each schema that ever was, as it was made then."""


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION + 1))
def test_a_store_of_every_older_schema_is_brought_up_to_date_with_all_that_is_in_it(
    tmp_path: Path, version: int
) -> None:
    old = sqlite3.connect(tmp_path / "store.sqlite3")
    old.executescript((OLD_STORES / f"schema_{version}.sql").read_text(encoding="utf-8"))
    old.close()
    library = "http://localhost:45869"
    for _ in range(2):  # the second time it is up to date
        with Store.open(tmp_path) as store:
            assert store.signatures.of(V1, store.signatures.files(V1)) == {A: b"\x0a", B: b"\x0b"}
            assert store.signatures.video_hash(A, V1) == "0123456789abcdef"
            assert store.signatures.too_little(V1) == {B: "black"}
            due = {B} if version >= 9 else {A, B}  # what is older is compared again
            assert store.matches.uncompared(V1) == due
            outdated = {A} if version >= 5 else {A, B}
            assert store.signatures.outdated(V1) == outdated
            assert store.failures.reasons(V1) == {C: "no picture"}
            unfollowed = [MATCH.pair] if version >= 9 else []
            assert store.matches.unfollowed(V1) == unfollowed
            assert store.matches.unheard(V1, 0) == store.matches.at_least(V1, 0) == [MATCH]
            glimpses = [Glimpse(A, B, (10.5, 22.5), 0.9)] if version >= 7 else []
            assert store.glimpses.all(V1) == glimpses
            assert store.soundprints.files("sound-1") == {A, B}
            assert store.soundprints.of(A, "sound-1") == b"sound"
            assert store.ledger.states(library) == {(A, B): PostState.INTENDED}
            assert store.debts.owed(library) == {(A, C)}
            assert store.decisions.all(library).keys() == ({(A, B)} if version >= 4 else set())
    assert _schema(tmp_path) == _schema_of_a_new_store(tmp_path / "new")


def test_a_pair_of_an_earlier_version_counts_until_it_is_judged_again(tmp_path: Path) -> None:
    old = sqlite3.connect(tmp_path / "store.sqlite3")
    old.executescript((OLD_STORES / "schema_5.sql").read_text(encoding="utf-8"))
    old.close()
    with Store.open(tmp_path) as store:
        store.matches.add_comparison(V1, [A], [])
        assert store.matches.at_least(V1, 0) == [MATCH]  # B may find it again
        worse = replace(MATCH, score=0.6)
        store.matches.add_comparison(V1, [B], [worse])
        assert store.matches.at_least(V1, 0) == [worse]


def test_a_pair_of_an_earlier_version_that_is_not_found_again_goes(tmp_path: Path) -> None:
    old = sqlite3.connect(tmp_path / "store.sqlite3")
    old.executescript((OLD_STORES / "schema_5.sql").read_text(encoding="utf-8"))
    old.close()
    with Store.open(tmp_path) as store:
        store.matches.add_comparison(V1, [A, B], [])
        assert store.matches.at_least(V1, 0) == []


def test_sound_with_a_cover_that_had_counted_as_failed_is_no_failure_any_more(
    tmp_path: Path,
) -> None:
    old = sqlite3.connect(tmp_path / "store.sqlite3")
    old.executescript((OLD_STORES / "schema_3.sql").read_text(encoding="utf-8"))
    cover = "no moving picture, only a cover (Hydrus calls it mp4)"
    old.execute("INSERT INTO failure VALUES (?, ?, ?, NULL, NULL)", (A, V1, cover))
    old.commit()
    old.close()
    with Store.open(tmp_path) as store:
        assert store.failures.no_videos(V1) == {A: cover}
        assert store.failures.reasons(V1) == {C: "no picture"}
        assert store.failures.within(V1, None, 0) == {C}


def _schema(folder: Path) -> set[tuple[str, str]]:
    """The names of all tables and indexes, with their columns."""
    database = sqlite3.connect(folder / "store.sqlite3")
    names = database.execute("SELECT name FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    columns = {
        (name, column)
        for (name,) in names
        for column, *_ in database.execute("SELECT name FROM pragma_table_info(?)", (name,))
    }
    database.close()
    return columns | set(names)


def _schema_of_a_new_store(folder: Path) -> set[tuple[str, str]]:
    folder.mkdir()
    with Store.open(folder):
        pass
    return _schema(folder)


def test_a_store_that_another_process_migrates_meanwhile_is_not_migrated_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = sqlite3.connect(tmp_path / "store.sqlite3")
    old.executescript((OLD_STORES / "schema_1.sql").read_text(encoding="utf-8"))
    old.close()
    take_step = schema._take_step

    def after_the_other(connection: sqlite3.Connection, name: str, target: int) -> None:
        monkeypatch.setattr(schema, "_take_step", take_step)
        with Store.open(tmp_path):
            pass
        take_step(connection, name, target)

    monkeypatch.setattr(schema, "_take_step", after_the_other)
    with Store.open(tmp_path) as store:
        assert store.matches.at_least(V1, 0) == [MATCH]
    assert _schema(tmp_path) == _schema_of_a_new_store(tmp_path / "new")


def test_a_migration_that_dies_leaves_the_old_store(tmp_path: Path) -> None:
    old = sqlite3.connect(tmp_path / "store.sqlite3")
    old.executescript((OLD_STORES / "schema_1.sql").read_text(encoding="utf-8"))
    old.execute("CREATE TABLE sketch (in_the_way)")
    old.close()
    before = _schema(tmp_path)
    with pytest.raises(DataDirectoryUnusable):
        Store.open(tmp_path)
    assert _schema(tmp_path) == before


def test_what_another_thread_writes_is_kept_and_not_seen_within_a_snapshot(store: Store) -> None:
    with ThreadPoolExecutor(1) as another:
        with store.snapshot():
            assert store.signatures.files(V1) == set()
            another.submit(store.signatures.add, A, V1, Fingerprint("0" * 16, b"")).result()
            assert store.signatures.files(V1) == set()
        assert store.signatures.files(V1) == {A}


def test_two_threads_that_write_at_once_wait_for_each_other(store: Store) -> None:
    def write(letter: str) -> None:
        for number in range(50):
            store.signatures.add(f"{letter}{number}", V1, Fingerprint("0" * 16, b""))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, "abcd"))
    assert len(store.signatures.files(V1)) == 200


def test_a_disk_that_is_full_ends_the_run_and_takes_nothing_that_was_kept(tmp_path: Path) -> None:
    with pytest.raises(DataDirectoryUnusable, match="full"), Store.open(tmp_path) as store:
        _fill(store, most_pages=40)
    with Store.open(tmp_path) as store:
        kept = store.signatures.files(V1)
        assert kept == {f"{number:064}" for number in range(len(kept))}
        assert kept


def _fill(store: Store, most_pages: int) -> None:
    store._database.execute(f"PRAGMA max_page_count = {most_pages}")
    for number in range(1000):
        store.signatures.add(f"{number:064}", V1, Fingerprint("0" * 16, b"x" * 4000))


TABLES = 131072
"""Bytes at the start of a new store that say which tables there are."""


def test_a_store_that_turns_out_to_be_corrupt_in_a_run_is_set_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Store.open(tmp_path) as store:
        for number in range(100):
            store.signatures.add(f"{number:064}", V1, Fingerprint("0" * 16, b"x" * 4000))
    path = tmp_path / "store.sqlite3"
    whole = path.read_bytes()
    path.write_bytes(whole[:TABLES] + b"\xff" * (len(whole) - TABLES))
    with pytest.raises(DataDirectoryUnusable, match="corrupt"), Store.open(tmp_path) as store:
        store.signatures.files(V1)
    (kept,) = tmp_path.glob("corrupt-*-store.sqlite3")
    assert kept.name in caplog.text
    with Store.open(tmp_path) as store:
        assert store.signatures.files(V1) == set()


def test_who_only_looks_leaves_a_store_that_turns_out_to_be_corrupt(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        for number in range(100):
            store.signatures.add(f"{number:064}", V1, Fingerprint("0" * 16, b"x" * 4000))
    path = tmp_path / "store.sqlite3"
    whole = path.read_bytes()
    path.write_bytes(whole[:TABLES] + b"\xff" * (len(whole) - TABLES))
    looked_at = Store.open(tmp_path, replaces=False)
    with pytest.raises(DataDirectoryUnusable, match="is corrupt"), looked_at as store:
        store.signatures.files(V1)
    assert [file.name for file in tmp_path.iterdir()] == ["store.sqlite3"]


def test_of_matches_of_one_pair_the_best_is_kept(store: Store) -> None:
    for score in (0.7, 0.9, 0.8):
        store.matches.add_comparison(V1, [], [replace(MATCH, score=score)])
    assert [match.score for match in store.matches.at_least(V1, 0)] == [0.9]


def test_a_match_is_new_until_it_is_known_what_follows_from_it(store: Store) -> None:
    other = replace(MATCH, b=C)
    store.matches.add_comparison(V1, [], [MATCH, other])
    assert store.matches.unfollowed(V1) == [MATCH.pair, other.pair]
    better = replace(other, score=0.9)
    store.matches.add_followed(V1, [MATCH.pair, other.pair], [better])
    assert store.matches.unfollowed(V1) == [better.pair]
    assert store.matches.of(V1, [B]) == ([], [MATCH])
    assert store.matches.of(V1, [A, B, C]) == ([better], [MATCH])


def test_the_strongest_matches_among_some_files_are_given(store: Store) -> None:
    weaker, stronger = replace(MATCH, score=0.7), replace(MATCH, b=C, score=0.9)
    store.matches.add_comparison(V1, [], [weaker, stronger])
    assert store.matches.among(V1, {A, B}, most=9) == [weaker]
    assert store.matches.among(V1, {B, C}, most=9) == []
    assert {m.pair for m in store.matches.among(V1, {A, B, C}, most=9)} == {(A, B), (A, C)}
    store.matches.add_comparison(V1, [], [replace(MATCH, a=B, b=C, score=0.8)])
    assert store.matches.among(V1, {A, B}, most=1) == []


def test_a_signature_is_forgotten_with_its_matches(store: Store) -> None:
    store.signatures.add(A, V1, Fingerprint("0" * 16, b"signature", readable=0.5))
    store.matches.add_comparison(V1, [], [MATCH])
    assert store.signatures.partly_read(V1) == {A: 0.5}
    store.signatures.forget(A, V1)
    assert store.signatures.files(V1) == set()
    assert store.matches.uncompared(V1) == set()
    assert store.signatures.partly_read(V1) == {}
    assert store.matches.at_least(V1, 0) == []
