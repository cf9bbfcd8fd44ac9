"""The calls as a real Hydrus client answers them.

Skipped unless HVD_LIVE_TESTS=1 and HYDRUS_API_URL and HYDRUS_API_KEY are those of a throw-away
client that holds at least four videos and whose key may do everything. Potential pairs and tags are
left as they were, but for what the Client API cannot undo: the two pairs that are judged here, and
Hydrus' record that a tag was deleted.
"""

import hashlib
import os
from collections.abc import Iterator
from itertools import combinations

import pytest

from hydrus_video_deduplicator.errors import CannotConnect, KeyRefused, NotInHydrus
from hydrus_video_deduplicator.library import Pair, PairStatus, blocks
from hydrus_video_deduplicator.library.hydrus import (
    Connection,
    Endpoint,
    HydrusLibrary,
    Permission,
    Release,
    check_permissions,
    request_key,
    source,
)
from hydrus_video_deduplicator.library.hydrus.answers import sha256

URL = os.environ.get("HYDRUS_API_URL", "")
KEY = os.environ.get("HYDRUS_API_KEY", "")

pytestmark = pytest.mark.skipif(
    not (URL and KEY and os.environ.get("HVD_LIVE_TESTS") == "1"),
    reason="needs HVD_LIVE_TESTS=1, HYDRUS_API_URL and HYDRUS_API_KEY of a throw-away client",
)

TAG = "hvdlivetest:0123456789abcdef"
FALSE_POSITIVE, BETTER = 1, 4


@pytest.fixture(scope="module")
def connection() -> Connection:
    return Connection(Endpoint(URL, KEY))


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


def judge(connection: Connection, pair: Pair, relationship: int) -> None:
    row = {
        "hash_a": pair[0],
        "hash_b": pair[1],
        "relationship": relationship,
        "do_default_content_merge": False,
    }
    connection.tell("set_file_relationships", relationships=[row])


def test_the_release_is_known(release: Release) -> None:
    assert release.hydrus > 600


def test_the_key_has_the_permissions(connection: Connection) -> None:
    check_permissions(connection, set(Permission))


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(KeyRefused):
        check_permissions(Connection(Endpoint(URL, "f" * 64)), set(Permission))


def test_a_key_cannot_be_requested_while_the_dialog_is_closed() -> None:
    with pytest.raises(CannotConnect, match="from api request"):
        request_key(Connection(Endpoint(URL, "")))


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
