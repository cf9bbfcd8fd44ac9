"""Where parts that share moments are cut, and which are left as repeats."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hydrus_video_deduplicator.match import Part, repeats
from hydrus_video_deduplicator.matching import seams
from hydrus_video_deduplicator.signature import Signature
from hydrus_video_deduplicator.signature.picture import WHOLE
from hydrus_video_deduplicator.signature.spectrum import ZONE


def on(shift: float, start: float, end: float, speed: float = 1.0) -> Part:
    """A stretch of A that is so many seconds later in B."""
    first, last = sorted(speed * moment + shift for moment in (start, end))
    return Part((start, end), (first, last), speed)


def showing(moment: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Signature:
    """A video of 24 s that shows a moment of a slow scene at each of its own."""
    times = np.arange(0, 24, 0.25)
    levels = np.repeat(np.round(4 * moment(times)).astype(np.int8)[:, None], ZONE.size, axis=1)
    luma = np.full(len(times), 128, np.uint8)
    return Signature(24.0, 1.5, WHOLE, 0, 1.0, times.astype(np.float32), luma, levels)


SLOW = showing(lambda t: t)


def parted(parts: tuple[Part, ...], a: Signature = SLOW, b: Signature = SLOW) -> tuple[Part, ...]:
    return seams.parted(parts, a, b)


def spans(parts: tuple[Part, ...]) -> list[tuple[float, ...]]:
    return [(*part.a_span, *part.b_span) for part in parts]


def test_a_slow_scene_without_its_middle_is_cut_in_the_middle_of_what_both_parts_share() -> None:
    """A lasts 12 s, B lacks 4 to 6. Each part also shows 2 s more, which look the same."""
    found = on(0, 0, 6), on(-2, 6, 12)
    assert spans(parted(found)) == [(0, 5, 0, 5), (7, 12, 5, 10)]


def test_what_b_has_more_of_is_cut_likewise() -> None:
    found = on(0, 0, 6), on(2, 4, 10)
    assert spans(parted(found)) == [(0, 5, 0, 5), (5, 10, 7, 12)]


def test_three_parts_are_cut_twice() -> None:
    found = on(0, 0, 5), on(-2, 5, 11), on(-4, 11, 16)
    assert spans(parted(found)) == [(0, 4, 0, 4), (6, 10, 4, 8), (12, 16, 8, 12)]


def test_parts_at_another_speed_are_cut_on_their_own_lines() -> None:
    found = on(0, 0, 6, speed=2.0), on(-4, 6, 12, speed=2.0)
    assert spans(parted(found)) == [(0, 5, 0, 10), (7, 12, 10, 20)]


def test_what_is_really_shown_twice_stays() -> None:
    """A goes on to 6 s, and then from 4 s on once more."""
    found = on(0, 0, 6), on(-2, 6, 12)
    again = showing(lambda t: np.where(t < 6, t, t - 2))
    assert parted(found, a=again) == found
    turned = on(0, 0, 6), on(2, 4, 10)
    assert parted(turned, b=again) == turned


REPEATS = [
    pytest.param((on(8, 0, 8), on(0, 0, 8)), id="a loop that plays twice"),
    pytest.param((on(8, 0, 4), on(0, 0, 8)), id="one and a half times"),
    pytest.param((on(3, 0, 5), on(-5, 5, 13), on(-13, 13, 15)), id="it begins elsewhere"),
    pytest.param((on(0, 0, 8), on(16, 0, 8, speed=-1.0)), id="back and forth"),
    pytest.param((on(0, 0, 16), on(-8, 16, 24)), id="three rounds and two"),
    pytest.param((on(0, 0, 7), on(-6, 7, 14)), id="two rounds without their ends"),
    pytest.param((on(0, 0, 0.65), on(-0.35, 0.65, 1.3)), id="too short to be cut"),
]


@pytest.mark.parametrize("found", REPEATS)
def test_what_is_repeated_stays(found: tuple[Part, ...]) -> None:
    assert parted(found) == found


def test_parts_that_share_nothing_stay() -> None:
    found = on(0, 0, 4), on(-2, 6, 10)
    assert parted(found) == found


@given(
    st.lists(
        st.builds(
            on,
            st.floats(-20, 20),
            st.floats(0, 10),
            st.floats(11, 20),
            st.sampled_from((-1.0, 0.9, 1.0, 2.0)),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_whatever_is_found_nothing_is_added(found: list[Part]) -> None:
    parts = tuple(sorted(found, key=lambda part: part.a_span))
    told = parted(parts)
    assert told == parts or not repeats(told)
    assert len(told) == len(parts)
    for part in told:
        assert any(
            part.speed == pytest.approx(whole.speed)
            and whole.a_span[0] - 1e-6 <= part.a_span[0] < part.a_span[1] <= whole.a_span[1] + 1e-6
            for whole in parts
        )
