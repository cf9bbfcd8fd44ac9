"""Hubs: files that are like many that are not like one another."""

from itertools import combinations

import pytest

from hydrus_video_deduplicator.match import Kind, Match, Part
from hydrus_video_deduplicator.matching import Hub, split_hubs


def match(one: str, other: str, start: float = 0) -> Match:
    """Of two files, of which `other` lies in `one` from a second on."""
    part = Part((start, start + 10), (0, 10), 1)
    if one > other:
        one, other, part = other, one, part.inverse()
    return Match(one, other, 0.9, Kind.EXCERPT, frozenset(), (part,))


def star(centre: str, count: int, apart: float = 0) -> list[Match]:
    """Many files in one, which begin so many seconds apart."""
    return [match(centre, f"{centre}{number}", number * apart) for number in range(count)]


def clique(name: str, count: int) -> list[Match]:
    return [
        match(one, other) for one, other in combinations([f"{name}{n}" for n in range(count)], 2)
    ]


@pytest.mark.parametrize(
    ("matches", "hubs"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param(star("x", 7), [], id="few pairs"),
        pytest.param(star("x", 8), [Hub("x", 8)], id="like many that are unlike"),
        pytest.param(clique("c", 25), [], id="25 copies of one video"),
        pytest.param(
            star("x", 9) + star("y", 12), [Hub("y", 12), Hub("x", 9)], id="two, the larger first"
        ),
        pytest.param(
            star("x", 8, apart=0.5), [Hub("x", 8)], id="8 unlike ones in nearly one place"
        ),
        pytest.param(star("x", 25, apart=5), [], id="25 excerpts of a long video"),
        pytest.param(star("x", 9) + clique("c", 9), [Hub("x", 9)], id="a hub beside copies"),
    ],
)
def test_hubs(matches, hubs):
    kept, found = split_hubs(matches)
    assert found == hubs
    held = {hub.key for hub in hubs}
    assert kept == [match for match in matches if not held & set(match.pair)]


def test_hub_does_not_take_the_pairs_of_the_others():
    kept, _ = split_hubs([*star("x", 10), match("x1", "x2")])
    assert [match.pair for match in kept] == [("x1", "x2")]
