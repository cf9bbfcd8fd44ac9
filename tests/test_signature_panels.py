"""Pictures within a picture: where they lie, and what is none."""

from collections.abc import Callable

import edits
import numpy as np
import pytest

from hydrus_video_deduplicator.signature import Signature, packed_shapes, sign_panels
from hydrus_video_deduplicator.signature.panels import MOST_PANELS, panels
from hydrus_video_deduplicator.signature.picture import Box


def boxes(film: edits.Film) -> list[Box]:
    return panels(np.stack([frame.image for frame in edits.in_grey(film)]))


def signed(film: edits.Film) -> list[Signature]:
    return sign_panels(edits.in_grey(film), edits.signed(film))


def small_on_another(left: int, top: int) -> edits.Film:
    return edits.inset(edits.film(1), edits.film(2), left, top)


@pytest.mark.parametrize(
    ("film", "expected"),
    [
        pytest.param(
            lambda: edits.beside(edits.film(1), edits.film(2)),
            [(0, 0, 0.5, 1), (0.5, 0, 1, 1)],
            id="beside each other",
        ),
        pytest.param(
            lambda: edits.above(edits.film(1), edits.film(2)),
            [(0, 0, 1, 0.5), (0, 0.5, 1, 1)],
            id="above each other",
        ),
        pytest.param(
            lambda: edits.beside(edits.film(1), edits.still(edits.film(2))),
            [(0, 0, 0.5, 1), (0.5, 0, 1, 1)],
            id="beside a still picture",
        ),
        pytest.param(
            lambda: small_on_another(32, 24), [(0.2, 0.2, 0.8, 0.8)], id="small in the middle"
        ),
        pytest.param(
            lambda: small_on_another(60, 44), [(0.375, 0.367, 0.975, 0.967)], id="in a corner"
        ),
    ],
)
def test_pictures_within_a_picture_are_found_where_they_lie(
    film: Callable[[], edits.Film], expected: list[tuple[float, float, float, float]]
) -> None:
    found = boxes(film())
    assert len(found) <= MOST_PANELS
    for box in expected:
        assert any(other == pytest.approx(box, abs=0.02) for other in found)


@pytest.mark.parametrize(
    "film",
    [
        pytest.param(edits.film(1), id="a film"),
        pytest.param(edits.joined(edits.film(1), edits.film(2)), id="two films in a row"),
        pytest.param(edits.bordered(edits.film(1), 20, 0), id="with bars"),
        pytest.param(edits.zoomed(edits.film(1), 1.5), id="a zoom"),
        pytest.param(edits.noise(1), id="snow"),
        pytest.param(edits.plain(90), id="one colour"),
        pytest.param(edits.still(edits.film(1)), id="a still picture"),
        pytest.param([], id="nothing"),
    ],
)
def test_one_picture_has_none_within(film: edits.Film) -> None:
    assert signed(film) == []


def test_each_has_a_signature_that_says_where_it_lies() -> None:
    for signature in signed(edits.beside(edits.film(1), edits.film(2))):
        assert signature.is_panel
        assert signature.aspect == pytest.approx(160 / 120, abs=0.05)
        assert Signature.from_bytes(signature.to_bytes()) == signature
        assert Signature.from_bytes(signature.to_bytes()).frame == signature.frame
        assert signature.place.right - signature.place.left == pytest.approx(0.5, abs=0.02)


def test_a_panel_has_no_shape_so_it_is_held_against_no_wide_video() -> None:
    for panel in signed(edits.beside(edits.film(1), edits.film(2))):
        assert np.isnan(panel.shapes).all()
        assert np.isnan(packed_shapes(panel.to_bytes())).all()


def test_a_plain_area_beside_a_film_has_none() -> None:
    (panel,) = signed(edits.beside(edits.film(1), edits.fade(200)))
    assert panel.frame.left < 0.1
