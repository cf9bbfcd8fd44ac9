"""The lines along which two videos are likeliest alike: a Hough transform over speed and offset."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.matching.timeline import LONGEST_GAP, Line, Timeline

SPEED_STEP = 0.04
"""Share by which the speeds tried at first follow each other. The truth drifts from the nearest one
by at most 1% of a clip at either end."""

SPEEDS = (1 + SPEED_STEP) ** np.arange(-6.0, 7.0)
"""Speeds tried at first, 1 in the middle."""

LARGEST_DRIFT = 0.5
"""Seconds at either end by which a line may miss the truth and still be refined to it. Of longer
videos, the likeliest coarse speeds are followed to finer ones."""

UNUSUAL_SPEEDS = np.append(-1.0, (1 + SPEED_STEP) ** np.array([*range(-18, -6), *range(7, 19)]))
"""Speeds tried where no other fits: backwards, and from half to twice the speed."""

SPEEDS_FOLLOWED = 3
"""Coarse lines that are followed: two of them may lie beside the true one."""

LEAST_VOTE = 0.2
"""Likeness of two frames (0 to 1) below which they do not vote."""

VOTES_A_FRAME = 6
"""Frames of the other video that one frame votes for, at most."""

PEAKS_OF_RUNS = 4
"""Offsets tried for videos that were looked at in runs: at the right one, few runs may meet, and
many of one scene meet a second beside it. Each takes a third of a millisecond."""


def is_unusual(speed: float) -> bool:
    """Whether a speed is none of the usual ones: slower, faster, or backwards."""
    return not SPEEDS[0] / (1 + SPEED_STEP) < speed < SPEEDS[-1] * (1 + SPEED_STEP)


def frame_votes(alike: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much each frame of A speaks for lying at each frame of B, from their likeness, (n, m)."""
    least: NDArray[np.float32] = np.full(1, LEAST_VOTE**2, np.float32)
    if alike.shape[1] > VOTES_A_FRAME:
        ranked = np.partition(alike, -VOTES_A_FRAME, axis=1)
        least = np.maximum(least, ranked[:, -VOTES_A_FRAME, None])
    votes: NDArray[np.float32] = alike * (alike >= least)
    return votes


def best_lines(votes: NDArray[np.float32], a: Timeline, b: Timeline) -> list[Line]:
    """The lines most votes (n, m) lie on, at unchanged and at another speed, the best first.

    A Hough transform over speed and offset. If one of the videos was looked at in runs, a line may
    have few votes and be the right one: there are several at unchanged speed then.
    """
    if not votes.any():
        return []
    alike, width = _Votes.cast(votes, a, b)
    peaks = PEAKS_OF_RUNS if a.in_runs or b.in_runs else 1
    lines = alike.lines(_SAME, width, peaks) + alike.at_speeds(_OTHER_SPEEDS, width)
    return sorted(lines, key=lambda line: -line.votes)


def unusual_lines(votes: NDArray[np.float32], a: Timeline, b: Timeline) -> list[Line]:
    """The lines most votes (n, m) lie on at unusual speeds, the best first."""
    alike, width = _Votes.cast(votes, a, b)
    lines = alike.at_speeds(UNUSUAL_SPEEDS, width, peaks=2)
    return sorted(lines, key=lambda line: -line.votes)


def further_line(
    votes: NDArray[np.float32], a: Timeline, b: Timeline, speeds: Sequence[float]
) -> Line | None:
    """The line most votes (n, m) lie on at one of the speeds; None without votes."""
    if not votes.any():
        return None
    alike, width = _Votes.cast(votes, a, b)
    return next(iter(alike.lines(np.array(speeds), width)), None)


@dataclass(frozen=True, slots=True)
class _Votes:
    """Moments of A and of B, in seconds, that are alike, and how much each counts; (n,) each."""

    a: NDArray[np.float64]
    b: NDArray[np.float64]
    weight: NDArray[np.float32]

    @classmethod
    def cast(cls, votes: NDArray[np.float32], a: Timeline, b: Timeline) -> tuple["_Votes", float]:
        """The votes (n, m) of frames, and the width of a bin of offsets in seconds."""
        cast = np.flatnonzero(votes)
        i, j = np.divmod(cast, len(b))
        at_a, at_b = a.times[i].astype(np.float64), b.times[j].astype(np.float64)
        width = 0.5 * min(LONGEST_GAP, max(a.interval, b.interval))
        return cls(at_a, at_b, votes.ravel()[cast]), width

    def lines(self, speeds: NDArray[np.float64], width: float, peaks: int = 1) -> list[Line]:
        """Speeds and offsets most votes agree on, each shared by the two bins it lies between."""
        place = self.b - speeds[:, None] * self.a
        place /= width
        low = np.floor(place.min())
        place -= low
        left = place.astype(np.intp)
        bins = int(left.max()) + 3
        later = self.weight * (place - left)
        left += np.arange(len(speeds))[:, None] * bins
        flat, most = left.ravel(), len(speeds) * bins
        votes = np.bincount(flat, (self.weight - later).ravel(), most)
        votes += np.bincount(flat + 1, later.ravel(), most)
        lines = []
        for _ in range(peaks):
            peak = int(votes.argmax())
            if votes[peak] <= 0:
                break
            speed, offset = divmod(peak, bins)
            found = float(speeds[speed]), float((offset + low) * width), float(votes[peak])
            lines.append(Line(*found))
            around = int(LONGEST_GAP / width)
            votes[max(0, peak - around) : peak + around + 1] = 0
        return lines

    def at_speeds(self, speeds: NDArray[np.float64], width: float, peaks: int = 1) -> list[Line]:
        """The likeliest lines at some speeds that follow each other closely.

        A coarse speed drifts far in a long video. There, bins are as wide as that at first; then
        the likeliest ones are halved, and the steps of the speed with them.
        """
        middle = (self.a.max() + self.a.min()) / 2
        drift = float(self.a.max() - middle) * SPEED_STEP / 2
        if drift <= LARGEST_DRIFT:
            return self.lines(speeds, width, peaks)
        halvings = math.ceil(math.log2(drift / width))
        turned = replace(self, a=self.a - middle)
        coarse = turned.lines(speeds, width * 2**halvings, SPEEDS_FOLLOWED)
        fine = [turned.followed(line, width, halvings) for line in coarse]
        return [replace(line, offset=line.offset - line.speed * middle) for line in fine]

    def followed(self, line: Line, width: float, halvings: int) -> Line:
        """The likeliest line near a coarse one, after so many halvings of its bin and its speed."""
        votes, step = self, SPEED_STEP
        for level in reversed(range(halvings)):
            votes, step = votes.near(line, 4 * width * 2**level), step / 2
            line, *_ = votes.lines(line.speed * (1 + step * _BESIDE), width * 2**level)
        return line

    def near(self, line: Line, reach: float) -> "_Votes":
        """Those that lie no farther than so many seconds from a line."""
        some = np.abs(self.b - line.speed * self.a - line.offset) <= reach
        return _Votes(self.a[some], self.b[some], self.weight[some])


_SAME, _OTHER_SPEEDS = np.ones(1), SPEEDS[SPEEDS != 1]
_BESIDE = np.arange(-1.0, 2.0)
