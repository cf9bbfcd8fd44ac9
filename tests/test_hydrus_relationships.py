"""Pairs live between groups of duplicates; what Hydrus shows of them is read through kings."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from fake_hydrus import KEY, FakeHydrus, Fault

from hydrus_video_deduplicator.library import PairStatus, pair_of
from hydrus_video_deduplicator.library.hydrus import (
    Connection,
    Endpoint,
    HydrusLibrary,
    Patience,
)
from hydrus_video_deduplicator.library.hydrus.relationships import HASHES_PER_GET, ROWS_PER_POST

FALSE_POSITIVE, SAME_QUALITY, ALTERNATES, BETTER = 1, 2, 3, 4
NONE, POTENTIAL = PairStatus.NONE, PairStatus.POTENTIAL
JUDGED, GONE = PairStatus.JUDGED, PairStatus.GONE


def make_files(folder: Path, number: int) -> list[Path]:
    paths = [folder / f"{index}.mp4" for index in range(number)]
    for path in paths:
        path.write_text(path.name)
    return paths


@pytest.fixture
def hydrus(tmp_path: Path) -> Iterator[FakeHydrus]:
    with FakeHydrus(make_files(tmp_path, 5)) as fake:
        yield fake


@pytest.fixture
def library(hydrus: FakeHydrus) -> HydrusLibrary:
    return library_of(hydrus)


@pytest.fixture
def files(hydrus: FakeHydrus) -> list[str]:
    return list(hydrus.files)


def library_of(hydrus: FakeHydrus) -> HydrusLibrary:
    connection = Connection(Endpoint(hydrus.url, KEY, patience=Patience(attempts=2, backoff=0)))
    return HydrusLibrary(connection, tag_service="my tags")


def test_a_posted_pair_is_potential_and_others_are_not(library, files) -> None:
    a, b, c, *_ = files
    library.post([pair_of(a, b)])
    assert library.statuses([(a, b), (b, a), (a, c)]) == [POTENTIAL, POTENTIAL, NONE]


@pytest.mark.parametrize("relationship", [FALSE_POSITIVE, SAME_QUALITY, ALTERNATES, BETTER])
def test_a_pair_that_the_user_judged_stays_judged_when_posted_again(
    hydrus, library, files, relationship
) -> None:
    a, b, *_ = files
    library.post([(a, b)])
    hydrus.relations.relate(a, b, relationship)
    library.post([(a, b)])
    assert library.statuses([(a, b)]) == [JUDGED]


def test_a_pair_moves_to_the_group_of_a_file_that_becomes_a_duplicate(
    hydrus, library, files
) -> None:
    king, file, other, *_ = files
    library.post([(file, other)])
    hydrus.relations.relate(king, file, BETTER)
    assert library.statuses([(file, other), (king, other), (king, file)]) == [
        POTENTIAL,
        POTENTIAL,
        JUDGED,
    ]


@pytest.mark.parametrize("relationship", [FALSE_POSITIVE, ALTERNATES])
def test_a_judgement_holds_for_every_duplicate_of_both_files(
    hydrus, library, files, relationship
) -> None:
    a, a_copy, b, b_copy, _ = files
    hydrus.relations.relate(a, a_copy, BETTER)
    hydrus.relations.relate(b, b_copy, BETTER)
    hydrus.relations.relate(a_copy, b_copy, relationship)
    assert library.statuses([(a, b_copy), (a_copy, b)]) == [JUDGED, JUDGED]


def test_a_potential_pair_of_alternates_of_alternates_is_potential(hydrus, library, files) -> None:
    a, b, c, *_ = files
    hydrus.relations.relate(a, b, ALTERNATES)
    hydrus.relations.relate(b, c, ALTERNATES)
    assert library.statuses([(a, c)]) == [JUDGED]
    library.post([(a, c)])
    assert library.statuses([(a, c)]) == [POTENTIAL]


def test_a_pair_with_a_file_that_left_is_gone(hydrus, library, files) -> None:
    a, trashed, deleted, *_ = files
    hydrus.move_to_trash(trashed)
    hydrus.delete(deleted)
    pairs = [(a, trashed), (a, deleted), (a, "f" * 64), (trashed, deleted)]
    assert library.statuses(pairs) == [GONE] * 4


def test_a_pair_whose_king_is_in_the_trash_still_shows(hydrus, library, files) -> None:
    king, file, other, *_ = files
    hydrus.relations.relate(king, file, BETTER)
    hydrus.move_to_trash(king)
    library.post([(file, other)])
    assert library.statuses([(file, other)]) == [POTENTIAL]


def test_hydrus_is_never_asked_about_the_relationships_of_an_unknown_file(
    hydrus, library, files
) -> None:
    unknown = "f" * 64
    hydrus.forbid_unknown_files = True
    assert library.statuses([(files[0], unknown)]) == [GONE]
    assert library.potentials([unknown]) == set()
    library.remove_potentials([unknown])


def test_release_682_records_nothing(tmp_path: Path) -> None:
    with FakeHydrus(make_files(tmp_path, 2), release=682) as hydrus:
        library = library_of(hydrus)
        pair = pair_of(*hydrus.files)
        library.post([pair])
        assert library.statuses([pair]) == [NONE]


def test_half_a_post_that_was_recorded_shows(hydrus, library, files) -> None:
    a, b, c, *_ = files
    hydrus.fail("/manage_file_relationships/set_file_relationships", Fault.RECORD_HALF)
    library.post([(a, b), (a, c)])
    assert library.statuses([(a, b), (a, c)]) == [POTENTIAL, NONE]


def test_potential_pairs_are_named_by_the_kings_of_their_groups(hydrus, library, files) -> None:
    king, file, other, third, _ = files
    library.post([(file, other), (other, third)])
    hydrus.relations.relate(king, file, BETTER)
    assert library.potentials([file]) == {pair_of(king, other)}
    assert library.potentials([other]) == {pair_of(king, other), pair_of(other, third)}


def test_removing_takes_every_potential_pair_of_a_file_and_no_judgement(
    hydrus, library, files
) -> None:
    a, b, c, d, e = files
    hydrus.relations.relate(a, e, FALSE_POSITIVE)
    library.post([(a, b), (a, c), (c, d)])
    library.remove_potentials([a])
    pairs = [(a, b), (a, c), (c, d), (a, e)]
    assert library.statuses(pairs) == [NONE, NONE, POTENTIAL, JUDGED]


def test_bystanders_are_the_pairs_that_removing_would_take_along(hydrus, library, files) -> None:
    king, ours, other, user_a, user_b = files
    library.post([(ours, other), (other, user_a), (user_a, user_b)])
    hydrus.relations.relate(king, ours, BETTER)
    hydrus.move_to_trash(user_a)
    assert library.bystanders([(ours, other)]) == {pair_of(other, user_a)}


def test_a_rollback_leaves_the_pairs_of_the_user_and_no_others(hydrus, library, files) -> None:
    king, ours, other, user_a, user_b = files
    library.post([(other, user_a), (user_a, user_b)])
    hydrus.relations.relate(king, ours, BETTER)
    before = hydrus.relations.potential_pairs()
    posted = [pair_of(ours, other), pair_of(ours, user_b)]
    library.post(posted)
    bystanders = library.bystanders(posted)
    library.remove_potentials({file for pair in posted for file in pair})
    library.post(sorted(bystanders))
    assert hydrus.relations.potential_pairs() == before


def test_many_pairs_are_posted_and_read_in_batches(tmp_path: Path) -> None:
    with FakeHydrus(make_files(tmp_path, HASHES_PER_GET + 1)) as hydrus:
        library = library_of(hydrus)
        first, *others = hydrus.files
        pairs = [(first, other) for other in others]
        pairs += [(a, b) for a, b in combinations(others, 2)][:ROWS_PER_POST]
        library.post(pairs)
        assert library.statuses(pairs) == [POTENTIAL] * len(pairs)
        assert len(pairs) > ROWS_PER_POST
        assert hydrus.calls.count("/manage_file_relationships/set_file_relationships") == 2
        assert hydrus.calls.count("/manage_file_relationships/get_file_relationships") == 2
