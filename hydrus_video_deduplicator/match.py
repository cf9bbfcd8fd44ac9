"""What is known about two videos that match: the value that passes from the judges to the user.

It needs only the standard library, so that reading a match does not load the modules that judge.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

THRESHOLDS = {"strict": 0.8, "normal": 0.65, "loose": 0.5}
"""Least score of a posted pair, by the name of the preset."""

DEFAULT_THRESHOLD = "normal"

LOOSEST = min(THRESHOLDS.values())

Span = tuple[float, float]


def percent(share: float) -> str:
    """A part of something, 0 to 1, in words: never 0% and never 100%."""
    return f"{min(99, max(1, round(100 * share)))}%"


def length(spans: Iterable[Span]) -> float:
    """Seconds of stretches."""
    return sum(end - start for start, end in spans)


REPEATED = 1.15
"""Seconds of the parts of one video, for each second of it that they cover, from which it is
repeated."""


def united(spans: Iterable[Span]) -> list[Span]:
    """Spans without what they have in common, in order of time."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined


class Kind(Enum):
    """How one video relates in time to the other."""

    SAME = "same"
    TRIMMED = "trimmed"
    EXCERPT = "excerpt"
    SPEED = "speed"
    LOOP = "loop"
    RECUT = "recut"
    REVERSED = "reversed"


MEANINGS = {
    Kind.SAME: "from start to end",
    Kind.TRIMMED: "an end is missing",
    Kind.EXCERPT: "part of a longer one",
    Kind.SPEED: "one is faster",
    Kind.LOOP: "shifted or repeated",
    Kind.RECUT: "parts missing, moved or added",
    Kind.REVERSED: "backwards",
}
"""What each kind means, in a line."""


class Edit(Enum):
    """How the picture of one video differs from the other's."""

    MIRRORED = "mirrored"
    ROTATED = "rotated"
    CROPPED = "cropped"
    BORDERED = "bordered"
    MOVING = "moving"
    INVERTED = "inverted"
    PANEL = "panel"


PANEL_MARGIN = 0.1
"""Score by which a match of panels must be better than one of whole pictures to take its place: the
part of a picture that moves is a panel of it, too."""

CLOSER_MARGIN = 0.15
"""Score by which a match that a closer look at the long video has found may be worse than one
without, and take its place: it was seen in full."""


class Sound(Enum):
    """How the sound of two videos compares, given the alignment of their pictures."""

    SAME = "same"
    SHIFTED = "shifted"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class SoundVerdict:
    """What the sound of two videos that show the same says.

    score: correlation, -1 to 1, of the changes of the two sounds where they fit best.
    shift: seconds, on the clock of B, by which its sound is later than its pictures say; 0 unless
        the sound is SHIFTED.
    """

    sound: Sound
    score: float
    shift: float = 0.0

    def detail(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            "verdict": self.sound.value,
            "score": round(self.score, 3),
            "shift": round(self.shift, 2),
        }

    @classmethod
    def from_detail(cls, detail: Mapping[str, Any]) -> "SoundVerdict":
        """The verdict that gave `detail`, its figures rounded."""
        return cls(Sound(detail["verdict"]), detail["score"], detail["shift"])


SAME_SPEED = 0.035
"""Difference of the ratio of the speeds from 1 up to which they are the same: films of 24 pictures
a second that are shown with 25 differ by 0.04, and a search steps by 0.01."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of A and the stretch of B that shows the same.

    a_span, b_span: start and end of each, in seconds, the start first.
    speed: seconds of B for each second of A; negative where B plays it backwards.
    """

    a_span: Span
    b_span: Span
    speed: float

    @property
    def is_of_one_speed(self) -> bool:
        """Whether both play equally fast, forwards or backwards."""
        return abs(abs(self.speed) - 1) <= SAME_SPEED

    def in_b(self, moment: float) -> float:
        """The moment of B, in seconds, that shows a moment of A."""
        start = self.b_span[0] if self.speed > 0 else self.b_span[1]
        return start + self.speed * (moment - self.a_span[0])

    def inverse(self) -> "Part":
        """The same seen from B."""
        return Part(self.b_span, self.a_span, 1 / self.speed)

    def detail(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            "a_span": [round(second, 2) for second in self.a_span],
            "b_span": [round(second, 2) for second in self.b_span],
            "speed": round(self.speed, 4),
        }

    @classmethod
    def from_detail(cls, detail: Mapping[str, Any]) -> "Part":
        """The part that gave `detail`, its seconds and speed rounded."""
        a_start, a_end = detail["a_span"]
        b_start, b_end = detail["b_span"]
        return cls((a_start, a_end), (b_start, b_end), detail["speed"])


def repeats(parts: Sequence[Part]) -> bool:
    """Whether one of the two videos shows moments of the other several times."""
    spans = ([part.a_span for part in parts], [part.b_span for part in parts])
    return any(length(each) >= REPEATED * length(united(each)) for each in spans)


@dataclass(frozen=True, slots=True)
class Overlay:
    """Where the picture of B is on that of A, whole frames with their bars.

    A point (x_b, y_b) of B is at xx·x_b + xy·y_b + x and yx·x_b + yy·y_b + y of A; all are shares
    of the width and height of the frame, 0 to 1 from the left and from the top.
    """

    xx: float = 1.0
    xy: float = 0.0
    yx: float = 0.0
    yy: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of B is on A."""
        return self.xx * x + self.xy * y + self.x, self.yx * x + self.yy * y + self.y

    def inverse(self) -> "Overlay":
        """The same seen from B."""
        scale = self.xx * self.yy - self.xy * self.yx
        xx, xy, yx, yy = (n / scale for n in (self.yy, -self.xy, -self.yx, self.xx))
        x, y = xx * self.x + xy * self.y, yx * self.x + yy * self.y
        return Overlay(xx, xy, yx, yy, -x, -y)

    @property
    def area(self) -> float:
        """Of B's frame, as a multiple of that of A."""
        return abs(self.xx * self.yy - self.xy * self.yx)

    @property
    def steps(self) -> tuple[bool, bool, bool]:
        """Whether B is transposed, and then flipped in x and in y, to lie on A."""
        transposed = abs(self.xx) < abs(self.xy)
        x, y = (self.xy, self.yx) if transposed else (self.xx, self.yy)
        return transposed, x < 0, y < 0

    @property
    def off(self) -> float:
        """By how much B's frame, so turned, is larger than A's or lies beside it, as a share."""
        transposed, flipped_x, flipped_y = self.steps
        x, y = (self.xy, self.yx) if transposed else (self.xx, self.yy)
        beside = self.x - flipped_x, self.y - flipped_y
        return max(abs(abs(x) - 1), abs(abs(y) - 1), *map(abs, beside))

    def detail(self) -> list[float]:
        """As JSON can hold it."""
        return [round(n, 5) for n in (self.xx, self.xy, self.yx, self.yy, self.x, self.y)]


@dataclass(frozen=True, slots=True)
class Match:
    """Two videos that show the same, at least in part.

    a, b: keys of the videos, a < b.
    score: 0 to 1, 1 for the same pictures.
    parts: which stretch of each is where in the other, in the order of A; at least one.
    sound: what the sound says of the longest part, if it has been listened to and says anything.
    a_readable, b_readable: share of each that could be decoded, 0 to 1.
    a_seconds, b_seconds: how long each is; None for a match that was stored without.
    overlay: where B's picture lies on A's; None in a match of an earlier version.
    is_closer: whether the longer one was decoded again in the place where the other lies.
    """

    a: str
    b: str
    score: float
    kind: Kind
    edits: frozenset[Edit]
    parts: tuple[Part, ...]
    sound: SoundVerdict | None = None
    a_readable: float = 1.0
    b_readable: float = 1.0
    a_seconds: float | None = None
    b_seconds: float | None = None
    overlay: Overlay | None = None
    is_closer: bool = False

    @property
    def pair(self) -> tuple[str, str]:
        """The two keys."""
        return self.a, self.b

    @property
    def longest(self) -> Part:
        """The part that is longest in A."""
        return max(self.parts, key=lambda part: part.a_span[1] - part.a_span[0])

    @property
    def a_span(self) -> Span:
        """From the first to the last moment of A, in seconds, that B shows too."""
        return self.parts[0].a_span[0], max(part.a_span[1] for part in self.parts)

    @property
    def b_span(self) -> Span:
        """From the first to the last moment of B, in seconds, that A shows too."""
        spans = [part.b_span for part in self.parts]
        return min(start for start, _ in spans), max(end for _, end in spans)

    @property
    def shares(self) -> tuple[float, float] | None:
        """How much of A and of B the other shows, 0 to 1; None if a length is not known."""
        if not self.a_seconds or not self.b_seconds:
            return None
        of_a = length(united(part.a_span for part in self.parts)) / self.a_seconds
        of_b = length(united(part.b_span for part in self.parts)) / self.b_seconds
        return of_a, of_b

    def inverse(self) -> "Match":
        """The same with A and B exchanged."""
        return replace(
            self,
            a=self.b,
            b=self.a,
            parts=tuple(sorted((p.inverse() for p in self.parts), key=lambda part: part.a_span)),
            sound=self.sound and replace(self.sound, shift=-self.sound.shift / self.longest.speed),
            a_readable=self.b_readable,
            b_readable=self.a_readable,
            a_seconds=self.b_seconds,
            b_seconds=self.a_seconds,
            overlay=self.overlay and self.overlay.inverse(),
        )

    def detail(self) -> dict[str, Any]:
        """All but the keys and the score, as JSON can hold it."""
        return {
            "kind": self.kind.value,
            "edits": sorted(edit.value for edit in self.edits),
            "a_span": [round(second, 2) for second in self.a_span],
            "b_span": [round(second, 2) for second in self.b_span],
            "speed": round(self.longest.speed, 4),
            "parts": [part.detail() for part in self.parts],
            "sound": None if self.sound is None else self.sound.detail(),
            "a_readable": round(self.a_readable, 3),
            "b_readable": round(self.b_readable, 3),
            "a_seconds": _rounded(self.a_seconds),
            "b_seconds": _rounded(self.b_seconds),
            "overlay": None if self.overlay is None else self.overlay.detail(),
            "closer": self.is_closer,
        }

    @classmethod
    def from_detail(cls, a: str, b: str, score: float, detail: Mapping[str, Any]) -> "Match":
        """The match that gave `detail`, its seconds and speed rounded."""
        return cls(
            a=a,
            b=b,
            score=score,
            kind=Kind(detail["kind"]),
            edits=frozenset(Edit(name) for name in detail["edits"]),
            parts=tuple(map(Part.from_detail, detail.get("parts", [detail]))),
            sound=None if detail["sound"] is None else SoundVerdict.from_detail(detail["sound"]),
            a_readable=detail.get("a_readable", 1.0),
            b_readable=detail.get("b_readable", 1.0),
            a_seconds=detail.get("a_seconds"),
            b_seconds=detail.get("b_seconds"),
            overlay=Overlay(*detail["overlay"]) if detail.get("overlay") else None,
            is_closer=detail.get("closer", False),
        )


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A short video that may lie in a long one, which was looked at too seldom to tell.

    short, long: keys of the two.
    span: where in the long one, start and end in seconds.
    likeness: correlation of the pictures at the one moment that is known, up to 1.
    """

    short: str
    long: str
    span: Span
    likeness: float


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 2)
