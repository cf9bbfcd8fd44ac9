"""The verdict on two videos: aligned in time, registered in the picture, then judged."""

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.match import Part
from hydrus_video_deduplicator.matching.alignment import refine
from hydrus_video_deduplicator.matching.chains import Proposal
from hydrus_video_deduplicator.matching.comparison import Comparison, better
from hydrus_video_deduplicator.matching.geometry import WHOLE, Placement
from hydrus_video_deduplicator.matching.hough import (
    best_lines,
    frame_votes,
    further_line,
    is_unusual,
    unusual_lines,
)
from hydrus_video_deduplicator.matching.likeness import Likeness
from hydrus_video_deduplicator.matching.moving import ALIKE_BUT_MOVED, seen_moving
from hydrus_video_deduplicator.matching.pair import LEAST_FRAMES, Pair
from hydrus_video_deduplicator.matching.parts import Shown, find_parts
from hydrus_video_deduplicator.matching.plain import LEAST_FURTHER, further_votes, plain_line
from hydrus_video_deduplicator.matching.timeline import (
    LONGEST_GAP,
    Line,
    moments,
)
from hydrus_video_deduplicator.matching.together import Asking, alone
from hydrus_video_deduplicator.matching.video import Video
from hydrus_video_deduplicator.signature import Signature

LEAST_PROMISE = 0.1
"""Votes for the best line, as a share of all the frames in it, below which two videos are not
looked at more closely. True pairs seldom have less than 0.3."""

LEAST_VOTES = 2.0
"""The same in all, or those of half of the frames where they are few. True pairs have 2.8 and more,
98 in a hundred of them; a fifth of the unrelated ones that promise something have less."""

BEST_FRAMES, BEST_LIKENESS = 8, 0.4
"""Likeness in the mean of so many frames, the likest ones, without which no line is sought. Of 235
true placements that are not plain, one has less; of unrelated ones, three in ten."""

SAME_LENGTH = 0.03
"""Share by which the durations of two videos may differ that are equally long. Of two still
pictures, nothing else in time speaks for them."""

SURE, SURE_OF_SPEED = 0.85, 0.97
"""Score from which no other line or placement of the pair is tried, at the same speed and at
another one: a scene in which little moves is alike at many speeds."""

SURE_OF_ALL, NEARLY_ALL = 0.95, 0.95
"""The same at another speed where one part is nearly all of both, and the share that this is."""

SURE_OF_PLACEMENT = 0.9
"""The same from which no other placement is tried, whatever the speed: at no placement were the two
plainly alike at the same speed."""

SURE_OF_PARTS = 0.95
"""Score from which a proposed map of several parts is taken as it is. Below, the parts are found
anew: a map that is wrong spreads from the pair in which it was found to all that follow."""

AS_GOOD = 0.03
"""Worth that a proposed map at unchanged speed may lack: it is by far the most frequent."""

AS_GOOD_IF_EQUAL = 0.015
"""The same if it was searched for and both are equally long. Of three fades of slow scenes, one
lacks 0.014."""

FOUND, LEAST_OF_THE_VOTES = 0.8, 0.8
"""Score from which a pair is found at any preset. Another placement then needs such a share of the
votes to be tried: few score more at one that has less."""

HOPEFUL = 0.45
"""Score from which a pair that was looked at in runs is tried along other lines. At the true one
the runs of both may seldom meet, and at another show one scene at moments a second apart: that is
alike to 0.6. Unrelated videos seldom score 0.3."""

ROUGHLY_ALIKE, ROUGHLY = 0.1, 0.7
"""Share of the frames on a line that must be so alike to some frame of the other video, as a
correlation of whole registered pictures. Of 1,201 lines that led to something, none had less; of
the others in a large library, half."""

HOPELESS = 0.1
"""Score along a line below which no parts are looked for, unless some frames are really alike."""

REALLY_ALIKE, REALLY = 0.1, 0.8
"""Share of the frames of the shorter video that must be so alike somewhere, a correlation of whole
registered pictures. Of 986 lines that led to something, two had less at a hopeless score; of near
misses, half."""

SAME_LINE = 0.1
"""Seconds up to which two lines lie apart at either end that are refined to the same one."""

PLAINLY_UNUSUAL = 1.3
"""Times as many votes as for a line at a usual speed from which one at an unusual speed is tried
first."""

ALIKE = 0.4
"""Likeness of most frames of one video to some frame of the other, without which none are."""


def compare(
    a: Signature,
    b: Signature,
    placements: Sequence[Placement] = (WHOLE,),
    proposal: Proposal | None = None,
) -> Comparison | None:
    """How alike two videos are if A may hold B in one of the placements; None if not at all.

    proposal: how else they may lie, which is tried first.
    """
    return alone(_compare_alone(Video(a), Video(b), placements, proposal))


def _compare_alone(
    a: Video, b: Video, placements: Sequence[Placement], proposal: Proposal | None
) -> Asking[Comparison | None]:
    found = yield from compare_plainly(a, b, placements)
    return found or (yield from compare_closely(a, b, placements, proposal))


def compare_plainly(
    a: Video, b: Video, placements: Sequence[Placement]
) -> Asking[Comparison | None]:
    """What is found of two videos that are plainly the same; None of others.

    They may be of other pairs that are compared side by side, too.
    """
    if _are_apart(a, b):
        return None
    pair, turned = _in_order(a, b)
    laid = ((each, pair.likeness(each)) for each in _turned(placements, turned))
    found = None if pair.one.is_still else (yield from _plainly(pair, laid))
    return found.inverse() if found and turned else found


def compare_closely(
    a: Video, b: Video, placements: Sequence[Placement], proposal: Proposal | None
) -> Asking[Comparison | None]:
    """What is found of two videos that are not plainly the same; None if that is nothing."""
    if _are_apart(a, b):
        return None
    pair, turned = _in_order(a, b)
    proposal = proposal.inverse() if proposal and turned else proposal
    found = yield from _compare(pair, _turned(placements, turned), proposal)
    return found.inverse() if found and turned else found


def _in_order(a: Video, b: Video) -> tuple[Pair, bool]:
    """The pair, and whether B comes first in it."""
    a, b = a.beside(b), b.beside(a)
    return (Pair(a, b), False) if a.order >= b.order else (Pair(b, a), True)


def _turned(placements: Sequence[Placement], turned: bool) -> list[Placement]:
    return [placement.inverse() if turned else placement for placement in placements]


def _are_apart(a: Video, b: Video) -> bool:
    """Whether nothing can be said of the two."""
    fewest = min(len(each.signature.times) for each in (a, b))
    return fewest < LEAST_FRAMES or _other_is_still(a, b)


def _other_is_still(a: Video, b: Video) -> bool:
    """Whether one is a still picture and the other is not, or lasts longer."""
    if a.is_still and b.is_still:
        return not _are_equally_long(a, b)
    return a.is_still or b.is_still


def _are_equally_long(a: Video, b: Video) -> bool:
    lengths = a.signature.duration, b.signature.duration
    return max(lengths) - min(lengths) <= SAME_LENGTH * max(lengths)


class _Best:
    """The best of what is found of a pair."""

    def __init__(self) -> None:
        self.found: Comparison | None = None
        self.votes = 0.0
        """The most for a line that was tried."""

    def add(self, found: Comparison) -> None:
        """Take it if it is better."""
        self.found = found if self.found is None else better(self.found, found)

    @property
    def is_enough(self) -> bool:
        """Whether no other line or placement is tried."""
        return self.found is not None and _is_enough(self.found)

    def outvotes(self, lines: Sequence[Line]) -> bool:
        """Whether lines at another placement are too unlikely to be tried."""
        votes = max(line.votes for line in lines) if lines else 0.0
        is_found = self.found is not None and self.found.score >= FOUND
        outvoted = is_found and votes < LEAST_OF_THE_VOTES * self.votes
        self.votes = max(self.votes, votes)
        return outvoted


def _compare(
    pair: Pair, placements: Sequence[Placement], proposal: Proposal | None
) -> Asking[Comparison | None]:
    best = _Best()
    if pair.one.is_still:
        for placement in placements:
            yield from _of_stills(pair, placement, best)
            if best.is_enough:
                break
        return best.found
    proposed = (yield from _as_proposed(pair, proposal)) if proposal else None
    if proposed is not None and _is_enough(proposed):
        if len(proposed.parts) > 1 and proposed.score < SURE_OF_PARTS:
            proposed = yield from _with_parts(pair, proposed, Line.of(proposed.longest))
        if _is_enough(proposed):
            return proposed
    for placement in placements:
        yield from _closely(pair, placement, pair.likeness(placement), best)
        if best.is_enough or (best.found is not None and best.found.score >= SURE_OF_PLACEMENT):
            break
    if proposed is not None:
        best.add(proposed)
    return best.found


def _is_enough(found: Comparison) -> bool:
    """Whether no other line or placement is tried beside what is found."""
    if found.longest.is_of_one_speed:
        return found.score >= SURE
    if len(found.parts) > 1 or found.explained < NEARLY_ALL:
        return found.score >= SURE_OF_SPEED
    # At half or twice the speed, two videos are not all of each other by chance.
    return found.score >= (SURE if is_unusual(found.longest.speed) else SURE_OF_ALL)


def _as_proposed(pair: Pair, proposal: Proposal) -> Asking[Comparison | None]:
    """What is found along a proposed map, or a plainer one of the same lines."""
    found = yield from pair.confirmed(proposal.parts, proposal.placement)
    if found is None:
        return None
    for part in found.by_length[:2] if len(found.parts) > 1 else ():
        plainer = yield from pair.confirmed((pair.all_along(Line.of(part)),), found.placement)
        found = found if plainer is None else better(plainer, found)
    if len(found.parts) == 1 and (line := _unchanged(found.longest)) is not None:
        plainer = yield from pair.confirmed((pair.all_along(line),), found.placement)
        if plainer is not None and plainer.worth >= found.worth - AS_GOOD:
            found = plainer
    return found


def _unchanged(part: Part) -> Line | None:
    """The line at unchanged speed through the middle of a part of nearly the same speed."""
    if part.is_of_one_speed or is_unusual(abs(part.speed)):
        return None
    middle, speed = sum(part.a_span) / 2, math.copysign(1.0, part.speed)
    return Line(speed, part.in_b(middle) - speed * middle)


def _plainly(pair: Pair, laid: Iterable[tuple[Placement, Likeness]]) -> Asking[Comparison | None]:
    """The verdict on two videos that are plainly the same; None of others."""
    longer = 0 if pair.a.duration > pair.b.duration else 1
    for placement, likeness in laid:
        line = plain_line(likeness, pair.timelines, a_is_longer=longer == 0)
        if line is None:
            continue
        found = yield from pair.weighed_at_once(line, placement)
        if found is None or found.score < SURE:
            continue
        if not pair.is_all(found):
            (part,) = found.parts
            seen = (part.a_span, part.b_span)[longer]
            if further_votes(likeness, pair.timelines, longer, seen) >= LEAST_FURTHER:
                found = yield from _with_parts(pair, found, line)
        return found
    return None


def _with_parts(pair: Pair, found: Comparison, line: Line) -> Asking[Comparison]:
    """What was found along a line, or the parts that are found from there on."""
    shown = pair.shown(found.placement)
    if parts := find_parts(shown, line):
        found = better(found, (yield from pair.joined(shown, parts, found.placement)))
    return found


def _closely(pair: Pair, placement: Placement, likeness: Likeness, best: _Best) -> Asking[None]:
    """Along the likeliest line of a placement and, if there is hope, along the others."""
    votes = frame_votes(likeness.alike)
    if float(np.sort(votes.max(axis=1))[-BEST_FRAMES:].mean()) < BEST_LIKENESS:
        return
    usual = best_lines(votes, *pair.timelines)
    unusual: list[Line] = []
    if not pair.is_of_panel and _are_alike(votes):
        unusual = unusual_lines(votes, *pair.timelines)
    if best.outvotes([*usual, *unusual]):
        return
    if _votes(unusual) > PLAINLY_UNUSUAL * _votes(usual):
        yield from _along(pair, unusual, votes, placement, best)
        unusual = []
    if not best.is_enough:
        is_sure = yield from _along(pair, usual, votes, placement, best)
        if not is_sure:
            yield from _along(pair, unusual, votes, placement, best)


def _votes(lines: Sequence[Line]) -> float:
    """Those of the first line."""
    return lines[0].votes if lines else 0.0


def _along(
    pair: Pair, lines: list[Line], votes: NDArray[np.float32], placement: Placement, best: _Best
) -> Asking[bool]:
    """Along the first of the lines and, if there is hope, along the others.

    Returns whether what is found is sure, and one part.
    """
    in_runs = any(timeline.in_runs for timeline in pair.timelines)
    is_sure = False
    while lines and not best.is_enough:
        found = yield from _verify(pair, lines, votes, placement)
        if found is None:
            break
        best.add(found)
        is_sure |= found.score >= SURE and len(found.parts) == 1
        middle = sum(found.longest.a_span) / 2
        others = [
            line
            for line in lines
            if abs(line.at(middle) - found.longest.in_b(middle)) > LONGEST_GAP
        ]
        is_hopeful = in_runs and found.score >= HOPEFUL and len(others) < len(lines)
        lines = others if is_hopeful else []
    return is_sure


def _of_stills(pair: Pair, placement: Placement, best: _Best) -> Asking[None]:
    """Of two still pictures: nothing in time is to be found."""
    line = Line(1.0, 0.0, float(len(pair.a.times)))
    in_a, in_b = moments(*pair.timelines, line)
    if len(in_a) >= LEAST_FRAMES:
        exact = yield from pair.registered(in_a, in_b, placement)
        found = yield from pair.weighed(pair.shown(exact), line, exact)
        if found is not None:
            best.add(found)


def _verify(
    pair: Pair, lines: list[Line], votes: NDArray[np.float32], placement: Placement
) -> Asking[Comparison | None]:
    """Register at the first of the lines, align again, and weigh what is then alike.

    None where too few frames lie on it, vote for it, or are then alike.
    """
    in_a, in_b = moments(*pair.timelines, lines[0])
    least = max(LEAST_PROMISE * len(in_a), min(LEAST_VOTES, 0.5 * len(in_a)))
    if len(in_a) < pair.fewest or lines[0].votes < least:
        return None
    exact = yield from pair.registered(*_voting(votes, in_a, in_b), placement)
    shown = pair.shown(exact)
    if shown.share_of(in_a, ROUGHLY) < ROUGHLY_ALIKE:
        return None
    line = refine(shown.products, pair.timelines, lines)
    whole = yield from _weighed_along(pair, shown, line, exact)
    if whole is None:
        return None
    is_sure = whole.score >= (SURE if whole.is_of_one_speed else SURE_OF_SPEED)
    if is_sure and pair.is_all(whole):
        return whole
    if whole.score < HOPELESS and shown.share_alike(REALLY) < REALLY_ALIKE:
        return whole
    starts = [line]
    as_fast = (math.copysign(1.0, line.speed),)
    plainest = None if is_sure else further_line(votes, *pair.timelines, as_fast)
    if plainest is not None and _is_another(plainest, line, whole):
        starts.append(plainest)  # the line may be a compromise between those of several parts
    best = whole
    for start in starts:
        if parts := find_parts(shown, start):
            best = better(best, (yield from pair.joined(shown, parts, exact)))
    if best.score < SURE and best.evidence.appearance >= ALIKE_BUT_MOVED:
        least = FOUND if pair.is_of_panel else 0.0  # a panel shows less than a whole picture
        for start in starts:
            found = yield from seen_moving(pair, start, exact, steadily=best.score >= FOUND)
            best = found if found and found.score > max(least, best.score) else best
    return best


def _weighed_along(
    pair: Pair, shown: Shown, line: Line, exact: Placement
) -> Asking[Comparison | None]:
    """What speaks for the two along a line, or at unchanged speed if both are equally long.

    A fade moves the likeliest line of a slow scene a little: but then neither would be whole.
    """
    found = yield from pair.weighed(shown, line, exact)
    if found is None or not _are_equally_long(pair.one, pair.other):
        return found
    unchanged = _unchanged(found.longest)
    plainer = None if unchanged is None else (yield from pair.weighed(shown, unchanged, exact))
    is_as_good = plainer is not None and plainer.worth >= found.worth - AS_GOOD_IF_EQUAL
    return plainer if is_as_good else found


def _is_another(line: Line, than: Line, found: Comparison) -> bool:
    """Whether a line does not lead to the same as the one along which something was found."""
    ends = found.longest.a_span
    return max(abs(line.at(moment) - than.at(moment)) for moment in ends) > SAME_LINE


def _are_alike(votes: NDArray[np.float32]) -> bool:
    """Whether most frames of one video look like some frame of the other."""
    return any(float(np.median(votes.max(axis=axis))) >= ALIKE for axis in (0, 1))


def _voting(
    votes: NDArray[np.float32], in_a: NDArray[np.intp], in_b: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Those of the frames of A that vote for their places in B, or all."""
    below = in_b.astype(np.intp)
    above = np.minimum(below + 1, votes.shape[1] - 1)
    some = np.flatnonzero(np.maximum(votes[in_a, below], votes[in_a, above]) > 0)
    return (in_a, in_b) if len(some) < LEAST_FRAMES else (in_a[some], in_b[some])
