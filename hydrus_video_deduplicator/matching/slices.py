"""Slices: upright pictures that may be cut out of wider ones, such as 9:16 out of 16:9.

A third of a picture's width keeps too few of its frequencies for a hash, so the pictures themselves
are compared, coarsely: every narrow video with every wide one. That is affordable in a library of
some thousand videos.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.matching.geometry import pictures, waves
from hydrus_video_deduplicator.matching.hits import HYPOTHESES, Candidates
from hydrus_video_deduplicator.matching.sketch import VIEWS
from hydrus_video_deduplicator.matching.views import whole_frames
from hydrus_video_deduplicator.matching.ways import Way, rounded, slices_of
from hydrus_video_deduplicator.signature import Signature
from hydrus_video_deduplicator.signature.spectrum import SIDE, blocks, centres

MOST_SLICED = 5_000
"""Signatures of a library in which slices are looked for, at most. Each pair of shapes that fit
takes a fifth of a millisecond."""

UPRIGHT = 1.05
"""Width over height of a slice, at most: a picture is cut to be seen on a telephone, or square."""

NARROWEST, WIDEST = 0.2, 0.7
"""Width over height of the slice, as a share of that of the whole, at least and at most. Hashes
find wider ones; of narrower ones there is too little."""

ACROSS, DOWN = 6, 12
"""Points along each axis of a slice at which it is compared."""

DETAIL_ACROSS, DETAIL_DOWN = 3.2, 10.0
"""Half cycles of a slice around which finer detail fades out: a wide picture keeps as much."""

LOOKS = 8
"""Frames of a narrow video that are looked for in the wide one."""

ALIKE = 0.7
"""Correlation of these frames with the most alike ones of the other video, in the mean, from which
the two are candidates."""

FAINT = 20.0
"""Root of the summed squares of a picture, in levels, of which half counts as noise."""


def find_slices(
    shapes: NDArray[np.float64],
    signature_of: Callable[[int], Signature],
    new: NDArray[np.bool_] | None = None,
) -> Candidates:
    """The pairs of which one may be an upright slice of the other, as high as that.

    shapes: (videos, 2), see `Signature.shapes`. signature_of: the signature of a video by its
        number. new: bool (videos,), of each pair one is new; None: all are.
    """
    library = _Pictures(shapes, signature_of)
    is_new = np.repeat(np.ones(len(shapes), bool) if new is None else new, VIEWS)
    found: list[_Slice] = []
    for wide, shape in enumerate(library.shapes.tolist()):
        shares = library.shapes / shape
        fits = (shares >= NARROWEST) & (shares <= WIDEST) & (library.shapes <= UPRIGHT)
        narrow = np.flatnonzero(fits & (is_new | is_new[wide]))
        if not len(narrow) or not len(whole := library.frames(wide)):
            continue
        alike = np.array([rounded(share) for share in shares[narrow].tolist()])
        for share in np.unique(alike).tolist():
            some = narrow[alike == share]
            looks = np.stack([library.looks(picture) for picture in some.tolist()])
            best, ways = _best_places(whole, share, looks)
            found += [
                _Slice(float(best[place]), wide, int(some[place]), int(ways[place]))
                for place in np.flatnonzero(best >= ALIKE)
            ]
    return _candidates(found)


class _Slice(NamedTuple):
    """How alike a slice of a wide picture is to a narrow one, by their numbers."""

    likeness: float
    wide: int
    narrow: int
    number: int


class _Pictures:
    """Two pictures of each video: number 2n is inside the bars of video n, 2n + 1 its whole frame.

    shapes: (2 * videos,), width over height; NaN for the whole frame of a video without bars.
    """

    def __init__(
        self, shapes: NDArray[np.float64], signature_of: Callable[[int], Signature]
    ) -> None:
        has_bars = shapes[:, 0] != shapes[:, 1]
        self.shapes = np.where([[True, False]], shapes, np.where(has_bars, shapes.T, np.nan).T)
        self.shapes = self.shapes.ravel()
        self._signature_of = signature_of
        self._looks: dict[int, NDArray[np.float32]] = {}

    def frames(self, picture: int) -> NDArray[np.float32]:
        """The frames as blocks of frequencies, (n, SIDE, SIDE); none where there is too little."""
        video, view = divmod(picture, VIEWS)
        signature = self._signature_of(video)
        if signature.too_little is not None:
            return np.empty((0, SIDE, SIDE), np.float32)
        inside = signature.coefficients()
        return blocks(whole_frames(signature, inside) if view else inside)

    def looks(self, picture: int) -> NDArray[np.float32]:
        """Some frames of a narrow picture, as they are and mirrored, (2, LOOKS, points).

        Zeros where there is too little.
        """
        if picture not in self._looks:
            frames = self.frames(picture)
            some = ((np.arange(LOOKS) + 0.5) / LOOKS * len(frames)).astype(np.intp)
            drawn = _drawn(frames[some[: len(frames)]], [0.0], 1.0)
            drawn = np.resize(drawn, (LOOKS, *drawn.shape[1:]))  # of none, zeros
            self._looks[picture] = np.stack([_levelled(drawn), _levelled(drawn[:, :, ::-1])])
        return self._looks[picture]


def _best_places(
    whole: NDArray[np.float32], share: float, looks: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """How alike each of some narrow pictures (n, 2, LOOKS, points) is to a slice of one shape.

    whole: frames (m, SIDE, SIDE) of a wide one. Returns the likeness at the best place, (n,), and
        the number of that slice, see `Way`.
    """
    axes = slices_of(share)
    shown = _levelled(_drawn(whole, [axis.offset for axis in axes], share))
    # One large product takes less time than many small ones.
    likeness = looks.reshape(-1, looks.shape[-1]) @ shown.T
    likest = likeness.reshape(*looks.shape[:3], len(axes), len(whole)).max(axis=4)
    alike = likest.mean(axis=2).swapaxes(1, 2).reshape(len(looks), -1)
    ways = alike.argmax(axis=1)
    return alike[np.arange(len(looks)), ways], ways


def _drawn(
    frames: NDArray[np.float32], lefts: Sequence[float], share: float
) -> NDArray[np.float32]:
    """Slices (lefts * n, DOWN, ACROSS) of frames, as wide as a share of them, one place at a time.

    lefts: where they begin.
    """
    fading = [
        np.exp(-np.square(np.arange(SIDE, dtype=np.float32) / np.float32(limit)))
        for limit in (DETAIL_DOWN, DETAIL_ACROSS / share)
    ]
    across = np.concatenate([left + share * centres(ACROSS) for left in lefts])
    drawn = pictures(frames * np.outer(*fading), waves(across), waves(centres(DOWN)))
    by_place = drawn.reshape(len(frames), DOWN, len(lefts), ACROSS).transpose(2, 0, 1, 3)
    return by_place.reshape(-1, DOWN, ACROSS)


def _levelled(drawn: NDArray[np.float32]) -> NDArray[np.float32]:
    """Pictures (n, height, width) as vectors (n, points) of length 1, shorter if faint."""
    flat = drawn.reshape(len(drawn), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    power = np.einsum("ij,ij->i", flat, flat)
    level: NDArray[np.float32] = flat / np.sqrt(power + np.float32(FAINT**2))[:, None]
    return level


def _candidates(found: list[_Slice]) -> Candidates:
    """The pairs, with their likeliest ways first."""
    ways: dict[tuple[int, int], list[int]] = defaultdict(list)
    for cut in sorted(found, reverse=True):
        (one, view), (other, view_of_other) = divmod(cut.wide, VIEWS), divmod(cut.narrow, VIEWS)
        if one != other:
            views = (view, view_of_other)
            way = Way.of_slice(cut.number, b_asked=one > other, views=views)
            ways[min(one, other), max(one, other)].append(way.number)
    a, b = np.array(list(ways), np.int64).reshape(-1, 2).T
    table = np.full((len(ways), HYPOTHESES), -1, np.int16)
    for row, some in enumerate(ways.values()):
        table[row, : len(some)] = some[:HYPOTHESES]
    return Candidates(a, b, table)
