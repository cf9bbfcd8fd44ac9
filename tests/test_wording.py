"""Messages are natural English: right plurals, whole words, no names of our internals."""

import re
from pathlib import Path

import pytest

import hydrus_video_deduplicator
from hydrus_video_deduplicator.cli import console
from hydrus_video_deduplicator.cli.words import in_words
from hydrus_video_deduplicator.library.hydrus.calls import IN_WORDS
from hydrus_video_deduplicator.match import Kind, Match, Part
from hydrus_video_deduplicator.stages.tagging import TagMatch
from hydrus_video_deduplicator.wording import clock, counted, faster, listed, stretches

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
    ("first", "second", "said"),
    [
        ((4.2, 31.4), (0.0, 27.2), ("0:04–0:31", "0:00–0:27")),
        ((0.0, 0.8), (0.3, 1.1), ("0:00.0–0:00.8", "0:00.3–0:01.1")),
        ((59.96, 60.3), (0.0, 5.0), ("1:00.0–1:00.3", "0:00.0–0:05.0")),
    ],
)
def test_two_stretches_are_said_with_tenths_where_whole_seconds_say_nothing(
    first: tuple[float, float], second: tuple[float, float], said: tuple[str, str]
) -> None:
    assert stretches([first], [second], "–") == ([said[0]], [said[1]])


def test_the_repeated_stretch_of_a_loop_is_said_once() -> None:
    whole, repeated = [(0.0, 4.0), (4.0, 8.0)], [(0.0, 4.0), (0.0, 4.0)]
    assert stretches(whole, repeated, "–") == (["0:00–0:04", "0:04–0:08"], ["0:00–0:04"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a"], "a"),
        (["a", "b"], "a and b"),
        ([*"abc"], "a, b and c"),
        ([*"abcde"], "a, b, c and 2 more"),
    ],
)
def test_a_long_list_names_the_first_words(words: list[str], said: str) -> None:
    assert listed(words) == said


@pytest.mark.parametrize(
    ("pairs", "due", "said"),
    [
        (0, 0, "No similar pairs."),
        (1, 0, "1 similar pair, not new."),
        (1, 1, "1 similar pair, new."),
        (2, 0, "2 similar pairs, none of them new."),
        (2, 1, "2 similar pairs, 1 of them new."),
        (2, 2, "2 similar pairs, all new."),
        (2, None, "2 similar pairs."),
    ],
)
def test_pairs_are_counted_in_plain_words(pairs: int, due: int | None, said: str) -> None:
    assert console._compared(pairs, due) == said


def test_a_single_file_is_on_a_page() -> None:
    assert console._on_page("similar", 1) == "1 file is on the Hydrus page 'similar'."
    assert console._on_page("similar", 2) == "2 files are on the Hydrus page 'similar'."


def test_what_is_left_is_counted_in_plain_words() -> None:
    assert "Left: 1 file to hash." in console._why_ended(1, 0, 0)
    assert "Left: 2 files to hash and 1 to compare." in console._why_ended(2, 1, 0)


@pytest.mark.parametrize(("bits", "said"), [(1, "1 bit"), (2, "2 bits")])
def test_tags_differ_in_a_bit_or_in_bits(bits: int, said: str) -> None:
    assert in_words(TagMatch(("a", "b"), bits)) == f"tags differ in {said}"


@pytest.mark.parametrize(
    ("speed", "said"),
    [
        (1 / 1.1, "the second plays 10% faster"),
        (1.1, "the first plays 10% faster"),
        (1.005, "the first plays 0.5% faster"),
        (0.5, "the second plays 2 times as fast"),
        (2.5, "the first plays 2.5 times as fast"),
    ],
)
def test_the_faster_of_two_files_is_the_one_that_is_named(speed: float, said: str) -> None:
    spans = (0.0, 8.0), (0.0, 8.0 * speed)
    match = Match("a", "b", 0.9, Kind.SPEED, frozenset(), (Part(*spans, speed),))
    assert in_words(match).startswith(f"{said}: ")


@pytest.mark.parametrize(
    ("kind", "parts", "said"),
    [
        (
            Kind.LOOP,
            (Part((0.0, 3.0), (5.0, 8.0), 1.0), Part((3.0, 8.0), (0.0, 5.0), 1.0)),
            "loop: 0:00–0:03 and 0:03–0:08 of the first are 0:05–0:08 and 0:00–0:05 of the second",
        ),
        (
            Kind.LOOP,
            (Part((0.0, 4.0), (0.0, 4.0), 1.0), Part((0.0, 4.0), (4.0, 8.0), 1.0)),
            "loop: 0:00–0:04 of the first is 0:00–0:04 and 0:04–0:08 of the second",
        ),
        (
            Kind.REVERSED,
            (Part((0.0, 8.0), (0.0, 8.0), -1.0),),
            "reversed: 0:00–0:08 of the first is 0:00–0:08 of the second",
        ),
        (
            Kind.RECUT,
            tuple(Part((2.0 * n, 2.0 * n + 1), (n, n + 1.0), 1.0) for n in range(5)),
            "recut: 0:00–0:01, 0:02–0:03, 0:04–0:05 and 2 more of the first are"
            " 0:00–0:01, 0:01–0:02, 0:02–0:03 and 2 more of the second",
        ),
    ],
)
def test_each_part_of_a_match_is_named(kind: Kind, parts: tuple[Part, ...], said: str) -> None:
    assert in_words(Match("a", "b", 0.9, kind, frozenset(), parts)) == said


def test_a_speed_may_name_the_other_file() -> None:
    assert faster(1.25, "B") == "25% faster than B"
    assert faster(3, "B") == "3 times as fast as B"


def test_every_call_to_hydrus_has_words_of_its_own() -> None:
    sources = [path.read_text(encoding="utf-8") for path in PACKAGE.glob("library/hydrus/*.py")]
    call = re.compile(r'(?:ask|tell|tell_anew|repeat|check_status)\(\s*"(\w+)"')
    made = {name for source in sources for name in call.findall(source)}
    assert made == {name for name in IN_WORDS if name[0] != "/"}


def test_files_that_would_have_taken_too_long_are_told_apart() -> None:
    assert "3 files to hash (1 of them would not have finished in time)." in console._why_ended(
        3, 0, 1
    )
