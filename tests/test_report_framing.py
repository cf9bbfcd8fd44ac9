"""How much of the picture each copy shows, as its matches tell."""

from dataclasses import replace

import pytest

from hydrus_video_deduplicator.library import Listing
from hydrus_video_deduplicator.match import Edit, Kind, Match, Overlay, Part
from hydrus_video_deduplicator.report.contents import File
from hydrus_video_deduplicator.report.framing import framed

TEN = (0.0, 10.0)

SQUARE_INSIDE = Overlay(xx=0.8, yy=0.8, x=0.1, y=0.1)
"""B shows what is left of A without a tenth on each side."""


def files(**active: float) -> list[File]:
    return [
        File(key, key, Listing(size=1000), 10.0, share, streams=None)
        for key, share in active.items()
    ]


def match(a: str, b: str, overlay: Overlay | None, *edits: Edit) -> Match:
    parts = (Part(TEN, TEN, 1.0),)
    return Match(a, b, 0.9, Kind.SAME, frozenset(edits), parts, overlay=overlay)


def pictures(told: list[File]) -> list[float | None]:
    return [file.picture and round(file.picture, 3) for file in told]


def test_a_crop_shows_the_share_that_is_left() -> None:
    cropped = match("a", "b", SQUARE_INSIDE, Edit.CROPPED)
    told = pictures(framed(files(a=1.0, b=1.0), [cropped]))
    assert told in ([1.0, 0.64], [pytest.approx(1 / 0.64, abs=0.001), 1.0])
    assert told == pictures(framed(files(a=1.0, b=1.0), [cropped.inverse()]))


def test_all_copies_of_a_group_are_on_one_scale() -> None:
    group = [
        match("a", "b", SQUARE_INSIDE, Edit.CROPPED),
        match("b", "c", SQUARE_INSIDE.inverse(), Edit.CROPPED),
        match("b", "d", SQUARE_INSIDE, Edit.CROPPED),
    ]
    a, b, c, d = pictures(framed(files(a=1.0, b=1.0, c=1.0, d=1.0), group))
    assert b == 1.0
    assert a == c == pytest.approx(1 / 0.64, abs=0.001)
    assert d == 0.64


def test_bars_are_no_part_of_the_picture() -> None:
    """B is A's frame with the ends covered: three quarters of the picture are left."""
    told = framed(files(a=1.0, b=0.75), [match("a", "b", Overlay(), Edit.CROPPED, Edit.BORDERED)])
    assert pictures(told) in ([1.0, 0.75], [1.333, 1.0])


@pytest.mark.parametrize("edit", [Edit.MOVING, Edit.PANEL])
def test_nothing_is_told_of_a_picture_that_moves_or_is_part_of_another(edit: Edit) -> None:
    told = framed(files(a=1.0, b=0.8), [match("a", "b", SQUARE_INSIDE, Edit.CROPPED, edit)])
    assert pictures(told) == [None, None]


def test_copies_that_are_not_cropped_show_the_same_though_they_are_found_a_little_apart() -> None:
    told = framed(files(a=1.0, b=0.8), [match("a", "b", Overlay(xx=1.02), Edit.BORDERED)])
    assert pictures(told) == [1.0, 1.0]


def test_a_copy_that_matches_none_that_is_known_is_left_open() -> None:
    group = [match("a", "b", SQUARE_INSIDE, Edit.CROPPED), match("a", "c", None)]
    assert framed(files(a=1.0, b=1.0, c=1.0), group)[2].picture is None


def test_the_files_keep_their_order_and_all_else() -> None:
    given = files(b=1.0, a=1.0)
    told = framed(given, [match("a", "b", Overlay())])
    assert [replace(file, picture=None) for file in told] == given
