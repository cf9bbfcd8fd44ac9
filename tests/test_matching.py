"""What must be found, as what, and what must not: one row for each claim."""

import math
from dataclasses import replace
from functools import cache

import edits
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hydrus_video_deduplicator.cli.words import in_words
from hydrus_video_deduplicator.match import (
    DEFAULT_THRESHOLD,
    LOOSEST,
    THRESHOLDS,
    Edit,
    Kind,
    Match,
    Overlay,
    Part,
)
from hydrus_video_deduplicator.matching import Video, compare, find_matches
from hydrus_video_deduplicator.matching.alignment import refine
from hydrus_video_deduplicator.matching.comparison import joined_up, worth
from hydrus_video_deduplicator.matching.geometry import (
    ORIENTATIONS,
    WHOLE,
    Axis,
    Orientation,
    Placement,
)
from hydrus_video_deduplicator.matching.hough import best_lines, frame_votes
from hydrus_video_deduplicator.matching.likeness import Products
from hydrus_video_deduplicator.matching.moving import seen_moving
from hydrus_video_deduplicator.matching.pair import Pair
from hydrus_video_deduplicator.matching.timeline import LONGEST_GAP, Line, Timeline
from hydrus_video_deduplicator.matching.together import alone
from hydrus_video_deduplicator.relation import in_time
from hydrus_video_deduplicator.signature import Signature, schedule

NORMAL = THRESHOLDS[DEFAULT_THRESHOLD]

SEED = 11


@cache
def film(seed: int = SEED) -> edits.Film:
    return edits.film(seed)


@cache
def long_film() -> edits.Film:
    return edits.film(77, seconds=40)


def match_of(one: edits.Film, other: edits.Film) -> Match | None:
    found = list(find_matches({"a": edits.signed(one), "b": edits.signed(other)}))
    assert len(found) <= 1
    return found[0] if found else None


def found_and_posted(one: edits.Film, other: edits.Film) -> Match:
    match = match_of(one, other)
    assert match is not None, "no candidate"
    assert match.score >= NORMAL
    return match


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        pytest.param(lambda f: f, set(), id="as it is"),
        pytest.param(edits.small, set(), id="half as large"),
        pytest.param(edits.squeezed, set(), id="another aspect"),
        pytest.param(edits.grey, set(), id="grey"),
        pytest.param(lambda f: edits.recoloured(f, gain=1.2, offset=0.1), set(), id="brighter"),
        pytest.param(lambda f: edits.recoloured(f, gamma=1.5), set(), id="darker gamma"),
        pytest.param(edits.noisy, set(), id="noisy"),
        pytest.param(edits.thinned, set(), id="half the frame rate"),
        pytest.param(lambda f: edits.painted_over(f, (0.8, 0.02, 0.98, 0.1)), set(), id="logo"),
        pytest.param(
            lambda f: edits.painted_over(f, (0.1, 0.85, 0.9, 0.97)), set(), id="subtitles"
        ),
        pytest.param(
            lambda f: edits.painted_over(f, (0.2, 0.42, 0.8, 0.58)), set(), id="large text"
        ),
        pytest.param(edits.mirrored, {Edit.MIRRORED}, id="mirrored"),
        pytest.param(lambda f: edits.turned(f, 1), {Edit.ROTATED}, id="a quarter left"),
        pytest.param(lambda f: edits.turned(f, 2), {Edit.ROTATED}, id="upside down"),
        pytest.param(lambda f: edits.turned(f, 3), {Edit.ROTATED}, id="a quarter right"),
        pytest.param(lambda f: edits.cropped(f, 0.1, 0.1, 0.1, 0.1), {Edit.CROPPED}, id="centre"),
        pytest.param(lambda f: edits.cropped(f, 0.2, 0.2, 0, 0), {Edit.CROPPED}, id="corner"),
        pytest.param(lambda f: edits.cropped(f, 0, 0, 0.2, 0), {Edit.CROPPED}, id="one side"),
        pytest.param(lambda f: edits.bordered(f, 0, 20), {Edit.BORDERED}, id="bars above, below"),
        pytest.param(lambda f: edits.bordered(f, 30, 0), {Edit.BORDERED}, id="bars at the sides"),
        pytest.param(
            lambda f: edits.bordered(f, 9, 14, (32, 96, 192)), {Edit.BORDERED}, id="blue border"
        ),
        pytest.param(edits.in_portrait, {Edit.BORDERED}, id="in a blurred portrait frame"),
        pytest.param(
            lambda f: edits.painted_over(
                edits.cropped(edits.mirrored(f), 0.1, 0.05, 0.05, 0.1), (0.02, 0.02, 0.2, 0.1)
            ),
            {Edit.MIRRORED, Edit.CROPPED},
            id="mirrored, cropped, logo",
        ),
    ],
)
def test_edit_of_the_picture_is_found_and_named(edit, expected):
    match = found_and_posted(film(), edit(film()))
    assert match.kind is Kind.SAME
    assert match.edits == expected


@pytest.mark.parametrize(
    ("edit", "kind", "a_span"),
    [
        pytest.param(lambda f: edits.trimmed(f, 1, 8), Kind.TRIMMED, (1, 8), id="start"),
        pytest.param(lambda f: edits.trimmed(f, 0, 6.5), Kind.TRIMMED, (0, 6.5), id="end"),
        pytest.param(lambda f: edits.trimmed(f, 1.4, 6.6), Kind.TRIMMED, (1.4, 6.6), id="both"),
        pytest.param(lambda f: edits.trimmed(f, 3, 6.2), Kind.EXCERPT, (3, 6.2), id="excerpt"),
        pytest.param(
            lambda f: edits.joined(film(5)[:16], f), Kind.TRIMMED, (0, 8), id="intro of 2 s added"
        ),
        pytest.param(
            lambda f: edits.at_speed(f, 1.25), Kind.SPEED, (0, 8), id="1.25 times as fast"
        ),
        pytest.param(lambda f: edits.at_speed(f, 1.1), Kind.SPEED, (0, 8), id="1.1 times as fast"),
        pytest.param(lambda f: edits.at_speed(f, 0.8), Kind.SPEED, (0, 8), id="0.8 times as fast"),
        pytest.param(
            lambda f: edits.mirrored(edits.trimmed(f, 2, 7)), Kind.TRIMMED, (2, 7), id="mirrored"
        ),
    ],
)
def test_edit_in_time_is_found_and_named(edit, kind, a_span):
    match = found_and_posted(film(), edit(film()))
    assert match.kind is kind
    assert match.a_span == pytest.approx(a_span, abs=0.4)


@pytest.mark.parametrize(
    ("edit", "kind", "parts"),
    [
        pytest.param(
            lambda f: edits.turned_over(f, 3),
            Kind.RECUT,
            [((0, 3), (5, 8), 1), ((3, 8), (0, 5), 1)],
            id="halves exchanged",
        ),
        pytest.param(
            lambda f: edits.joined(f, f, f),
            Kind.LOOP,
            [((0, 8), (0, 8), 1), ((0, 8), (8, 16), 1), ((0, 8), (16, 24), 1)],
            id="three times",
        ),
        pytest.param(
            lambda f: edits.joined(f, edits.reversed_(f)),
            Kind.LOOP,
            [((0, 8), (0, 8), 1), ((0, 8), (8, 16), -1)],
            id="back and forth",
        ),
        pytest.param(edits.reversed_, Kind.REVERSED, [((0, 8), (0, 8), -1)], id="backwards"),
        pytest.param(
            lambda f: edits.joined(f[:20], f[40:]),
            Kind.RECUT,
            [((0, 2.5), (0, 2.5), 1), ((5, 8), (2.5, 5.5), 1)],
            id="the middle cut out",
        ),
        pytest.param(
            lambda f: edits.joined(f[:30], film(5)[:24], f[30:]),
            Kind.RECUT,
            [((0, 3.75), (0, 3.75), 1), ((3.75, 8), (6.75, 11), 1)],
            id="an advert in between",
        ),
        pytest.param(
            lambda f: edits.joined(film(5)[:12], f[12:52], film(7)[:12]),
            Kind.RECUT,
            [((1.5, 6.5), (1.5, 6.5), 1)],
            id="intro and end exchanged",
        ),
        pytest.param(
            lambda f: edits.joined(film(5)[:48], f),
            Kind.TRIMMED,
            [((0, 8), (6, 14), 1)],
            id="joined with another",
        ),
    ],
)
def test_edit_in_several_parts_is_found_and_mapped(edit, kind, parts):
    match = found_and_posted(film(), edit(film()))
    assert match.kind is kind
    told = [(part.a_span, part.b_span, part.speed) for part in match.parts]
    for (a_span, b_span, speed), (in_a, in_b, expected) in zip(
        sorted(told, key=lambda part: part[1]),
        sorted(parts, key=lambda part: part[1]),
        strict=True,
    ):
        assert a_span == pytest.approx(in_a, abs=0.4)
        assert b_span == pytest.approx(in_b, abs=0.4)
        assert speed == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize("seed", [1, 6, 10])
def test_a_slow_scene_without_its_middle_is_not_called_faster(seed):
    """Played faster, the whole scene would look much like what is left, but not as much."""
    whole = edits.slow_scene(seed)
    match = found_and_posted(whole, edits.joined(whole[:18], whole[37:]))
    assert match.kind is Kind.RECUT
    assert [part.speed for part in match.parts] == pytest.approx([1, 1], abs=0.03)


def test_a_slow_scene_that_is_played_faster_is_not_called_cut():
    whole = edits.slow_scene(1)
    for speed in (0.67, 2.0):
        match = found_and_posted(whole, edits.at_speed(whole, speed))
        assert match.kind is Kind.SPEED
        assert 1 / match.longest.speed == pytest.approx(speed, rel=0.05)


@pytest.mark.parametrize("seed", [1, 2])
def test_repeats_may_be_as_unlike_as_what_they_repeat(seed):
    """A poor copy convinces less in its first round already."""
    cycle = edits.slow_scene(seed, seconds=3)
    match = found_and_posted(cycle, edits.noisy(edits.joined(cycle, cycle, cycle), spread=180))
    assert match.kind is Kind.LOOP
    assert len(match.parts) == 3


def test_a_slow_scene_that_fades_in_and_out_is_not_called_faster():
    """A fade moves the likeliest line a little, but two of one length are both whole."""
    whole = edits.slow_scene(1)
    match = found_and_posted(whole, edits.faded(whole, 1))
    assert match.kind is Kind.SAME
    assert match.longest.speed == 1


def test_a_slow_scene_that_is_played_backwards_and_fades_is_not_called_slower():
    whole = edits.slow_scene(2, seconds=14)[:64]
    match = found_and_posted(whole, edits.reversed_(edits.faded(whole, 1)))
    assert in_time(match, "A", "B") == "one plays the other backwards"


@pytest.mark.parametrize("seed", [2, 3])
def test_a_slow_scene_that_is_faster_and_ends_in_black_is_not_called_the_same(seed):
    """It is as long as the original, but not whole."""
    whole = edits.slow_scene(seed, seconds=8)
    faster = edits.at_speed(whole, 1.1)
    black = edits.plain(0, (len(whole) - len(faster)) / edits.FPS)
    assert found_and_posted(whole, edits.joined(faster, black)).kind is Kind.SPEED


def test_a_seamless_loop_that_starts_elsewhere_is_a_loop():
    cycle = edits.joined(film()[:28], film()[27::-1])
    match = found_and_posted(cycle, edits.turned_over(cycle, 2.75))
    assert match.kind is Kind.LOOP


@pytest.mark.parametrize("speed", [0.5, 0.67, 1.5, 2.0])
def test_half_and_twice_the_speed_are_found(speed):
    match = found_and_posted(long_film(), edits.at_speed(long_film(), speed))
    assert match.kind is Kind.SPEED
    assert 1 / match.longest.speed == pytest.approx(speed, rel=0.03)


def test_a_swing_that_is_reversed_is_not_put_together_from_its_forward_parts():
    swing = edits.joined(film()[:24], film()[23:7:-1], film()[8:40])
    match = found_and_posted(swing, edits.reversed_(swing))
    assert (match.kind, len(match.parts)) == (Kind.REVERSED, 1)


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        pytest.param(lambda f: edits.faded(f, 1), set(), id="fades of a second"),
        pytest.param(edits.negative, {Edit.INVERTED}, id="inverted"),
        pytest.param(lambda f: edits.standing(f, 1), set(), id="one picture a second"),
        pytest.param(lambda f: edits.zoomed(f, 1.7), {Edit.CROPPED, Edit.MOVING}, id="a slow zoom"),
    ],
)
def test_edit_of_the_picture_that_changes_with_time_is_found(edit, expected):
    match = found_and_posted(film(), edit(film()))
    assert match.kind is Kind.SAME
    assert match.edits == expected


def test_a_zoom_is_steady_and_one_there_and_partly_back_is_not():
    whole = film()
    first, second = edits.trimmed(whole, 0, 4), edits.trimmed(whole, 4, 8)
    back = edits.reversed_(edits.zoomed(edits.reversed_(second), 1.4))
    there_and_back = edits.trimmed(edits.joined(edits.zoomed(first, 1.4), back), 0, 6.5)

    def moves(copy: edits.Film, *, steadily: bool) -> bool:
        pair = Pair(Video(edits.signed(whole)), Video(edits.signed(copy)))
        return alone(seen_moving(pair, Line(1.0, 0.0), WHOLE, steadily=steadily)) is not None

    for steadily in (True, False):
        assert moves(edits.zoomed(whole, 1.3), steadily=steadily)
        assert moves(there_and_back, steadily=steadily) is not steadily


def test_bars_that_both_have_are_no_border_though_one_goes_on_with_a_film_that_has_none():
    barred = edits.bordered(film(), 0, 20)
    both = edits.joined(barred, edits.heightened(film(3), 20))
    for one, other in ((barred, both), (both, barred)):
        assert found_and_posted(one, other).edits == set()


def test_a_film_beside_another_is_found_with_both():
    both = edits.all_signatures("both", edits.beside(film(), film(3)))
    for one in (film(), film(3)):
        found = find_matches({"a": edits.signed(one), **both})
        match = max((m for m in found if m.a == "a"), key=lambda m: m.score)
        assert match.score >= NORMAL
        assert match.edits == {Edit.PANEL}


def test_the_overlay_of_a_panel_is_that_of_the_whole_pictures():
    both = edits.all_signatures("both", edits.beside(film(3), film()))
    found = find_matches({"a": edits.signed(film()), **both})
    match = max((m for m in found if m.a == "a"), key=lambda m: m.score)
    assert match.overlay is not None
    assert match.overlay.detail() == pytest.approx([2, 0, 0, 1, -1, 0], abs=0.05)


def test_a_picture_that_is_squeezed_into_a_panel_or_turned_as_well_is_less_certain():
    panels = edits.all_signatures("both", edits.beside(film(3), film()))
    del panels["both"]

    def best(other: edits.Film) -> float:
        found = find_matches({"a": edits.signed(other), **panels}, new=["a"])
        return max(match.score for match in found)

    part = edits.cropped(film(), 0.1, 0.1, 0.1, 0.1)
    for whole in (film(), part):
        assert best(edits.squeezed(whole)) == pytest.approx(0.8 * best(whole), abs=0.03)
    turned = edits.turned(film(), 1)
    squeezed = [replace(frame, image=frame.image[::2]) for frame in turned]
    certain, less = (found_and_posted(film(), copy).score for copy in (turned, squeezed))
    assert less == pytest.approx(0.8 * certain, abs=0.03)


def test_a_picture_that_moves_in_a_panel_must_be_the_more_alike():
    panels = edits.all_signatures("both", edits.beside(film(3), film()))
    del panels["both"]
    zoomed = edits.zoomed(film(), 1.8)

    def moves(other: edits.Film, **beside: Signature) -> list[bool]:
        found = find_matches({"a": edits.signed(other), **beside}, new=["a"], threshold=0.0)
        return [Edit.MOVING in match.edits for match in found]

    blurred = edits.blended(zoomed, film(5), 0.4)
    whole = edits.signed(film())
    assert moves(zoomed, b=whole) == moves(zoomed, **panels) == [True]
    assert moves(blurred, b=whole) == [True]
    assert moves(blurred, **panels) == [False]


def test_a_panel_is_not_sought_backwards():
    panels = edits.all_signatures("both", edits.beside(film(3), film()))
    del panels["both"]
    backwards = edits.signed(edits.reversed_(film()))
    assert not list(find_matches({"a": backwards, **panels}, new=["a"]))


@pytest.mark.parametrize("speed", [0.8, 0.9, 1.0, 1.1, 1.25])
def test_speed_is_measured(speed):
    match = found_and_posted(film(), edits.at_speed(film(), speed))
    assert 1 / match.longest.speed == pytest.approx(speed, abs=0.03)


def test_excerpt_of_a_long_video_is_placed():
    match = found_and_posted(edits.thinned(long_film(), 3), edits.trimmed(long_film(), 22, 34))
    assert match.kind is Kind.EXCERPT
    assert match.a_span == pytest.approx((22, 34), abs=0.5)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(lambda: film(1), lambda: film(2), id="two films"),
        pytest.param(lambda: edits.plain(0), lambda: edits.plain(0), id="black and black"),
        pytest.param(lambda: edits.plain(255), lambda: edits.plain(255), id="white and white"),
        pytest.param(lambda: edits.plain(90), lambda: edits.plain(0), id="one colour, another"),
        pytest.param(lambda: edits.fade(200), lambda: edits.fade(180), id="two fades"),
        pytest.param(lambda: edits.noise(1), lambda: edits.noise(2), id="noise and noise"),
        pytest.param(
            lambda: edits.still(film(1)), lambda: edits.still(film(2)), id="two still pictures"
        ),
        pytest.param(
            lambda: edits.still(film(1), 8), lambda: edits.still(film(1), 16), id="still, longer"
        ),
        pytest.param(
            lambda: edits.still(film(1)), lambda: film(1), id="film and its first picture"
        ),
        pytest.param(
            lambda: edits.joined(film(3)[:24], film(1)),
            lambda: edits.joined(film(3)[:24], film(2)),
            id="a shared intro of 3 s",
        ),
        pytest.param(
            lambda: edits.joined(film(1), film(3)[:24]),
            lambda: edits.joined(film(2), film(3)[:24]),
            id="a shared end card",
        ),
        pytest.param(
            lambda: edits.painted_over(film(1), (0.7, 0.02, 0.98, 0.15)),
            lambda: edits.painted_over(film(2), (0.7, 0.02, 0.98, 0.15)),
            id="a shared logo",
        ),
        pytest.param(
            lambda: edits.bordered(film(1), 0, 30),
            lambda: edits.bordered(film(2), 0, 30),
            id="the same bars",
        ),
        pytest.param(
            lambda: edits.thinned(edits.trimmed(long_film(), 0, 16)),
            lambda: edits.thinned(edits.trimmed(long_film(), 20, 36)),
            id="two parts of one film",
        ),
        *(
            pytest.param(
                lambda pair=pair: edits.lecture(pair[0]),
                lambda pair=pair: edits.lecture(pair[1]),
                id=f"lectures {pair[0]} and {pair[1]} of one template",
            )
            for pair in ((4, 2), (5, 1), (6, 3), (7, 6))
        ),
    ],
)
def test_not_the_same(one, other):
    match = match_of(one(), other())
    assert match is None or match.score < NORMAL


def test_a_lecture_is_paired_with_a_part_of_it():
    match = found_and_posted(edits.lecture(6), edits.small(edits.trimmed(edits.lecture(6), 9, 40)))
    assert match.kind is Kind.TRIMMED


def test_still_picture_is_paired_with_its_copy():
    found_and_posted(edits.still(film()), edits.noisy(edits.still(film()), spread=2))


@cache
def signature(seed: int) -> Signature:
    return edits.signed(film(seed))


seeds = st.integers(0, 5)


@given(seeds)
@settings(max_examples=6, deadline=None)
def test_a_signature_matches_itself(seed):
    found = compare(signature(seed), signature(seed))
    assert found is not None
    assert found.score == pytest.approx(1, abs=0.01)


@given(seeds, seeds)
@settings(max_examples=12, deadline=None)
def test_score_is_symmetric(one, other):
    here = compare(signature(one), signature(other))
    there = compare(signature(other), signature(one))
    if here is None or there is None:
        assert here is there
    else:
        assert here.score == pytest.approx(there.score)
        assert here.parts[0].a_span == pytest.approx(there.parts[0].b_span)


@given(st.permutations(range(6)))
@settings(max_examples=6, deadline=None)
def test_order_of_files_changes_nothing(order):
    films = [
        film(),
        edits.mirrored(film()),
        edits.trimmed(film(), 1, 7),
        edits.cropped(film(), 0.2, 0, 0, 0.2),
        film(1),
        film(2),
    ]
    signed = {f"{number}": _signed(number, films) for number in order}
    found = sorted(find_matches(signed), key=lambda match: match.pair)
    expected = sorted(find_matches(dict(sorted(signed.items()))), key=lambda match: match.pair)
    assert found == expected


_by_number: dict[int, Signature] = {}


def _signed(number: int, films: list[edits.Film]) -> Signature:
    if number not in _by_number:
        _by_number[number] = edits.signed(films[number])
    return _by_number[number]


def test_only_pairs_with_a_new_video_are_found():
    signed = {
        "a": signature(SEED),
        "b": edits.signed(edits.mirrored(film())),
        "c": edits.signed(edits.cropped(film(), 0.1, 0.1, 0, 0)),
        "d": signature(1),
    }
    everything = {match.pair for match in find_matches(signed)}
    assert everything == {("a", "b"), ("a", "c"), ("b", "c")}
    for key in signed:
        new = {match.pair for match in find_matches(signed, {key})}
        assert new == {pair for pair in everything if key in pair}
    assert list(find_matches(signed, set())) == []


def test_nothing_among_nothing():
    assert list(find_matches({})) == []
    assert list(find_matches({"a": signature(1)})) == []


def test_match_survives_the_store():
    match = found_and_posted(film(), edits.trimmed(film(), 1, 7))
    again = Match.from_detail(match.a, match.b, match.score, match.detail())
    assert again.detail() == match.detail()
    assert (again.pair, again.kind, again.edits) == (match.pair, match.kind, match.edits)


def test_presets_are_in_order():
    assert LOOSEST == THRESHOLDS["loose"] < THRESHOLDS["normal"] < THRESHOLDS["strict"] < 1


axes = st.builds(Axis, st.floats(0.5, 2), st.floats(-0.4, 0.4))
placements = st.builds(Placement, st.sampled_from(ORIENTATIONS), axes, axes)


@given(placements)
def test_inverse_of_the_inverse_is_the_placement(placement):
    again = placement.inverse().inverse()
    assert again.orientation == placement.orientation
    for one, other in ((again.x, placement.x), (again.y, placement.y)):
        assert math.isclose(one.scale, other.scale)
        assert math.isclose(one.offset, other.offset, abs_tol=1e-9)


@given(st.sampled_from(ORIENTATIONS))
def test_mirrored_is_what_no_turning_undoes(orientation):
    assert orientation.mirrored == (sum(orientation) % 2 == 1)
    assert Orientation().mirrored is False


def test_a_short_video_is_not_taken_for_a_slower_one_because_it_covers_more_of_the_other() -> None:
    """A slow pan is alike at many speeds; at a lower one the short clip lies at more frames."""
    times = np.arange(80, dtype=np.float32) / 8
    angle = times / 10
    pan = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)[:, :, None]
    part = slice(20, 50)
    lines = [Line(1.0, -2.5), Line(0.7, -1.0)]
    timelines = Timeline.of(times), Timeline.of(times[part] - times[20])
    found = refine(Products(pan, pan[part]), timelines, lines)
    assert abs(found.speed - 1) < 0.05


def moments_seen(duration: float) -> NDArray[np.float32]:
    """When a video is looked at: a run at each visit, from a key frame somewhere near."""
    planned = schedule(duration)
    key_frames = np.arange(0.7, duration, planned.visit) * np.float32(0.997)
    runs = [np.arange(key, key + planned.share * planned.visit, 0.125) for key in key_frames]
    return np.concatenate(runs).astype(np.float32)


@pytest.mark.parametrize("speed", [0.93, 1.001, 25 / 24, 1.1, 1.2])
@pytest.mark.parametrize("minutes", [2, 10, 60])
def test_another_speed_is_followed_to_the_end_of_a_long_video(minutes: int, speed: float) -> None:
    seconds = 60.0 * minutes
    scenes = np.random.default_rng(1).standard_normal((int(seconds) + 2, 8, 8))

    def shown(moments: NDArray[np.float32]) -> NDArray[np.float32]:
        before, share = np.divmod(moments, 1)
        share = share[:, None, None]
        frames = scenes[before.astype(int)] * (1 - share) + scenes[before.astype(int) + 1] * share
        return frames.astype(np.float32)

    one, other = moments_seen(seconds), moments_seen(seconds * 0.9 / speed)
    a, b = shown(one), shown(other * np.float32(speed) + np.float32(0.05 * seconds))
    timelines = Timeline.of(one), Timeline.of(other)
    products = Products(a, b)
    found = refine(products, timelines, best_lines(frame_votes(products.alike), *timelines))
    for moment in (0.05 * seconds, 0.95 * seconds):
        there = (moment - 0.05 * seconds) / speed
        assert found.speed * moment + found.offset == pytest.approx(there, abs=LONGEST_GAP)


def test_where_a_boomerang_turns_need_not_have_been_looked_at() -> None:
    """Of a long video, runs of frames are seen; between two of them, it may turn back."""
    original = film()
    there_and_back = edits.joined(*[original, edits.reversed_(original)] * 3)
    in_runs = edits.signed([frame for frame in there_and_back if frame.time % 5 < 3])
    found = compare(in_runs, edits.signed(original))
    assert found is not None
    assert [round(part.speed) for part in found.parts] == [1, -1] * 3
    ends = [end for part in found.parts for end in part.a_span]
    assert ends == pytest.approx([0, 8, 8, 16, 16, 24, 24, 32, 32, 40, 40, 48], abs=0.2)


@pytest.mark.parametrize("speed", [0.9, 1.1])
def test_runs_that_meet_only_at_another_speed_are_compared_at_that(speed) -> None:
    """Of two long videos of one length, no frames need be of one moment at unchanged speed."""
    film = edits.film(77, seconds=60)
    last = len(film) - 1
    places = (int(8 * (40 + speed * (n / 8 - 40))) for n in range(len(film)))
    copy = edits.timed([film[min(last, max(0, place))].image for place in places])
    a, b = (
        edits.signed([frame for frame in each if frame.time % 10 < 1.25]) for each in (film, copy)
    )
    assert a.duration == b.duration
    found = compare(a, b)
    assert found is not None
    assert found.score >= NORMAL
    assert 1 / found.longest.speed == pytest.approx(speed, abs=0.03)


def test_parts_that_lie_on_one_line_are_as_likely_as_one_part() -> None:
    part, later = Part((0.0, 3.0), (2.0, 5.0), 1.0), Part((4.0, 8.0), (6.0, 10.0), 1.0)
    assert worth(0.9, 0.5, [part, later]) == worth(0.9, 0.5, [part])
    for other in (replace(later, b_span=(7.0, 11.0)), replace(later, speed=-1.0)):
        assert worth(0.9, 0.5, [part, other]) < worth(0.9, 0.5, [part])


def test_a_part_that_is_only_interrupted_stays_one_part() -> None:
    before, later = Part((0.0, 3.0), (2.0, 5.0), 1.0), Part((3.7, 8.0), (5.7, 10.0), 1.0)
    assert joined_up([before, later]) == (Part((0.0, 8.0), (2.0, 10.0), 1.0),)
    cut = replace(later, b_span=(5.0, 9.3))
    assert joined_up([before, cut]) == (before, cut)
    much_later = Part((6.0, 8.0), (8.0, 10.0), 1.0)
    assert joined_up([before, much_later]) == (before, much_later)


def test_what_could_not_be_read_never_counts_as_agreeing() -> None:
    whole = edits.signed(film())
    broken = replace(whole, unread=((1.0, 5.0),))
    for one, other in ((whole, broken), (broken, whole), (broken, broken)):
        found = compare(one, other)
        assert found is not None
        assert found.parts[-1].a_span == pytest.approx((5.0, 8.0), abs=0.1)
        for part in found.parts[:-1]:
            assert part.a_span == pytest.approx((0.0, 1.0), abs=0.1)
        assert all(part.b_span == pytest.approx(part.a_span, abs=0.1) for part in found.parts)
    assert found.evidence.covered == pytest.approx(0.5, abs=0.05)  # nobody knows of the rest


def test_a_broken_copy_is_an_excerpt_of_what_was_read_of_it() -> None:
    whole = edits.signed(film())
    (match,) = find_matches({"a": whole, "b": replace(whole, unread=((3.0, 8.0),))})
    assert match.score >= NORMAL
    assert match.kind is Kind.EXCERPT


def test_videos_that_differ_where_both_were_read_are_not_paired() -> None:
    one = edits.signed(film())
    other = edits.signed([*film()[:16], *film(99)[16:]])
    broken = replace(one, unread=((6.0, 8.0),))
    match = next(find_matches({"a": broken, "b": other}, threshold=NORMAL), None)
    assert match is None


def test_a_match_says_how_much_of_each_could_be_read() -> None:
    whole = edits.signed(film())
    broken = replace(whole, unread=((6.0, 8.0),))
    (match,) = find_matches({"a": whole, "b": broken})
    assert (match.a_readable, match.b_readable) == (1.0, pytest.approx(0.75, abs=0.02))
    kept = Match.from_detail("a", "b", match.score, match.detail())
    assert kept.b_readable == pytest.approx(match.b_readable, abs=0.001)
    assert "only 75% of the second could be read" in in_words(match)


@pytest.mark.parametrize(
    "edit",
    [
        lambda f: f,
        edits.mirrored,
        lambda f: edits.turned(f, 1),
        lambda f: edits.mirrored(edits.turned(f, 3)),
        lambda f: edits.cropped(f, 0.1, 0.05, 0.1, 0.05),
        lambda f: edits.bordered(f, 0, 20),
        lambda f: edits.turned(edits.bordered(f, 14, 0), 2),
    ],
)
def test_an_overlay_lays_what_both_show_at_one_place(edit) -> None:
    original, copy = film(), edit(film())
    match = found_and_posted(original, copy)
    assert match.overlay is not None
    for laid, upper, lower in (
        (match.overlay, copy, original),
        (match.inverse().overlay, original, copy),
    ):
        assert laid is not None
        aligned, unaligned = _difference(laid, upper, lower), _difference(Overlay(), upper, lower)
        assert aligned < 8
        assert edit(original) is original or aligned < unaligned / 2


def _difference(laid: Overlay, upper: edits.Film, lower: edits.Film) -> float:
    """Mean difference in levels of the middle of two films, one laid upon the other."""
    b, a = (
        edits.in_grey(frames)[len(frames) // 2].image.astype(float) for frames in (upper, lower)
    )
    x, y = np.meshgrid(np.linspace(0.3, 0.7, 40), np.linspace(0.3, 0.7, 40))
    x_a, y_a = laid.xx * x + laid.xy * y + laid.x, laid.yx * x + laid.yy * y + laid.y
    inside = (x_a > 0) & (x_a < 1) & (y_a > 0) & (y_a < 1)
    seen_a = a[(y_a[inside] * a.shape[0]).astype(int), (x_a[inside] * a.shape[1]).astype(int)]
    seen_b = b[(y[inside] * b.shape[0]).astype(int), (x[inside] * b.shape[1]).astype(int)]
    return float(np.abs(seen_a - seen_b).mean())


def test_frames_that_lie_far_apart_may_all_miss_the_moments_of_a_clip() -> None:
    clip = edits.film(1, 2)
    pictures = [edits.film(9 + number, 0.2)[0].image for number in range(12)]
    pictures[5], pictures[6] = clip[3].image, clip[8].image
    sparse = edits.signed(edits.timed(pictures, interval=7.3))
    assert compare(edits.signed(clip), sparse) is None
    assert compare(sparse, edits.signed(clip)) is None


@given(
    seed=st.integers(0, 2**32 - 1),
    shares=st.tuples(*[st.floats(0.02, 1.0)] * 2),
    stretch=st.sampled_from([0.1, 1.0, 10.0, 60.0]),
)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_whatever_frames_two_videos_have_they_can_be_compared(seed, shares, stretch):
    random = np.random.default_rng(seed)
    one, other = (some_frames(signature(1), random, share) for share in shares)
    other = replace(other, times=other.times * np.float32(stretch), duration=90.0 * stretch)
    placements = [Placement(), Placement(x=Axis(0.3, 0.4)), Placement(Orientation(True))]
    found = compare(one, other, placements)
    assert found is None or 0 <= found.score <= 1.01


def some_frames(of: Signature, random: np.random.Generator, share: float) -> Signature:
    """A signature with some of the frames of another one, at least one."""
    count = max(1, round(share * len(of.times)))
    kept = np.sort(random.choice(len(of.times), count, replace=False))
    return replace(of, times=of.times[kept], luma=of.luma[kept], levels=of.levels[kept])
