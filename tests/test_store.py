"""What is remembered between runs."""

import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hydrus_video_deduplicator.cli import main
from hydrus_video_deduplicator.errors import AlreadyRunning
from hydrus_video_deduplicator.matching import Edit, Kind, Match
from hydrus_video_deduplicator.store import Fingerprint, PostState, Store, run_lock

A, B, C = ("a" * 64, "b" * 64, "c" * 64)
MATCH = Match(A, B, 0.75, Kind.TRIMMED, frozenset({Edit.MIRRORED}), (0.0, 2.5), (1.0, 3.5), 1.0)
V1, V2 = "algorithm-1", "algorithm-2"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        yield opened


def test_a_signature_is_known_to_its_own_version_only(store: Store) -> None:
    store.add_fingerprint(A, V1, Fingerprint("0" * 16, b"signature"))
    assert store.signed(V1) == {A}
    assert store.signed(V2) == set()
    assert dict(store.signatures(V1)) == {A: b"signature"}
    assert store.video_hash(A, V1) == "0" * 16
    assert store.video_hash(A, V2) is None


def test_a_failure_is_forgotten_when_the_file_is_hashed_after_all(store: Store) -> None:
    store.add_failure(A, V1, "no picture")
    assert store.failures(V1) == {A: "no picture"}
    store.add_fingerprint(A, V1, Fingerprint("0" * 16, b""))
    assert store.failures(V1) == {}


def test_a_failure_of_one_version_is_tried_again_by_the_next(store: Store) -> None:
    store.add_failure(A, V1, "no picture")
    assert store.failures(V2) == {}


def test_a_file_is_new_until_it_has_been_compared(store: Store) -> None:
    store.add_fingerprint(A, V1, Fingerprint("0" * 16, b""))
    store.add_fingerprint(B, V1, Fingerprint("0" * 16, b""))
    assert store.uncompared(V1) == {A, B}
    store.add_comparison(V1, {A, B}, [MATCH])
    assert store.uncompared(V1) == set()


def test_a_comparison_that_fails_midway_leaves_no_trace(store: Store) -> None:
    store.add_fingerprint(A, V1, Fingerprint("0" * 16, b""))

    def broken() -> object:
        yield MATCH
        raise RuntimeError

    with pytest.raises(RuntimeError):
        store.add_comparison(V1, {A}, broken())  # type: ignore[arg-type]
    assert store.uncompared(V1) == {A}
    assert store.matches(V1, 0) == []


def test_a_match_comes_back_as_it_was_kept(store: Store) -> None:
    store.add_comparison(V1, set(), [MATCH])
    assert store.matches(V1, threshold=0.75) == [MATCH]
    assert store.matches(V1, threshold=0.76) == []
    assert store.matches(V2, threshold=0) == []


def test_matches_come_the_strongest_first(store: Store) -> None:
    weaker = Match(A, C, 0.5, Kind.SAME, frozenset(), (0.0, 1.0), (0.0, 1.0), 1.0)
    store.add_comparison(V1, set(), [weaker, MATCH])
    assert [match.score for match in store.matches(V1, 0)] == [0.75, 0.5]


def test_each_library_has_a_ledger_of_its_own(store: Store) -> None:
    store.record("here", {(A, B): PostState.RECORDED})
    store.record("there", {(A, C): PostState.JUDGED})
    assert store.postings("here") == {(A, B): PostState.RECORDED}
    store.forget_ledger("here")
    assert store.postings("here") == {}
    assert store.postings("there") == {(A, C): PostState.JUDGED}


def test_a_debt_stands_until_it_is_settled(store: Store) -> None:
    store.owe("here", {(A, B), (A, C)})
    store.settle("here", {(A, B)})
    assert store.pairs_to_put_back("here") == {(A, C)}


def test_what_is_kept_is_there_when_the_store_is_opened_again(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.record("here", {(A, B): PostState.INTENDED})
    with Store.open(tmp_path) as store:
        assert store.postings("here") == {(A, B): PostState.INTENDED}


@pytest.mark.parametrize(
    "damage", [lambda whole: b"no database" * 1000, lambda whole: whole[:100] + b"x" * 20_000]
)
def test_a_corrupt_store_is_set_aside_with_its_name_told_and_begun_anew(
    tmp_path: Path, damage: Callable[[bytes], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    with Store.open(tmp_path) as store:
        store.add_failure(A, V1, "no picture")
    path = tmp_path / "store.sqlite3"
    damaged = damage(path.read_bytes())
    path.write_bytes(damaged)
    with Store.open(tmp_path) as store:
        assert store.failures(V1) == {}
    (kept,) = tmp_path.glob("corrupt-*-store.sqlite3")
    assert kept.read_bytes() == damaged
    assert kept.name in caplog.text


def test_the_lock_lets_one_run_in_and_is_free_after_it(tmp_path: Path) -> None:
    with run_lock(tmp_path), pytest.raises(AlreadyRunning), run_lock(tmp_path):
        pass
    with run_lock(tmp_path):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps a user's folders private itself")
def test_the_data_directory_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    assert main(["--folder", str(tmp_path)]) == 0
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
