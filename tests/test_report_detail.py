"""Which copy has more to show: measured in its pictures, not read from its file."""

from itertools import pairwise

import edits
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from hydrus_video_deduplicator.report.detail import compare
from hydrus_video_deduplicator.report.examining import brings_little
from hydrus_video_deduplicator.report.quality import Copy, Flaw, advise
from hydrus_video_deduplicator.report.still_end import still_end

Grey = NDArray[np.uint8]


def natural(seed: int, side: int = 256) -> Grey:
    """A picture whose amplitude falls with frequency, as that of photographs does."""
    random = np.random.default_rng(seed)
    frequencies = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None])
    spectrum = np.fft.rfft2(random.standard_normal((side, side))) / np.maximum(
        frequencies, 1 / side
    )
    picture = np.fft.irfft2(spectrum, (side, side))
    return (128 + 40 * picture / picture.std()).clip(0, 255).astype(np.uint8)


def encoded(picture: Grey, seed: int = 9, spread: float = 0.6) -> Grey:
    """With the little noise that an encoder leaves."""
    random = np.random.default_rng(seed)
    return (picture + random.normal(0, spread, picture.shape)).clip(0, 255).astype(np.uint8)


def resized(picture: Grey, width: int, height: int) -> Grey:
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS))


def filtered(picture: Grey, kind: ImageFilter.Filter) -> Grey:
    return np.asarray(Image.fromarray(picture).filter(kind))


PICTURES = [natural(seed) for seed in (1, 2)]


@pytest.mark.parametrize("times", [2, 3])
def test_an_enlarged_copy_has_no_more_detail_than_its_source(times: int) -> None:
    enlarged = [encoded(resized(p, 256 * times, 256 * times)) for p in PICTURES]
    for first, second in ((PICTURES, enlarged), (enlarged, PICTURES)):
        found = compare(first, second)
        assert found.is_enlarged
        assert found.detail == pytest.approx(1, abs=0.1)


def test_a_real_larger_copy_has_more_detail_than_one_made_small() -> None:
    small = [encoded(resized(p, 128, 128)) for p in PICTURES]
    found = compare(small, PICTURES)
    assert not found.is_enlarged
    assert found.detail is not None
    assert found.detail > 1.03


def test_a_copy_enlarged_from_a_poor_one_has_less_detail_whatever_its_size() -> None:
    poor = [encoded(resized(resized(p, 80, 80), 512, 512)) for p in PICTURES]
    found = compare(PICTURES, poor)
    assert found.detail is not None
    assert found.detail < 0.2


def test_a_blurred_copy_has_less_detail_and_the_other_is_not_called_sharpened() -> None:
    for radius in (0.5, 1.0, 2.0):
        blurred = [encoded(filtered(p, ImageFilter.GaussianBlur(radius))) for p in PICTURES]
        found = compare(PICTURES, blurred)
        assert found.sharpened is None
        assert found.detail is not None
        assert found.detail < 0.9


def test_a_sharpened_copy_has_no_more_detail_and_is_called_sharpened() -> None:
    sharp = [encoded(filtered(p, ImageFilter.UnsharpMask(2, 100, 0))) for p in PICTURES]
    assert compare(PICTURES, sharp).sharpened == 1
    assert compare(sharp, PICTURES).sharpened == 0
    assert compare(PICTURES, sharp).detail == 1


def test_more_contrast_is_not_more_detail() -> None:
    flat = [(64 + p * 0.5).astype(np.uint8) for p in PICTURES]
    found = compare(flat, PICTURES)
    assert found.sharpened is None
    assert found.detail == pytest.approx(1, abs=0.1)


# Time


def moving(count: int) -> list[NDArray[np.float32]]:
    """Frames of a picture that moves two pixels each."""
    wide = natural(5, 320).astype(np.float32)
    return [wide[:, 2 * number : 2 * number + 200] for number in range(count)]


def test_frames_that_were_doubled_or_blended_bring_little() -> None:
    frames = moving(8)
    doubled = [frame for frame in frames for _ in range(2)]
    blended = [f for a, b in pairwise(frames) for f in (a, (a + b) / 2)]
    assert brings_little(doubled[:13])
    assert brings_little(blended[:13])
    assert brings_little(moving(13)) is False
    assert brings_little([frames[0]] * 13) is None


def test_a_cut_in_a_film_in_which_nothing_moves_says_nothing_of_its_frame_rate() -> None:
    before, after = natural(5).astype(np.float32), natural(6).astype(np.float32)
    assert brings_little([*[before] * 6, *[after] * 7]) is None


def test_an_end_that_stands_still_is_told_and_an_end_card_is_none() -> None:
    film = edits.film(3)
    frozen = edits.timed([*(frame.image for frame in film), *[film[-1].image] * 24])
    assert still_end(edits.signed(frozen)) == pytest.approx(3, abs=0.3)
    assert still_end(edits.signed(film)) == 0
    card = np.full_like(film[0].image, 230)
    card[40:80, 20:140] = 10
    ended = edits.timed([*(frame.image for frame in film), *[card] * 24])
    assert still_end(edits.signed(ended)) == 0
    slides = edits.timed([frame.image for frame in film[::16] for _ in range(24)])
    assert still_end(edits.signed(slides)) == 0


def test_a_still_end_may_be_refreshed_at_a_key_frame() -> None:
    film = [frame.image for frame in edits.film(3)]
    refined = np.roll(film[-1], 4, axis=1)
    frozen = edits.signed(edits.timed([*film, *[film[-1]] * 16, *[refined] * 16]))
    assert still_end(frozen) == pytest.approx(4, abs=0.3)
    cut = edits.signed(edits.timed([*film, *[film[-1]] * 16, *[255 - film[-1]] * 16]))
    assert still_end(cut) == 0


def test_a_still_end_may_be_noisy() -> None:
    film = edits.film(3)
    end = edits.noisy(edits.timed([film[-1].image] * 24))
    assert still_end(edits.signed(edits.joined(film, end))) == pytest.approx(3, abs=0.3)


def test_the_end_of_a_recording_in_which_little_happens_now_and_then_is_not_still() -> None:
    film = [frame.image for frame in edits.film(3)]
    typed = [np.roll(film[-1], 4 * n, axis=1) for n in range(1, 10) for _ in range(12)]
    assert still_end(edits.signed(edits.timed([*film, *typed]))) == 0


def test_a_slow_scene_after_a_fast_one_is_no_still_end() -> None:
    fast = [frame.image for frame in edits.film(3)]
    start, goal = fast[-1].astype(np.float32), fast[0].astype(np.float32)
    slow = [(start + share * (goal - start)).astype(np.uint8) for share in np.arange(24) / 240]
    assert still_end(edits.signed(edits.timed([*fast, *slow]))) == 0
    assert still_end(edits.signed(edits.timed([*fast, *[fast[-1]] * 24]))) > 0


# The advice


def test_an_enlarged_copy_does_not_win_because_a_third_one_could_not_be_compared() -> None:
    original = Copy(seconds=10, pixels=100, detail=1.0, is_examined=True)
    enlarged = Copy(
        seconds=10, pixels=400, detail=1.0, flaws=frozenset({Flaw.ENLARGED}), is_examined=True
    )
    cropped = Copy(seconds=10, pixels=49)
    advice = advise([original, enlarged, cropped])
    assert advice.best == 0
    assert [criterion.name for criterion in advice.reasons] == ["flaws", "resolution"]


def test_where_detail_was_measured_pixels_and_bits_say_nothing() -> None:
    good = Copy(seconds=10, pixels=100, codec="h264", bit_rate=1e5, detail=1.0, is_examined=True)
    poor = Copy(seconds=10, pixels=1600, codec="h264", bit_rate=1e7, detail=0.4, is_examined=True)
    advice = advise([poor, good])
    assert (advice.best, advice.by and advice.by.name) == (1, "detail")


def test_of_copies_with_the_same_detail_the_one_without_flaws_is_better() -> None:
    plain = Copy(seconds=10, detail=1.0, frame_rate=30, is_examined=True)
    doubled = Copy(
        seconds=10,
        detail=1.0,
        frame_rate=60,
        is_examined=True,
        flaws=frozenset({Flaw.INTERPOLATED}),
    )
    advice = advise([doubled, plain])
    assert (advice.best, advice.by and advice.by.name) == (1, "flaws")
    assert advise([plain, plain]).best is None
