"""The signature: what it holds, how large it is, and what it says of videos with too little."""

import edits
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hydrus_video_deduplicator.frames import Frame
from hydrus_video_deduplicator.frames.sampling import MAX_FRAMES
from hydrus_video_deduplicator.signature import Signature, TooLittle, schedule, sign
from hydrus_video_deduplicator.signature.sampling import DECODED_SECONDS

KIB = 1024


@given(st.integers(0, 50), st.integers(1, 12))
@settings(max_examples=10, deadline=None)
def test_bytes_round_trip(seed, count):
    signature = edits.signed(edits.film(seed, seconds=2)[:count])
    again = Signature.from_bytes(signature.to_bytes())
    assert again == signature
    assert again.duration == signature.duration
    np.testing.assert_array_equal(again.levels, signature.levels)
    np.testing.assert_array_equal(again.times, signature.times)


def test_no_frames():
    signature = sign([])
    assert signature.too_little is TooLittle.NO_FRAMES
    assert Signature.from_bytes(signature.to_bytes()) == signature


@pytest.mark.parametrize("data", [b"", b"nothing", bytes(60), sign([]).to_bytes()[:-3]])
def test_what_is_no_signature(data):
    with pytest.raises(ValueError, match="signature"):
        Signature.from_bytes(data)


@pytest.mark.parametrize(
    ("frames", "reason"),
    [
        pytest.param(lambda: edits.plain(0), TooLittle.BLACK, id="black"),
        pytest.param(lambda: edits.plain(20), TooLittle.BLACK, id="nearly black"),
        pytest.param(lambda: edits.plain(255), TooLittle.ONE_COLOUR, id="white"),
        pytest.param(lambda: edits.plain(120), TooLittle.ONE_COLOUR, id="grey"),
        pytest.param(lambda: edits.fade(220), TooLittle.ONE_COLOUR, id="a fade"),
        pytest.param(lambda: edits.still(edits.film(1, 1)), TooLittle.STILL, id="a still picture"),
        pytest.param(
            lambda: edits.small(edits.recoloured(edits.film(1, 3), offset=0.4), 160),
            TooLittle.ONE_COLOUR,
            id="one pixel",
        ),
        pytest.param(lambda: edits.film(1, 3), None, id="a film"),
    ],
)
def test_too_little(frames, reason):
    signature = edits.signed(frames())
    assert signature.too_little is reason
    assert Signature.from_bytes(signature.to_bytes()).too_little is reason


@pytest.mark.parametrize(
    ("seconds", "most"), [(5, 8 * KIB), (60, 8 * KIB), (600, 32 * KIB), (7200, 32 * KIB)]
)
def test_size(seconds, most):
    random = np.random.default_rng(1)
    # Pictures that have nothing to do with one another are the hardest to pack.
    frames = [
        Frame(float(time), np.kron(random.integers(0, 256, (8, 8)), np.ones((6, 8))).astype("u1"))
        for time in np.linspace(0, seconds, MAX_FRAMES, endpoint=False)
    ]
    assert len(sign(frames, seconds).to_bytes()) <= most


@pytest.mark.parametrize(("seconds", "frames"), [(2, 16), (7.5, 60), (12, 60), (20, 80), (30, 120)])
def test_short_videos_are_decoded_through(seconds, frames):
    asked = schedule(seconds)
    assert not asked.visit
    assert seconds / asked.interval == pytest.approx(frames, rel=0.01)


@pytest.mark.parametrize(
    ("seconds", "visits"), [(31, 96), (60, 96), (600, 241), (3600, 494), (99999, 500)]
)
def test_of_long_videos_so_many_seconds_are_decoded_in_so_many_visits(seconds, visits):
    asked = schedule(seconds)
    assert asked.share * seconds == pytest.approx(DECODED_SECONDS)
    assert seconds / asked.visit == pytest.approx(visits, rel=0.01)


def test_a_video_of_unknown_duration_is_decoded_through():
    assert schedule(0).interval > 0
    assert not schedule(0).visit


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_longer_videos_are_visited_less_often_and_less_of_them_is_decoded(one, other):
    shorter, longer = (schedule(seconds) for seconds in sorted((one, other)))
    assert shorter.visit <= longer.visit * (1 + 1e-9)
    assert shorter.share >= longer.share


@pytest.mark.parametrize(
    ("edit", "active"),
    [
        pytest.param(lambda f: f, (0, 0, 1, 1), id="no bars"),
        pytest.param(lambda f: edits.bordered(f, 0, 30), (0, 1 / 6, 1, 5 / 6), id="letterbox"),
        pytest.param(lambda f: edits.bordered(f, 40, 0), (1 / 6, 0, 5 / 6, 1), id="pillarbox"),
        pytest.param(
            lambda f: edits.bordered(f, 20, 15, (240, 90, 10)), (0.1, 0.1, 0.9, 0.9), id="border"
        ),
        pytest.param(edits.in_portrait, (0, 0.289, 1, 0.711), id="blurred portrait bars"),
        pytest.param(
            lambda f: edits.painted_over(f, (0.1, 0.4, 0.9, 0.6)), (0, 0, 1, 1), id="a large text"
        ),
    ],
)
def test_bars_are_left_out(edit, active):
    assert edits.signed(edit(edits.film(4, 3))).active == pytest.approx(active, abs=0.02)


def test_frames_of_another_size_are_left_out():
    frames = edits.in_grey(edits.film(1, 2))
    odd = [*frames[:-1], *edits.in_grey(edits.small(edits.film(1, 2)[-1:]))]
    assert sign(odd).to_bytes() == sign(frames[:-1]).to_bytes()


def test_a_video_of_smooth_gradients_has_no_blurred_bars():
    rows = np.arange(120, dtype=np.uint8)[:, None, None]
    pictures = [np.broadcast_to(rows + 4 * shift, (120, 160, 3)) for shift in range(24)]
    assert edits.signed(edits.timed(pictures)).active == (0, 0, 1, 1)
