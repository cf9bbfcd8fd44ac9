"""What matches say of further pairs: copies of one video are copies of each other."""

from itertools import combinations

import edits
import numpy as np
import pytest

from hydrus_video_deduplicator.match import Kind, Match, Part, length, united
from hydrus_video_deduplicator.matching import (
    Comparison,
    Video,
    compare,
    find_matches,
    judged,
)
from hydrus_video_deduplicator.matching.chains import Chains, Proposal
from hydrus_video_deduplicator.matching.evidence import Evidence
from hydrus_video_deduplicator.matching.geometry import ORIENTATIONS, WHOLE, Axis, Placement
from hydrus_video_deduplicator.matching.overlays import overlay_of, placement_of
from hydrus_video_deduplicator.matching.together import alone
from hydrus_video_deduplicator.matching.verdict import _as_proposed, _in_order
from hydrus_video_deduplicator.signature import Signature

NORMAL = 0.65

PLACEMENTS = [
    Placement(orientation, Axis(0.8, 0.15), Axis(1.1, -0.05), inverted)
    for orientation in ORIENTATIONS
    for inverted in (False, True)
]


def corner(placement: Placement, x: float, y: float) -> tuple[float, float]:
    """Where a point of B's picture lies on A's, as it is."""
    laid = placement.orientation
    x, y = (axis.offset + axis.scale * at for axis, at in ((placement.x, x), (placement.y, y)))
    x, y = 1 - x if laid.flipped_x else x, 1 - y if laid.flipped_y else y
    return (y, x) if laid.transposed else (x, y)


@pytest.mark.parametrize("second", PLACEMENTS)
@pytest.mark.parametrize("first", PLACEMENTS)
def test_two_placements_lead_where_one_after_the_other_leads(
    first: Placement, second: Placement
) -> None:
    both = first.then(second)
    for point in ((0.0, 0.0), (1.0, 0.3), (0.2, 1.0)):
        assert corner(both, *point) == pytest.approx(corner(first, *corner(second, *point)))
    assert both.inverted is (first.inverted != second.inverted)


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_a_placement_follows_from_the_overlay_that_it_gives(placement: Placement) -> None:
    one, other = edits.signed(edits.film(1)), edits.signed(edits.bordered(edits.film(2), 8, 20))
    overlay = overlay_of(one, other, placement)
    found = placement_of(one, other, overlay, inverted=placement.inverted)
    assert found.orientation == placement.orientation
    assert found.inverted == placement.inverted
    assert found.moved_by(placement) == pytest.approx(0)


def way(*parts: Part) -> Proposal:
    return Proposal(WHOLE, parts)


def seconds(proposal: Proposal) -> list[tuple[float, ...]]:
    return [tuple(round(s, 3) for s in (*p.a_span, *p.b_span, p.speed)) for p in proposal.parts]


def test_a_trim_of_a_trim_shows_what_is_in_both() -> None:
    found = way(Part((0, 6), (2, 8), 1)).then(way(Part((4, 10), (0, 6), 1)))
    assert seconds(found) == [(2, 6, 0, 4, 1)]


def test_a_copy_of_a_copy_at_another_speed_is_as_fast_as_both_make_it() -> None:
    found = way(Part((0, 10), (0, 5), 0.5)).then(way(Part((0, 5), (0, 2.5), -0.5)))
    assert seconds(found) == [(0, 10, 0, 2.5, -0.25)]


def test_two_loops_have_two_parts_in_common_wherever_the_cycle_between_them_begins() -> None:
    to_cycle = way(Part((0, 6), (2, 8), 1), Part((6, 8), (0, 2), 1))
    from_cycle = way(Part((0, 3), (5, 8), 1), Part((3, 8), (0, 5), 1))
    assert seconds(to_cycle.then(from_cycle)) == [(0, 1, 7, 8, 1), (1, 8, 0, 7, 1)]


def test_where_a_clip_turns_back_another_part_begins() -> None:
    there_and_back = way(Part((0, 4), (0, 4), 1), Part((4, 8), (0, 4), -1))
    found = there_and_back.then(way(Part((0, 4), (0, 4), -1)))
    assert seconds(found) == [(0, 4, 0, 4, -1), (4, 8, 0, 4, 1)]


def test_a_map_from_many_moments_to_many_is_of_no_use() -> None:
    twice = way(Part((0, 4), (0, 4), 1), Part((4, 8), (0, 4), 1))
    assert twice.then(way(Part((0, 4), (0, 4), 1))).is_usable
    assert not twice.then(twice.inverse()).is_usable


def found(*parts: Part, score: float = 0.9, moving: bool = False) -> Comparison:
    evidence = Evidence(0.9, 0.9, 1.0, 1.0, 1.0, 1.0, 0.0, 20.0, 5.0)
    return Comparison(score, evidence, WHOLE, parts, 1.0, moving)


ALL = Part((0.0, 8.0), (0.0, 8.0), 1.0)


def test_what_two_copies_of_one_video_have_in_common_is_proposed() -> None:
    chains = Chains()
    chains.add("original", "slow", found(Part((0, 8), (0, 16), 2)), (8, 16))
    chains.add("fast", "original", found(Part((0, 4), (0, 8), 2)), (4, 8))
    proposed = chains.proposed("fast", "slow")
    assert proposed is not None
    assert seconds(proposed) == [(0, 4, 0, 16, 4)]


def test_a_map_may_lead_over_two_videos() -> None:
    chains = Chains()
    for one, other in (("a", "b"), ("b", "c"), ("c", "d")):
        chains.add(one, other, found(ALL), (8, 8))
    assert chains.proposed("a", "c") is not None
    assert chains.proposed("a", "d") is not None


@pytest.mark.parametrize(
    "weak", [found(ALL, score=0.75), found(ALL, moving=True)], ids=["weak", "of a moving picture"]
)
def test_nothing_follows_from_a_match_that_is(weak: Comparison) -> None:
    chains = Chains()
    chains.add("a", "b", found(ALL), (8, 8))
    chains.add("b", "c", weak, (8, 8))
    assert chains.proposed("a", "c") is None


def test_nothing_follows_for_a_video_that_has_more_than_the_one_between() -> None:
    chains = Chains()
    chains.add("a", "b", found(ALL), (8, 8))
    chains.add("b", "c", found(ALL), (8, 30))
    assert chains.proposed("a", "c") is None


def test_a_video_that_leads_nowhere_is_compared_with_the_one_that_most_are_copies_of() -> None:
    chains = Chains()
    chains.add("a", "b", found(ALL), (8, 8))
    chains.add("b", "c", found(ALL), (8, 8))
    pairs = [("a", "c", (0,)), *((key, "slow", (0,)) for key in "abc")]
    assert chains.links(pairs) == [("b", "slow", (0,))]
    assert chains.links([pair for pair in pairs if pair[:2] != ("b", "slow")]) == [
        ("c", "slow", (0,))
    ]
    chains.add("b", "slow", found(Part((0, 8), (0, 16), 2)), (8, 16))
    assert chains.links(pairs) == []


def test_copies_that_lead_only_to_each_other_are_compared_with_it_too() -> None:
    chains = Chains()
    for copy in "bcd":
        chains.add("a", copy, found(ALL), (8, 8))
    chains.add("back", "back again", found(ALL), (8, 8))
    pairs = [(key, back, (0,)) for key in "abcd" for back in ("back", "back again")]
    assert chains.links(pairs) == [("a", "back", (0,)), ("a", "back again", (0,))]
    chains.add("a", "back", found(Part((0, 8), (0, 8), -1)), (8, 8))
    assert chains.links(pairs[1:]) == []


FILM = edits.film(11, 12)
SLOW = edits.at_speed(FILM, 0.55)
FAST = edits.at_speed(FILM, 1.9)


def matches(films: dict[str, edits.Film]) -> dict[tuple[str, str], Match]:
    signatures = {name: edits.signed(film) for name, film in films.items()}
    return {match.pair: match for match in find_matches(signatures, threshold=NORMAL)}


def test_copies_too_far_apart_to_be_found_are_found_by_way_of_the_original() -> None:
    alone = matches({"fast": FAST, "slow": SLOW})
    together = matches({"fast": FAST, "original": FILM, "slow": SLOW})
    assert alone == {}
    match = together["fast", "slow"]
    assert match.kind is Kind.SPEED
    assert match.longest.speed == pytest.approx(1.9 / 0.55, rel=0.02)


def test_what_a_search_missed_is_found_by_what_is_known_in_the_end() -> None:
    """The decoys come first as likely originals, so the copies are searched before what leads."""
    films = {"fast": FAST, "original": FILM, "slow": SLOW}
    films |= {f"unrelated {seed}": edits.film(seed) for seed in (71, 72)}
    videos = {name: Video(edits.signed(film)) for name, film in films.items()}
    pairs = [(a, b, (0,)) for a, b in combinations(films, 2)]
    told = judged(pairs, videos.__getitem__, NORMAL)
    assert ("fast", "slow") in {each.pair for each in told if isinstance(each, Match)}


def test_two_films_that_each_share_a_part_with_a_third_are_no_copies() -> None:
    one, other = edits.film(21, 8), edits.film(22, 8)
    found = matches({"both": edits.joined(one, other), "one": one, "other": other})
    assert found.keys() == {("both", "one"), ("both", "other")}


def test_a_wrong_proposal_is_not_believed() -> None:
    one, other = edits.signed(edits.film(31)), edits.signed(edits.film(32))
    wrong = Proposal(WHOLE, (Part((0.0, one.duration), (0.0, other.duration), 1.0),))
    told = compare(one, other, proposal=wrong)
    assert told is None or told.score < NORMAL


def test_no_frames_on_a_proposed_map_are_no_evidence() -> None:
    film = edits.signed(edits.film(33))
    beside = Proposal(WHOLE, (Part((0.0, 0.5), (film.duration - 0.5, film.duration), 1.0),))
    told = compare(film, film, proposal=beside)
    assert told is not None
    assert told.score > 0.99
    assert length(united(part.a_span for part in told.parts)) == pytest.approx(
        film.duration, abs=0.5
    )


def test_what_is_found_of_two_files_is_found_among_copies() -> None:
    copies = {
        "grey": edits.grey(FILM),
        "mirrored": edits.mirrored(FILM),
        "noisy": edits.noisy(FILM),
        "original": FILM,
        "reversed": edits.reversed_(FILM),
        "shifted": edits.turned_over(FILM, 5),
        "trimmed": edits.trimmed(FILM, 2, 11),
    }
    signatures: dict[str, Signature] = {name: edits.signed(film) for name, film in copies.items()}
    among = {match.pair: match for match in find_matches(signatures, threshold=NORMAL)}
    for a, b in ((a, b) for a in copies for b in copies if a < b):
        alone = {m.pair: m for m in find_matches({key: signatures[key] for key in (a, b)})}
        if (a, b) in alone and alone[a, b].score >= NORMAL:
            assert (a, b) in among
            assert among[a, b].score == pytest.approx(alone[a, b].score, abs=0.1)


def test_frequencies_are_laid_as_one_after_the_other() -> None:
    block = np.random.default_rng(0).normal(size=(2, 16, 16)).astype(np.float32)
    for first in ORIENTATIONS:
        for second in ORIENTATIONS:
            both = first.then(second).apply(block)
            assert np.array_equal(both, second.apply(first.apply(block)))


SLOW_FILM = edits.at_speed(edits.film(5, 4), 0.5)
"""At nearly the right moments it is nearly the same."""


def test_a_proposal_at_nearly_the_same_speed_does_not_take_the_place_of_a_search() -> None:
    one, other = edits.signed(SLOW_FILM), edits.signed(edits.noisy(SLOW_FILM))
    seconds = min(one.duration, other.duration)
    start = 0.02 * seconds
    slower = Proposal(WHOLE, (Part((0.0, seconds), (start, start + 0.93 * seconds), 0.93),))
    assert 0.8 < along(slower, one, other).score < 0.95
    told = compare(one, other, proposal=slower)
    assert told is not None
    assert (told.longest.speed, told.score) == pytest.approx((1.0, 1.0), abs=0.01)


def test_a_proposal_of_several_parts_that_is_not_quite_right_does_not_either() -> None:
    film = edits.at_speed(edits.film(3, 6), 0.5)
    one, other = edits.signed(film), edits.signed(edits.noisy(edits.turned_over(film, 6)))
    late = (Part((0.0, 5.9), (6.1, 12.0), 1.0), Part((6.0, 11.9), (0.1, 6.0), 1.0))
    wrong = Proposal(WHOLE, late)
    assert 0.85 < along(wrong, one, other).score < 0.95
    told = compare(one, other, proposal=wrong)
    assert told is not None
    assert told.score == pytest.approx(1.0, abs=0.01)


def along(proposal: Proposal, one: Signature, other: Signature) -> Comparison:
    """What the pictures say of a proposed map and the lines of its parts."""
    pair, is_turned = _in_order(Video(one), Video(other))
    found = alone(_as_proposed(pair, proposal.inverse() if is_turned else proposal))
    assert found is not None
    return found
