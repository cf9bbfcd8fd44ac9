"""How a match is told: what lies where, what only one video has, what is repeated or backwards."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydrus_video_deduplicator.cli.words import in_words
from hydrus_video_deduplicator.match import Edit, Kind, Match, Overlay, Part, Sound, SoundVerdict
from hydrus_video_deduplicator.relation import edits_in_words, in_time

TEN = (0.0, 10.0)


def match(
    kind: Kind, *parts: Part, a: float | None = 10.0, b: float | None = 10.0, **more: object
) -> Match:
    """A match of videos that last `a` and `b` seconds."""
    found = Match("a", "b", 0.9, kind, frozenset(), parts, a_seconds=a, b_seconds=b)
    return Match(**{name: getattr(found, name) for name in Match.__slots__} | more)  # type: ignore[arg-type]


def forward(a_start: float, a_end: float, b_start: float) -> Part:
    return Part((a_start, a_end), (b_start, b_start + a_end - a_start), 1.0)


def backward(a_start: float, a_end: float, b_start: float) -> Part:
    return Part((a_start, a_end), (b_start, b_start + a_end - a_start), -1.0)


ONE_PART = [
    (match(Kind.SAME, forward(0, 10, 0)), "both show the same from start to end"),
    (match(Kind.TRIMMED, forward(1, 9, 0), b=8), "all of B is 0:01–0:09 of A"),
    (match(Kind.TRIMMED, forward(0, 9, 1), a=9), "all of A is 0:01–0:10 of B"),
    (match(Kind.TRIMMED, forward(1, 9, 2)), "0:01–0:09 of A is 0:02–0:10 of B"),
    (match(Kind.TRIMMED, forward(0.3, 9.7, 0.2)), "0:00.3–0:09.7 of A is 0:00.2–0:09.6 of B"),
    (match(Kind.EXCERPT, forward(0, 10, 75), b=4000), "all of A is 1:15–1:25 of B"),
    (match(Kind.SPEED, Part(TEN, (0, 8), 0.8), b=8), "B plays 25% faster than A"),
    (match(Kind.SPEED, Part(TEN, (0, 20), 2.0), b=20), "A plays twice as fast as B"),
    (
        match(Kind.SPEED, Part((2, 10), (0, 4), 0.5), b=4),
        "all of B is 0:02–0:10 of A; B plays twice as fast as A",
    ),
    (match(Kind.REVERSED, backward(0, 10, 0)), "one plays the other backwards"),
    (match(Kind.REVERSED, backward(2, 8, 0), b=6), "all of B is 0:02–0:08 of A, backwards"),
    (
        match(Kind.REVERSED, Part(TEN, (0, 5), -0.5), b=5),
        "one plays the other backwards; B plays twice as fast as A",
    ),
]


@pytest.mark.parametrize(("found", "said"), ONE_PART)
def test_a_match_of_one_part_says_which_stretch_is_which(found: Match, said: str) -> None:
    assert in_time(found, "A", "B") == said


def test_parts_that_are_nearly_as_fast_are_not_called_faster() -> None:
    slower, faster = Part((0, 4), (0, 3.9), 0.975), Part((5, 10), (5, 10.1), 1.022)
    assert in_time(match(Kind.RECUT, slower, faster), "A", "B") == (
        "only A has 0:04–0:05; only B has 0:03.9–0:05"
    )


spans = st.tuples(st.floats(0, 50), st.floats(0.5, 20)).map(lambda span: (span[0], sum(span)))
some_parts = st.builds(
    Part, spans, spans, st.one_of(st.floats(-2, -0.5), st.floats(0.9, 1.1), st.floats(0.5, 2))
)


@given(st.sampled_from(Kind), st.lists(some_parts, min_size=1, max_size=6))
def test_whatever_the_parts_are_a_match_is_told(kind: Kind, parts: list[Part]) -> None:
    assert in_words(match(kind, *parts, a=70.0, b=70.0))


LOOPS = [
    (
        match(Kind.LOOP, forward(0, 4, 6), forward(4, 10, 0)),
        "both play the same cycle; B starts at 0:04 of A",
    ),
    (
        match(Kind.LOOP, forward(0, 4, 6), forward(4, 8, 0)),
        "both play the same cycle; B starts at 0:04 of A; only A has 0:08–0:10; "
        "only B has 0:04–0:06",
    ),
    (
        match(Kind.LOOP, *(forward(0, 10, 10 * n) for n in range(4)), b=40),
        "B plays A 4 times",
    ),
    (match(Kind.LOOP, forward(0, 10, 0), forward(0, 10, 10), b=20), "B plays A twice"),
    (match(Kind.LOOP, forward(0, 10, 0), forward(0, 5, 10), b=15), "B plays A 1.5 times"),
    (
        match(Kind.LOOP, forward(0, 6, 4), forward(0, 10, 10), forward(6, 10, 0), b=20),
        "B plays A twice, starting at 0:06",
    ),
    (
        match(Kind.LOOP, forward(2, 5, 0), forward(2, 5, 3), forward(2, 5, 6), b=9),
        "B plays 0:02–0:05 of A 3 times; only A has 0:00–0:02 and 0:05–0:10",
    ),
    (
        match(Kind.LOOP, *(Part(TEN, (start, start + 5), 0.5) for start in (0, 5)), b=14),
        "B plays A twice; only B has 0:10–0:14; B plays twice as fast as A",
    ),
    (
        match(Kind.LOOP, Part((0, 4), (4, 7.2), 0.8), Part((4, 8), (0, 3.2), 0.8), b=7.2),
        "both play the same cycle; B starts at 0:04 of A; only A has 0:08–0:10; "
        "only B has 0:03.2–0:04; B plays 25% faster than A",
    ),
    (
        match(Kind.LOOP, forward(0, 10, 0), backward(0, 10, 10), b=20),
        "B plays A back and forth",
    ),
    (
        match(
            Kind.LOOP,
            *(forward(0, 10, 20 * n) for n in range(3)),
            *(backward(0, 10, 20 * n + 10) for n in range(3)),
            b=60,
        ),
        "B plays A back and forth 3 times",
    ),
    (
        match(Kind.REVERSED, backward(0, 10, 0), backward(0, 10, 10), b=20),
        "B plays A backwards twice",
    ),
    (
        match(Kind.LOOP, *(forward(0, 5, b) for b in (0, 5)), *(forward(5, 10, b) for b in (0, 5))),
        "both repeat the same pictures",
    ),
]


@pytest.mark.parametrize(("found", "said"), LOOPS)
def test_a_loop_says_how_often_it_is_played_where_it_begins_how_fast_and_what_it_lacks(
    found: Match, said: str
) -> None:
    assert in_time(found, "A", "B") == said


@pytest.mark.parametrize("times", [2, 4])
def test_a_loop_is_told_alike_from_both_sides(times: int) -> None:
    found = match(Kind.LOOP, *(forward(0, 10, 10 * n) for n in range(times)), b=10 * times)
    assert in_time(found, "A", "B") == in_time(found.inverse(), "B", "A")


RECUT = [
    (match(Kind.RECUT, forward(0, 3, 0), forward(6, 10, 3), b=7), "only A has 0:03–0:06"),
    (match(Kind.RECUT, forward(0, 5, 0), forward(5, 10, 8.5), b=13.5), "only B has 0:05–0:08.5"),
    (match(Kind.RECUT, forward(0, 4, 6), forward(4, 10, 0)), "0:00–0:04 of A comes at 0:06 in B"),
    (
        match(Kind.RECUT, forward(0, 3, 0), forward(3, 5, 8), forward(5, 10, 3)),
        "0:03–0:05 of A comes at 0:08 in B",
    ),
    (
        match(Kind.RECUT, forward(2, 8, 3), b=11),
        "other beginnings: 0:00–0:02 of A and 0:00–0:03 of B; "
        "other ends: 0:08–0:10 of A and 0:09–0:11 of B",
    ),
    (
        match(Kind.RECUT, forward(0, 5, 0), backward(5, 10, 5)),
        "0:05–0:10 of A is backwards in B",
    ),
    (
        match(Kind.RECUT, forward(0, 5, 0), Part((5, 10), (5, 7.5), 0.5), b=7.5),
        "B plays 0:05–0:10 of A twice as fast",
    ),
    (
        match(Kind.RECUT, forward(0, 5, 0), Part((5, 10), (5, 15), 2.0), b=15),
        "A plays 0:05–0:15 of B twice as fast",
    ),
    (
        match(Kind.RECUT, Part((0, 4), (0, 2), 0.5), Part((6, 10), (2, 4), 0.5), b=4),
        "only A has 0:04–0:06; B plays twice as fast as A",
    ),
    (
        match(Kind.RECUT, *(forward(10 * n, 10 * n + 5, 5 * n) for n in range(6)), a=60, b=30),
        "only A has 0:05–0:10, 0:15–0:20 and 4 more parts",
    ),
    (
        match(Kind.REVERSED, backward(0, 3, 4), backward(6, 10, 0), b=7),
        "one plays backwards; only A has 0:03–0:06",
    ),
    # a seam of a tenth of a second is no cut
    (match(Kind.RECUT, forward(0, 5, 8), forward(5.1, 10, 13.1), b=18), "only B has 0:00–0:08"),
]


@pytest.mark.parametrize(("found", "said"), RECUT)
def test_a_recut_video_says_what_is_missing_added_moved_or_changed(found: Match, said: str) -> None:
    assert in_time(found, "A", "B") == said


def test_what_was_stored_without_lengths_is_told_as_far_as_it_is_known() -> None:
    assert in_time(match(Kind.TRIMMED, forward(1, 9, 0), a=None, b=None), "A", "B") == (
        "0:01–0:09 of A is 0:00–0:08 of B"
    )
    stored = {
        "kind": "recut",
        "edits": [],
        "a_span": [1.0, 9.0],
        "b_span": [2.0, 10.0],
        "speed": 1.0,
        "sound": None,
    }
    old = Match.from_detail("a", "b", 0.9, stored)
    assert in_words(old) == (
        "recut: other beginnings: 0:00–0:01 of the first and 0:00–0:02 of the second"
    )


def test_where_whole_seconds_say_nothing_tenths_are_told() -> None:
    short = match(Kind.TRIMMED, forward(0.4, 4.4, 0), a=4.9, b=4)
    assert in_time(short, "A", "B") == "all of B is 0:00.4–0:04.4 of A"
    long = match(Kind.TRIMMED, forward(600.4, 1200.4, 0), a=1300, b=600)
    assert in_time(long, "A", "B") == "all of B is 10:00–20:00 of A"


def test_the_kind_and_the_edits_go_first_on_a_terminal() -> None:
    edits = frozenset({Edit.MIRRORED, Edit.INVERTED, Edit.MOVING})
    found = match(Kind.TRIMMED, forward(1, 9, 0), b=8, edits=edits)
    assert in_words(found) == (
        "trimmed, colours inverted, mirrored, zoomed or panned: "
        "all of the second is 0:01–0:09 of the first"
    )
    assert in_words(match(Kind.SAME, forward(0, 10, 0))) == "same"


def test_the_one_that_shows_the_other_in_a_part_of_its_picture_is_named() -> None:
    def said(overlay: Overlay | None) -> str:
        found = match(Kind.SAME, forward(0, 10, 0), edits=frozenset({Edit.PANEL}))
        return in_time(replace(found, overlay=overlay), "A", "B")

    half = Overlay(xx=0.5)
    assert said(half) == "A shows B, in a part of its picture, from start to end"
    assert said(half.inverse()) == "B shows A, in a part of its picture, from start to end"
    both = "both show the same, in a part of the picture, from start to end"
    assert said(Overlay()) == said(None) == both


def test_bars_and_a_crop_that_may_be_one_edit_have_one_name() -> None:
    assert edits_in_words({Edit.CROPPED}) == ["cropped"]
    assert edits_in_words({Edit.BORDERED}) == ["bordered"]
    both = {Edit.CROPPED, Edit.BORDERED, Edit.MIRRORED}
    assert edits_in_words(both) == ["framed differently", "mirrored"]


def test_sound_that_was_compared_along_one_part_is_not_said_to_be_that_of_all() -> None:
    same = SoundVerdict(Sound.SAME, 0.9)
    one, two = (forward(0, 10, 0),), (forward(0, 4, 6), forward(4, 10, 0))
    assert in_words(match(Kind.TRIMMED, *one, sound=same)).startswith("trimmed, same sound: ")
    told = in_words(match(Kind.LOOP, *two, sound=same))
    assert told.startswith("loop, same sound in the longest part: ")
