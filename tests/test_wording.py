"""Messages are natural English: right plurals, whole words, no names of our internals."""

import re
from pathlib import Path

import pytest

import hydrus_video_deduplicator
from hydrus_video_deduplicator.cli import console
from hydrus_video_deduplicator.cli.words import in_words
from hydrus_video_deduplicator.library.hydrus.calls import IN_WORDS
from hydrus_video_deduplicator.match import Kind, Match, Part
from hydrus_video_deduplicator.stages.events import EndedEarly
from hydrus_video_deduplicator.stages.tagging import TagMatch
from hydrus_video_deduplicator.wording import clock, counted, faster, listed, stretch

PACKAGE = Path(hydrus_video_deduplicator.__file__).parent


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 files"), (1, "1 file"), (2, "2 files"), (2000, "2,000 files")]
)
def test_a_noun_goes_with_its_count(count: int, said: str) -> None:
    assert counted(count, "file") == said


@pytest.mark.parametrize(("seconds", "said"), [(4.4, "0:04"), (59.6, "1:00"), (3631.0, "1:00:31")])
def test_a_time_is_said_in_whole_seconds(seconds: float, said: str) -> None:
    assert clock(seconds) == said


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (64.2, 91.4, "1:04–1:31"),
        (4.2, 31.4, "0:04.2–0:31.4"),
        (64.1, 64.9, "1:04.1–1:04.9"),
    ],
)
def test_a_stretch_is_told_in_tenths_where_seconds_say_little(
    start: float, end: float, said: str
) -> None:
    assert stretch(start, end) == said


@pytest.mark.parametrize(
    ("pairs", "due", "said"),
    [
        (0, 0, "No similar pairs."),
        (1, 0, "1 similar pair, none to post."),
        (1, 1, "1 similar pair, 1 to post."),
        (2, 0, "2 similar pairs, none to post."),
        (2000, 1000, "2,000 similar pairs, 1,000 to post."),
        (2, None, "2 similar pairs."),
    ],
)
def test_pairs_are_counted_in_plain_words(pairs: int, due: int | None, said: str) -> None:
    assert console._compared(pairs, due) == said


def test_a_single_file_is_on_a_page() -> None:
    assert console._on_page("similar", 1) == "1 file is on the Hydrus page 'similar'."
    assert console._on_page("similar", 2) == "2 files are on the Hydrus page 'similar'."


def test_what_is_left_is_counted_in_plain_words() -> None:
    assert "Left: 1 file to hash." in console._why_ended(EndedEarly(1, 0, 0))
    assert "Left: 2 files to hash and 1 to compare." in console._why_ended(EndedEarly(2, 1, 0))


@pytest.mark.parametrize(("bits", "said"), [(1, "1 bit"), (2, "2 bits")])
def test_tags_differ_in_a_bit_or_in_bits(bits: int, said: str) -> None:
    assert in_words(TagMatch(("a", "b"), bits)) == f"tags differ in {said}"


@pytest.mark.parametrize(
    ("speed", "said"),
    [
        (1 / 1.1, "the second plays 10% faster than the first"),
        (1.1, "the first plays 10% faster than the second"),
        (1.005, "the first plays 0.5% faster than the second"),
        (0.5, "the second plays twice as fast as the first"),
        (1.998, "the first plays twice as fast as the second"),
        (2.5, "the first plays 2.5 times as fast as the second"),
    ],
)
def test_the_faster_of_two_files_is_the_one_that_is_named(speed: float, said: str) -> None:
    spans = (0.0, 8.0), (0.0, 8.0 * speed)
    lengths = {"a_seconds": 8.0, "b_seconds": 8.0 * speed}
    match = Match("a", "b", 0.9, Kind.SPEED, frozenset(), (Part(*spans, speed),), **lengths)
    assert in_words(match) == f"speed: {said}"


@pytest.mark.parametrize(
    ("seconds", "exact", "said"),
    [
        (4.24, False, "0:04"),
        (4.24, True, "0:04.2"),
        (4.04, True, "0:04"),
        (59.97, True, "1:00"),
        (3631, False, "1:00:31"),
        (-0.04, True, "0:00"),
    ],
)
def test_a_moment_is_told_as_a_clock_shows_it(seconds: float, exact: bool, said: str) -> None:
    assert clock(seconds, exact) == said


def test_of_many_things_some_are_named_and_the_rest_is_counted() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b"]) == "a and b"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(list("abcd"), "part") == "a, b and 2 more parts"


def test_a_speed_may_name_the_other_file() -> None:
    assert faster(1.25, "B") == "25% faster than B"
    assert faster(3, "B") == "3 times as fast as B"


def test_every_call_to_hydrus_has_words_of_its_own() -> None:
    sources = [path.read_text(encoding="utf-8") for path in PACKAGE.glob("library/hydrus/*.py")]
    call = re.compile(r'(?:ask|tell|tell_anew|repeat|check_status)\(\s*"(\w+)"')
    made = {name for source in sources for name in call.findall(source)}
    assert made == {name for name in IN_WORDS if name[0] != "/"}


def test_files_that_would_have_taken_too_long_are_told_apart() -> None:
    said = console._why_ended(EndedEarly(3, 0, 1))
    assert (
        "3 files to hash (1 of them would have taken longer than the time that was left)." in said
    )


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (1, "1 file to hash (it would have taken longer than the time that was left)."),
        (
            23,
            "23 files to hash (each of them would have taken longer than the time that was left).",
        ),
    ],
)
def test_files_that_would_all_have_taken_too_long_are_not_counted_twice(
    left: int, said: str
) -> None:
    assert said in console._why_ended(EndedEarly(left, 0, left))
