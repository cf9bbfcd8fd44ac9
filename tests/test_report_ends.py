"""Whether a copy stands still at its end where another one goes on."""

import numpy as np
import pytest

from hydrus_video_deduplicator.match import Kind, Match, Part
from hydrus_video_deduplicator.report.ends import (
    Small,
    Tail,
    is_still,
    last_moments,
    still_ends,
    tail_of,
)

TIMES = tuple((float(second), float(second)) for second in range(9))


def film(*, places: float = 1.0) -> list[Small]:
    """Nine pictures, of which a share of the places changes from one to the next."""
    random = np.random.default_rng(1)
    still = random.uniform(0, 255, (64, 64))
    rows = max(1, round(places * 64))
    pictures = []
    for _ in TIMES:
        picture = still.copy()
        picture[:rows] = random.uniform(0, 255, (rows, 64))
        pictures.append(picture.astype(np.float32))
    return pictures


def frozen(pictures: list[Small], since: int) -> list[Small]:
    """The same up to a moment, and then that picture, as an encoder leaves it."""
    random = np.random.default_rng(2)
    still = [pictures[since] + random.normal(0, 0.2, (64, 64)) for _ in pictures[since + 1 :]]
    return [*pictures[: since + 1], *(picture.astype(np.float32) for picture in still)]


@pytest.mark.parametrize("places", [1.0, 0.05])
def test_a_frozen_end_is_as_long_as_it_stands_be_it_of_a_film_in_which_little_moves(
    places: float,
) -> None:
    going = film(places=places)
    assert still_ends(TIMES, going, frozen(going, 5)) == (0, 3)
    assert still_ends(TIMES, frozen(going, 5), going) == (3, 0)


def test_an_end_at_which_both_stand_is_part_of_the_film() -> None:
    going = frozen(film(), 5)
    assert still_ends(TIMES, going, going) == (0, 0)


def test_a_copy_that_goes_on_has_none_however_poor_it_is() -> None:
    going = film()
    dull = [128 + 0.6 * (picture - 128) for picture in going]
    assert still_ends(TIMES, going, dull) == (0, 0)
    assert still_ends(TIMES, going, going) == (0, 0)


def test_a_film_that_stands_in_the_middle_and_goes_on_has_none() -> None:
    going = film()
    held = [*going[:3], going[3], going[3], going[3], *going[6:]]
    assert still_ends(TIMES, going, held) == (0, 0)


def test_copies_that_change_at_either_side_of_one_moment_have_none() -> None:
    """Their offset is known to an eighth of a second only."""
    times = [(moment, moment) for moment in np.arange(9) / 4]
    going = film()
    assert still_ends(times, going, frozen(going, 7)) == (0, 0)
    assert still_ends(times, going, frozen(going, 5)) == (0, 0.75)


def match(part: Part) -> Match:
    return Match("a", "b", 0.9, Kind.TRIMMED, frozenset(), (part,), a_seconds=10.0, b_seconds=20.0)


def test_the_last_moments_are_those_before_the_first_of_the_two_ends() -> None:
    moments = last_moments(match(Part((1.0, 5.0), (2.0, 6.0), 1.0)))
    assert moments[-1] == pytest.approx((9.9, 10.9))
    assert all(b - a == pytest.approx(1) for a, b in moments)
    assert [a for a, _ in moments] == sorted(a for a, _ in moments)
    assert moments[0][0] >= 0


def test_none_are_known_of_one_that_runs_backwards() -> None:
    assert last_moments(match(Part((0.0, 5.0), (0.0, 5.0), -1.0))) == ()


def test_the_tail_is_what_the_longer_copy_shows_after_the_other_one() -> None:
    tail = tail_of(match(Part((1.0, 5.0), (2.0, 6.0), 1.0)))
    assert tail is not None
    assert (tail.copy, tail.seconds) == (1, 9)
    assert tail.times[tail.before - 1] < 11 < tail.times[tail.before]
    assert list(tail.times) == sorted(tail.times)
    assert tail.times[-1] < 20
    assert tail_of(match(Part((0.0, 10.0), (10.0, 20.0), 1.0))) is None


TAIL = Tail(0, 3.0, tuple(range(9)), before=6)


def test_a_tail_in_which_the_last_picture_only_stands_is_none_but_more_of_the_film_is() -> None:
    assert is_still(TAIL, frozen(film(), 5))
    assert not is_still(TAIL, film())


def test_an_end_card_is_part_of_the_film() -> None:
    dull = [128 + 0.2 * (picture - 128) for picture in film()]
    card = np.full((64, 64), 230, np.float32)
    assert not is_still(TAIL, [card // 2, *dull[1:6], card, card, card])
