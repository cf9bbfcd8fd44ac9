"""A file carries the hash of its own frames and no other, whatever its user judges in Hydrus."""

from pathlib import Path

import pytest
from fake_hydrus import BETTER, MY_TAGS, SAME_QUALITY, FakeHydrus, Fault
from runs import Ended, run_on, sha256_of

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.library.hydrus import Connection, Endpoint, HydrusLibrary, Patience
from hydrus_video_deduplicator.stages.events import Failed, Retagged
from hydrus_video_deduplicator.stages.gate import Gate
from hydrus_video_deduplicator.stages.tagging import (
    LOOKED_AT_WHOLE,
    NAMESPACE,
    mistagged,
    repair,
)
from hydrus_video_deduplicator.store import Fingerprint, Store

Capsys = pytest.CaptureFixture[str]

A, B, C = "first.mp4", "second.mp4", "third.mp4"
SEARCH = "/get_files/search_files"
METADATA = "/get_files/file_metadata"


@pytest.fixture
def tagged(hydrus: FakeHydrus, known: Path, capsys: Capsys) -> FakeHydrus:
    """A client whose files all carry their own tags."""
    assert run_on(hydrus, capsys, "hash").code == 0
    hydrus.calls.clear()
    return hydrus


def library_of(hydrus: FakeHydrus) -> HydrusLibrary:
    """The library over a connection that tries each call once."""
    endpoint = Endpoint(hydrus.url, hydrus.key, patience=Patience(attempts=1))
    return HydrusLibrary(Connection(endpoint, reached=True), tag_service="my tags")


def tags(hydrus: FakeHydrus) -> dict[str, set[str]]:
    return {file.path.name: set(file.tags[MY_TAGS]) for file in hydrus.files.values()}


def judge(hydrus: FakeHydrus, a: str, b: str, relationship: int) -> None:
    hydrus.judge(sha256_of(hydrus, a), sha256_of(hydrus, b), relationship)


@pytest.mark.parametrize("relationship", [BETTER, SAME_QUALITY])
def test_tags_that_a_judgement_moved_are_put_right_and_counted(
    tagged: FakeHydrus, capsys: Capsys, relationship: int
) -> None:
    right = tags(tagged)
    assert right[A] != right[B]
    judge(tagged, A, B, relationship)
    assert tags(tagged)[A] == right[A] | right[B]
    ended = run_on(tagged, capsys, "hash")
    assert tags(tagged) == right
    both = relationship == SAME_QUALITY
    assert (ended.summary["retagged"], ended.summary["tagged"]) == ((2, 0) if both else (1, 1))
    assert run_on(tagged, capsys, "hash").summary["retagged"] == 0


def test_a_file_whose_only_tag_is_another_files_gets_its_own(
    tagged: FakeHydrus, capsys: Capsys
) -> None:
    """What two judgements between two runs leave: B gave its tag away and took that of C."""
    right = tags(tagged)
    judge(tagged, A, B, BETTER)
    judge(tagged, B, C, BETTER)
    assert tags(tagged)[B] == right[C]
    run_on(tagged, capsys, "hash")
    assert tags(tagged) == right


def test_a_dry_run_shows_the_repair_and_changes_nothing(tagged: FakeHydrus, capsys: Capsys) -> None:
    judge(tagged, A, B, SAME_QUALITY)
    wandered = tags(tagged)
    ended = run_on(tagged, capsys, "hash", "--dry-run")
    assert ended.summary["retagged"] == 2
    assert "2 would be cleared of a wrong tag" in ended.err
    assert all(f"instead of {tag}" in ended.err for tag in wandered[A])
    assert tags(tagged) == wandered


def test_a_file_that_is_hashed_only_now_is_repaired_in_the_same_run(
    tagged: FakeHydrus, known: Path, capsys: Capsys
) -> None:
    right = tags(tagged)
    with Store.open(known) as store:
        store.signatures.forget(sha256_of(tagged, A), signature.ALGORITHM)
    judge(tagged, A, B, SAME_QUALITY)
    ended = run_on(tagged, capsys, "hash")
    assert (ended.summary["hashed"], ended.summary["retagged"]) == (1, 2)
    assert tags(tagged) == right


def test_if_hydrus_does_not_say_which_files_they_are_the_run_goes_on(tagged: FakeHydrus) -> None:
    tagged.fail(SEARCH, Fault.LOCKED)
    with Store.open(Path("data")) as store:
        (failed,) = repair(library_of(tagged), store, [*tagged.files], Gate(), dry_run=False)
    assert isinstance(failed, Failed)
    assert "none is repaired in this run" in failed.reason


def test_with_no_tags_nothing_is_repaired(tagged: FakeHydrus, capsys: Capsys) -> None:
    judge(tagged, A, B, SAME_QUALITY)
    wandered = tags(tagged)
    assert run_on(tagged, capsys, "hash", "--no-tags").summary["retagged"] == 0
    assert tags(tagged) == wandered


def test_a_tag_that_nobody_here_can_verify_stays(tagged: FakeHydrus, capsys: Capsys) -> None:
    """Both files are outside the query, and this data directory never saw them."""
    judge(tagged, A, B, SAME_QUALITY)
    wandered = tags(tagged)
    third = f"system:hash is {sha256_of(tagged, C)}"
    elsewhere = ["--data-dir", "another", "--query", third]
    assert run_on(tagged, capsys, "hash", *elsewhere).summary["retagged"] == 0
    assert tags(tagged) == wandered


def test_other_tags_of_the_namespace_and_other_services_are_left_alone(
    tagged: FakeHydrus, capsys: Capsys
) -> None:
    file = tagged.files[sha256_of(tagged, A)]
    file.tags[MY_TAGS].add("phashv1:a note of the user")
    judge(tagged, A, B, SAME_QUALITY)
    run_on(tagged, capsys, "hash")
    assert "phashv1:a note of the user" in tags(tagged)[A]
    assert len(tags(tagged)[A]) == 2


@pytest.mark.parametrize("wrong", [f"{NAMESPACE}:{7:016x}", "the tag of another file"])
def test_a_single_wrong_tag_on_a_file_that_was_never_judged_is_put_right(
    tagged: FakeHydrus, capsys: Capsys, wrong: str
) -> None:
    right = tags(tagged)
    if wrong not in right:
        wrong = min(right[B])
    tagged.files[sha256_of(tagged, A)].tags[MY_TAGS] = {wrong}
    assert run_on(tagged, capsys, "status").summary["tags"]["others"] == 1
    assert run_on(tagged, capsys, "hash").summary["retagged"] == 1
    assert tags(tagged) == right


def test_tags_that_two_files_exchanged_are_put_right(tagged: FakeHydrus, capsys: Capsys) -> None:
    right = tags(tagged)
    a, b = (tagged.files[sha256_of(tagged, name)] for name in (A, B))
    a.tags[MY_TAGS], b.tags[MY_TAGS] = b.tags[MY_TAGS], a.tags[MY_TAGS]
    assert run_on(tagged, capsys, "hash").summary["retagged"] == 2
    assert tags(tagged) == right


def test_a_malformed_tag_keeps_no_file_from_its_own(tagged: FakeHydrus, capsys: Capsys) -> None:
    right = tags(tagged)
    tagged.files[sha256_of(tagged, A)].tags[MY_TAGS] = {"phashv1:zzz"}
    assert run_on(tagged, capsys, "status").summary["tags"]["none"] == 1
    summary = run_on(tagged, capsys, "hash").summary
    assert (summary["tagged"], summary["retagged"]) == (1, 0)
    assert tags(tagged)[A] == right[A] | {"phashv1:zzz"}
    summary = run_on(tagged, capsys, "hash").summary
    assert (summary["tagged"], summary["retagged"]) == (0, 0)


def test_what_the_query_leaves_out_is_not_repaired(tagged: FakeHydrus, capsys: Capsys) -> None:
    judge(tagged, A, B, SAME_QUALITY)
    wandered = tags(tagged)
    query = ["--query", f"system:hash is {sha256_of(tagged, A)}"]
    assert run_on(tagged, capsys, "hash", *query).summary["retagged"] == 1
    assert len(tags(tagged)[A]) == 1
    assert tags(tagged)[B] == wandered[B]


def test_a_repair_that_fails_is_named_and_the_others_are_made(tagged: FakeHydrus) -> None:
    judge(tagged, A, B, SAME_QUALITY)
    tagged.fail("/add_tags/add_tags", Fault.LOCKED)
    with Store.open(Path("data")) as store:
        events = list(repair(library_of(tagged), store, [*tagged.files], Gate(), dry_run=False))
    assert {type(event) for event in events} == {Failed, Retagged}
    assert sum(len(found) > 1 for found in tags(tagged).values()) == 1


def hash_of(number: int) -> str:
    return f"{number * 0x0123_4567_89AB_CDEF % 2**64:016x}"


@pytest.fixture
def many(hydrus: FakeHydrus, tmp_path: Path) -> list[str]:
    """Thousands of files, hashed and rightly tagged."""
    files = [f"{number:064x}" for number in range(LOOKED_AT_WHOLE + 500)]
    for number, sha256 in enumerate(files):
        hydrus.add_file(tmp_path / f"{number}.mp4", sha256)
        hydrus.files[sha256].tags[MY_TAGS] = {f"{NAMESPACE}:{hash_of(number)}"}
    with Store.open(tmp_path) as store:
        prints = ((file, Fingerprint(hash_of(n), b"")) for n, file in enumerate(files))
        store.signatures.add_all(signature.ALGORITHM, prints)
    return files


def test_in_a_library_of_thousands_wrong_tags_are_found_by_few_calls(
    hydrus: FakeHydrus, many: list[str], tmp_path: Path
) -> None:
    hydrus.judge(many[7], many[8], BETTER)
    for file, tag in {11: f"{NAMESPACE}:{hash_of(12)}", 13: "phashv1:zzz"}.items():
        hydrus.files[many[file]].tags[MY_TAGS] = {tag}
    library = library_of(hydrus)
    hydrus.calls.clear()
    with Store.open(tmp_path) as store:
        found = {file.sha256: file.wrong for file in mistagged(library, store, many)}
    assert found == {
        many[7]: [f"{NAMESPACE}:{hash_of(8)}"],
        many[11]: [f"{NAMESPACE}:{hash_of(12)}"],
        many[13]: [],
    }
    assert len(hydrus.calls) <= 21


def test_there_a_tag_that_nobody_here_can_verify_does_not_matter(
    hydrus: FakeHydrus, many: list[str], tmp_path: Path
) -> None:
    hydrus.files[many[0]].tags[MY_TAGS] = {f"{NAMESPACE}:{hash_of(1)}"}
    with Store.open(tmp_path) as store:
        store.signatures.forget(many[0], signature.ALGORITHM)
        assert list(mistagged(library_of(hydrus), store, many)) == []


def test_status_tells_how_many_files_carry_which_tags(tagged: FakeHydrus, capsys: Capsys) -> None:
    judge(tagged, A, B, BETTER)
    count = len(tagged.files)
    expected = {"own": count - 2, "others": 1, "unverified": 0, "none": 1}
    assert run_on(tagged, capsys, "status").summary["tags"] == expected
    elsewhere = run_on(tagged, capsys, "status", "--data-dir", "another").summary["tags"]
    assert elsewhere == {"own": 0, "others": 0, "unverified": count - 1, "none": 1}


def by_tag(hydrus: FakeHydrus, capsys: Capsys, *more: str) -> Ended:
    return run_on(hydrus, capsys, "search", "--by-tag", "0", "--dry-run", *more)


def test_by_tag_compares_a_file_by_its_own_hash_whatever_tags_it_has(
    tagged: FakeHydrus, capsys: Capsys
) -> None:
    before = by_tag(tagged, capsys).summary["pairs"]
    judge(tagged, A, B, SAME_QUALITY)
    judge(tagged, C, A, BETTER)
    assert by_tag(tagged, capsys).summary["pairs"] == before


def test_by_tag_leaves_out_a_judged_file_that_was_not_hashed_here_and_says_so(
    tagged: FakeHydrus, capsys: Capsys
) -> None:
    judge(tagged, A, B, SAME_QUALITY)
    ended = by_tag(tagged, capsys, "--data-dir", "another")
    compared = {name for pair in ended.summary["pairs"] for name in (pair["a"], pair["b"])}
    assert compared.isdisjoint({sha256_of(tagged, A), sha256_of(tagged, B)})
    assert "2 files may carry the tag of another file" in ended.err
