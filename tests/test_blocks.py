"""A file read in blocks: the right bytes, few of them wasted, and few in memory."""

import io
import threading
from dataclasses import dataclass, field
from random import Random

import pytest

from hydrus_video_deduplicator.library import blocks
from hydrus_video_deduplicator.library.blocks import BYTES_KEPT, FIRST_BLOCK_BYTES, BlockFile

MIB = 1 << 20
AVIO_BYTES = 32 << 10
"""What FFmpeg reads at a time."""


@dataclass
class Remote:
    """A file that counts what is fetched of it."""

    data: bytes
    extents: list[tuple[int, int]] = field(default_factory=list)
    threads: set[str] = field(default_factory=set)

    def fetch(self, first: int, last: int) -> bytes:
        assert 0 <= first <= last < len(self.data)
        self.extents.append((first, last))
        self.threads.add(threading.current_thread().name)
        return self.data[first : last + 1]

    def open(self) -> BlockFile:
        return BlockFile(self.fetch, len(self.data))

    @property
    def fetched(self) -> int:
        return sum(last - first + 1 for first, last in self.extents)


@pytest.fixture(scope="module")
def data() -> bytes:
    return Random(1).randbytes(40 * MIB)


@pytest.fixture
def remote(data: bytes) -> Remote:
    return Remote(data)


def read_through(file: BlockFile, start: int, length: int) -> bytes:
    """As FFmpeg does, which counts on no read to be full."""
    file.seek(start)
    read = bytearray()
    while len(read) < length and (part := file.read(min(AVIO_BYTES, length - len(read)))):
        read += part
    return bytes(read)


def test_reads_at_any_place_give_the_bytes_there(remote: Remote) -> None:
    random = Random(2)
    with io.BufferedReader(remote.open()) as file:
        for _ in range(300):
            start, length = random.randrange(len(remote.data) + 10), random.randrange(MIB)
            file.seek(start)
            assert file.read(length) == remote.data[start : start + length]
            assert file.tell() == max(start, min(start + length, len(remote.data)))


def test_a_visit_of_a_place_fetches_little_more_than_is_read(remote: Remote) -> None:
    with remote.open() as file:
        for place in range(0, 40 * MIB, 4 * MIB):
            assert read_through(file, place, 500 << 10) == remote.data[place:][: 500 << 10]
    assert remote.fetched < 1.5 * 10 * (500 << 10)


def test_a_file_that_is_read_through_is_fetched_once_in_blocks_that_grow(remote: Remote) -> None:
    with remote.open() as file:
        assert read_through(file, 0, 40 * MIB) == remote.data
    assert remote.fetched == 40 * MIB
    lengths = [last - first for first, last in sorted(remote.extents)]
    assert lengths[0] < lengths[len(lengths) // 2] < lengths[-2]
    assert len(lengths) < 30


def test_a_packet_that_is_read_at_once_is_fetched_at_once(remote: Remote) -> None:
    with io.BufferedReader(remote.open()) as file:
        file.seek(5 * MIB)
        assert file.read(700 << 10) == remote.data[5 * MIB :][: 700 << 10]
    assert len(remote.extents) <= 2
    assert remote.fetched <= (700 << 10) + FIRST_BLOCK_BYTES


def test_small_leaps_forward_are_part_of_reading_through(remote: Remote) -> None:
    with remote.open() as file:
        for place in range(0, 40 * MIB, 256 << 10):
            read_through(file, place, 160 << 10)
    assert len(remote.extents) < 30


def test_two_streams_that_lie_apart_are_read_in_turns_without_fetching_twice(
    remote: Remote,
) -> None:
    with remote.open() as file:
        for step in range(0, 20 * MIB, 64 << 10):
            for place in (step, 20 * MIB + step):
                assert read_through(file, place, 64 << 10) == remote.data[place:][: 64 << 10]
    assert remote.fetched < 1.2 * 40 * MIB
    assert len(remote.extents) < 60


def test_the_next_block_is_fetched_while_this_one_is_decoded(remote: Remote) -> None:
    with remote.open() as file:
        read_through(file, 0, 40 * MIB)
    assert len(remote.threads) == 2


def test_a_place_that_is_only_visited_has_nothing_fetched_behind_it(remote: Remote) -> None:
    with remote.open() as file:
        read_through(file, MIB, 500 << 10)
    assert len(remote.threads) == 1


def test_what_is_kept_in_memory_is_bounded(remote: Remote) -> None:
    with remote.open() as file:
        for start in range(0, 40 * MIB, AVIO_BYTES):
            read_through(file, start, AVIO_BYTES)
            assert sum(len(block.data) for block in file._blocks) <= BYTES_KEPT


def test_nothing_is_fetched_behind_the_end(remote: Remote) -> None:
    with remote.open() as file:
        assert file.seek(0, io.SEEK_END) == 40 * MIB
        assert file.read(1) == b""
        file.seek(5, io.SEEK_CUR)
        assert file.read(1) == b""
        with pytest.raises(ValueError, match="negative"):
            file.seek(-1)
    assert not remote.extents


@pytest.mark.parametrize("ahead", [False, True])
def test_an_error_is_raised_where_the_bytes_are_wanted(
    remote: Remote, ahead: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not ahead:
        monkeypatch.setattr(blocks, "READ_AHEAD_FROM_BYTES", 1 << 40)

    def fetch(first: int, last: int) -> bytes:
        if last >= 20 * MIB:
            raise OSError("gone")
        return remote.fetch(first, last)

    with BlockFile(fetch, 40 * MIB) as file:
        before = max(20 * MIB - 4 * MIB, FIRST_BLOCK_BYTES)
        assert read_through(file, 0, before) == remote.data[:before]
        with pytest.raises(OSError, match="gone"):
            read_through(file, before, 10 * MIB)


def test_closing_waits_for_nothing_and_closes_what_is_behind_it() -> None:
    closed: list[bool] = []
    file = BlockFile(lambda _first, _last: b"", 10, on_close=lambda: closed.append(True))
    file.close()
    file.close()
    assert closed == [True]
