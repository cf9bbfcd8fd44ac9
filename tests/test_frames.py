"""From the bytes of a file to frames."""

import struct
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import clips
import numpy as np
import pytest
from PIL import Image

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.errors import UnreadableVideo
from hydrus_video_deduplicator.frames import Footage, Frame, Schedule, read_frames
from hydrus_video_deduplicator.frames.frame import grey_of
from hydrus_video_deduplicator.frames.sampling import MAX_FRAMES, Sampler


def footage_of(path: Path, schedule: Schedule | None = None) -> Footage:
    with path.open("rb") as file:
        return read_frames(file, lambda _: schedule or Schedule(interval=0.5))


def times_of(path: Path, schedule: Schedule | None = None) -> list[float]:
    return [frame.time for frame in footage_of(path, schedule).frames]


@pytest.mark.parametrize("suffix", [*clips.CODECS, ".webp", ".avif"])
def test_every_kind_of_file_gives_a_grey_frame_for_each_interval_and_stills_in_colour(
    tmp_path: Path, suffix: str
) -> None:
    pictures = clips.scene(1, seconds=1.8, fps=12)
    write = clips.encode if suffix in clips.CODECS else clips.with_pillow
    footage = footage_of(write(tmp_path / f"clip{suffix}", pictures, fps=12))
    assert [frame.time for frame in footage.frames] == pytest.approx([0, 0.5, 1, 1.5], abs=0.2)
    assert [still.time for still in footage.stills] == pytest.approx([0, 0.9], abs=0.2)
    for frame in [*footage.frames, *footage.stills]:
        shown = pictures[min(len(pictures) - 1, round(frame.time * 12))]
        wanted = shown if frame.image.ndim == 3 else grey_of(shown)
        # Codecs lose colour at edges: the pictures are alike as a whole.
        assert np.abs(frame.image.astype(float) - wanted).mean() < 16


def test_the_decoder_is_chosen_by_the_bytes_not_by_the_name(tmp_path: Path) -> None:
    path = clips.with_pillow(tmp_path / "clip.webp", clips.scene(1, seconds=0.9))
    assert len(times_of(path.rename(tmp_path / "clip.mp4"))) == 2


def test_pictures_are_made_small_and_never_enlarged(tmp_path: Path) -> None:
    large = footage_of(clips.encode(tmp_path / "a.mp4", clips.scene(1, 0.1, width=640, height=480)))
    small = footage_of(clips.encode(tmp_path / "b.mp4", clips.scene(1, 0.1, width=64, height=48)))
    assert large.frames[0].image.shape == (120, 160)
    assert large.stills[0].image.shape == (240, 320, 3)
    assert small.frames[0].image.shape == (48, 64)
    assert small.stills[0].image.shape == (48, 64, 3)


def test_a_frame_is_turned_as_the_rotation_metadata_says(tmp_path: Path) -> None:
    pictures = clips.scene(1, seconds=0.5)
    upright = footage_of(clips.encode(tmp_path / "a.mp4", pictures)).stills[0].image
    turned = footage_of(clips.encode_turned(tmp_path / "b.mp4", pictures, 90)).stills[0].image
    assert turned.shape == (160, 120, 3)
    assert np.abs(turned.astype(float) - np.rot90(upright)).mean() < 2


def test_time_starts_with_the_first_picture_of_a_stream_that_starts_late(tmp_path: Path) -> None:
    times = [7 + number / 24 for number in range(20)]
    path = clips.encode_with_times(tmp_path / "late.mkv", clips.scene(1, seconds=20 / 24), times)
    assert times_of(path) == pytest.approx([0, 0.5], abs=0.1)


def test_a_variable_frame_rate_is_sampled_by_time_not_by_count(tmp_path: Path) -> None:
    fast_then_slow = [number / 24 for number in range(24)] + [1 + number / 4 for number in range(8)]
    pictures = clips.scene(1, seconds=32 / 24)
    path = clips.encode_with_times(tmp_path / "vfr.mkv", pictures, fast_then_slow)
    assert times_of(path, Schedule(interval=1)) == pytest.approx([0, 1, 2], abs=0.3)


@pytest.mark.parametrize("suffix", [".mp4", ".gif", ".webp"])
def test_a_file_of_one_picture_gives_one_frame(tmp_path: Path, suffix: str) -> None:
    write = clips.encode if suffix in clips.CODECS else clips.with_pillow
    path = write(tmp_path / f"one{suffix}", clips.scene(1, seconds=0.01))
    assert times_of(path) == [0.0]


def test_what_is_transparent_lies_over_white(tmp_path: Path) -> None:
    path = tmp_path / "clear.webp"
    clear = [Image.new("RGBA", (32, 32), (0, 0, 0, alpha)) for alpha in (0, 128)]
    clear[0].save(path, save_all=True, append_images=clear[1:], duration=1000, lossless=True)
    footage = footage_of(path, Schedule(interval=1))
    for first, second in (footage.frames, footage.stills):
        assert first.image.min() == 255
        assert second.image.max() == pytest.approx(127, abs=1)


def test_a_truncated_file_gives_the_frames_that_can_be_decoded(tmp_path: Path) -> None:
    path = clips.encode(tmp_path / "clip.mkv", clips.scene(1, seconds=4))
    half = tmp_path / "half.mkv"
    half.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert 2 <= len(times_of(half)) < len(times_of(path))


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
        read_frames(BytesIO(content), lambda _: Schedule(0.5))


def sampled(times: Sequence[float], interval: float = 1.0) -> list[float]:
    sampler = Sampler(interval, MAX_FRAMES)
    for time in times:
        sampler.offer(time, lambda kept: Frame(kept, np.zeros((1, 1), np.uint8)))
    return [frame.time for frame in sampler.frames]


@pytest.mark.parametrize(
    ("offered", "kept"),
    [
        ([0, 0.4, 0.8, 1.3, 1.7, 2.4], [0, 0.8, 1.7]),
        ([0, 0.999, 1.04, 2.0], [0, 0.999, 2.0]),
        ([0, 1.6, 5.2, 5.6, 8.9], [0, 1.6, 5.2, 5.6, 8.9]),
        ([0, 1.6, 5.2, 5.4, 8.9], [0, 1.6, 5.2, 8.9]),
        ([3.3], [3.3]),
    ],
)
def test_the_sampler_keeps_the_pictures_nearest_to_a_grid(
    offered: list[float], kept: list[float]
) -> None:
    assert sampled(offered) == kept


def test_the_sampler_thins_out_what_is_longer_than_promised() -> None:
    times = sampled([float(second) for second in range(10 * MAX_FRAMES)])
    assert MAX_FRAMES / 2 <= len(times) <= MAX_FRAMES
    assert np.ptp(np.diff(times)) <= 2


@pytest.mark.parametrize("suffix", [".mp4", ".gif", ".webp"])
def test_the_duration_lasts_to_the_end_of_the_last_picture(tmp_path: Path, suffix: str) -> None:
    write = clips.encode if suffix in clips.CODECS else clips.with_pillow
    path = write(tmp_path / f"clip{suffix}", clips.scene(1, seconds=2.5, fps=10), fps=10)
    assert footage_of(path).duration == pytest.approx(2.5, abs=0.05)


def test_the_duration_of_a_truncated_file_is_that_of_what_is_left(tmp_path: Path) -> None:
    path = clips.encode(tmp_path / "clip.mkv", clips.scene(1, seconds=4))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert 1 < footage_of(path).duration < 3


IN_RUNS = Schedule(interval=0.25, visit=5, share=0.2)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_of_a_long_video_only_runs_from_key_frames_on_are_decoded(
    tmp_path: Path, suffix: str
) -> None:
    path = clips.encode_film(tmp_path / f"long{suffix}", seconds=40, key_frame_every=5)
    footage = footage_of(path, IN_RUNS)
    assert footage.duration == pytest.approx(40, abs=0.2)
    assert {int(frame.time / 5) for frame in footage.frames} == set(range(8))
    assert all(frame.time % 5 <= 1.1 for frame in footage.frames)
    assert len(footage.frames) > 8 * 2


def test_a_long_video_without_an_index_is_visited_as_near_as_can_be(tmp_path: Path) -> None:
    path = clips.encode_film(tmp_path / "long.mpg", seconds=40, key_frame_every=1)
    times = times_of(path, IN_RUNS)
    assert np.diff(times).max() <= 6
    assert len(times) < 8 * 8


def test_moments_between_two_key_frames_are_visited_once(tmp_path: Path) -> None:
    path = clips.encode_film(tmp_path / "long.mp4", seconds=40, key_frame_every=10)
    times = times_of(path, Schedule(interval=0.25, visit=1, share=0))
    assert times == pytest.approx([0, 10, 20, 30], abs=0.05)


def test_a_long_video_without_key_frames_is_decoded_through(tmp_path: Path) -> None:
    path = clips.encode_film(tmp_path / "long.mp4", seconds=40, key_frame_every=1000)
    assert np.diff(times_of(path, IN_RUNS)).max() < 0.5


@pytest.mark.parametrize("seconds", [signature.sampling.DECODED_SECONDS + 0.25, 40])
def test_a_long_video_in_which_nothing_can_be_sought_is_decoded_through(
    tmp_path: Path, seconds: float
) -> None:
    path = clips.without_key_frames(clips.encode_film(tmp_path / "long.flv", seconds, 5))
    with path.open("rb") as file:
        footage = read_frames(file, signature.schedule)
    assert footage.duration == pytest.approx(seconds, abs=0.2)
    assert np.diff([frame.time for frame in footage.frames]).max() < 0.5


def test_a_video_that_leads_to_places_beyond_any_file_is_no_broken_disk(tmp_path: Path) -> None:
    path = clips.encode_film(tmp_path / "long.wmv", seconds=40, key_frame_every=5)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 4].ljust(len(whole), b"x"))
    assert times_of(path, IN_RUNS)[-1] > 5


def test_a_video_that_says_it_is_longer_than_it_is_is_decoded_through(tmp_path: Path) -> None:
    path = clips.encode_film(tmp_path / "long.mkv", seconds=40, key_frame_every=5)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 8])
    footage = footage_of(path, IN_RUNS)
    assert footage.duration < 10
    assert np.diff([frame.time for frame in footage.frames]).max() < 0.5


@pytest.mark.parametrize("milliseconds", [1e8, 1e14, 1e18, 1e300])
def test_a_video_that_says_it_lasts_for_ages_is_decoded_through(
    tmp_path: Path, milliseconds: float
) -> None:
    path = clips.encode_film(tmp_path / "long.mkv", seconds=10, key_frame_every=5)
    stated = path.read_bytes().partition(b"\x44\x89\x88")  # the element Duration, of 8 bytes
    path.write_bytes(stated[0] + stated[1] + struct.pack(">d", milliseconds) + stated[2][8:])
    with path.open("rb") as file:
        footage = read_frames(file, signature.schedule)
    assert footage.duration == pytest.approx(10, abs=0.2)
    assert np.diff([frame.time for frame in footage.frames]).max() < 0.5


def test_a_long_animation_is_decoded_through(tmp_path: Path) -> None:
    path = clips.encode_film(tmp_path / "long.gif", seconds=40, key_frame_every=5)
    assert np.diff(times_of(path, IN_RUNS)).max() < 0.5
