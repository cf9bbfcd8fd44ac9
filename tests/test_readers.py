"""Reading while holding a slot: there are as many slots as files may be read at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader, FileIO
from pathlib import Path
from random import Random
from types import TracebackType

import pytest
from fake_hydrus import KEY, SEARCH, FakeHydrus

from hydrus_video_deduplicator.library import Source, readers
from hydrus_video_deduplicator.library.folder import LocalFile
from hydrus_video_deduplicator.library.hydrus import Endpoint, HydrusSource, source

SIZE = 3 << 20


@dataclass
class Slots:
    """Counts how often a slot was taken, and how many are held."""

    taken: int = 0
    held: int = 0

    def __enter__(self) -> None:
        self.taken += 1
        self.held += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.held -= 1


@pytest.fixture
def slots() -> Iterator[Slots]:
    shared = Slots()
    readers.share(shared)
    yield shared
    readers.share(None)
    source._reader.cache_clear()


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "a.mp4"
    path.write_bytes(Random(1).randbytes(SIZE))
    return path


@pytest.fixture
def hydrus(video: Path) -> Iterator[FakeHydrus]:
    with FakeHydrus([video]) as fake:
        yield fake


@pytest.fixture(params=["a folder", "a disk of Hydrus", "Hydrus over HTTP"])
def opened(request: pytest.FixtureRequest, video: Path, hydrus: FakeHydrus) -> Source:
    if request.param == "a folder":
        return LocalFile(video)
    if request.param == "Hydrus over HTTP":
        hydrus.grant([SEARCH])
    return HydrusSource(Endpoint(hydrus.url, KEY), next(iter(hydrus.files)))


def test_a_slot_is_held_for_each_block_that_is_read(
    opened: Source, video: Path, slots: Slots
) -> None:
    with opened.open() as file:
        assert file.read() == video.read_bytes()
    assert slots.taken > 3


def test_no_slot_is_held_while_what_was_read_is_decoded(opened: Source, slots: Slots) -> None:
    with opened.open() as file:
        file.read(1)
        before = slots.taken
        file.read(1000)
    assert (slots.taken, slots.held) == (before, 0)


def test_without_a_bound_a_file_on_disk_is_read_as_it_is(video: Path) -> None:
    with LocalFile(video).open() as file:
        assert isinstance(file, BufferedReader)
        assert isinstance(file.raw, FileIO)
