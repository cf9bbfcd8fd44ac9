"""Which moments of two files a report shows side by side."""

import pytest

from hydrus_video_deduplicator.match import Kind, Match, Part
from hydrus_video_deduplicator.report.moments import SHOTS, moments_in_b, shown_moments
from hydrus_video_deduplicator.report.showing import strips_of


def match(*parts: Part) -> Match:
    return Match("a", "b", 0.9, Kind.TRIMMED, frozenset(), parts)


TRIMMED = Part((2.0, 10.0), (0.0, 8.0), 1.0)


def test_they_are_the_middles_of_equal_shares() -> None:
    assert shown_moments(match(TRIMMED)) == ((3.0, 5.0, 7.0, 9.0), (1.0, 3.0, 5.0, 7.0))


def test_those_of_the_other_file_show_the_same_at_its_speed_and_in_its_direction() -> None:
    assert shown_moments(match(Part((0.0, 8.0), (1.0, 5.0), 0.5)))[1] == (1.5, 2.5, 3.5, 4.5)
    assert shown_moments(match(Part((0.0, 8.0), (0.0, 8.0), -1.0)))[1] == (7.0, 5.0, 3.0, 1.0)


def test_each_part_has_its_share() -> None:
    exchanged = match(Part((0.0, 4.0), (6.0, 10.0), 1.0), Part((4.0, 10.0), (0.0, 6.0), 1.0))
    of_a, of_b = shown_moments(exchanged)
    assert of_a == (0.5, 1.5, 7.75, 9.25)
    assert of_b == (6.5, 7.5, 3.75, 5.25)


def test_a_repeated_clip_is_shown_at_another_moment_each_time() -> None:
    repeated = match(*(Part((0.0, 8.0), (8.0 * n, 8.0 * n + 8), 1.0) for n in range(4)))
    assert shown_moments(repeated) == ((1.0, 3.0, 5.0, 7.0), (1.0, 11.0, 21.0, 31.0))


def test_what_could_not_be_read_counts_for_no_part() -> None:
    halves = match(Part((0.0, 4.0), (0.0, 4.0), 1.0), Part((4.0, 8.0), (6.0, 10.0), 1.0))
    of_a, of_b = shown_moments(halves, [(1.0, 9.0)])
    assert of_a == of_b == (0.125, 0.375, 0.625, 0.875)


@pytest.mark.parametrize(
    ("a_unread", "b_unread"),
    [([(4.0, 8.0)], []), ([], [(2.0, 6.0)]), ([(4.0, 6.0)], [(4.0, 6.0), (9.0, 12.0)])],
)
def test_none_is_shown_that_could_not_be_read_of_either(
    a_unread: list[tuple[float, float]], b_unread: list[tuple[float, float]]
) -> None:
    of_a, of_b = shown_moments(match(TRIMMED), a_unread, b_unread)
    assert of_a == (2.5, 3.5, 8.5, 9.5)
    assert of_b == (0.5, 1.5, 6.5, 7.5)


def test_where_nothing_could_be_read_the_match_itself_is_shown() -> None:
    assert shown_moments(match(TRIMMED), [(0.0, 99.0)])[0] == (3.0, 5.0, 7.0, 9.0)


def test_a_match_of_no_length_has_as_many_moments() -> None:
    of_a, of_b = shown_moments(match(Part((1.0, 1.0), (2.0, 2.0), 1.0)))
    assert (of_a, of_b) == ((1.0,) * SHOTS, (2.0,) * SHOTS)


def test_the_files_of_a_group_are_shown_at_the_same_moments_as_far_as_they_go() -> None:
    def pair(b: str, part: Part) -> Match:
        return Match("a", b, 0.9, Kind.TRIMMED, frozenset(), (part,))

    same, late = Part((0.0, 8.0), (0.0, 8.0), 1.0), Part((0.0, 8.0), (0.5, 8.5), 1.0)
    cut = Part((2.0, 8.0), (0.0, 6.0), 1.0)
    matches = [pair("b", same), pair("c", late), pair("d", cut)]
    strips = strips_of(matches, lambda file: ())
    assert strips.of_file["a"] == strips.of_file["b"] == (1.0, 3.0, 5.0, 7.0)
    assert strips.of_file["c"] == (1.5, 3.5, 5.5, 7.5)
    assert strips.of_file["d"] == (0.75, 2.25, 3.75, 5.25)
    assert strips.beside == {"d": ("a", (2.75, 4.25, 5.75, 7.25))}


@pytest.mark.parametrize("is_turned", [False, True])
def test_the_shortest_sets_the_moments_whichever_comes_first(is_turned: bool) -> None:
    cut = Part((2.0, 10.0), (0.0, 8.0), 1.0)
    matches = [
        Match("long", "short", 0.9, Kind.TRIMMED, frozenset(), (cut,), a_seconds=10, b_seconds=8),
        Match("like", "short", 0.9, Kind.TRIMMED, frozenset(), (cut,), a_seconds=10, b_seconds=8),
        Match(
            "like",
            "long",
            0.99,
            Kind.SAME,
            frozenset(),
            (Part((0.0, 10.0), (0.0, 10.0), 1.0),),
            a_seconds=10,
            b_seconds=10,
        ),
    ]
    strips = strips_of([m.inverse() if is_turned else m for m in matches], lambda file: ())
    assert strips.of_file["short"] == (1.0, 3.0, 5.0, 7.0)
    assert strips.of_file["long"] == strips.of_file["like"] == (3.0, 5.0, 7.0, 9.0)
    assert not strips.beside


def test_all_rounds_of_a_loop_are_shown_whichever_file_comes_first() -> None:
    rounds = match(Part((0.0, 6.0), (6.0, 12.0), -1.0), Part((0.0, 6.0), (0.0, 6.0), 1.0))
    for seen in (rounds, rounds.inverse()):
        of_b = strips_of([seen], lambda file: ()).of_file["b"]
        assert min(of_b) < 6 < max(of_b)


def test_a_moment_that_cannot_be_read_is_not_shown_at_the_same_time() -> None:
    same = match(Part((0.0, 8.0), (0.0, 8.0), 1.0))
    assert moments_in_b(same, (1.0, 5.0)) == (1.0, 5.0)
    assert moments_in_b(same, (1.0, 5.0), (), [(4.0, 6.0)]) is None
    assert moments_in_b(match(TRIMMED), (1.0, 5.0)) is None
