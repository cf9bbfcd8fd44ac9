"""The key: what it must be allowed, and how it is obtained."""

from collections.abc import Iterator

import pytest
from fake_hydrus import KEY, FakeHydrus

from hydrus_video_deduplicator.errors import KeyRefused, NotAwaited, PermissionMissing
from hydrus_video_deduplicator.library.hydrus import (
    NEEDED,
    Connection,
    Endpoint,
    Permission,
    check_permissions,
    check_reach,
    request_key,
    wait_until_approved,
)

ALL = NEEDED | {Permission.SEE_LOCAL_PATHS}


@pytest.fixture
def hydrus() -> Iterator[FakeHydrus]:
    with FakeHydrus() as fake:
        yield fake


def connection_to(hydrus: FakeHydrus, key: str = KEY) -> Connection:
    return Connection(Endpoint(hydrus.url, key))


@pytest.mark.parametrize(
    ("granted", "wanted"),
    [
        (None, ALL),
        ([2, 3, 8, 13], ALL),
        ([3, 8], {Permission.SEARCH, Permission.EDIT_RELATIONSHIPS}),
    ],
)
def test_a_key_that_may_do_all_that_is_wanted_passes(hydrus, granted, wanted) -> None:
    hydrus.grant(granted)
    check_permissions(connection_to(hydrus), wanted)


def test_each_permission_that_is_missing_is_named_as_hydrus_names_it(hydrus) -> None:
    hydrus.grant([3])
    with pytest.raises(PermissionMissing, match="edit file tags, edit file relationships"):
        check_permissions(connection_to(hydrus), ALL - {Permission.SEE_LOCAL_PATHS})


@pytest.mark.parametrize("key", ["", "f" * 64])
def test_a_key_that_hydrus_does_not_know_is_refused(hydrus, key) -> None:
    with pytest.raises(KeyRefused, match="request-key"):
        check_permissions(connection_to(hydrus, key), ALL)


def test_the_dialog_that_must_be_open_is_named(hydrus) -> None:
    with pytest.raises(NotAwaited, match="client api → add → from api request"):
        request_key(connection_to(hydrus, ""))


def test_a_key_is_requested_with_just_the_permissions_that_are_used(hydrus) -> None:
    hydrus.dialog_is_open = True
    key = request_key(connection_to(hydrus, ""))
    hydrus.approve()
    assert hydrus.keys[key] == {2, 3, 8, 13}


def test_to_manage_pages_is_only_requested_where_it_is_needed(hydrus) -> None:
    hydrus.dialog_is_open = True
    needed = NEEDED | {Permission.MANAGE_PAGES}
    key = request_key(connection_to(hydrus, ""), needed)
    hydrus.approve()
    assert hydrus.keys[key] == {2, 3, 4, 8, 13}
    wait_until_approved(connection_to(hydrus, key), needed)


def test_to_manage_popups_is_only_requested_where_it_is_needed(hydrus) -> None:
    hydrus.dialog_is_open = True
    needed = NEEDED | {Permission.MANAGE_POPUPS}
    key = request_key(connection_to(hydrus, ""), needed)
    hydrus.approve()
    assert hydrus.keys[key] == {2, 3, 8, 10, 13}
    wait_until_approved(connection_to(hydrus, key), needed)


def test_a_key_that_may_search_only_some_tags_says_which_key_to_make(hydrus) -> None:
    check_reach(connection_to(hydrus))
    hydrus.searches_all_tags = False
    with pytest.raises(PermissionMissing, match="let it search all tags; or get a new key"):
        check_reach(connection_to(hydrus))


def test_the_approval_is_waited_for(hydrus) -> None:
    hydrus.dialog_is_open = True
    key = request_key(connection_to(hydrus, ""))
    naps = iter([lambda: None, hydrus.approve])
    wait_until_approved(connection_to(hydrus, key), sleep=lambda _: next(naps)())
    assert next(naps, None) is None


def test_an_approval_that_does_not_come_ends_in_an_error(hydrus) -> None:
    hydrus.dialog_is_open = True
    key = request_key(connection_to(hydrus, ""))
    times = iter(range(100))
    with pytest.raises(KeyRefused, match="within 5 seconds"):
        wait_until_approved(
            connection_to(hydrus, key), timeout=5, sleep=lambda _: None, now=lambda: next(times)
        )


def test_a_key_approved_without_a_permission_that_is_needed_says_so(hydrus) -> None:
    hydrus.grant([2, 3])
    with pytest.raises(PermissionMissing, match="edit file relationships"):
        wait_until_approved(connection_to(hydrus))


@pytest.mark.parametrize(("release", "records"), [(681, True), (682, False)])
def test_it_is_known_which_release_records_pairs_of_videos(release, records) -> None:
    with FakeHydrus(release=release) as hydrus:
        answered = connection_to(hydrus).connect()
    assert (answered.hydrus, answered.records_video_pairs) == (release, records)
    assert str(release) in str(answered)
