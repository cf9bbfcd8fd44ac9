"""Upright pictures that are cut out of wider ones."""

from collections.abc import Mapping
from functools import cache

import edits
import numpy as np
import pytest

from hydrus_video_deduplicator.match import Edit
from hydrus_video_deduplicator.matching import find_matches, find_slices, named
from hydrus_video_deduplicator.matching.drawing import Framed
from hydrus_video_deduplicator.matching.evidence import Weighing, tiled, weigh
from hydrus_video_deduplicator.matching.geometry import Axis, Placement
from hydrus_video_deduplicator.matching.registration import register
from hydrus_video_deduplicator.signature import Signature
from hydrus_video_deduplicator.signature.spectrum import blocks

NAN = float("nan")


@cache
def film(seed: int) -> edits.Film:
    return edits.film(seed)


def upright(frames: edits.Film, left: float) -> edits.Film:
    """Four tenths of the width, from `left` on."""
    return edits.cropped(frames, left, 0, 0.6 - left, 0)


def slices(
    signatures: Mapping[str, Signature], new: list[bool] | None = None
) -> set[frozenset[str]]:
    keys = sorted(signatures)
    found = find_slices(
        np.array([signatures[key].shapes for key in keys]),
        lambda number: signatures[keys[number]],
        None if new is None else np.array(new),
    )
    return {frozenset((a, b)) for a, b, _ in named(found, keys)}


@pytest.mark.parametrize("left", [0.0, 0.12, 0.3, 0.47, 0.6])
@pytest.mark.parametrize("is_mirrored", [False, True])
def test_a_slice_of_a_film_is_found_and_posted(left: float, is_mirrored: bool) -> None:
    cut = upright(film(1), left)
    cut = edits.mirrored(cut) if is_mirrored else cut
    (match,) = find_matches({"a": edits.signed(film(1)), "b": edits.signed(cut)}, threshold=0.65)
    assert match.edits == {Edit.CROPPED} | ({Edit.MIRRORED} if is_mirrored else set())
    assert match.overlay is not None
    assert abs(match.overlay.xx) == pytest.approx(0.4, abs=0.05)


@pytest.mark.parametrize("left", [0.0, 0.15, 0.35, 0.5, 0.79])
def test_a_fifth_of_a_very_wide_film_is_found_and_posted(left: float) -> None:
    wide = edits.cropped(film(3), 0, 0.25, 0, 0.25)
    cut = edits.cropped(wide, left, 0, 0.79 - left, 0)
    (match,) = find_matches({"a": edits.signed(wide), "b": edits.signed(cut)}, threshold=0.65)
    assert match.overlay is not None
    assert match.overlay.xx == pytest.approx(0.21, abs=0.03)
    assert match.overlay.x == pytest.approx(left, abs=0.03)


def test_a_slice_keeps_its_shape_while_its_place_is_sought() -> None:
    wide, narrow = (edits.signed(each) for each in (film(1), upright(film(1), 0.3)))
    start = Placement(x=Axis(0.3, 0.35), y=Axis(0.75, 0.125))
    frames = (blocks(each.coefficients()[8:14]) for each in (wide, narrow))
    (found,) = register([Framed(*frames, start)])
    assert found.y.scale > 0.9
    assert found.x.scale / found.y.scale == pytest.approx(0.4, abs=1e-4)


def test_a_picture_that_lies_within_the_other_is_judged_less_strictly_than_an_overlap() -> None:
    frames = tiled(np.random.default_rng(1).normal(0, 20, (20, 16, 16)).astype(np.float32))
    noisy = frames + np.random.default_rng(2).normal(0, 17, frames.shape).astype(np.float32)
    within = Placement(x=Axis(0.3, 0.35))
    overlap = Placement(x=Axis(1.0, 0.7))  # the right 0.3 of A is the left 0.3 of B
    of_within, of_overlap = weigh(
        [Weighing(frames, noisy, placement=placement) for placement in (within, overlap)]
    )
    assert of_within.score() > 0.65
    assert of_overlap.score() < 0.65


def test_a_slice_of_another_film_is_no_candidate() -> None:
    signed = {"a": edits.signed(film(1)), "b": edits.signed(upright(film(2), 0.3))}
    assert slices(signed) == set()


def test_the_wide_one_may_come_second() -> None:
    signed = {"a": edits.signed(upright(film(1), 0.2)), "b": edits.signed(film(1))}
    assert slices(signed) == {frozenset("ab")}


def test_a_slice_within_bars_is_found() -> None:
    cut = edits.bordered(upright(film(1), 0.3), 8, 8)
    assert slices({"a": edits.signed(film(1)), "b": edits.signed(cut)}) == {frozenset("ab")}


def test_of_each_pair_one_is_new() -> None:
    signed = {
        "a": edits.signed(film(1)),
        "b": edits.signed(upright(film(1), 0.1)),
        "c": edits.signed(upright(film(1), 0.5)),
    }
    assert slices(signed, [True, False, False]) == {frozenset("ab"), frozenset("ac")}
    assert slices(signed, [False, False, True]) == {frozenset("ac")}
    assert slices(signed, [False, False, False]) == set()


def test_shapes_of_which_nothing_is_known_are_left_out() -> None:
    signed = [edits.signed(film(1)), edits.signed(upright(film(1), 0.3))]
    shapes = np.array([signed[0].shapes, (NAN, NAN)])
    assert len(find_slices(shapes, signed.__getitem__)) == 0


def test_what_shows_too_little_is_no_slice() -> None:
    narrow = upright(edits.plain(90), 0.3)
    assert slices({"a": edits.signed(film(1)), "b": edits.signed(narrow)}) == set()
    assert slices({"a": edits.signed(edits.plain(90)), "b": edits.signed(narrow)}) == set()


def test_of_no_videos_there_are_none() -> None:
    assert len(find_slices(np.empty((0, 2)), lambda number: edits.signed(film(1)))) == 0
