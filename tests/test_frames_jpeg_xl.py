"""JPEG XL: its frames, their times, and what is refused of it."""

import sys
from base64 import b64decode
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import clips
import numpy as np
import pytest
from imagecodecs import jpegxl_encode
from numpy.typing import NDArray

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.errors import UnreadableVideo
from hydrus_video_deduplicator.frames import Footage, Schedule, jpeg_xl, jpeg_xl_header, read_frames
from hydrus_video_deduplicator.frames.viewing import view
from hydrus_video_deduplicator.match import DEFAULT_THRESHOLD, THRESHOLDS
from hydrus_video_deduplicator.matching import find_matches
from hydrus_video_deduplicator.signature import Signature

Patch = pytest.MonkeyPatch

FPS = 10
"""Pictures a second of what `jpegxl_encode` makes."""

DELAYS = [0.04, 0.08, 0.12, 0.2, 0.56]
"""Seconds of the five pictures below: a square that moves by four pixels, 32×24."""

PLAIN = b64decode(
    "/wrFBAMIKC4JCAKiCAAAkABLGIsVANSZE+PEzLlACACGAwQAgCRQAQHpVHCgqSbtDUMRSgMIAkIJAACQAEsYixUA"
    "1JkT48TMuUAIAIYDBACAJFABAelUcKCpduzNuQ8qYAgC4gkAAJAASxiLFQDUmRPjxMy5QAgAhgMEAIAkUAEB6VRw"
    "oKlO9czhEjAdCAIiCwAAkABLGIsVANSZE+PEzLlACACGAwQAgCRQAQHpVHCgqe7KjJkWEF4IAsMIAAAEAJAASxiL"
    "FQDUmRPjxMy5QAgAhgMEAIAkUAEB6VRwoKnSoY29M5Qb"
)
CROPPED = b64decode(
    "/wrFBAMIKC4JCAKiCAAAkABLGIsVANSZE+PEzLlACACGAwQAgCRQAQHpVHCgqSbtDUMRSgMIIgQwwAEDCCUAAIAA"
    "SxiLFQDUlxljxru8QAgAhINE5JAAAelUcLCp+oQPMH4IIgQwwAEDiCcAAIAASxiLFQDUlxljxru8QAgAhIPE5JAA"
    "AekUcLCp4vMPsG8IIgQwwAEDiCwAAIAASxiLFQDUlxljxru8QAgAhINE5JAAAem0cLCpVkUNUHAIIgQwwAEDDCMA"
    "ABAAgABLGIsVANSXGWPGu7xACACEg0TkkAAB6dRwsKm27AwQKQ=="
)
"""Each picture but the first is laid over the one before."""

WITH_PROFILE = b64decode(
    "/wrFBAMIyVvDgBSaB+Dtdeg3BMecpdM8rqRNX9t8qZk22sRR22KDh8wlR9n1zaSDgiAl3DnqxnHnkJitjZLZbLY0"
    "ygFkHW2dEeArrl3zjtu8MpgBGPB/YWnF1wymuk6ssuys5KFQoGhtKiu9zVSX3/b9JeNHdSHLOr4Fjr7C5sqmnqLS"
    "ZQXWzpYFmsqWlrLm0HuvjE9V0m2MqQJc+s2fP/mWJ3oSiN9I/vzpA+XPH78jONuFBh9r34agODqcjUBJHnjfAvSW"
    "EBSzQLYMsBiW89E5rfZD55lg50640yjM3BxFlW35cAIkygpS7iATE8J0AzWaj4scCAKiCAAAkABLGIsVANSZE+PE"
    "zLlACACGAwQAgCRQAQHpVHCgqSbtDUMRSgMIAkIJAACQAEsYixUA1JkT48TMuUAIAIYDBACAJFABAelUcKCpduzN"
    "uQ8qYAgC4gkAAJAASxiLFQDUmRPjxMy5QAgAhgMEAIAkUAEB6VRwoKlO9czhEjAdCAIiCwAAkABLGIsVANSZE+PE"
    "zLlACACGAwQAgCRQAQHpVHCgqe7KjJkWEF4IAsMIAAAEAJAASxiLFQDUmRPjxMy5QAgAhgMEAIAkUAEB6VRwoKnS"
    "oY29M5Qb"
)
WITH_PREVIEW = b64decode(
    "/wrFhBVwDCCguCQIAqIIAACQAEsYixUA1JkT48TMuUAIAIYDBACAJFABAelUcKCpJu0NQxFKAwgCoggAAJAASxiL"
    "FQDUmRPjxMy5QAgAhgMEAIAkUAEB6VRwoKkm7Q1DEUoDCCIEMMABAwglAACAAEsYixUA1JcZY8a7vEAIAISDROSQ"
    "AAHpVHCwqfqEDzB+CCIEMMABA4gnAACAAEsYixUA1JcZY8a7vEAIAISDxOSQAAHpFHCwqeLzD7BvCCIEMMABA4gs"
    "AACAAEsYixUA1JcZY8a7vEAIAISDROSQAAHptHCwqVZFDVBwCCIEMMABAwwjAAAQAIAASxiLFQDUlxljxru8QAgA"
    "hINE5JAAAenUcLCptuwMECk="
)

ORIENTATION = 27
"""The bit at which it is stated in `PLAIN`."""


def encoded(pictures: NDArray[Any], **options: Any) -> bytes:
    """Pictures of (count, height, width), with channels or without, as JPEG XL."""
    made: bytes = jpegxl_encode(pictures, lossless=True, effort=3, numthreads=1, **options)
    return made


def ball(count: int = 10) -> NDArray[np.uint8]:
    """(count, 48, 64, 3)."""
    return np.stack(clips.scene(1, count / FPS, FPS, width=64, height=48))


def shown(data: bytes) -> list[tuple[NDArray[np.uint8], float]]:
    """The pictures as RGBA and their seconds."""
    with jpeg_xl.opened(BytesIO(data)) as animated:
        return [(np.asarray(one.convert("RGBA")), took) for one, took in animated.pictures]


def times_of(data: bytes) -> list[float]:
    return [seconds for _, seconds in shown(data)]


def footage_of(data: bytes, interval: float = 0.05) -> Footage:
    return read_frames(BytesIO(data), lambda _: Schedule(interval))


def reason_of(data: bytes) -> str:
    with pytest.raises(UnreadableVideo) as caught:
        shown(data)
    return str(caught.value)


@pytest.mark.parametrize("usecontainer", [False, True])
def test_every_frame_is_read_with_its_time(usecontainer: bool) -> None:
    data = encoded(ball(), usecontainer=usecontainer)
    for (picture, seconds), wanted in zip(shown(data), ball(), strict=True):
        assert (picture[..., :3] == wanted).all()
        assert seconds == pytest.approx(0.1)
    footage = footage_of(data)
    assert [frame.time for frame in footage.frames] == pytest.approx(list(np.arange(10) / FPS))
    assert footage.duration == pytest.approx(1)


@pytest.mark.parametrize("data", [PLAIN, CROPPED, WITH_PROFILE, WITH_PREVIEW])
def test_frames_are_shown_for_as_long_as_each_says(data: bytes) -> None:
    assert times_of(data) == pytest.approx(DELAYS)


@pytest.mark.parametrize("count", [1, 3])
def test_where_only_the_decoder_finds_the_frames_each_is_shown_for_as_long_as_the_first(
    monkeypatch: Patch, count: int
) -> None:
    """As here, where sections of a large picture are not in their order."""
    large = np.zeros((count, 300, 2056), np.uint8)
    large[-1, 50:, 300:] = 200
    data = encoded(large)
    assert jpeg_xl_header.read_header(data).frames == []
    found = shown(data)
    assert [picture[100, 1000, 0] for picture, _ in found] == [0] * (count - 1) + [200]
    assert [seconds for _, seconds in found] == pytest.approx([0.1] * count)
    monkeypatch.setattr(jpeg_xl, "MOST_DECODED", large[0].nbytes // 2)
    assert "too large to decode at once" in reason_of(data)


def test_or_for_a_tenth_of_a_second(monkeypatch: Patch) -> None:
    """If the first frame is behind a profile of which it is not known where it ends."""
    monkeypatch.setattr(jpeg_xl_header, "PACKING", -1000)
    assert times_of(WITH_PROFILE) == pytest.approx([0.1] * 5)


def in_kind(kind: str) -> NDArray[Any]:
    """The ball in another kind of samples."""
    pictures = ball(3)
    if kind.startswith("float"):
        return (pictures / 255).astype(kind)
    return pictures if kind == "uint8" else pictures.astype(kind) * 257


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float16", "float32"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_every_kind_of_samples_and_channels_becomes_a_picture(kind: str, channels: int) -> None:
    made = in_kind(kind)
    grey = made[..., :1]
    opaque = np.full_like(grey, 1 if kind.startswith("float") else np.iinfo(kind).max)
    pictures = {
        1: grey[..., 0],
        2: np.concatenate([grey, opaque], axis=-1),
        3: made,
        4: np.concatenate([made, opaque], axis=-1),
    }[channels]
    wanted = ball(3)[..., :1] if channels < 3 else ball(3)
    for (picture, _), expected in zip(shown(encoded(pictures)), wanted, strict=True):
        assert np.abs(picture[..., :3].astype(int) - expected).max() <= 1
        assert picture[..., 3].min() == 255


def test_samples_of_ten_bits_are_as_bright_as_those_of_eight() -> None:
    data = encoded(ball(3).astype(np.uint16) * 4, bitspersample=10)
    for (picture, _), expected in zip(shown(data), ball(3), strict=True):
        assert np.abs(picture[..., :3].astype(int) - expected).max() <= 1


def test_numbers_that_are_none_are_black_not_a_warning() -> None:
    pictures = np.full((2, 8, 8, 3), np.nan, np.float32)
    pictures[1] = np.inf
    assert [picture[0, 0, 0] for picture, _ in shown(encoded(pictures))] == [0, 255]


def test_a_channel_that_is_no_colour_is_not_shown() -> None:
    planes = np.stack([ball(3)[..., 0], np.zeros((3, 48, 64), np.uint8)], axis=1)
    data = encoded(planes, planar=True, photometric="gray")
    for (picture, _), expected in zip(shown(data), ball(3)[..., 0], strict=True):
        assert (picture[..., 0] == expected).all()


def test_what_is_transparent_lies_over_white() -> None:
    clear = np.zeros((2, 32, 32, 4), np.uint8)
    clear[1, ..., 3] = 128
    first, second = footage_of(encoded(clear)).frames
    assert first.image.min() == 255
    assert second.image.max() == pytest.approx(127, abs=1)


def test_a_picture_is_turned_as_the_file_says() -> None:
    number = int.from_bytes(PLAIN, "little") | 5 << ORIENTATION
    turned = number.to_bytes(len(PLAIN), "little")
    with jpeg_xl.opened(BytesIO(turned)) as animated:
        assert (animated.width, animated.height) == (24, 32)
        picture, _ = next(animated.pictures)
    assert (np.asarray(picture) == np.rot90(shown(PLAIN)[0][0][..., :3], -1)).all()


def test_a_still_picture_gives_one_frame() -> None:
    footage = footage_of(encoded(ball(1)[0]))
    assert [frame.time for frame in footage.frames] == [0.0]


def test_a_look_tells_the_size_the_codec_and_the_pictures() -> None:
    seen = view(BytesIO(PLAIN), [0, 0.1, 0.9])
    assert (seen.streams.width, seen.streams.height, seen.streams.codec) == (32, 24, "jpegxl")
    assert seen.streams.frame_rate == pytest.approx(5)
    assert [int(picture[12, :, 0].argmax()) for picture in seen.pictures] == [2, 6, 18]


class TestLarge:
    @pytest.mark.parametrize("data", [PLAIN, CROPPED, encoded(ball(1)[0])])
    def test_what_does_not_fit_into_memory_at_once_is_decoded_frame_by_frame(
        self, monkeypatch: Patch, data: bytes
    ) -> None:
        at_once = shown(data)
        monkeypatch.setattr(jpeg_xl, "MOST_DECODED", at_once[0][0].size)
        for (picture, seconds), (wanted, took) in zip(shown(data), at_once, strict=True):
            assert (picture == wanted).all()
            assert seconds == took

    @pytest.mark.parametrize(
        ("data", "most", "numbers"),
        [
            (PLAIN, 5, [0, 1, 2, 3, 4]),
            (PLAIN, 4, [0, 2, 4]),
            (CROPPED, 9, [0, 2, 4]),
            (CROPPED, 8, [0, 4]),
            (CROPPED, 1, [0]),
        ],
    )
    def test_frames_are_left_out_where_all_would_take_too_long(
        self, monkeypatch: Patch, data: bytes, most: int, numbers: list[int]
    ) -> None:
        pictures = [picture for picture, _ in shown(data)]
        monkeypatch.setattr(jpeg_xl, "MOST_DECODED", 32 * 24 * 3)
        monkeypatch.setattr(jpeg_xl, "MOST_WORK", 32 * 24 * most)
        found = shown(data)
        assert len(found) == len(numbers)
        for (picture, _), number in zip(found, numbers, strict=True):
            assert (picture == pictures[number]).all()
        assert sum(seconds for _, seconds in found) == pytest.approx(sum(DELAYS))

    def test_pictures_that_are_too_large_are_refused_before_anything_is_decoded(
        self, monkeypatch: Patch
    ) -> None:
        monkeypatch.setitem(sys.modules, "imagecodecs", None)
        # not in eights, 18 bits for the height, as wide as high, all else as usual
        fields = 0b0 | 2 << 1 | (16_384 - 1) << 3 | 1 << 21 | 0b11 << 24
        data = jpeg_xl_header.START + fields.to_bytes(4, "little") + b"\xff"
        assert reason_of(data) == "pictures of 16384×16384 pixels are too large to decode"

    def test_so_are_many_channels(self) -> None:
        planes = np.zeros((2, 7, 8, 8), np.uint8)
        data = encoded(planes, planar=True, photometric="gray")
        assert reason_of(data) == "a JPEG XL with 6 channels besides colours"

    def test_a_picture_that_takes_more_memory_than_is_allowed_is_refused(
        self, monkeypatch: Patch
    ) -> None:
        monkeypatch.setattr(jpeg_xl, "MOST_DECODED", 1000)
        assert reason_of(PLAIN).startswith("too large to decode")

    def test_no_more_frames_are_looked_for_than_can_be_in_a_few_seconds(
        self, monkeypatch: Patch
    ) -> None:
        monkeypatch.setattr(jpeg_xl_header, "MOST_FIELDS", 100)
        assert times_of(PLAIN) == pytest.approx(DELAYS[:2], abs=0.001)

    def test_a_file_that_is_too_large_is_not_read(self, monkeypatch: Patch) -> None:
        monkeypatch.setattr(jpeg_xl, "MOST_BYTES", 1 << 20)
        with pytest.raises(UnreadableVideo, match="more than 1 MiB is not read"):
            footage_of(jpeg_xl_header.START + bytes(1 << 20))


class TestBroken:
    @pytest.mark.parametrize("data", [PLAIN, CROPPED, WITH_PROFILE, encoded(ball(5))])
    def test_a_file_that_was_cut_off_gives_the_frames_that_are_there_or_a_reason(
        self, data: bytes
    ) -> None:
        for length in range(0, len(data), len(data) // 40):
            with suppress(UnreadableVideo):
                assert footage_of(data[:length]).frames

    def test_frames_of_a_file_that_was_cut_off_are_the_first_ones(self) -> None:
        assert times_of(PLAIN[:-1]) == pytest.approx(DELAYS[:4])

    @pytest.mark.parametrize("seed", range(200))
    def test_a_broken_file_costs_no_more_than_itself(self, seed: int) -> None:
        dice = np.random.default_rng(seed)
        whole = (PLAIN, CROPPED, WITH_PROFILE, WITH_PREVIEW)[seed % 4]
        data = bytearray(whole)
        for _ in range(dice.integers(1, 9)):
            data[dice.integers(2, 60)] ^= 1 << int(dice.integers(8))
        with suppress(UnreadableVideo):
            assert footage_of(bytes(data)).frames

    @pytest.mark.parametrize(
        "data",
        [
            jpeg_xl_header.START,
            jpeg_xl_header.CONTAINER,
            jpeg_xl_header.CONTAINER + b"\0\0\0\x01jxlc\0\0\0\0\0\0\0\x01",
            jpeg_xl_header.START + b"\xff" * 1000,
            jpeg_xl_header.START + np.random.default_rng(1).bytes(1000),
        ],
    )
    def test_what_only_begins_like_one_is_unreadable_with_a_reason(self, data: bytes) -> None:
        assert "not decodable" in reason_of(data)


def test_a_codestream_may_lie_in_parts() -> None:
    def box(kind: bytes, content: bytes) -> bytes:
        return (8 + len(content)).to_bytes(4) + kind + content

    parts = [
        box(b"jxlp", b"\0\0\0\0" + PLAIN[:100]),
        box(b"Exif", b"\0" * 50),
        box(b"jxlp", b"\x80\0\0\1" + PLAIN[100:]),
    ]
    assert times_of(jpeg_xl_header.CONTAINER + b"".join(parts)) == pytest.approx(DELAYS)


def test_without_the_decoder_it_says_how_to_get_it(monkeypatch: Patch) -> None:
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    with pytest.raises(UnreadableVideo, match=r'extra jxl: pip install "\.\[jxl\]".* --retry-fail'):
        footage_of(PLAIN)


@pytest.mark.parametrize("name", ["copy.gif", "copy.mp4"])
def test_a_copy_in_another_format_is_found(tmp_path: Path, name: str) -> None:
    pictures = clips.scene(1, 5, FPS)
    path = clips.encode(tmp_path / name, pictures, FPS)
    signatures = {"jxl": signed(encoded(np.stack(pictures))), name: signed(path.read_bytes())}
    (match,) = find_matches(signatures)
    assert match.score >= THRESHOLDS[DEFAULT_THRESHOLD]


def signed(data: bytes) -> Signature:
    footage = read_frames(BytesIO(data), signature.schedule)
    return signature.sign(footage.frames, footage.duration)
