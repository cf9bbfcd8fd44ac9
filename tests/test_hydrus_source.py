"""The bytes of a file: from disk where it can be, else over HTTP, never to disk."""

import io
import pickle
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from fake_hydrus import KEY, SEARCH, FakeHydrus, Fault

from hydrus_video_deduplicator.errors import CallFailed, HydrusGone
from hydrus_video_deduplicator.library.hydrus import Endpoint, HydrusSource, Patience, source
from hydrus_video_deduplicator.library.hydrus.source import BLOCK_BYTES, BLOCKS_KEPT

HURRIED = Patience(read=0.2, attempts=2, backoff=0, absence=0, poll=0)
FILE = "/get_files/file"
FILE_PATH = "/get_files/file_path"
SIZE = BLOCK_BYTES * 3 + 17


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


def blocks_fetched(hydrus: FakeHydrus) -> int:
    """How many blocks were fetched; the first request is for the size."""
    return len(hydrus.ranges) - 1


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


def test_only_the_blocks_that_are_touched_are_fetched(hydrus, video) -> None:
    hydrus.grant([SEARCH])
    data = video.read_bytes()
    with source_of(hydrus).open() as file:
        assert file.read(10) == data[:10]
        assert file.seek(-10, io.SEEK_END) == SIZE - 10
        assert file.read() == data[-10:]
        file.seek(100)
        assert file.read(10) == data[100:110]
    assert blocks_fetched(hydrus) == 2


def test_reads_at_any_place_give_the_bytes_there(hydrus, video) -> None:
    hydrus.grant([SEARCH])
    data, random = video.read_bytes(), Random(2)
    with source_of(hydrus).open() as file:
        for _ in range(200):
            start, length = random.randrange(SIZE + 10), random.randrange(BLOCK_BYTES)
            file.seek(start)
            assert file.read(length) == data[start : start + length]
            assert file.tell() == max(start, min(start + length, SIZE))


def test_only_a_few_blocks_are_kept_in_memory(tmp_path) -> None:
    path = tmp_path / "large.mp4"
    path.write_bytes(bytes(BLOCK_BYTES * (BLOCKS_KEPT + 2)))
    with FakeHydrus([path], permissions=[SEARCH]) as hydrus:
        with source_of(hydrus).open() as file:
            while file.read(BLOCK_BYTES):
                pass
            assert len(file.raw._blocks) == BLOCKS_KEPT
        assert blocks_fetched(hydrus) == BLOCKS_KEPT + 2


@pytest.mark.parametrize("size", [1, 2, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1])
def test_files_of_every_size_are_read_whole(tmp_path, size) -> None:
    path = tmp_path / "sized.mp4"
    path.write_bytes(Random(size).randbytes(size))
    with FakeHydrus([path], permissions=[SEARCH]) as hydrus, source_of(hydrus).open() as file:
        assert file.read() == path.read_bytes()


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
        with pytest.raises(CallFailed, match="get_file"):
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
