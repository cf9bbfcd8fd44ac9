"""A file that FFmpeg's libraries cannot open: what the user is told of it."""

from io import BytesIO
from pathlib import Path

import clips
import hostile
import pytest

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.errors import UnreadableVideo
from hydrus_video_deduplicator.frames import read_frames
from hydrus_video_deduplicator.unopened import NO_INDEX, OTHER_FORMAT


def reason(data: bytes) -> str:
    with pytest.raises(UnreadableVideo) as failed:
        read_frames(BytesIO(data), signature.schedule)
    return str(failed.value)


@pytest.fixture(scope="module")
def mp4(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A video whose index comes last."""
    path = clips.encode(tmp_path_factory.mktemp("mp4") / "a.mp4", clips.scene(1, 1))
    return path.read_bytes()


@pytest.fixture(scope="module")
def mkv(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = clips.encode(tmp_path_factory.mktemp("mkv") / "a.mkv", clips.scene(1, 1))
    return path.read_bytes()


def test_an_empty_file() -> None:
    assert reason(b"") == "the file is empty"


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_an_mp4_that_was_cut_off_before_its_index(mp4: bytes, share: float) -> None:
    assert mp4.index(b"moov") > 0.95 * len(mp4) - 4
    told = reason(mp4[: int(share * len(mp4))])
    assert told == NO_INDEX


def test_an_mp4_whose_index_is_broken(mp4: bytes) -> None:
    start = mp4.index(b"moov") + 4
    broken = mp4[:start] + bytes(len(mp4) - start)
    assert reason(broken) == "neither video nor sound in it, so the file is damaged"


def test_a_file_whose_start_is_broken_is_told_by_its_first_bytes(mkv: bytes) -> None:
    assert reason(mkv[:40]) == "it begins like Matroska or WebM, but it is broken or cut off there"


@pytest.mark.parametrize("data", [b"zero" * 500, b"#EXTM3U\n", b"%PDF-1.7\n" + b"x" * 5000])
def test_a_file_that_is_something_else(data: bytes) -> None:
    assert reason(data) == OTHER_FORMAT


def test_a_file_of_zeros() -> None:
    assert reason(bytes(5000)) == "its first bytes are all zeros, so the file is damaged"


def test_a_kind_of_video_that_has_no_decoder(tmp_path: Path) -> None:
    assert reason(hostile.unknown_codec(tmp_path)) == "no decoder for its kind of video"
