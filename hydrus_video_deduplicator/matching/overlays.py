"""Where the picture of one video lies on that of another: the whole frames, with their bars."""

from hydrus_video_deduplicator.match import Overlay
from hydrus_video_deduplicator.matching.geometry import Axis, Orientation, Placement
from hydrus_video_deduplicator.signature import Signature
from hydrus_video_deduplicator.signature.picture import Box

Point = tuple[float, float]


def overlay_of(a: Signature, b: Signature, found: Placement) -> Overlay:
    """Where B's whole picture lies on A's, if their active parts are placed so."""
    boxes, corners = (a.place, b.place), ((0, 0), (1, 0), (0, 1))
    (x, y), right, down = (_in_frame_of_a(*boxes, found, at) for at in corners)
    return Overlay(right[0] - x, down[0] - x, right[1] - y, down[1] - y, x, y)


def placement_of(a: Signature, b: Signature, overlay: Overlay, *, inverted: bool) -> Placement:
    """How the active parts are placed if B's whole picture lies so on A's: undoes `overlay_of`.

    inverted: whether B shows the negative.
    """
    box = b.place
    ends = [
        _in_active(a.place, overlay.at(*at))
        for at in ((box.left, box.top), (box.right, box.bottom))
    ]
    transposed = abs(overlay.xy) > abs(overlay.xx)
    x, y = zip(*(end[::-1] if transposed else end for end in ends), strict=True)
    (along_x, flipped_x), (along_y, flipped_y) = _axis(*x), _axis(*y)
    return Placement(Orientation(transposed, flipped_x, flipped_y), along_x, along_y, inverted)


def _axis(start: float, end: float) -> tuple[Axis, bool]:
    """Where B's axis lies on A's, from its ends there, and whether A's is flipped."""
    if end < start:
        return Axis(start - end, 1 - start), True
    return Axis(end - start, start), False


def _in_active(box: Box, point: Point) -> Point:
    return (
        (point[0] - box.left) / (box.right - box.left),
        (point[1] - box.top) / (box.bottom - box.top),
    )


def _in_frame_of_a(box_a: Box, box_b: Box, found: Placement, point: Point) -> Point:
    """Where a point of B's whole picture lies on A's; shares of width and height.

    box_a, box_b: the active pictures within the whole ones.
    """
    laid = found.orientation
    in_b = _in_active(box_b, point)
    x, y = (
        axis.offset + axis.scale * at for axis, at in zip((found.x, found.y), in_b, strict=True)
    )
    x, y = 1 - x if laid.flipped_x else x, 1 - y if laid.flipped_y else y
    if laid.transposed:
        x, y = y, x
    return (
        box_a.left + x * (box_a.right - box_a.left),
        box_a.top + y * (box_a.bottom - box_a.top),
    )
