"""What Hydrus does, of the fake client of the tests and of a real one: each test holds for both.

The real one is left out unless HVD_LIVE_TESTS=1 and HYDRUS_API_URL and HYDRUS_API_KEY are those of
a throw-away client with the default options, which holds at least forty videos and whose key may
do everything. Potential pairs and tags are left as they were, but for what the Client API cannot
undo: the pairs that are judged here, and Hydrus' record that a tag was deleted.
"""

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import combinations
from random import Random
from typing import Any, Self
from uuid import uuid4

import pytest
import requests
from fake_hydrus import FakeHydrus

from hydrus_video_deduplicator.errors import CallFailed, KeyRefused, NotAwaited, NotInHydrus
from hydrus_video_deduplicator.library import Pair, PairStatus, blocks, pair_of
from hydrus_video_deduplicator.library.hydrus import (
    Card,
    Connection,
    Endpoint,
    HydrusLibrary,
    HydrusPopup,
    Permission,
    Release,
    Wish,
    answers,
    check_permissions,
    check_reach,
    is_idle,
    request_key,
    source,
)
from hydrus_video_deduplicator.library.hydrus.answers import sha256
from hydrus_video_deduplicator.library.hydrus.connection import API_KEY_HEADER
from hydrus_video_deduplicator.library.hydrus.library import VIDEOS

ADDRESS = os.environ.get("HYDRUS_API_URL", "")
KEY = os.environ.get("HYDRUS_API_KEY", "")

REAL = pytest.param(
    "real",
    marks=pytest.mark.skipif(
        not (ADDRESS and KEY and os.environ.get("HVD_LIVE_TESTS") == "1"),
        reason="needs HVD_LIVE_TESTS=1, HYDRUS_API_URL and HYDRUS_API_KEY of a throw-away client",
    ),
)

TAG = "hvdlivetest:0123456789abcdef"
OTHER_TAG = "hvdlivetest:fedcba9876543210"
MALFORMED = "hvdlivetest:zzz"
NAMESPACE = "hvdlivetest"
POTENTIAL, FALSE_POSITIVE, SAME_QUALITY, ALTERNATE, BETTER = range(5)


@pytest.fixture(scope="module", params=[681, 682, REAL])
def endpoint(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Endpoint]:
    """Of a fake client of that release, or of the real one."""
    if request.param == "real":
        yield Endpoint(ADDRESS, KEY)
        return
    folder = tmp_path_factory.mktemp("videos")
    paths = [folder / f"{number}.mp4" for number in range(40)]
    for path in paths:
        path.write_bytes(Random(path.name).randbytes(20_000))
    with FakeHydrus(paths, release=request.param) as hydrus:
        yield Endpoint(hydrus.url, hydrus.key)


@pytest.fixture(scope="module")
def connection(endpoint: Endpoint) -> Connection:
    return Connection(endpoint)


@pytest.fixture(scope="module")
def release(connection: Connection) -> Release:
    return connection.connect()


@pytest.fixture(scope="module")
def library(connection: Connection) -> HydrusLibrary:
    return HydrusLibrary(connection, tag_service="my tags")


@pytest.fixture(scope="module")
def videos(library: HydrusLibrary) -> list[str]:
    found = library.find()
    if len(found) < 4:
        pytest.skip(f"the client holds {len(found)} videos; at least 4 are needed")
    return found


@pytest.fixture
def unrelated(library: HydrusLibrary, videos: list[str]) -> list[Pair]:
    """Pairs of videos of which Hydrus holds nothing."""
    pairs = list(combinations(videos[:40], 2))
    statuses = library.statuses(pairs)
    return [pair for pair, status in zip(pairs, statuses, strict=True) if status is PairStatus.NONE]


@pytest.fixture
def potentials_are_left_as_they_were(
    library: HydrusLibrary, videos: list[str]
) -> Iterator[set[Pair]]:
    before = library.potentials(videos)
    yield before
    assert library.potentials(videos) == before


@pytest.fixture
def records_pairs(release: Release) -> None:
    if not release.records_video_pairs:
        pytest.skip(f"{release} drops pairs of videos")


def rollback(library: HydrusLibrary, posted: list[Pair]) -> None:
    bystanders = library.bystanders(posted)
    library.remove_potentials({file for pair in posted for file in pair})
    library.post(sorted(bystanders))


def judge(connection: Connection, pair: Pair, relationship: int, *, merges: bool = False) -> None:
    row = {
        "hash_a": pair[0],
        "hash_b": pair[1],
        "relationship": relationship,
        "do_default_content_merge": merges,
    }
    connection.tell("set_file_relationships", relationships=[row])


def test_the_release_is_known(release: Release) -> None:
    assert release.hydrus > 600


def test_the_key_has_the_permissions(connection: Connection) -> None:
    check_permissions(connection, set(Permission))


def test_the_key_may_search_all_tags(connection: Connection) -> None:
    check_reach(connection)


def test_an_unknown_key_is_refused(endpoint: Endpoint) -> None:
    with pytest.raises(KeyRefused):
        check_permissions(Connection(replace(endpoint, api_key="f" * 64)), set(Permission))


def test_a_key_cannot_be_requested_while_the_dialog_is_closed(endpoint: Endpoint) -> None:
    with pytest.raises(NotAwaited, match="from api request"):
        request_key(Connection(replace(endpoint, api_key="")))


def test_services_that_are_not_there_are_named_with_those_that_are(connection: Connection) -> None:
    with pytest.raises(NotInHydrus, match="'my tags'"):
        HydrusLibrary(connection, tag_service="no such service")
    with pytest.raises(NotInHydrus, match="'my files'"):
        HydrusLibrary(connection, tag_service="my tags", file_service="no such service")


def test_the_newest_import_is_found_first(connection: Connection, videos: list[str]) -> None:
    rows = connection.ask(
        "get_file_metadata", lambda answer: answer["metadata"], hashes=videos[:50]
    )
    media = [row["file_services"]["current"].values() for row in rows]
    imported = [min(service["time_imported"] for service in services) for services in media]
    assert imported == sorted(imported, reverse=True)


def test_a_search_gives_the_oldest_import_first_unless_told_otherwise(
    connection: Connection, videos: list[str]
) -> None:
    found = connection.ask("search_files", answers.hashes, tags=[*VIDEOS], return_hashes=True)
    assert found == list(reversed(videos))


def test_predicates_of_the_user_select(connection: Connection, videos: list[str]) -> None:
    limited = HydrusLibrary(
        connection,
        tag_service="my tags",
        file_service="my files",
        predicates=["System:limit = 2", "system:filesize > 0 B"],
    )
    assert limited.find() == videos[:2]


def test_a_predicate_that_hydrus_cannot_read_is_named(connection: Connection) -> None:
    library = HydrusLibrary(connection, tag_service="my tags", predicates=["system:colour is blue"])
    with pytest.raises(NotInHydrus, match="system:colour is blue"):
        library.find()


def test_a_tag_is_given_found_and_taken_away(library: HydrusLibrary, videos: list[str]) -> None:
    namespace = TAG.partition(":")[0]
    tagged, other = videos[0], videos[1]
    library.add_tag(tagged, TAG)
    assert library.untagged(namespace, videos) == set(videos) - {tagged}
    assert list(library.tagged(namespace)) == [(tagged, [TAG])]
    library.remove_tags(tagged, [TAG])
    library.remove_tags(other, [TAG])
    assert library.untagged(namespace, videos) == set(videos)
    assert list(library.tagged(namespace)) == []


def test_removing_a_tag_that_a_file_has_not_leaves_no_record(
    connection: Connection, library: HydrusLibrary, videos: list[str]
) -> None:
    library.remove_tags(videos[-1], [TAG])
    rows = connection.ask(
        "get_file_metadata", lambda answer: answer["metadata"], hashes=[videos[-1]]
    )
    assert TAG not in str(rows)


@pytest.mark.usefixtures("records_pairs")
def test_posted_pairs_are_potential_until_rolled_back(
    library: HydrusLibrary, unrelated: list[Pair], potentials_are_left_as_they_were: set[Pair]
) -> None:
    posted = unrelated[:3]
    library.post(posted)
    assert library.statuses(posted) == [PairStatus.POTENTIAL] * len(posted)
    rollback(library, posted)
    assert library.statuses(posted) == [PairStatus.NONE] * len(posted)


@pytest.mark.usefixtures("records_pairs")
def test_a_rollback_leaves_the_pairs_of_the_user(
    library: HydrusLibrary, unrelated: list[Pair], potentials_are_left_as_they_were: set[Pair]
) -> None:
    ours, *others = unrelated
    of_user = next(pair for pair in others if set(pair) & set(ours))
    library.post([of_user])
    library.post([ours])
    rollback(library, [ours])
    assert library.statuses([of_user, ours]) == [PairStatus.POTENTIAL, PairStatus.NONE]
    rollback(library, [of_user])


@pytest.fixture
def lone(connection: Connection, videos: list[str]) -> list[str]:
    """Three videos of which Hydrus holds no relationship at all."""
    rows = connection.ask(
        "get_file_relationships", lambda answer: answer["file_relationships"], hashes=videos[:100]
    )
    found = [file for file, row in rows.items() if not any(row[kind] for kind in "0138")]
    if len(found) < 3:
        pytest.skip("the client holds fewer than 3 videos without relationships")
    return found[:3]


@pytest.fixture
def two_tagged(library: HydrusLibrary, lone: list[str]) -> Iterator[Pair]:
    """Two files of which Hydrus holds no relationship, each with a tag of its own."""
    pair = pair_of(*lone[:2])
    library.add_tag(pair[0], TAG)
    library.add_tag(pair[1], OTHER_TAG)
    yield pair
    for file, tags in list(library.tagged(NAMESPACE)):
        library.remove_tags(file, tags)


@pytest.mark.parametrize(
    ("relationship", "expected"),
    [
        (BETTER, ({TAG, OTHER_TAG}, set())),
        (SAME_QUALITY, ({TAG, OTHER_TAG}, {TAG, OTHER_TAG})),
        (ALTERNATE, ({TAG}, {OTHER_TAG})),
        (FALSE_POSITIVE, ({TAG}, {OTHER_TAG})),
    ],
)
def test_a_judgement_moves_tags_as_the_default_merge_options_say(
    connection: Connection,
    library: HydrusLibrary,
    two_tagged: Pair,
    relationship: int,
    expected: tuple[set[str], set[str]],
) -> None:
    a, b = two_tagged
    judge(connection, two_tagged, relationship, merges=True)
    tags = {file: set(found) for file, found in library.tagged(NAMESPACE)}
    assert (tags.get(a, set()), tags.get(b, set())) == expected
    wandered = {file for file, found in tags.items() if len(found) > 1}
    suspected = dict(library.may_be_mistagged(NAMESPACE))
    assert wandered <= suspected.keys()


def test_a_judged_duplicate_is_suspected_although_it_has_one_tag_and_no_other_file_is(
    connection: Connection, library: HydrusLibrary, two_tagged: Pair
) -> None:
    assert dict(library.may_be_mistagged(NAMESPACE)) == {}
    judge(connection, two_tagged, BETTER)
    found = dict(library.may_be_mistagged(NAMESPACE))
    assert found == {two_tagged[0]: [TAG], two_tagged[1]: [OTHER_TAG]}


def test_the_files_of_each_tag_are_counted_although_no_namespace_is_listed(
    library: HydrusLibrary, two_tagged: Pair
) -> None:
    counts = library.tag_counts(NAMESPACE)
    assert (counts[TAG], counts[OTHER_TAG]) == (1, 1)
    library.add_tag(two_tagged[0], OTHER_TAG)
    library.remove_tags(two_tagged[0], [TAG])
    counts = library.tag_counts(NAMESPACE)
    assert (counts.get(TAG, 0), counts[OTHER_TAG]) == (0, 2)


def test_a_file_with_other_tags_of_the_namespace_alone_has_none_of_ours(
    library: HydrusLibrary, two_tagged: Pair
) -> None:
    library.remove_tags(two_tagged[0], [TAG])
    library.add_tag(two_tagged[0], MALFORMED)
    assert set(two_tagged) <= library.carriers(NAMESPACE)
    assert dict(library.tags_of(NAMESPACE, two_tagged)) == {
        two_tagged[0]: [],
        two_tagged[1]: [OTHER_TAG],
    }
    library.remove_tags(two_tagged[0], [MALFORMED])


def test_a_deletion_record_keeps_no_tag_from_coming_back(
    connection: Connection, library: HydrusLibrary, two_tagged: Pair
) -> None:
    judge(connection, two_tagged, SAME_QUALITY, merges=True)
    library.remove_tags(two_tagged[0], [OTHER_TAG])
    judge(connection, two_tagged, SAME_QUALITY, merges=True)
    assert set(dict(library.tagged(NAMESPACE))[two_tagged[0]]) == {TAG, OTHER_TAG}


@pytest.mark.usefixtures("records_pairs", "potentials_are_left_as_they_were")
def test_potential_pairs_are_counted_among_the_tagged_files_alone(
    library: HydrusLibrary, lone: list[str], two_tagged: Pair
) -> None:
    posted = [two_tagged, pair_of(two_tagged[0], lone[2])]
    library.post(posted)
    assert library.statuses(posted) == [PairStatus.POTENTIAL] * 2
    assert library.waiting(NAMESPACE) == 1
    rollback(library, posted)
    assert library.waiting(NAMESPACE) == 0


@pytest.mark.usefixtures("records_pairs")
def test_alternates_through_a_third_stay_a_potential_pair_that_waits(
    connection: Connection, library: HydrusLibrary, lone: list[str], two_tagged: Pair
) -> None:
    library.post([two_tagged])
    judge(connection, (two_tagged[0], lone[2]), ALTERNATE)
    judge(connection, (lone[2], two_tagged[1]), ALTERNATE)
    assert library.statuses([two_tagged]) == [PairStatus.POTENTIAL]
    assert library.waiting(NAMESPACE) == 1
    rollback(library, [two_tagged])
    assert library.statuses([two_tagged]) == [PairStatus.JUDGED]


@dataclass(frozen=True)
class Shown:
    """A popup, and how its user sees it."""

    connection: Connection
    popup: HydrusPopup
    title: str

    @classmethod
    def by(cls, connection: Connection) -> Self:
        title = f"a live test {uuid4()}"
        return cls(connection, HydrusPopup(connection.beside(), title), title)

    def statuses(self) -> list[dict[str, Any]]:
        shown = self.connection.ask("get_popups", lambda answer: list(answer["job_statuses"]))
        return [status for status in shown if status.get("status_title") == self.title]

    def press(self, button: str) -> None:
        (status,) = self.statuses()
        path = f"/manage_popups/{button}_popup"
        self.connection.attempt(path, lambda _: None, {"job_status_key": status["key"]})

    def wait_until_it_is_gone(self) -> None:
        """Hydrus takes what is dismissed out of its window within seconds."""
        while self.statuses():
            time.sleep(0.1)


class TestAPopup:
    @pytest.fixture
    def shown(self, connection: Connection) -> Iterator[Shown]:
        shown = Shown.by(connection)
        yield shown
        with suppress(CallFailed):
            shown.popup.finish(Card("over"), dismiss_after=0)

    def test_is_shown_and_cancelled(self, shown: Shown) -> None:
        assert shown.popup.show(Card("first", gauge=(1, 4), more="more")) is Wish.GO_ON
        assert shown.popup.show(Card("second")) is Wish.GO_ON
        (status,) = shown.statuses()
        assert status["status_text_1"] == "second"
        assert status.keys().isdisjoint({"popup_gauge_1", "status_text_2"})
        assert (status["is_cancellable"], status["is_pausable"]) == (True, True)
        shown.press("dismiss")  # which does nothing to one that can be cancelled
        shown.press("cancel")
        assert shown.popup.show(Card("third")) is Wish.CANCEL

    def test_keeps_its_files_behind_a_button_once_it_is_finished(
        self, shown: Shown, videos: list[str]
    ) -> None:
        shown.popup.show(Card("first"))
        shown.popup.finish(Card("over", files=videos[:2], label="two files"))
        (status,) = shown.statuses()
        assert (status["is_done"], status["is_cancelled"]) == (True, False)
        assert status["files"] == {"hashes": videos[:2], "label": "two files"}

    def test_that_was_cancelled_and_dismissed_says_so(self, shown: Shown) -> None:
        shown.popup.show(Card("first"))
        shown.popup.show(Card("second"))  # until an update was taken, Hydrus may be too busy
        shown.press("cancel")
        shown.press("dismiss")
        shown.wait_until_it_is_gone()
        assert shown.popup.show(Card("third")) is Wish.CANCEL


def test_hydrus_says_whether_it_is_idle(connection: Connection) -> None:
    assert is_idle(connection) in (True, False)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [(-10, 10, (206, 10)), (0, 10, (206, 0)), (5, 10, (200, None))],
)
def test_a_range_behind_the_end_is_answered_strangely(
    endpoint: Endpoint, videos: list[str], first: int, last: int, expected: tuple[int, int | None]
) -> None:
    """`first` and `last` count from the end; None stands for the whole file.

    A range that ends just behind the last byte is never answered, and not tried here.
    """
    size = len(asked(endpoint, videos[0]).content)
    answer = asked(endpoint, videos[0], f"bytes={size + first}-{size + last}")
    status, length = expected
    assert (answer.status_code, len(answer.content)) == (status, size if length is None else length)
    assert "ETag" not in answer.headers
    if status == requests.codes.partial_content:
        assert answer.headers["Content-Range"].endswith(f"/{size}")


def test_several_ranges_are_refused(endpoint: Endpoint, videos: list[str]) -> None:
    assert asked(endpoint, videos[0], "bytes=0-1,5-6").status_code == 416


def asked(endpoint: Endpoint, sha256: str, wanted: str | None = None) -> requests.Response:
    headers = {API_KEY_HEADER: endpoint.api_key} | ({"Range": wanted} if wanted else {})
    address = f"{endpoint.url}/get_files/file"
    return requests.get(address, params={"hash": sha256}, headers=headers, timeout=20)


@pytest.mark.parametrize("relationship", [FALSE_POSITIVE, BETTER])
@pytest.mark.usefixtures("potentials_are_left_as_they_were")
def test_a_judged_pair_stays_judged_when_posted_again(
    connection: Connection, library: HydrusLibrary, unrelated: list[Pair], relationship: int
) -> None:
    pair = unrelated[-1]
    judge(connection, pair, relationship)
    assert library.statuses([pair]) == [PairStatus.JUDGED]
    library.post([pair])
    assert library.statuses([pair]) == [PairStatus.JUDGED]


@pytest.mark.usefixtures("potentials_are_left_as_they_were")
def test_a_release_that_drops_pairs_of_videos_shows_none(
    library: HydrusLibrary, release: Release, unrelated: list[Pair]
) -> None:
    if release.records_video_pairs:
        pytest.skip(f"{release} records them")
    library.post(unrelated[:3])
    assert library.statuses(unrelated[:3]) == [PairStatus.NONE] * 3


def test_a_file_that_hydrus_never_saw_is_gone_and_stays_unknown(
    connection: Connection, library: HydrusLibrary, videos: list[str]
) -> None:
    unknown = hashlib.sha256(b"no file of anybody").hexdigest()
    assert library.statuses([(videos[0], unknown)]) == [PairStatus.GONE]
    assert library.potentials([unknown]) == set()
    library.remove_potentials([unknown])
    rows = connection.ask("get_file_metadata", lambda answer: answer["metadata"], hashes=[unknown])
    assert rows[0]["file_id"] is None


@pytest.mark.parametrize("over_http", [False, True])
def test_a_file_is_read_whole_and_in_parts(
    library: HydrusLibrary, videos: list[str], over_http: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    source._reader.cache_clear()
    monkeypatch.setattr(blocks, "FIRST_BLOCK_BYTES", 4096)
    if over_http:
        monkeypatch.setattr(source._Reader, "_open_on_disk", lambda *_: None)
    for video in videos[:4]:
        with library.source(video).open() as file:
            data = file.read()
            assert sha256(hashlib.sha256(data).hexdigest()) == video
            file.seek(-100, os.SEEK_END)
            assert file.read() == data[-100:]
            file.seek(len(data) // 2)
            assert file.read(5000) == data[len(data) // 2 :][:5000]
