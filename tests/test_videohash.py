"""VideoHash: 64 bits from frames, as VideoHash 3.0.1 makes them from a file."""

import io
import math
import re
from collections.abc import Sequence

import imagehash
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from hydrus_video_deduplicator.frames import Frame
from hydrus_video_deduplicator.videohash import (
    MOST_FRAMES,
    colour_bits,
    sample_times,
    to_hex,
    video_hash,
    wavelet_bits,
)

Pixels = NDArray[np.uint8]


def natural(seed: int, height: int = 90, width: int = 160) -> Pixels:
    """A picture whose detail falls off with its frequency, as in a photograph; nowhere black."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    picture = np.zeros((height, width, 3))
    for cycles in range(1, 9):
        direction, phase = rng.uniform(-1, 1, 2) * cycles * 6, rng.uniform(0, 6, 3)
        wave = np.sin((x * direction[0] + y * direction[1])[..., None] + phase)
        picture += rng.uniform(0.3, 1, 3) * wave / cycles
    return (128 + 40 * picture).clip(40, 250).astype(np.uint8)


def video(pictures: Sequence[Pixels], per_second: float = 1) -> list[Frame]:
    return [Frame(number / per_second, picture) for number, picture in enumerate(pictures)]


def film(seconds: int, per_second: int = 2) -> list[Frame]:
    """A video of natural pictures, a new one each second."""
    return video([natural(k // per_second) for k in range(seconds * per_second)], per_second)


def barred(frame: Frame, rows: int, columns: int) -> Frame:
    """The frame with black bars of so many pixels on each side."""
    margins = ((rows, rows), (columns, columns), (0, 0))
    return Frame(frame.time, np.pad(frame.image, margins))


def bits_apart(one: int, other: int) -> int:
    return (one ^ other).bit_count()


def collage_like(seed: int) -> Pixels:
    """Few pictures that stand far apart on black."""
    canvas = np.zeros((1024, 1024, 3), np.uint8)
    for number, (top, left) in enumerate([(0, 0), (0, 512), (512, 0), (512, 512)]):
        canvas[top : top + 144, left : left + 144] = natural(seed + number, 144, 144)
    return canvas


def noise(low: int, high: int, height: int, width: int) -> Pixels:
    return np.random.default_rng(7).integers(low, high, (height, width, 3), np.uint8)


PICTURES = {
    "noise": noise(0, 256, 256, 256),
    "noise of odd size": noise(0, 256, 243, 301),
    "natural": natural(1, 256, 256),
    "natural, wide": natural(2, 120, 700),
    "natural, tall": natural(3, 900, 130),
    "natural, as large as a collage": natural(4, 1366, 1024),
    "two neighbouring levels": noise(100, 102, 128, 128),
    "one level with specks": (noise(0, 200, 64, 64) == 0).astype(np.uint8) + np.uint8(77),
    "black": np.zeros((100, 90, 3), np.uint8),
    "grey": np.full((100, 90, 3), 119, np.uint8),
    "white": np.full((64, 64, 3), 255, np.uint8),
    "flat cells": np.kron(noise(0, 4, 8, 8), np.full((16, 16, 1), 60, np.uint8)),
    "pictures far apart on black": collage_like(5),
    "smaller than the grid": noise(0, 256, 5, 3),
    "as small as the grid": noise(0, 256, 8, 8),
}


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES.keys())
def test_the_wavelet_hash_is_that_of_imagehash_bit_for_bit(picture: Pixels) -> None:
    image = Image.fromarray(picture)
    grey = np.asarray(image.convert("L"))
    assert np.array_equal(wavelet_bits(grey), imagehash.whash(image).hash)


@pytest.mark.parametrize("seed", range(40))
def test_the_wavelet_hash_is_that_of_imagehash_for_pictures_at_random(seed: int) -> None:
    rng = np.random.default_rng(seed)
    height, width = rng.integers(8, 300, 2)
    levels = int(rng.choice([2, 4, 256]))
    picture = rng.integers(0, levels, (height, width), np.uint8)
    picture[rng.integers(height) :, rng.integers(width) :] = 0
    image = Image.fromarray(picture)
    grey = np.asarray(image.convert("L"))
    assert np.array_equal(wavelet_bits(grey), imagehash.whash(image).hash)


def collage_of(squares: Pixels) -> Image.Image:
    """As in VideoHash 3.0.1: frames on a large black picture, all of which is a JPEG."""
    per_row = round(math.sqrt(len(squares)))
    scale = 1024 / (per_row * 144)
    pitch = math.ceil(144 * scale)
    collage = Image.new("RGB", (1024, math.ceil(scale * 144 * math.ceil(len(squares) / per_row))))
    for number, square in enumerate(squares):
        row, column = divmod(number, per_row)
        frame = Image.fromarray(square).resize((min(144, pitch),) * 2, Image.Resampling.LANCZOS)
        collage.paste(frame, (column * pitch, row * pitch))
    file = io.BytesIO()
    collage.save(file, "JPEG")
    return Image.open(file)


@pytest.mark.parametrize("seconds", [1, 3, 5, 8, 12, 20, 50])
def test_the_hash_is_that_of_a_collage_all_of_which_went_through_the_jpeg(seconds: int) -> None:
    rng = np.random.default_rng(seconds)
    noises = rng.integers(0, 256, (seconds + 1, 144, 144, 3), np.uint8)
    times = sample_times(float(seconds))
    squares = np.stack([noises[round(time)] for time in times])
    expected = imagehash.whash(collage_of(squares)).hash ^ colour_bits(squares)
    value = int("".join("1" if bit else "0" for bit in expected.ravel()), 2)
    assert video_hash(video(list(noises)), float(seconds)) == value


def dominant_colour(tile: Image.Image) -> str:
    """As in imagedominantcolor 1.0.1, pixel by pixel."""
    count = dict.fromkeys("rgbl", 0)
    for red, green, blue in np.asarray(tile.resize((16, 16), Image.Resampling.LANCZOS)).reshape(
        -1, 3
    ):
        if red > green and red > blue:
            count["r"] += 1
        elif green > red and green > blue:
            count["g"] += 1
        elif blue > red and blue > green:
            count["b"] += 1
        else:
            count["l"] += 1
    if count["l"] == max(count.values()):
        return "l"
    for colour in "rgb":
        if all(count[colour] - 25 > count[other] for other in "rgb" if other != colour):
            return colour
    return "n"


@pytest.mark.parametrize("count", [2, 3, 7, 16])
def test_each_tile_is_judged_on_its_own_and_the_bits_go_row_by_row(count: int) -> None:
    squares = np.stack([natural(seed, 144, 144) for seed in range(count)])
    squares[0, :40] = 90
    strip = Image.fromarray(np.concatenate(squares, axis=1))
    width = 18 * count
    found = "".join(
        dominant_colour(strip.crop((column * width, top, (column + 1) * width, top + 18)))
        for top in range(0, 144, 18)
        for column in range(8)
    )
    expected = "r" * 16 + "g" * 16 + "b" * 16 + "l" * 16
    assert set(found) > {"l"}
    bits = [one == other for one, other in zip(found, expected, strict=True)]
    assert colour_bits(squares).ravel().tolist() == bits


@pytest.mark.parametrize(
    ("colour", "rows"),
    [((200, 9, 9), (0, 1)), ((9, 200, 9), (2, 3)), ((9, 9, 200), (4, 5)), ((70, 70, 70), (6, 7))],
    ids=["red", "green", "blue", "grey"],
)
def test_one_colour_sets_the_two_rows_that_expect_it(
    colour: tuple[int, int, int], rows: tuple[int, int]
) -> None:
    bits = colour_bits(np.full((3, 144, 144, 3), colour, np.uint8))
    assert np.flatnonzero(bits.all(axis=1)).tolist() == list(rows)
    assert bits.sum() == 16


@pytest.mark.parametrize(
    ("duration", "times"),
    [
        (0.04, [0, 0]),
        (0.89, [0, 0]),
        (0.9, [0, 0, 0.9]),
        (2.0, [0, 0, 0.9, 1.9]),
        (10.0, [0, 0, 0.9, 1.9, 2.9, 3.9, 4.9, 5.9, 6.9, 7.9, 8.9, 9.9]),
    ],
)
def test_the_times_are_those_of_ffmpeg_at_one_frame_a_second(
    duration: float, times: list[float]
) -> None:
    assert sample_times(duration) == pytest.approx(times)


def test_a_day_long_video_has_no_more_frames_than_the_most() -> None:
    times = sample_times(86_400.0)
    assert len(times) == MOST_FRAMES
    assert times[0] == 0
    assert np.ptp(np.diff(times)) < 1e-6
    assert times[-1] < 86_400


def test_only_the_frames_nearest_to_those_times_count() -> None:
    frames = film(6, per_second=4)
    nearest = {min(round(4 * time), 23) for time in sample_times(6.0)}
    wanted = nearest | {8, 20}  # where bars are sought: 2 s and 5 s
    changed = [
        frame if number in wanted else Frame(frame.time, 255 - frame.image)
        for number, frame in enumerate(frames)
    ]
    assert video_hash(changed, 6.0) == video_hash(frames, 6.0)
    all_changed = [Frame(frame.time, 255 - frame.image) for frame in frames]
    assert video_hash(all_changed, 6.0) != video_hash(frames, 6.0)


@pytest.mark.parametrize("per_second", [3, 4, 8])
def test_more_frames_a_second_than_two_change_nothing(per_second: int) -> None:
    # The pictures change half a second away from the times that are looked at.
    def shown(time: float) -> Frame:
        return Frame(time, natural(int(time + 0.6)))

    dense = [shown(number / per_second) for number in range(12 * per_second)]
    assert video_hash(dense, 12.0) == video_hash([shown(k / 2) for k in range(24)], 12.0)


def test_a_frame_stands_in_for_those_that_are_missing_around_it() -> None:
    first, second = natural(1), natural(2)
    sparse = [Frame(0.0, first), Frame(10.0, second)]
    dense = video([first] * 11 + [second] * 19, per_second=2)
    assert video_hash(sparse, 15.0) == video_hash(dense, 15.0)


def test_the_order_of_the_frames_counts() -> None:
    pictures = [natural(seed) for seed in range(14)]
    assert (
        bits_apart(video_hash(video(pictures), 14.0), video_hash(video(pictures[::-1]), 14.0)) > 8
    )


def test_an_unknown_duration_is_the_end_of_the_last_frame() -> None:
    frames = film(14)
    assert video_hash(frames) == video_hash(frames, 14.0)


@pytest.mark.parametrize(("rows", "columns"), [(20, 0), (0, 33), (11, 7)])
def test_black_bars_do_not_change_the_hash(rows: int, columns: int) -> None:
    frames = film(7)
    boxed = [barred(frame, rows, columns) for frame in frames]
    assert video_hash(boxed, 7.0) == video_hash(frames, 7.0)


def test_bars_are_found_though_some_frames_are_black() -> None:
    frames = film(12)
    frames[:6] = [Frame(frame.time, np.zeros_like(frame.image)) for frame in frames[:6]]
    boxed = [barred(frame, 15, 0) for frame in frames]
    assert video_hash(boxed, 12.0) == video_hash(frames, 12.0)


def test_nearly_black_bars_are_black() -> None:
    frames = film(7)
    boxed = [barred(frame, 15, 0) for frame in frames]
    grey = [Frame(frame.time, np.maximum(frame.image, 8)) for frame in boxed]
    assert video_hash(grey, 7.0) == video_hash(frames, 7.0)


def test_a_smaller_copy_has_nearly_the_same_hash() -> None:
    large = video([natural(seed, 180, 320) for seed in range(30)])
    small = [Frame(frame.time, frame.image[::2, ::2]) for frame in large]
    assert bits_apart(video_hash(large, 30.0), video_hash(small, 30.0)) <= 4


def test_different_videos_have_different_hashes() -> None:
    one = video([natural(seed) for seed in range(30)])
    other = video([natural(seed) for seed in range(100, 130)])
    assert bits_apart(video_hash(one, 30.0), video_hash(other, 30.0)) > 12


def test_one_frame_is_a_video_of_a_second() -> None:
    picture = natural(1)
    assert video_hash([Frame(0.0, picture)]) == video_hash(video([picture] * 4, 4), 1.0)


def test_a_black_video_has_the_bits_of_grey_tiles_alone() -> None:
    black = video([np.zeros((90, 160, 3), np.uint8)] * 10)
    assert to_hex(video_hash(black, 10.0)) == "000000000000ffff"


def test_pictures_may_change_their_size_within_a_video() -> None:
    frames = film(6)
    mixed = [
        Frame(f.time, f.image.repeat(2, axis=0).repeat(2, axis=1)) if f.time >= 3 else f
        for f in frames
    ]
    assert bits_apart(video_hash(mixed, 6.0), video_hash(frames, 6.0)) <= 4


@pytest.mark.parametrize("size", [(1, 1), (1, 320), (320, 1), (2, 3)])
def test_pictures_of_any_size_have_a_hash(size: tuple[int, int]) -> None:
    frames = video([np.full((*size, 3), 99, np.uint8)] * 5)
    assert 0 <= video_hash(frames, 5.0) < 2**64


def test_the_same_frames_give_the_same_hash_and_stay_as_they_are() -> None:
    frames = film(8)
    before = [frame.image.copy() for frame in frames]
    assert video_hash(frames, 8.0) == video_hash(frames, 8.0)
    assert all(np.array_equal(f.image, old) for f, old in zip(frames, before, strict=True))


def test_the_text_of_a_hash_is_16_lower_case_hexadecimal_digits() -> None:
    assert to_hex(0) == "0000000000000000"
    assert to_hex(0xABC) == "0000000000000abc"
    assert to_hex(2**64 - 1) == "ffffffffffffffff"
    assert re.fullmatch("[0-9a-f]{16}", to_hex(video_hash(film(3), 3.0)))


def test_no_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one frame"):
        video_hash([], 5.0)


@pytest.mark.parametrize("duration", [0.0, -1.0, float("nan"), float("inf")])
def test_what_is_no_length_of_time_is_refused(duration: float) -> None:
    with pytest.raises(ValueError, match="not the duration"):
        video_hash(film(2), duration)
