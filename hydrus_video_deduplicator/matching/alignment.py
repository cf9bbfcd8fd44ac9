"""Time alignment: the line t_b = speed * t_a + offset along which two videos agree best."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.matching.likeness import (
    Products,
    blended,
    centred,
    following,
    without_mean,
)
from hydrus_video_deduplicator.matching.timeline import LONGEST_GAP, Line, Timeline, moments

UNCHANGED_SPEED_BONUS = 1.12
"""Factor on the likeness at unchanged speed, by far the most frequent."""

LEAST_FOR_SPEED = 5
"""Frames with a counterpart without which no other speed is tried: two key frames of a long video
lie on a line at any speed."""

PROMISING = 0.8
"""Share of the best agreement so far below which, after its first round, a line is given up: two
more rounds have added a fifth to it at most."""

ROUNDS = ((1.0, 0.01), (0.4, 0.004), (0.15, 0.0015))
"""Steps of the refinement, round by round: offset in intervals between frames, and speed."""

FINER = 0.4
"""Factor on the step of the speed in each further round of a long video."""

FINEST_DRIFT = 0.1
"""Seconds at either end by which a step of the speed must drift for a finer round: less than from
one frame to the next."""


def refine(
    products: Products,
    timelines: tuple[Timeline, Timeline],
    lines: Iterable[Line],
    *,
    may_turn: bool = True,
) -> Line:
    """The line near one of `lines` along which the motion of A and B agrees best.

    may_turn: whether the speed is refined too. Frames of B between two moments are blended, so the
    line is found finer than the frames lie.
    """
    best, most = Line(1.0, 0.0), -np.inf
    paired = [(line, *moments(*timelines, line)) for line in lines]
    longest = max((len(in_a) for _, in_a, _ in paired), default=0)
    fullest = max((len(in_a) / _most(*timelines, line) for line, in_a, _ in paired), default=0)
    for line, in_a, places in paired:
        if not len(in_a) or (longest < LEAST_FOR_SPEED and line.speed != 1):
            continue
        motion = _Motion.along(products, timelines, in_a, places)
        found, agreement = motion.refined(
            line, fullest * _most(*timelines, line), PROMISING * most, may_turn=may_turn
        )
        if agreement > most:
            best, most = found, agreement
        if most >= 1:
            break  # no agreement at another speed can be more
    return best


def _most(a: Timeline, b: Timeline, line: Line) -> float:
    """Frames of A that can have a counterpart at the speed of a line: as many as the shorter has.

    Were they but counted, a short B would cover the more of A the slower it is taken to be.
    """
    length_b = float(b.times[-1] - b.times[0]) + b.interval
    return min(float(len(a)), length_b / abs(line.speed) / a.sparseness)


@dataclass(frozen=True, slots=True)
class _Motion:
    """Products of what is left of the frames of A and of B without their mean pictures.

    products: (n, m); power_a: (n,); power_b: (m,); next_b: (m,), of each with the one after it.
    middle_a: mean of the times of A.
    """

    a: Timeline
    b: Timeline
    products: NDArray[np.float32]
    power_a: NDArray[np.float32]
    power_b: NDArray[np.float32]
    next_b: NDArray[np.float32]
    middle_a: float

    @classmethod
    def along(
        cls,
        products: Products,
        timelines: tuple[Timeline, Timeline],
        in_a: NDArray[np.intp],
        places: NDArray[np.float32],
    ) -> "_Motion":
        """Of the frames of A that have a counterpart, at `places` in B."""
        in_b = slice(max(0, int(places.min()) - 2), int(places.max()) + 4)
        left_a, left_b = without_mean(products.a[in_a]), without_mean(products.b[in_b])
        power_a, power_b = (np.einsum("ij,ij->i", left, left) for left in (left_a, left_b))
        part_a, part_b = timelines[0].part(in_a), timelines[1].part(in_b)
        middle = float(part_a.times.mean())
        both = centred(products.both[in_a, in_b])
        return cls(part_a, part_b, both, power_a, power_b, following(left_b), middle)

    def refined(
        self, line: Line, enough: float, least: float, *, may_turn: bool
    ) -> tuple[Line, float]:
        """The line near `line` with the most agreement, and how much that is, with its bonus.

        Given up after the first round if it is less than `least` by then.
        """
        if not may_turn or len(self.a) < LEAST_FOR_SPEED:
            return self.shifted(line, enough)
        speed, offset, agreement = line.speed, line.offset, 0.0
        for steps in self.rounds():
            speeds, offsets = self.near(speed, offset, steps)
            agreements = self.agreement(speeds, offsets, enough)
            chosen = int(agreements.argmax())
            speed, offset = float(speeds[chosen]), float(offsets[chosen])
            agreement = float(agreements[chosen]) * _bonus(speed)
            if agreement < least:
                break
        return Line(speed, offset, line.votes), agreement

    def shifted(self, line: Line, enough: float) -> tuple[Line, float]:
        """The same at the speed of the line.

        A parabola through the best of some offsets and those beside it has its peak there.
        """
        offsets = line.offset + self.offset_step(ROUNDS[0][0]) * _SHIFTS
        agreements = self.agreement(np.full(len(_SHIFTS), line.speed), offsets, enough)
        best = int(agreements.argmax())
        offset, agreement = float(offsets[best]), float(agreements[best])
        if 0 < best < len(_SHIFTS) - 1:
            before, after = float(agreements[best - 1]), float(agreements[best + 1])
            slope, bend = (after - before) / 2, 2 * agreement - before - after
            if bend > 0:
                offset += slope / bend * float(offsets[1] - offsets[0])
                agreement += slope * slope / (2 * bend)
        return Line(line.speed, offset, line.votes), agreement * _bonus(line.speed)

    def rounds(self) -> Iterator[tuple[float, float]]:
        """The steps of each round: in a long video, the last ones of the speed are finer."""
        yield from ROUNDS
        offset_step, speed_step = ROUNDS[-1]
        half = float(self.a.times[-1] - self.a.times[0]) / 2
        while speed_step * half > FINEST_DRIFT:
            speed_step *= FINER
            yield offset_step, speed_step

    def near(
        self, speed: float, offset: float, steps: tuple[float, float]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Speeds and offsets of lines around one, that turn about the middle of what both show."""
        turns, shifts = _TURNED
        offset_step, speed_step = steps
        speeds = speed * (1 + speed_step * turns)
        shift = self.offset_step(offset_step)
        return speeds, (speed - speeds) * self.middle_a + offset + shift * shifts

    def offset_step(self, step: float) -> float:
        """Seconds of a step in intervals between frames."""
        return step * min(self.b.interval, LONGEST_GAP)

    def agreement(
        self, speeds: NDArray[np.float64], offsets: NDArray[np.float64], enough: float
    ) -> NDArray[np.float32]:
        """Correlation along each line, less where fewer than `enough` frames have a counterpart.

        The motion of two blended frames has a power that follows from those of both.
        """
        places, paired = self.b.places(speeds[:, None] * self.a.times + offsets[:, None])
        j = places.astype(np.intp)
        after = np.minimum(j + 1, len(self.b) - 1)
        later = (places - j).astype(np.float32)
        sooner = 1 - later
        # `take` from the flat products is several times as fast as an index of two arrays.
        row = np.arange(len(self.a)) * len(self.b)
        product = sooner * self.products.take(row + j) + later * self.products.take(row + after)
        power_b = blended(self.power_b, self.next_b, j, later)
        counted = paired.astype(np.float32)
        power = np.sqrt(counted.dot(self.power_a) * np.einsum("ij,ij->i", power_b, counted))
        covered = np.minimum(1, counted.sum(axis=1) / np.float32(enough))
        agreement: NDArray[np.float32] = np.einsum("ij,ij->i", product, counted)
        agreement /= np.maximum(power, 1e-6)
        agreement *= np.sqrt(covered)
        return agreement


def _bonus(speed: float) -> float:
    """The factor on the likeness at a speed."""
    return UNCHANGED_SPEED_BONUS if abs(speed - 1) < ROUNDS[0][1] else 1.0


_TURNS = np.arange(-2.0, 3.0)
_SHIFTS = np.array([-1, -0.5, 0, 0.5, 1])
_TURNED = np.repeat(_TURNS, len(_SHIFTS)), np.tile(_SHIFTS, len(_TURNS))
"""Steps of the speed and of the offset, (25,) each, that are tried together."""
