"""The map of time of a pair: bars to scale, bands between the parts, and words."""

from xml.etree.ElementTree import Element, fromstring

import pytest

from hydrus_video_deduplicator.library import Listing
from hydrus_video_deduplicator.match import Kind, Match, Part
from hydrus_video_deduplicator.report.contents import File, Pair, Side
from hydrus_video_deduplicator.report.quality import Advice
from hydrus_video_deduplicator.report.timemap import THINNEST, WIDTH, time_map

FORWARD, BACKWARD = Part((0, 5), (5, 10), 1.0), Part((5, 10), (0, 5), -1.0)


def pair(*parts: Part, seconds: tuple[float, float] = (10.0, 10.0), letter: str = "A") -> Pair:
    match = Match("a", "b", 0.9, Kind.RECUT, frozenset(), parts)
    listing = Listing(size=1, path=None, tags=None, imported=None)
    first, second = (
        Side(name, File(name, name, listing, length, 1.0, None))
        for name, length in zip((letter, "B"), seconds, strict=True)
    )
    return Pair(match, (first, second), Advice(), in_library=False)


def drawn(pair: Pair) -> Element:
    return fromstring(time_map(pair, "map"))


def bars(picture: Element) -> list[tuple[float, float]]:
    """Where each bar begins and ends: those of both videos, then two of each part."""
    sides = ((float(bar.attrib["x"]), float(bar.attrib["width"])) for bar in picture.iter("rect"))
    return [(start, start + width) for start, width in sides]


def bands(picture: Element) -> list[list[float]]:
    """Of each band, where its corners are: two above, two below, in the order of its outline."""
    outlines = (band.attrib["points"].split() for band in picture.iter("polygon"))
    return [[float(corner.split(",")[0]) for corner in outline] for outline in outlines]


def test_the_bars_are_as_long_as_the_videos() -> None:
    upper, lower, *_ = bars(drawn(pair(FORWARD, seconds=(10, 40))))
    assert upper == (0, WIDTH / 4)
    assert lower == (0, WIDTH)


def test_a_part_lies_on_both_bars_and_a_band_joins_them() -> None:
    picture = drawn(pair(FORWARD))
    assert bars(picture)[2:] == [(0, WIDTH / 2), (WIDTH / 2, WIDTH)]
    assert bands(picture) == [[0, WIDTH / 2, WIDTH, WIDTH / 2]]


def test_the_band_of_a_part_that_runs_backwards_crosses_itself() -> None:
    upper_start, upper_end, lower_of_end, lower_of_start = bands(drawn(pair(BACKWARD)))[0]
    assert upper_start < upper_end
    assert lower_of_start > lower_of_end


def test_parts_that_follow_one_another_differ_in_colour() -> None:
    parts = [Part((n, n + 1), (n, n + 1), 1.0) for n in range(3)]
    classes = [part.get("class") for part in drawn(pair(*parts)).iter("g")]
    assert len(set(classes)) == 3


def test_it_is_told_to_those_who_cannot_see_it() -> None:
    picture = drawn(pair(FORWARD, BACKWARD))
    named = {element.get("id"): element.text for element in picture.iter()}
    title, description = (named[name] for name in picture.attrib["aria-labelledby"].split())
    assert picture.get("role") == "img"
    assert title == "Map of time of A and B"
    assert description == (
        "0:00–0:05 of A is 0:05–0:10 of B; 0:05–0:10 of A is 0:00–0:05 of B, backwards."
    )


@pytest.mark.parametrize("at", [0, 18_000, 35_994])
def test_a_moment_of_a_long_video_can_still_be_seen(at: float) -> None:
    for start, end in bars(drawn(pair(Part((0, 6), (at, at + 6), 1.0), seconds=(6, 36_000)))):
        assert end - start >= THINNEST - 0.1
        assert end <= WIDTH + 0.1


def test_whatever_it_says_is_text() -> None:
    hostile = '"><script>alert(1)</script>'
    picture = drawn(pair(FORWARD, letter=hostile))
    assert not [*picture.iter("script")]
    assert hostile in (picture.findtext("title") or "")
