"""Which copy looks best, and by what."""

from dataclasses import replace

import pytest

from hydrus_video_deduplicator.match import Kind, Match, Part
from hydrus_video_deduplicator.report.gather import _says_length
from hydrus_video_deduplicator.report.quality import CRITERIA, Copy, advise

GOOD = Copy(
    seconds=30.0,
    pixels=1920 * 1080,
    picture=1.0,
    codec="h264",
    bit_rate=4_000_000,
    has_sound=True,
    frame_rate=30.0,
)

TABLE = [
    ("a longer one beats all else", {"seconds": 27.0}, {"pixels": 640 * 360}, 1, "length"),
    ("a frame more is no longer", {"seconds": 29.96}, {"pixels": 1280 * 720}, 0, "resolution"),
    ("more pixels beat more bits", {}, {"pixels": 1280 * 720, "bit_rate": 9e6}, 0, "resolution"),
    ("a few rows less are a tie", {"pixels": 1920 * 1040}, {"bit_rate": 2e6}, 0, "bit rate"),
    ("a whole picture beats bits", {}, {"picture": 0.8, "bit_rate": 9e6}, 0, "picture"),
    ("and some more pixels", {"pixels": 1600 * 900}, {"picture": 0.8}, 0, "picture"),
    ("but not far more", {"pixels": 1280 * 720}, {"picture": 0.8}, 1, "resolution"),
    ("a thin edge less is a tie", {}, {"picture": 0.92, "bit_rate": 9e6}, 1, "bit rate"),
    ("an unknown picture says nothing", {"picture": None}, {"bit_rate": 9e6}, 1, "bit rate"),
    ("bits beat sound", {"has_sound": False}, {"bit_rate": 2e6}, 0, "bit rate"),
    ("HEVC needs fewer bits", {}, {"codec": "hevc", "bit_rate": 3e6}, 1, "bit rate"),
    ("HEVC of very few bits is worse", {}, {"codec": "hevc", "bit_rate": 1e6}, 0, "bit rate"),
    ("a GIF needs very many", {"codec": "gif", "bit_rate": 9e6}, {}, 1, "bit rate"),
    ("bits of an unknown codec say nothing", {"codec": "x", "bit_rate": 9e9}, {}, None, None),
    ("of the same one they do", {"codec": "x", "bit_rate": 9e6}, {"codec": "x"}, 0, "bit rate"),
    ("sound beats none", {"has_sound": False}, {}, 1, "sound"),
    ("sound beats frame rate", {"has_sound": False, "frame_rate": 60.0}, {}, 1, "sound"),
    ("twice the frames are smoother", {"frame_rate": 60.0}, {}, 0, "frame rate"),
    ("29.97 and 30 frames are a tie", {"frame_rate": 29.97}, {}, None, None),
    ("alike in all", {}, {}, None, None),
    ("what is not known never decides", {"seconds": None, "pixels": 1}, {}, 1, "resolution"),
    ("of a file that cannot be opened nothing is known", {"pixels": None, "bit_rate": None,
      "codec": None, "has_sound": None, "frame_rate": None}, {}, None, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("first", "second", "best", "by"),
    [row[1:] for row in TABLE],
    ids=[row[0] for row in TABLE],
)
def test_the_first_criterion_that_is_no_near_tie_decides(first, second, best, by) -> None:
    copies = [replace(GOOD, **first), replace(GOOD, **second)]
    advice = advise(copies)
    assert (advice.best, advice.by and advice.by.name) == (best, by)
    turned = advise(copies[::-1])
    assert (turned.best, turned.by) == (None if best is None else 1 - best, advice.by)


def test_of_many_copies_the_best_is_better_than_each_other_by_one_reason_or_another() -> None:
    copies = [
        replace(GOOD, seconds=20.0, pixels=3840 * 2160),
        replace(GOOD, bit_rate=1_000_000),
        GOOD,
        replace(GOOD, has_sound=False),
    ]
    advice = advise(copies)
    assert advice.best == 2
    assert [reason.name for reason in advice.reasons] == ["length", "bit rate", "sound"]


def test_of_many_copies_none_looks_best_that_is_near_a_tie_with_another_one() -> None:
    assert advise([GOOD, replace(GOOD, pixels=640 * 360), GOOD]).best is None


def test_of_copies_each_a_little_worse_than_the_one_before_none_is_clearly_the_best() -> None:
    lengths = [30.0, 29.5, 28.9]  # each a near tie with its neighbour
    copies = [replace(GOOD, seconds=s, pixels=p) for s, p in zip(lengths, (1, 2, 4), strict=True)]
    assert advise(copies).best is None


WHOLE, HALF = (0.0, 10.0), (0.0, 5.0)
SAYS_LENGTH = [
    (Kind.SAME, [Part(WHOLE, WHOLE, 1.0)], True),
    (Kind.TRIMMED, [Part(HALF, HALF, 1.0)], True),
    (Kind.REVERSED, [Part(WHOLE, WHOLE, -1.0)], True),
    (Kind.SPEED, [Part(WHOLE, HALF, 0.5)], False),
    (Kind.REVERSED, [Part(WHOLE, HALF, -0.5)], False),
    (Kind.REVERSED, [Part(WHOLE, WHOLE, -1.0), Part(WHOLE, (10, 20), -1.0)], False),
    (Kind.LOOP, [Part(HALF, (5, 10), 1.0), Part((5, 10), HALF, 1.0)], False),
    (Kind.RECUT, [Part(HALF, HALF, 1.0), Part(HALF, (7, 12), 1.0)], False),
    (Kind.RECUT, [Part(HALF, HALF, 1.0), Part((5, 10), (5, 15), 2.0)], False),
]


@pytest.mark.parametrize(("kind", "parts", "says"), SAYS_LENGTH)
def test_length_says_nothing_of_repeats_and_of_other_speeds(
    kind: Kind, parts: list[Part], says: bool
) -> None:
    match = Match("a", "b", 0.9, kind, frozenset(), tuple(parts))
    assert _says_length(match) is _says_length(match.inverse()) is says


def test_the_criteria_stand_in_the_order_that_is_told_to_the_user() -> None:
    names = [criterion.name for criterion in CRITERIA]
    assert names == ["length", "picture", "resolution", "bit rate", "sound", "frame rate"]
