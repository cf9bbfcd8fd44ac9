"""What happened to a pair, or will happen."""

from collections.abc import Collection
from enum import Enum

from hydrus_video_deduplicator.errors import CallFailed
from hydrus_video_deduplicator.library import Library, Pair, PairStatus
from hydrus_video_deduplicator.match import Match
from hydrus_video_deduplicator.store import PostState


class Outcome(Enum):
    """What happened to a pair, or will happen; the last six are for a plain folder."""

    WAITING = "waiting"
    """In Hydrus, for the user."""
    JUDGED = "judged"
    REMOVED = "removed"
    """It was waiting in Hydrus and is no longer there."""
    DUE = "due"
    """The next run posts it."""
    NOT_POSTED = "not posted"
    UNKNOWN = "unknown"
    """Hydrus does not say."""
    SIMILAR = "similar"
    NOT_SIMILAR = "not similar"
    NOT_FOUND = "not found"
    """Not similar as far as the run saw the longer one, which was only in samples."""
    LEFT_OUT = "left out"
    """Similar, but not listed."""
    MISSED = "missed"
    """Similar, but the search did not find it."""
    NOT_COMPARED = "not compared"


Told = tuple[Outcome | None, str]
"""An outcome, or none for a pair that can be posted; and a remark on it."""

OURS = "This program posted it."
ON_DISK = (
    "To compare files outside Hydrus, put them into a folder DIR: first run the program with "
    "--folder DIR, then explain with the same option."
)
GONE = "One of the two is in the trash, deleted, or was never in this Hydrus."
NOT_AGAIN = "It was removed in Hydrus, and no run posts it again."

IN_GENERAL: dict[PairStatus, Told] = {
    PairStatus.POTENTIAL: (Outcome.WAITING, "This program has no record of having posted it."),
    PairStatus.JUDGED: (Outcome.JUDGED, ""),
    PairStatus.GONE: (Outcome.NOT_POSTED, f"{GONE} {ON_DISK}"),
    PairStatus.NONE: (None, ""),
}

BY_LEDGER: dict[tuple[PairStatus, PostState | None], Told] = {
    (PairStatus.POTENTIAL, PostState.RECORDED): (Outcome.WAITING, OURS),
    (PairStatus.POTENTIAL, PostState.INTENDED): (Outcome.WAITING, OURS),
    (PairStatus.POTENTIAL, PostState.NOT_RECORDED): (Outcome.WAITING, OURS),
    (PairStatus.POTENTIAL, PostState.PRESENT): (
        Outcome.WAITING,
        "This program did not post it, as it was there already.",
    ),
    (PairStatus.JUDGED, PostState.RECORDED): (Outcome.JUDGED, OURS),
    (PairStatus.GONE, PostState.RECORDED): (Outcome.REMOVED, GONE),
    (PairStatus.GONE, PostState.PRESENT): (Outcome.REMOVED, GONE),
    (PairStatus.NONE, PostState.RECORDED): (Outcome.REMOVED, NOT_AGAIN),
    (PairStatus.NONE, PostState.PRESENT): (Outcome.REMOVED, NOT_AGAIN),
    (PairStatus.NONE, PostState.JUDGED): (
        Outcome.NOT_POSTED,
        "You judged it before this program found it, so no run posts it.",
    ),
    (PairStatus.NONE, PostState.NOT_RECORDED): (
        None,
        "This program posted it, but Hydrus did not record it.",
    ),
    (PairStatus.NONE, PostState.INTENDED): (None, "A run ended while it was posting this pair."),
}
"""Where the ledger says more about the pair."""


def in_hydrus(pair: Pair, library: Library, state: PostState | None) -> Told:
    """What Hydrus holds of the pair, given what the ledger says of it."""
    try:
        (status,) = library.statuses([pair])
    except CallFailed as error:
        said = str(error).rstrip(".")
        return Outcome.UNKNOWN, f"Hydrus did not say what it knows about this pair: {said}."
    return BY_LEDGER.get((status, state), IN_GENERAL[status])


def in_folder(match: Match | None, against: Collection[str], threshold: float) -> Outcome:
    """How a pair that could be compared is listed; `against` is what speaks against it."""
    if not against:
        return Outcome.SIMILAR
    is_similar = match is not None and match.score >= threshold
    return Outcome.LEFT_OUT if is_similar else Outcome.NOT_SIMILAR
