"""From the bytes of a file to frames."""

from io import BytesIO
from pathlib import Path

import clips
import numpy as np
import pytest
from PIL import Image

from hydrus_video_deduplicator.errors import UnreadableVideo
from hydrus_video_deduplicator.frames import Frame, read_frames
from hydrus_video_deduplicator.frames.sampling import MAX_FRAMES, Sampler


def frames_of(path: Path, interval: float = 0.5) -> list[Frame]:
    with path.open("rb") as file:
        return read_frames(file, lambda _: interval).frames


@pytest.mark.parametrize("suffix", [*clips.CODECS, ".webp", ".avif"])
def test_every_kind_of_file_gives_a_frame_for_each_interval(tmp_path: Path, suffix: str) -> None:
    pictures = clips.scene(1, seconds=1.8, fps=12)
    write = clips.encode if suffix in clips.CODECS else clips.with_pillow
    frames = frames_of(write(tmp_path / f"clip{suffix}", pictures, fps=12))
    assert [frame.time for frame in frames] == pytest.approx([0, 0.5, 1, 1.5], abs=0.15)
    for frame in frames:
        shown = pictures[min(len(pictures) - 1, round(frame.time * 12))]
        # Codecs lose colour at edges: the pictures are alike as a whole.
        assert np.abs(frame.image.astype(float) - shown).mean() < 16


def test_the_decoder_is_chosen_by_the_bytes_not_by_the_name(tmp_path: Path) -> None:
    path = clips.with_pillow(tmp_path / "clip.webp", clips.scene(1, seconds=0.9))
    assert len(frames_of(path.rename(tmp_path / "clip.mp4"))) == 2


def test_frames_are_at_most_320_pixels_on_the_longer_side_and_never_enlarged(
    tmp_path: Path,
) -> None:
    large = clips.encode(tmp_path / "a.mp4", clips.scene(1, 0.1, width=640, height=480))
    small = clips.encode(tmp_path / "b.mp4", clips.scene(1, 0.1, width=64, height=48))
    assert frames_of(large)[0].image.shape == (240, 320, 3)
    assert frames_of(small)[0].image.shape == (48, 64, 3)


def test_a_frame_is_turned_as_the_rotation_metadata_says(tmp_path: Path) -> None:
    pictures = clips.scene(1, seconds=0.5)
    upright = frames_of(clips.encode(tmp_path / "a.mp4", pictures))[0].image
    turned = frames_of(clips.encode_turned(tmp_path / "b.mp4", pictures, 90))[0].image
    assert turned.shape == (160, 120, 3)
    assert np.abs(turned.astype(float) - np.rot90(upright)).mean() < 2


def test_time_starts_with_the_first_picture_of_a_stream_that_starts_late(tmp_path: Path) -> None:
    times = [7 + number / 24 for number in range(20)]
    path = clips.encode_with_times(tmp_path / "late.mkv", clips.scene(1, seconds=20 / 24), times)
    assert [frame.time for frame in frames_of(path)] == pytest.approx([0, 0.5], abs=0.1)


def test_a_variable_frame_rate_is_sampled_by_time_not_by_count(tmp_path: Path) -> None:
    fast_then_slow = [number / 24 for number in range(24)] + [1 + number / 4 for number in range(8)]
    pictures = clips.scene(1, seconds=32 / 24)
    path = clips.encode_with_times(tmp_path / "vfr.mkv", pictures, fast_then_slow)
    times = [frame.time for frame in frames_of(path)]
    assert times == pytest.approx([0, 0.5, 1, 1.5, 2, 2.5], abs=0.3)


@pytest.mark.parametrize("suffix", [".mp4", ".gif", ".webp"])
def test_a_file_of_one_picture_gives_one_frame(tmp_path: Path, suffix: str) -> None:
    write = clips.encode if suffix in clips.CODECS else clips.with_pillow
    path = write(tmp_path / f"one{suffix}", clips.scene(1, seconds=0.01))
    assert [frame.time for frame in frames_of(path)] == [0.0]


def test_what_is_transparent_lies_over_white(tmp_path: Path) -> None:
    path = tmp_path / "clear.webp"
    clear = [Image.new("RGBA", (32, 32), (0, 0, 0, alpha)) for alpha in (0, 128)]
    clear[0].save(path, save_all=True, append_images=clear[1:], duration=500, lossless=True)
    first, second = frames_of(path)
    assert first.image.min() == 255
    assert second.image.max() == pytest.approx(127, abs=1)


def test_a_truncated_file_gives_the_frames_that_can_be_decoded(tmp_path: Path) -> None:
    path = clips.encode(tmp_path / "clip.mkv", clips.scene(1, seconds=4))
    half = tmp_path / "half.mkv"
    half.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert 2 <= len(frames_of(half)) < len(frames_of(path))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="no bytes at all"),
        pytest.param(b"hello" * 1000, id="a text"),
        pytest.param(np.random.default_rng(1).bytes(100_000), id="random bytes"),
        pytest.param(b"#EXTM3U\n#EXTINF:10,\n/etc/passwd\n", id="a playlist of other files"),
        pytest.param(b"ffconcat version 1.0\nfile /etc/passwd\n", id="a list of other files"),
        pytest.param(b"RIFF\x10\0\0\0WEBPVP8 ", id="a WebP cut short"),
    ],
)
def test_what_holds_no_video_is_unreadable_with_a_reason(content: bytes) -> None:
    with pytest.raises(UnreadableVideo, match=r"\w"):
        read_frames(BytesIO(content), lambda _: 0.5)


def test_the_sampler_thins_out_what_is_longer_than_promised() -> None:
    sampler = Sampler(interval=1.0)
    image = np.zeros((1, 1, 3), np.uint8)
    for second in range(10 * MAX_FRAMES):
        if sampler.wants(second):
            sampler.keep(Frame(float(second), image))
    times = [frame.time for frame in sampler.frames]
    assert MAX_FRAMES / 2 <= len(times) <= MAX_FRAMES
    assert np.diff(times) == pytest.approx(sampler.interval, rel=0.1)


@pytest.mark.parametrize("suffix", [".mp4", ".gif", ".webp"])
def test_the_duration_lasts_to_the_end_of_the_last_picture(tmp_path: Path, suffix: str) -> None:
    write = clips.encode if suffix in clips.CODECS else clips.with_pillow
    path = write(tmp_path / f"clip{suffix}", clips.scene(1, seconds=2.5, fps=10), fps=10)
    with path.open("rb") as file:
        assert read_frames(file, lambda _: 1.0).duration == pytest.approx(2.5, abs=0.05)


def test_the_duration_of_a_truncated_file_is_that_of_what_is_left(tmp_path: Path) -> None:
    path = clips.encode(tmp_path / "clip.mkv", clips.scene(1, seconds=4))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with path.open("rb") as file:
        assert 1 < read_frames(file, lambda _: 1.0).duration < 3
