"""What the sound of two videos says about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Sound(Enum):
    """How the sound of one video lies to the other's, given how the pictures do."""

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
