"""The bytes of a file: from disk where it can be, else over HTTP, never to disk."""

import io
import pickle
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import BinaryIO

import av
import pytest
from clips import encode_with_sound, scene
from fake_hydrus import KEY, SEARCH, FakeHydrus, Fault
from tunes import tune

from hydrus_video_deduplicator.errors import CallFailed, HydrusGone
from hydrus_video_deduplicator.library.blocks import FIRST_BLOCK_BYTES
from hydrus_video_deduplicator.library.hydrus import Endpoint, HydrusSource, Patience, source

HURRIED = Patience(read=0.2, attempts=2, backoff=0, absence=0, poll=0)
FILE = "/get_files/file"
FILE_PATH = "/get_files/file_path"
SIZE = (6 << 20) + 17
AVIO_BYTES = 32 << 10
"""What FFmpeg reads at a time."""


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "a.mp4"
    path.write_bytes(Random(1).randbytes(SIZE))
    return path


@pytest.fixture
def hydrus(video: Path) -> Iterator[FakeHydrus]:
    with FakeHydrus([video]) as fake:
        yield fake
    source._reader.cache_clear()


def source_of(hydrus: FakeHydrus) -> HydrusSource:
    return HydrusSource(Endpoint(hydrus.url, KEY, patience=HURRIED), next(iter(hydrus.files)))


def bytes_fetched(hydrus: FakeHydrus) -> int:
    """How many bytes were asked for; the first request, of one byte, is for the size."""
    ranges = (asked.removeprefix("bytes=").split("-") for asked in hydrus.ranges)
    return sum(int(last) - int(first) + 1 for first, last in ranges)


def test_a_file_is_read_from_disk_where_it_is_there(hydrus, video) -> None:
    with source_of(hydrus).open() as file:
        assert file.read() == video.read_bytes()
    assert FILE not in hydrus.calls


def test_a_file_is_read_over_http_where_the_key_may_not_see_paths(hydrus, video) -> None:
    hydrus.grant([SEARCH])
    with source_of(hydrus).open() as file:
        assert file.read() == video.read_bytes()


def test_a_key_that_may_not_see_paths_is_asked_for_one_only_once(hydrus) -> None:
    hydrus.grant([SEARCH])
    for _ in range(3):
        source_of(hydrus).open().close()
    assert hydrus.calls.count(FILE_PATH) == 1


@pytest.mark.parametrize(
    "answer",
    [
        {"path": "/nowhere/a.mp4", "size": SIZE},
        {"path": "a.mp4", "size": SIZE},
        {"path": "C:\\hydrus\\a.mp4", "size": SIZE},
        {"path": "/dev/zero", "size": 0},
        {"path": "/tmp", "size": SIZE},
        {"path": "\0", "size": SIZE},
        {"path": "here", "size": SIZE + 1},
    ],
)
def test_a_path_that_is_not_that_file_here_is_not_opened(
    hydrus, video, answer, monkeypatch
) -> None:
    if answer["path"] == "here":
        answer["path"] = str(video)
    monkeypatch.setattr(hydrus, "file_path_answer", answer)
    with source_of(hydrus).open() as file:
        assert file.read(100) == video.read_bytes()[:100]
    assert FILE in hydrus.calls


def test_a_file_that_is_empty_on_this_disk_is_not_asked_for(hydrus, video) -> None:
    video.write_bytes(b"")
    with source_of(hydrus).open() as file:
        assert file.read() == b""
    assert FILE not in hydrus.calls


def test_only_what_is_about_the_places_that_are_touched_is_fetched(hydrus, video) -> None:
    hydrus.grant([SEARCH])
    data = video.read_bytes()
    with source_of(hydrus).open() as file:
        assert file.read(10) == data[:10]
        assert file.seek(-10, io.SEEK_END) == SIZE - 10
        assert file.read() == data[-10:]
        file.seek(100)
        assert file.read(10) == data[100:110]
    assert bytes_fetched(hydrus) == 1 + FIRST_BLOCK_BYTES + 10


def test_a_file_that_is_read_through_is_fetched_once_and_in_few_requests(hydrus, video) -> None:
    hydrus.grant([SEARCH])
    with source_of(hydrus).open() as file:
        assert file.read() == video.read_bytes()
    assert bytes_fetched(hydrus) == 1 + SIZE
    assert len(hydrus.ranges) < 20


def test_an_index_at_the_end_and_200_places_are_a_small_part_of_a_large_file(tmp_path) -> None:
    large, size = tmp_path / "large.mp4", 2 << 30
    with large.open("wb") as file:
        file.truncate(size)  # sparse: it takes no room
    with FakeHydrus(permissions=[SEARCH]) as hydrus:
        hydrus.add_file(large, sha256="ab" * 32)
        with source_of(hydrus).open() as file:
            for place, length in _visit(size, places=200, length=100 << 10):
                file.seek(place)
                for _ in range(0, length, AVIO_BYTES):
                    file.read(AVIO_BYTES)
        assert bytes_fetched(hydrus) < 0.02 * size


def _visit(size: int, places: int, length: int) -> Iterator[tuple[int, int]]:
    """Where a decoder reads, and how much: a header, an index of 4 MiB at the end, the places."""
    yield 0, AVIO_BYTES
    yield size - (4 << 20), 4 << 20
    for number in range(places):
        yield number * (size // places), length


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi"])
def test_a_video_decodes_over_http_as_from_disk(tmp_path, suffix) -> None:
    pictures = scene(1, seconds=4)
    codec = {".avi": "mpeg4"}.get(suffix, "libx264")
    path = encode_with_sound(tmp_path / f"a{suffix}", pictures, tune(1), codec)
    with FakeHydrus([path], permissions=[SEARCH]) as hydrus, source_of(hydrus).open() as file:
        over_http = _decoded(file)
        assert bytes_fetched(hydrus) <= 1 + path.stat().st_size
    with path.open("rb") as file:
        assert over_http == _decoded(file)


def _decoded(file: BinaryIO) -> list[bytes]:
    with av.open(file) as container:
        return [frame.to_ndarray().tobytes() for frame in container.decode(video=0)]


@pytest.mark.parametrize(
    "size", [1, 2, FIRST_BLOCK_BYTES - 1, FIRST_BLOCK_BYTES, FIRST_BLOCK_BYTES + 1]
)
def test_files_of_every_size_are_read_whole(tmp_path, size) -> None:
    path = tmp_path / "sized.mp4"
    path.write_bytes(Random(size).randbytes(size))
    with FakeHydrus([path], permissions=[SEARCH]) as hydrus, source_of(hydrus).open() as file:
        assert file.read() == path.read_bytes()


class TestNoRangeOutsideTheFileIsAskedFor:
    """Hydrus answers some of them never, and others with nothing or with the whole file."""

    def test_of_a_file_that_is_not_as_long_as_hydrus_says(self, hydrus, video) -> None:
        """Hydrus tells the size that it noted at the import; on its disk, half is left."""
        whole = video.read_bytes()
        hydrus.file_path_answer = {"path": str(video), "size": SIZE}
        video.write_bytes(whole[: SIZE // 2])
        with source_of(hydrus).open() as file:
            assert file.seek(-100, io.SEEK_END) == SIZE // 2 - 100
            assert file.read() == whole[SIZE // 2 - 100 : SIZE // 2]
            file.seek(SIZE)
            assert file.read() == b""
            file.seek(0)
            assert file.read() == whole[: SIZE // 2]
        assert self.last_byte_asked_for(hydrus) == SIZE // 2 - 1

    def test_at_the_end_of_a_file(self, hydrus, video) -> None:
        hydrus.grant([SEARCH])
        with source_of(hydrus).open() as file:
            for place in (SIZE - 1, SIZE, SIZE + 1, SIZE - FIRST_BLOCK_BYTES):
                file.seek(place)
                assert file.read() == video.read_bytes()[place:]
        assert self.last_byte_asked_for(hydrus) == SIZE - 1

    def test_but_a_file_that_shrinks_while_it_is_read_fails_and_is_not_asked_for_again(
        self, hydrus, video
    ) -> None:
        hydrus.grant([SEARCH])
        with source_of(hydrus).open() as file:
            file.read(1)
            video.write_bytes(video.read_bytes()[: SIZE // 2])
            before = len(hydrus.ranges)
            file.seek(-100, io.SEEK_END)
            with pytest.raises(CallFailed, match=r"its size changed|larger than"):
                file.read()
        assert len(hydrus.ranges) == before + 1

    @staticmethod
    def last_byte_asked_for(hydrus: FakeHydrus) -> int:
        """One range at a time, always with both ends."""
        ranges = [re.fullmatch(r"bytes=(\d+)-(\d+)", asked) for asked in hydrus.ranges]
        assert all(ranges)
        return max(int(each[2]) for each in ranges if each)


def test_where_ranges_are_ignored_the_file_is_taken_whole(hydrus, video) -> None:
    hydrus.grant([SEARCH])
    hydrus.ignores_ranges = True
    with source_of(hydrus).open() as file:
        assert file.read() == video.read_bytes()
    assert hydrus.calls.count(FILE) == 1


def test_a_file_too_large_to_be_taken_whole_is_an_error(hydrus, monkeypatch) -> None:
    hydrus.grant([SEARCH])
    hydrus.ignores_ranges = True
    monkeypatch.setattr(source, "WHOLE_FILE_BYTES", SIZE - 1)
    with pytest.raises(CallFailed, match=f"larger than {SIZE - 1} bytes"):
        source_of(hydrus).open()


FAULTS = [Fault.LOCKED, Fault.DROP, Fault.STALL, Fault.HALF, Fault.WRONG_SHAPE]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_block_is_fetched_again_after_a_fault_that_passes(hydrus, video, fault) -> None:
    hydrus.grant([SEARCH])
    with source_of(hydrus).open() as file:
        hydrus.fail(FILE, fault)
        assert file.read() == video.read_bytes()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_stays_fails_the_read(hydrus, fault) -> None:
    hydrus.grant([SEARCH])
    with source_of(hydrus).open() as file:
        hydrus.fail(FILE, fault, times=2)
        with pytest.raises(CallFailed, match="reading the file"):
            file.read()


def test_a_file_that_left_the_client_cannot_be_opened(hydrus) -> None:
    opened = source_of(hydrus)
    hydrus.delete(opened.sha256)
    with pytest.raises(CallFailed, match="does not have this file"):
        opened.open()


def test_a_hydrus_that_went_away_ends_the_run(hydrus) -> None:
    hydrus.stop()
    with pytest.raises(HydrusGone):
        source_of(hydrus).open()


def test_a_source_can_be_sent_to_another_process_and_hides_its_key(hydrus, video) -> None:
    sent = pickle.loads(pickle.dumps(source_of(hydrus)))
    with sent.open() as file:
        assert file.read() == video.read_bytes()
    assert KEY not in repr(sent)


@pytest.mark.parametrize("error", [CallFailed("x"), HydrusGone("x"), source.Refused("x", 404)])
def test_errors_come_back_whole_from_another_process(error) -> None:
    sent = pickle.loads(pickle.dumps(error))
    assert (type(sent), str(sent)) == (type(error), str(error))
