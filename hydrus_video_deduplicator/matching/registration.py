"""Registration: the exact place of one picture within the other (Lucas and Kanade 1981)."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.matching.drawing import Drawing, Framed, across
from hydrus_video_deduplicator.matching.geometry import Axis, Placement

POINTS = 16
"""Points along each axis at which the pictures are compared."""

SHARPNESS = (4.0, 6.0, 9.0)
"""Frequencies up to which the pictures are compared, round by round: coarse ones first, because a
shift is found from at most half a wave away."""

STEPS = 2
"""Steps in each round."""

LARGEST_STEP = 0.06
"""Share of the picture by which one step may move a border."""

NARROW = 0.6
"""Share of either picture that both show, up to which the axes keep the ratio of their scales: so
little says too little of both."""

ALIKE = 0.85
"""Correlation of the pictures, 0 to 1, from which coarse rounds are left out: they lie nearly
right."""

SMALLEST_STEP = 0.008
"""Share of the picture below which a step ends its round: what the next one would add is a tenth of
it."""

SMALLEST_SCALE = 0.2
"""Scale of an axis at which the search has gone astray."""

SMALLEST_SHARE, SMALLEST_OF_FIRST = 0.5, 0.9
"""Share of either axis that both pictures must show, and the same as a share of what they show in
the placement from which the search starts. A slice that shrinks more has gone astray: a crop of
waves then fitted a room that becomes dark (0.80)."""

ROBUST = 1.5
"""Deviations (as a multiple of the median) from which a point counts less: logos, texts."""


def register(wanted: Sequence[Framed]) -> list[Placement]:
    """The exact placements, near those given, of frames of A and B; all of as many frames."""
    # Rows first, frames second: so each step is a few products of large matrices.
    a = np.stack([each.placement.lay(each.a) for each in wanted]).swapaxes(1, 2)
    b = np.stack([each.b for each in wanted]).swapaxes(1, 2)
    a, b = np.ascontiguousarray(a), np.ascontiguousarray(b)
    searches = [_search(each.placement) for each in wanted]
    tried = {number: next(search) for number, search in enumerate(searches)}
    found: dict[int, Placement] = {}
    while tried:
        some = list(tried)
        all_of_them = len(some) == len(wanted)
        frames = (a, b) if all_of_them else (a[some], b[some])
        for number, step in zip(some, _steps(*frames, list(tried.values())), strict=True):
            try:
                tried[number] = searches[number].send(step)
            except StopIteration as end:
                found[number] = end.value
                del tried[number]
    return [found[number] for number in range(len(wanted))]


@dataclass(frozen=True, slots=True)
class _Try:
    """Where the pictures are held against each other next.

    limit: half cycles a picture up to which.
    free: (k, 4), directions in which a step may go; None if in all.
    """

    x: Axis
    y: Axis
    limit: float
    free: NDArray[np.float64] | None

    def moved(self, step: "_Step", least: float) -> tuple[Axis, Axis] | None:
        """The axes after a step, or None if it leads nowhere."""
        if step.move is None:
            return None
        offset_x, scale_x, offset_y, scale_y = step.move
        x = Axis(self.x.scale + scale_x, self.x.offset + offset_x)
        y = Axis(self.y.scale + scale_y, self.y.offset + offset_y)
        if min(x.scale, y.scale) <= SMALLEST_SCALE or min(*x.shares(), *y.shares()) < least:
            return None
        return x, y


@dataclass(frozen=True, slots=True)
class _Step:
    """One Gauss-Newton step: by how much offset and scale of x and of y should grow.

    move: None if nothing says where. likeness: correlation of the pictures before it.
    """

    move: Sequence[float] | None
    likeness: float

    @property
    def is_small(self) -> bool:
        """Whether no further one at this sharpness is worth while."""
        return self.move is not None and max(map(abs, self.move)) < SMALLEST_STEP


def _search(placement: Placement) -> Generator[_Try, _Step, Placement]:
    """The steps from a placement to the exact one: yields where it tries, is sent the step."""
    x, y = placement.x, placement.y
    shares = (x.shares(), y.shares())
    free = None if min(placement.areas()) > NARROW else _of_one_scale(x, y)
    least = min(SMALLEST_SHARE, SMALLEST_OF_FIRST * min(*shares[0], *shares[1]))
    rounds: Sequence[float] = SHARPNESS
    tried = _Try(x, y, SHARPNESS[-1], free)
    first = yield tried
    if first.likeness >= ALIKE:
        if (moved := tried.moved(first, least)) is None:
            return placement
        x, y = moved
        rounds = () if first.is_small else SHARPNESS[-1:]
    for limit in rounds:
        for _ in range(STEPS):
            tried = _Try(x, y, limit, free)
            step = yield tried
            if (moved := tried.moved(step, least)) is None:
                return replace(placement, x=x, y=y)
            x, y = moved
            if step.is_small:
                break
    return replace(placement, x=x, y=y)


def _of_one_scale(x: Axis, y: Axis) -> NDArray[np.float64]:
    """The directions in which both axes keep the ratio of their scales, (3, 4)."""
    larger = max(x.scale, y.scale)
    together = [0, x.scale / larger, 0, y.scale / larger]
    return np.array([[1, 0, 0, 0], [0, 0, 1, 0], together])


def _steps(a: NDArray[np.float32], b: NDArray[np.float32], tried: Sequence[_Try]) -> list[_Step]:
    """The steps of pairs (p), from frequencies (p, SIDE, n, SIDE) of both."""
    drawing = Drawing.of([(t.x, t.y) for t in tried], [t.limit for t in tried], POINTS)
    pairs, _, count, _ = a.shape
    # (p, y, n, x) each
    shape = pairs, POINTS, count, POINTS
    rows = across(a, drawing.a[:, 0])
    seen = np.matmul(drawing.a[:, 1], rows).reshape(shape)
    slope_y = np.matmul(drawing.slopes[:, 1], rows).reshape(shape)
    slope_x = np.matmul(drawing.a[:, 1], across(a, drawing.slopes[:, 0])).reshape(shape)
    wanted = np.matmul(drawing.b[:, 1], across(b, drawing.b[:, 0])).reshape(shape)
    power = np.einsum("pinj,pinj->pn", seen, seen)
    product = np.einsum("pinj,pinj->pn", seen, wanted)
    both = power.sum(axis=1) * np.einsum("pinj,pinj->p", wanted, wanted)
    likeness = product.sum(axis=1) / np.sqrt(np.maximum(both, np.float32(1e-12)))
    gain = product / np.maximum(power, np.float32(1e-6))
    gain = np.minimum(np.maximum(gain, np.float32(0.2)), np.float32(5))[:, None, :, None]
    slopes = np.empty((pairs, 4, *shape[1:]), np.float32)
    np.multiply(slope_x, gain, out=slopes[:, 0])
    np.multiply(slopes[:, 0], drawing.on_b[:, 0, None, None, :], out=slopes[:, 1])
    np.multiply(slope_y, gain, out=slopes[:, 2])
    np.multiply(slopes[:, 2], drawing.on_b[:, 1, :, None, None], out=slopes[:, 3])
    seen *= gain
    wanted -= seen
    moves = _moves(*_equations(slopes.reshape(pairs, 4, -1), wanted.reshape(pairs, -1)), tried)
    return [_Step(*each) for each in zip(moves, likeness.tolist(), strict=True)]


def _equations(
    slopes: NDArray[np.float32], error: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The normal equations, (p, 4, 4) and (p, 4), of slopes (p, 4, points), error (p, points)."""
    size = np.abs(error)
    half = size.shape[1] // 2
    median = np.partition(size, half, axis=1)[:, half]  # or the value next above it
    size /= np.maximum(np.float32(ROBUST) * median, np.float32(1e-6))[:, None]
    weighted = slopes / np.maximum(size, np.float32(1))[:, None]
    normal = np.matmul(weighted, slopes.swapaxes(1, 2)).astype(np.float64)
    wish = np.matmul(weighted, error[..., None])[..., 0].astype(np.float64)
    return normal, wish


def _moves(
    normal: NDArray[np.float64], wish: NDArray[np.float64], tried: Sequence[_Try]
) -> list[list[float] | None]:
    """The steps that take most of the errors away; None where nothing says where."""
    damped = normal * _DAMPED
    for row, each in enumerate(tried):
        if each.free is not None:
            damped[row], wish[row] = _confined(normal[row], wish[row], each.free)
    try:
        moves = np.linalg.solve(damped, wish[..., None])[..., 0]
    except np.linalg.LinAlgError:
        if len(tried) == 1:
            return [None]
        each_alone = (slice(row, row + 1) for row in range(len(tried)))
        return [move for i in each_alone for move in _moves(normal[i], wish[i], tried[i])]
    known = np.isfinite(moves).all(axis=1).tolist()
    moves = np.minimum(np.maximum(moves, -LARGEST_STEP), LARGEST_STEP)
    for row, each in enumerate(tried):
        if each.free is not None:
            moves[row] = each.free.T @ moves[row, : len(each.free)]
    return [
        move if is_known else None for move, is_known in zip(moves.tolist(), known, strict=True)
    ]


def _confined(
    normal: NDArray[np.float64], wish: NDArray[np.float64], free: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The equations, (4, 4) and (4,), of steps in some directions only; the rest of them is 0."""
    count = len(free)
    confined, rest = np.eye(4), np.zeros(4)
    confined[:count, :count] = free @ normal @ free.T * _DAMPED[:count, :count]
    rest[:count] = free @ wish
    return confined, rest


_DAMPED = 1 + 0.01 * np.eye(4)
