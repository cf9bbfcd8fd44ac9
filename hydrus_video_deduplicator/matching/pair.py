"""Two videos that are compared: registered, shown, and weighed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.match import Part, Span, length, united
from hydrus_video_deduplicator.matching.comparison import Comparison, joined_up
from hydrus_video_deduplicator.matching.drawing import (
    SHARPEST,
    Framed,
    Pictures,
    common_pictures,
    show,
)
from hydrus_video_deduplicator.matching.evidence import Evidence, Weighing, levelled, tiled, weigh
from hydrus_video_deduplicator.matching.geometry import Placement
from hydrus_video_deduplicator.matching.likeness import Likeness, Outlines
from hydrus_video_deduplicator.matching.parts import Shown, Stretch
from hydrus_video_deduplicator.matching.registration import register
from hydrus_video_deduplicator.matching.seen import seconds_seen, seen_by_both, unseen
from hydrus_video_deduplicator.matching.slides import FEWEST_SLIDES
from hydrus_video_deduplicator.matching.timeline import Line, Timeline, between, common, moments
from hydrus_video_deduplicator.matching.together import Asking, ask
from hydrus_video_deduplicator.matching.video import COARSE, COARSE_POINTS, Video
from hydrus_video_deduplicator.signature import Signature

LEAST_FRAMES = 2
"""Frames of one moment without which nothing is said. A clip of 20 s has no more in common with
the key frames of a long video."""

ALIGNED_FRAMES = 6
"""Frames of one moment, spread over the common part, from which the placement is refined: 1,500
points for four numbers. More take longer in proportion and change no score by more than 0.01."""

FEWEST_AT_ONCE, MOST_AT_ONCE = 8, 32
"""Frames of one moment from which two videos are weighed at once, and how many of them: with all,
the score is another by less than 0.01."""

HARDLY_MOVED = 0.004
"""Share of the picture by which the borders may be off for the pictures to be taken as they lie."""

MOSTLY_SEEN = 0.95
"""Share of the common part that could be decoded of both, below which only the longest stretch of
that is said to be common."""

DOUBTFUL = 0.18
"""Distortion that counts, at most, if a picture is squeezed and also turned or in a panel. It takes
a fifth of the score."""

NOTHING_LEFT = 0.5
"""Seconds of either video that may lie outside the common part, up to which no other part is looked
for."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two videos that are compared."""

    one: Video
    other: Video

    @property
    def a(self) -> Signature:
        """The signature of A."""
        return self.one.signature

    @property
    def b(self) -> Signature:
        """The signature of B."""
        return self.other.signature

    @property
    def is_of_panel(self) -> bool:
        """Whether one is a part of a picture: then they are compared forwards and at usual speeds.

        It shows less, and backwards or at one of all speeds its simple motion is like any other.
        """
        return self.a.is_panel or self.b.is_panel

    @property
    def fewest(self) -> int:
        """Frames of one moment without which nothing is said."""
        of_slides = self.one.of_slides or self.other.of_slides
        return FEWEST_SLIDES if of_slides else LEAST_FRAMES

    @property
    def timelines(self) -> tuple[Timeline, Timeline]:
        """When the frames of both were looked at."""
        return self.one.timeline, self.other.timeline

    def likeness(self, placement: Placement) -> Likeness:
        """How alike the frames of both are where they show the same, before registration."""
        if placement.is_whole:
            return Likeness.of(self.one.outlines(placement), self.other.outlines())
        frames = self.one.frames, self.other.frames
        coarse = common_pictures(*frames, placement, COARSE, COARSE_POINTS)
        return Likeness.of(*map(Outlines, coarse))

    def registered(
        self, in_a: NDArray[np.intp], in_b: NDArray[np.float32], placement: Placement
    ) -> Asking[Placement]:
        """The exact placement, from some of the frames of A at their places in B."""
        some = _spread(len(in_a), ALIGNED_FRAMES)
        frames = self.one.frames[in_a[some]], between(self.other.frames, in_b[some])
        return ask(register, Framed(*frames, placement), frames[0].shape)

    def framed(
        self, in_a: NDArray[np.intp], in_b: NDArray[np.float32], placement: Placement
    ) -> Asking[Pictures]:
        """What both show of some of the frames of A at their places in B."""
        frames = self.one.frames[in_a], between(self.other.frames, in_b)
        return ask(show, Framed(*frames, placement), frames[0].shape)

    def shown(self, placement: Placement) -> Shown:
        """What both show in a placement."""
        pictures = common_pictures(self.one.frames, self.other.frames, placement, SHARPEST)
        a, b = (levelled(tiled(each)) for each in pictures)
        durations = self.a.duration, self.b.duration
        holes = unseen(self.a), unseen(self.b)
        return Shown(a, b, self.timelines, durations, holes, forwards=self.is_of_panel)

    def weighed(self, shown: Shown, line: Line, exact: Placement) -> Asking[Comparison | None]:
        """What speaks for two videos that lie on one line.

        None where too few of their frames are of one moment: those of long videos, which are
        looked at in runs, may not meet at all.
        """
        in_a, in_b = moments(*self.timelines, line)
        if len(in_a) < self.fewest:
            return None
        pictures = shown.a[in_a], between(shown.b, in_b)
        return (yield from self.weighed_pictures(*pictures, line, exact))

    def weighed_at_once(self, line: Line, placement: Placement) -> Asking[Comparison | None]:
        """The same where the line is known: from some frames, which are registered first.

        None where they are too few.
        """
        in_a, in_b = moments(*self.timelines, line)
        if len(in_a) < FEWEST_AT_ONCE:
            return None
        exact = yield from self.registered(in_a, in_b, placement)
        some = _spread(len(in_a), MOST_AT_ONCE)
        in_a, in_b = in_a[some], in_b[some]
        if placement.is_whole and exact.moved_by(placement) <= HARDLY_MOVED:
            one, other = self.one.shown(placement)[in_a], between(self.other.shown(), in_b)
        else:
            one, other = yield from self.framed(in_a, in_b, exact)
        return (yield from self.weighed_pictures(one, other, line, exact))

    def weighed_pictures(
        self,
        one: NDArray[np.float32],
        other: NDArray[np.float32],
        line: Line,
        exact: Placement,
    ) -> Asking[Comparison]:
        """What speaks for two videos, from the levelled pictures along one line."""
        a, b = self.a, self.b
        a_span = common(a.duration, b.duration, line)
        seen = seen_by_both(a, b, line, a_span)
        whole = min(_to_agree(a, b), _to_agree(b, a) / abs(line.speed))
        overlap = length(seen) / max(1e-3, whole)
        evidence = yield from self._evidence(one, other, overlap, exact)
        if length(seen) < MOSTLY_SEEN * (a_span[1] - a_span[0]):
            a_span = max(seen, key=lambda span: span[1] - span[0], default=(0.0, 0.0))
        part = self.part(line, a_span)
        explained = self.explained([part.a_span], [part.b_span])
        return Comparison(evidence.score(), evidence, exact, (part,), explained)

    def joined(
        self, shown: Shown, parts: Sequence[Stretch], exact: Placement
    ) -> Asking[Comparison]:
        """What speaks for two videos that have some parts in common."""
        pictures = [(shown.a[p.frames], between(shown.b, p.places)) for p in parts]
        one, other = (np.concatenate(side) for side in zip(*pictures, strict=True))
        found = joined_up([Part(p.a_span, p.b_span, p.line.speed) for p in parts])
        return (yield from self._weighed_parts(found, (one, other), exact))

    def confirmed(self, parts: tuple[Part, ...], placement: Placement) -> Asking[Comparison | None]:
        """What speaks for two videos that are proposed to have some parts in common.

        The placement is made exact, the parts are taken as they are; of their frames, some are
        looked at. None where they are too few.
        """
        lines = [Line.of(part) for part in parts]
        along = [self._within(part.a_span, line) for part, line in zip(parts, lines, strict=True)]
        in_a, in_b = (np.concatenate(side) for side in zip(*along, strict=True))
        if len(in_a) < FEWEST_AT_ONCE:
            return None
        exact = yield from self.registered(in_a, in_b, placement)
        some = _spread(len(in_a), MOST_AT_ONCE)
        pictures = yield from self.framed(in_a[some], in_b[some], exact)
        return (yield from self._weighed_parts(parts, pictures, exact))

    def _within(self, a_span: Span, line: Line) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """Frames of a span of A with a counterpart in B along a line, and its place in B."""
        in_a, in_b = moments(*self.timelines, line)
        times = self.timelines[0].times[in_a]
        inside = (times >= a_span[0]) & (times < a_span[1])
        return in_a[inside], in_b[inside]

    def _weighed_parts(
        self, parts: tuple[Part, ...], pictures: Pictures, exact: Placement
    ) -> Asking[Comparison]:
        """What speaks for two videos, from levelled pictures of their parts, each on its line."""
        a, b = self.a, self.b
        lines = [Line.of(part) for part in parts]
        seen = [
            (line, span)
            for part, line in zip(parts, lines, strict=True)
            for span in seen_by_both(a, b, line, part.a_span)
        ]
        of_a = length(united(span for _, span in seen)) / max(1e-3, _to_agree(a, b))
        of_b = length(united(line.span(span) for line, span in seen)) / max(1e-3, _to_agree(b, a))
        evidence = yield from self._evidence(*pictures, max(of_a, of_b), exact)
        explained = self.explained([p.a_span for p in parts], [p.b_span for p in parts])
        return Comparison(evidence.score(), evidence, exact, parts, explained)

    def _evidence(
        self, one: NDArray[np.float32], other: NDArray[np.float32], overlap: float, exact: Placement
    ) -> Asking[Evidence]:
        """What levelled pictures of the same moments say."""
        distortion = _distortion(self.a, self.b, exact)
        return ask(weigh, Weighing(one, other, overlap, exact, distortion), one.shape)

    def explained(self, in_a: list[Span], in_b: list[Span]) -> float:
        """Share of both videos that some spans of each cover."""
        seconds = length(united(in_a)) + length(united(in_b))
        return seconds / max(1e-3, self.a.duration + self.b.duration)

    def part(self, line: Line, a_span: tuple[float, float]) -> Part:
        """The part along a line."""
        start, end = line.span(a_span)
        return Part(a_span, (max(0.0, start), min(self.b.duration, end)), line.speed)

    def all_along(self, line: Line) -> Part:
        """The part along a line, as long as both videos go on."""
        return self.part(line, common(self.a.duration, self.b.duration, line))

    def is_all(self, found: Comparison) -> bool:
        """Whether hardly anything of either is left to be explained."""
        spans = (found.parts[0].a_span, self.a.duration), (found.parts[0].b_span, self.b.duration)
        left = max(whole - (span[1] - span[0]) for span, whole in spans)
        return left <= NOTHING_LEFT


def _distortion(a: Signature, b: Signature, placement: Placement) -> float:
    """How much more one axis is scaled than the other: as shares of the pictures or in pixels.

    Nobody scales the axes by different factors but to fill another frame: then they are of one
    scale as shares, of the active pictures or of the whole frames. Whatever else is cut out of a
    picture is of one scale in pixels. Few pictures are squeezed and also turned or in a panel, and
    with so much freedom, unrelated ones look alike: up to DOUBTFUL is held against them.
    """
    shares = np.log(placement.x.scale / placement.y.scale)
    turned = -1 if placement.orientation.transposed else 1
    pixels = shares + turned * np.log(a.aspect) - np.log(b.aspect)
    frames = shares + turned * np.log(_active_shape(a)) - np.log(_active_shape(b))
    least = min(abs(shares), abs(pixels), abs(frames))
    if placement.orientation.transposed or a.is_panel or b.is_panel:
        least = max(least, min(abs(pixels), DOUBTFUL))
    return float(least)


def _active_shape(signature: Signature) -> float:
    """Width over height of the active picture, both as shares of the frame."""
    left, top, right, bottom = signature.active
    return (right - left) / (bottom - top)


def _to_agree(video: Signature, other: Signature) -> float:
    """Seconds of a video that should lie in the other: of a broken copy, those that could be read.

    Of two broken ones, nobody knows whether they are copies where neither could be read.
    """
    return video.duration if other.unread else seconds_seen(video)


def _spread(count: int, most: int) -> NDArray[np.intp]:
    """Up to `most` places, evenly among `count`."""
    wanted = min(most, count)
    return ((np.arange(wanted) + 0.5) / wanted * count).astype(np.intp)
