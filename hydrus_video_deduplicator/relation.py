"""How two videos that match relate, in words: for the terminal and for reports."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from hydrus_video_deduplicator.match import (
    REPEATED,
    SAME_SPEED,
    Edit,
    Kind,
    Match,
    Part,
    Sound,
    Span,
    length,
    repeats,
    united,
)
from hydrus_video_deduplicator.wording import clock, faster, listed, stretch

WHOLE_WITHIN, WHOLE_SHARE = 0.5, 0.05
"""Seconds, and share of a video, that a part may leave out at either end and still be the whole."""

LEAST_TOLD, LEAST_SHARE = 0.5, 0.02
"""Seconds that one video has alone, and the share of it, from which it is worth a word. Where a
part begins is known less well."""

LEAST_WITHIN = 1.2
"""How much larger the frame of one must be than that of the other, by area, to hold it as a part.
"""

EDITS = {
    Edit.MIRRORED: "mirrored",
    Edit.ROTATED: "rotated",
    Edit.CROPPED: "cropped",
    Edit.BORDERED: "bordered",
    Edit.MOVING: "zoomed or panned",
    Edit.INVERTED: "colours inverted",
    Edit.PANEL: "in a part of the picture",
}
"""What each edit is called wherever a person reads it; programs read its value. A kind is called by
its value everywhere, as `--kinds` takes it."""

REFRAMED = frozenset({Edit.CROPPED, Edit.BORDERED})
"""What a crop also looks like if it changes the bars, or has an edge of one colour that counts as
one: which of the two it is, one cannot tell."""


def edits_in_words(edits: Iterable[Edit]) -> list[str]:
    """How the pictures differ, such as `mirrored`."""
    told = frozenset(edits)
    is_reframed = told >= REFRAMED
    names = [EDITS[edit] for edit in (told - REFRAMED if is_reframed else told)]
    return sorted([*names, *["framed differently"] * is_reframed])


def sound_in_words(match: Match) -> str:
    """What the sound of the two says, such as `same sound`; empty if it says nothing."""
    verdict = match.sound
    if verdict is None:
        return ""
    what = "different sound" if verdict.sound is Sound.OTHER else "same sound"
    where = " in the longest part" if len(match.parts) > 1 else ""
    apart = f", {abs(verdict.shift):.1f} s apart" if verdict.sound is Sound.SHIFTED else ""
    return f"{what}{where}{apart}"


def has_other_pace(match: Match) -> bool:
    """Whether one is, in some part, at another speed than the other."""
    return any(map(_is_at_other_pace, match.parts))


def part_in_words(part: Part, one: str, other: str) -> str:
    """Such as `0:01–0:05 of A is 0:03–0:07 of B, backwards`."""
    said = f"{stretch(*part.a_span)} of {one} is {stretch(*part.b_span)} of {other}"
    return f"{said}, backwards" if part.speed < 0 else said


def in_time(match: Match, one: str, other: str) -> str:
    """Such as `all of B is 0:01–0:05 of A`, where A is called `one` and B `other`."""
    telling = _Telling(
        match,
        _Side(one, [part.a_span for part in match.parts], match.a_seconds),
        _Side(other, [part.b_span for part in match.parts], match.b_seconds),
    )
    if match.kind is Kind.SAME:
        return f"{_both(match, one, other)} from start to end"
    if match.kind not in (Kind.LOOP, Kind.REVERSED):
        return telling.part_by_part()
    if repeated := telling.repeated():
        return telling.with_the_rest(repeated)
    return telling.as_cycle() if match.kind is Kind.LOOP else telling.part_by_part()


def _both(match: Match, one: str, other: str) -> str:
    """Of two that show the same: which of them shows the other in a part of its picture."""
    if Edit.PANEL not in match.edits:
        return "both show the same"
    area = 1.0 if match.overlay is None else match.overlay.area
    if max(area, 1 / area) < LEAST_WITHIN:
        return "both show the same, in a part of the picture,"
    outer, inner = (one, other) if area < 1 else (other, one)
    return f"{outer} shows {inner}, in a part of its picture,"


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two. spans: its parts, in seconds. seconds: its length, if known."""

    name: str
    spans: list[Span]
    seconds: float | None

    @property
    def hull(self) -> Span:
        """From the first to the last moment that the other shows too."""
        return min(start for start, _ in self.spans), max(end for _, end in self.spans)

    @property
    def is_whole(self) -> bool:
        """Whether the other shows it from start to end."""
        if self.seconds is None:
            return False
        start, end = self.hull
        return max(start, self.seconds - end) <= min(WHOLE_WITHIN, WHOLE_SHARE * self.seconds)

    @property
    def times(self) -> float:
        """How often the other shows it."""
        return length(self.spans) / max(1e-3, length(united(self.spans)))

    def alone(self) -> list[Span]:
        """The stretches that the other does not show."""
        start, end = self.hull
        last = end if self.seconds is None else self.seconds
        ends = [(0.0, 0.0), *united(self.spans), (last, last)]
        gaps = ((earlier[1], later[0]) for earlier, later in pairwise(ends))
        least = max(LEAST_TOLD, LEAST_SHARE * (end - start))
        return [gap for gap in gaps if gap[1] - gap[0] > least]

    @property
    def part(self) -> str:
        """What of it the other shows, by its times."""
        return f"{stretch(*self.hull)} of {self.name}"


@dataclass(frozen=True, slots=True)
class _Telling:
    """Tells of a match; a and b are the sides of its videos."""

    match: Match
    a: _Side
    b: _Side

    def repeated(self) -> str:
        """How one plays the other several times; empty if neither does."""
        if min(self.a.times, self.b.times) >= REPEATED:
            return "both repeat the same pictures"
        if not repeats(self.match.parts):
            return ""
        is_of_a = self.a.times > self.b.times
        played, player = (self.a, self.b) if is_of_a else (self.b, self.a)
        parts = self.match.parts if is_of_a else self.match.inverse().parts
        times, way = played.times, ""
        if any(part.speed < 0 for part in parts):
            way = " backwards"
            if any(part.speed > 0 for part in parts):
                times, way = max(1.0, times / 2), " back and forth"
        start = _first_moment(parts)
        is_shifted = abs(start - played.hull[0]) > LEAST_TOLD and way == ""
        begins = f", starting at {clock(start, exact=True)}" if is_shifted else ""
        what = played.name if played.is_whole else played.part
        return f"{player.name} plays {what}{way}{_times(times)}{begins}"

    def as_cycle(self) -> str:
        """Of one cycle that begins elsewhere."""
        start = clock(_first_moment(self.match.parts), exact=True)
        return self.with_the_rest(
            f"both play the same cycle; {self.b.name} starts at {start} of {self.a.name}"
        )

    def with_the_rest(self, said: str) -> str:
        """What is said of a loop, what only one of the two has, and which is faster."""
        return "; ".join([said, *self.own(self.a.alone(), self.b.alone()), *self.paces()])

    def part_by_part(self) -> str:
        """What the parts say, and what lies between them."""
        backwards = all(part.speed < 0 for part in self.match.parts)
        differing = list(self.differing()) if self.match.kind is not Kind.SPEED else []
        is_cut = self.match.kind is Kind.RECUT or len(self.match.parts) > 1
        if not (is_cut and differing):
            differing = self.covered(backwards)
        elif backwards:
            if _moved(self.match.parts):
                differing = [listed([*map(self._where, self.match.parts)], "part")]
            differing.insert(0, "one plays backwards")
        return "; ".join([*differing, *self.paces()])

    def _where(self, part: Part) -> str:
        return (
            f"{stretch(*part.a_span)} of {self.a.name} is {stretch(*part.b_span)} of {self.b.name}"
        )

    def covered(self, backwards: bool) -> list[str]:
        """Which stretch of one is which of the other; nothing of two that differ in speed alone."""
        ending = ", backwards" if backwards else ""
        if self.a.is_whole and self.b.is_whole:
            if backwards:
                return ["one plays the other backwards"]
            if any(self.paces()):
                return []
        elif self.a.is_whole or self.b.is_whole:
            whole, other = (self.a, self.b) if self.a.is_whole else (self.b, self.a)
            return [f"all of {whole.name} is {other.part}{ending}"]
        return [f"{self.a.part} is {self.b.part}{ending}"]

    def differing(self) -> Iterator[str]:
        """What each has alone, and what is moved or turned."""
        alone = self.a.alone(), self.b.alone()
        if self.match.longest.speed > 0:
            yield from self._other_ends(*alone)
        yield from self.own(*alone)
        moved = [
            f"{stretch(*part.a_span)} of {self.a.name} comes at {clock(part.b_span[0], exact=True)}"
            for part in _moved(self.match.parts)
        ]
        if moved:
            yield f"{listed(moved, 'part')} in {self.b.name}"
        turned = [part.a_span for part in self.match.parts if part.speed < 0]
        if 0 < len(turned) < len(self.match.parts):
            yield f"{_stretches(turned)} of {self.a.name} is backwards in {self.b.name}"

    def _other_ends(self, of_a: list[Span], of_b: list[Span]) -> Iterator[str]:
        """Where both begin or end with something of their own, which is taken away."""
        if of_a and of_b and of_a[0][0] == of_b[0][0] == 0:
            yield f"other beginnings: {self._both(of_a.pop(0), of_b.pop(0))}"
        if of_a and of_b and of_a[-1][1] == self.a.seconds and of_b[-1][1] == self.b.seconds:
            yield f"other ends: {self._both(of_a.pop(), of_b.pop())}"

    def _both(self, of_a: Span, of_b: Span) -> str:
        return f"{stretch(*of_a)} of {self.a.name} and {stretch(*of_b)} of {self.b.name}"

    def own(self, of_a: list[Span], of_b: list[Span]) -> Iterator[str]:
        """What only one of the two has."""
        for side, gaps in ((self.a, of_a), (self.b, of_b)):
            if gaps:
                yield f"only {side.name} has {_stretches(gaps)}"

    def paces(self) -> Iterator[str]:
        """Which of the two is faster, or where."""
        parts = self.match.parts
        speeds = [abs(part.speed) for part in parts]
        speed = abs(self.match.longest.speed)
        is_one = max(speeds) - min(speeds) <= SAME_SPEED * speed
        if is_one and (self.match.kind is Kind.SPEED or not self.match.longest.is_of_one_speed):
            fast, slow = (self.b, self.a) if speed < 1 else (self.a, self.b)
            yield f"{fast.name} plays {faster(max(speed, 1 / speed), slow.name)}"
        elif not is_one and (others := [*filter(_is_at_other_pace, parts)]):
            yield listed([*map(self._pace, others)], "part")

    def _pace(self, part: Part) -> str:
        speed = abs(part.speed)
        if speed < 1:
            where = f"{stretch(*part.a_span)} of {self.a.name}"
            return f"{self.b.name} plays {where} {faster(1 / speed)}"
        return f"{self.a.name} plays {stretch(*part.b_span)} of {self.b.name} {faster(speed)}"


def _is_at_other_pace(part: Part) -> bool:
    return not part.is_of_one_speed


def _first_moment(parts: Iterable[Part]) -> float:
    """The moment of A with which B begins."""
    first = min(parts, key=lambda part: part.b_span)
    return first.a_span[0] if first.speed > 0 else first.a_span[1]


def _moved(parts: Sequence[Part]) -> list[Part]:
    """The parts that are not in their order in both: as little as can be, in seconds.

    What stays is the longest chain in which each part lies behind the one before it in both.
    """
    chains: list[list[Part]] = []
    turned = -1 if all(part.speed < 0 for part in parts) else 1
    for part in parts:
        before = [c for c in chains if turned * (part.b_span[0] - c[-1].b_span[0]) >= 0]
        chains.append([*max(before, key=_weight, default=[]), part])
    staying = max(chains, key=_weight)
    return [part for part in parts if part not in staying]


def _weight(parts: Sequence[Part]) -> float:
    return length(part.a_span for part in parts)


def _times(times: float) -> str:
    tenths = f"{times:.1f}".removesuffix(".0")
    return {"1": "", "2": " twice"}.get(tenths, f" {tenths} times")


def _stretches(spans: Iterable[Span]) -> str:
    return listed([stretch(*span) for span in spans], "part")
