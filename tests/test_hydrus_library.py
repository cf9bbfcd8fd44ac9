"""A Hydrus client as a library: its videos, their tags and services."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_hydrus import (
    DOWNLOADER_TAGS,
    KEY,
    LOCAL_TAG_SERVICE,
    MY_TAGS,
    FakeHydrus,
    Fault,
)

from hydrus_video_deduplicator.errors import CallFailed, NotInHydrus, PermissionMissing
from hydrus_video_deduplicator.library.hydrus import (
    Connection,
    Endpoint,
    HydrusLibrary,
    Patience,
)
from hydrus_video_deduplicator.library.hydrus.library import FILE_IDS_PER_GET

HURRIED = Patience(read=0.2, attempts=2, backoff=0)
TAG = "phashv1:0123456789abcdef"


@pytest.fixture
def hydrus(tmp_path: Path) -> Iterator[FakeHydrus]:
    with FakeHydrus(make_files(tmp_path, 5)) as fake:
        yield fake


def make_files(folder: Path, number: int) -> list[Path]:
    paths = [folder / f"{index}.mp4" for index in range(number)]
    for path in paths:
        path.write_text(path.name)
    return paths


def library_of(hydrus: FakeHydrus, **options: object) -> HydrusLibrary:
    connection = Connection(Endpoint(hydrus.url, KEY, patience=HURRIED))
    connection.connect()
    return HydrusLibrary(connection, **{"tag_service": "my tags", **options})


def tag_records(hydrus: FakeHydrus) -> dict[str, tuple[set[str], set[str]]]:
    return {
        sha256: (set(file.tags[MY_TAGS]), set(file.deleted_tags[MY_TAGS]))
        for sha256, file in hydrus.files.items()
    }


def test_the_newest_import_is_found_first(hydrus) -> None:
    assert library_of(hydrus).find() == list(reversed(hydrus.files))


def test_files_in_the_trash_are_not_found(hydrus) -> None:
    gone, *_ = hydrus.files
    hydrus.move_to_trash(gone)
    assert gone not in library_of(hydrus).find()


def test_a_ugoira_of_which_no_duration_is_known_is_found(hydrus, tmp_path: Path) -> None:
    path = tmp_path / "ugoira.zip"
    path.write_text("zip")
    sha256 = hydrus.add_file(path)
    assert sha256 in library_of(hydrus).find()
    assert sha256 in library_of(hydrus).untagged("phashv1", [sha256])
    assert sha256 not in library_of(hydrus, predicates=["system:has duration"]).find()


def test_predicates_of_the_user_are_added_as_typed(hydrus) -> None:
    assert len(library_of(hydrus, predicates=[" System:limit = 2 "]).find()) == 2
    assert library_of(hydrus, predicates=["nobody has this tag"]).find() == []


def test_a_predicate_that_hydrus_cannot_read_is_named(hydrus) -> None:
    with pytest.raises(NotInHydrus, match=r'"system:colour = blue"'):
        library_of(hydrus, predicates=["system:colour = blue"]).find()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tag_service": "no tags"}, "no local tag service .* 'downloader tags', 'my tags'"),
        ({"tag_service": "all known tags"}, "no local tag service"),
        ({"file_service": "no files"}, "no local file service .* 'my files'"),
        ({"file_service": "trash"}, "no local file service"),
        ({"tag_service": "twice"}, "2 local tag services named 'twice'"),
    ],
)
def test_a_service_that_is_not_there_once_is_named_with_those_that_are(
    hydrus, options, message
) -> None:
    hydrus.add_service("twice", LOCAL_TAG_SERVICE, "aa")
    hydrus.add_service("twice", LOCAL_TAG_SERVICE, "bb")
    with pytest.raises(NotInHydrus, match=message):
        library_of(hydrus, **options)


def test_a_file_service_can_be_chosen(hydrus) -> None:
    assert len(library_of(hydrus, file_service="my files").find()) == 5


def test_a_tag_is_given_in_the_chosen_service_alone(hydrus) -> None:
    sha256, *_ = hydrus.files
    library_of(hydrus, tag_service="downloader tags").add_tag(sha256, TAG)
    assert (hydrus.tags(sha256, DOWNLOADER_TAGS), hydrus.tags(sha256, MY_TAGS)) == ({TAG}, set())


def test_untagged_files_are_those_of_the_query_without_a_tag_of_the_namespace(hydrus) -> None:
    sha256, other, *_ = hydrus.files
    library = library_of(hydrus)
    library.add_tag(sha256, TAG)
    library.add_tag(other, "phashv2:0123456789abcdef")
    assert library.untagged("phashv1", hydrus.files) == set(hydrus.files) - {sha256}
    assert library.untagged("phashv1", [sha256, other]) == {other}


def test_a_limit_in_the_query_does_not_let_untagged_select_other_files(hydrus) -> None:
    *_, newest = hydrus.files
    library = library_of(hydrus, predicates=["system:limit = 1"])
    library.add_tag(newest, TAG)
    assert library.untagged("phashv1", library.find()) == set()


def test_tagged_gives_our_tags_whatever_the_query_and_wherever_the_file(hydrus) -> None:
    here, trashed, deleted, *_ = hydrus.files
    library = library_of(hydrus, predicates=["nobody has this tag"])
    for sha256 in (here, trashed, deleted):
        library.add_tag(sha256, TAG)
    hydrus.move_to_trash(trashed)
    hydrus.delete(deleted)
    assert dict(library.tagged("phashv1")) == {s: [TAG] for s in (here, trashed, deleted)}


@pytest.mark.parametrize(
    "tag", ["phashv1:0123", "phashv1:0123456789ABCDEF", "phashv1:0123456789abcdef0", "phashv1:x"]
)
def test_tags_of_the_namespace_that_are_not_16_hexadecimal_digits_are_not_ours(hydrus, tag) -> None:
    sha256, *_ = hydrus.files
    library = library_of(hydrus)
    library.add_tag(sha256, tag)
    assert list(library.tagged("phashv1")) == []


def test_many_tagged_files_are_asked_for_in_batches(tmp_path: Path) -> None:
    with FakeHydrus(make_files(tmp_path, FILE_IDS_PER_GET + 1)) as hydrus:
        library = library_of(hydrus)
        for file in hydrus.files.values():
            file.tags[MY_TAGS].add(TAG)
        assert len(list(library.tagged("phashv1"))) == FILE_IDS_PER_GET + 1
        assert hydrus.calls.count("/get_files/file_metadata") == 2


def test_removing_a_tag_leaves_other_tags_and_files_as_they_were(hydrus) -> None:
    tagged, other, *_ = hydrus.files
    library = library_of(hydrus)
    before = tag_records(hydrus)
    library.add_tag(tagged, TAG)
    for sha256 in (tagged, other):
        library.remove_tags(sha256, [TAG])
    after = tag_records(hydrus)
    # Hydrus itself keeps a record of a tag that was there and was deleted
    assert after.pop(tagged) == (set(), {TAG})
    del before[tagged]
    assert after == before


def test_a_tag_can_be_given_again_after_it_was_removed(hydrus) -> None:
    sha256, *_ = hydrus.files
    library = library_of(hydrus)
    library.add_tag(sha256, TAG)
    library.remove_tags(sha256, [TAG])
    library.add_tag(sha256, TAG)
    assert tag_records(hydrus)[sha256] == ({TAG}, set())


@pytest.mark.parametrize("fault", [Fault.LOCKED, Fault.WRONG_SHAPE])
def test_a_search_that_fails_is_named(hydrus, fault) -> None:
    library = library_of(hydrus)
    hydrus.fail("/get_files/search_files", fault, times=2)
    with pytest.raises(CallFailed, match="searching for files"):
        library.find()


def test_a_key_that_may_not_tag_ends_the_run(hydrus) -> None:
    hydrus.grant([3])
    library = library_of(hydrus)
    with pytest.raises(PermissionMissing, match="edit file tags"):
        library.add_tag(next(iter(hydrus.files)), TAG)


def test_a_label_shows_the_start_of_the_hash(hydrus) -> None:
    assert library_of(hydrus).label("0123456789abcdef" * 4) == "file 0123456789ab"
