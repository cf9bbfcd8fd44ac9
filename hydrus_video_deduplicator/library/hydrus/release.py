"""Which release of Hydrus answers, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

RELEASES_WITHOUT_VIDEO_PAIRS = frozenset({682})
"""Hydrus v682 answers 200 to a potential pair of videos and records nothing: it wants both files
in its similar-files system, which holds no videos. It even drops such a pair if it has it."""

WHERE_IT_IS_KNOWN = "https://github.com/hydrusnetwork/hydrus/issues/2076"

WITHOUT_VIDEO_PAIRS = (
    "reports success for potential pairs of videos, but drops them. Its author has promised to fix"
    f" this known fault: {WHERE_IT_IS_KNOWN}"
)
"""What messages say of such a release, after its name."""


@dataclass(frozen=True)
class Release:
    """A release of Hydrus, as `/api_version` names it."""

    hydrus: int
    api: int

    @property
    def records_video_pairs(self) -> bool:
        """Whether potential pairs of videos that are posted to this release are kept."""
        return self.hydrus not in RELEASES_WITHOUT_VIDEO_PAIRS

    @classmethod
    def from_answer(cls, answer: Any) -> Release:
        """The release in the answer of `/api_version`. Raises `KeyError` or `ValueError`."""
        return cls(hydrus=int(answer["hydrus_version"]), api=int(answer["version"]))

    def __str__(self) -> str:
        """How a message names the release."""
        return f"Hydrus v{self.hydrus} (Client API {self.api})"
