"""What a run reports as it works. The consumer of the events decides what to show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from hydrus_video_deduplicator.library import Extent, Pair
from hydrus_video_deduplicator.store import PostState


class SimilarPair(Protocol):
    """Two files found similar, by signature (`matching.Match`) or by tag (`tagging.TagMatch`)."""

    @property
    def pair(self) -> Pair:
        """The two files."""
        ...

    @property
    def score(self) -> float:
        """0 to 1; 1 for the same."""
        ...

    def detail(self) -> dict[str, Any]:
        """How they are similar, as JSON can hold it."""
        ...


class Stage(Enum):
    """The stages of a run, in their order.

    While files are hashed, the later ones run now and then too, so that pairs are posted early.
    """

    FIND = "find"
    HASH = "hash"
    COMPARE = "compare"
    LOOK = "look"
    LISTEN = "listen"
    POST = "post"


@dataclass(frozen=True, slots=True)
class Begun:
    """A stage has begun, or continues.

    steps: its number of files or pairs; of FIND, the bytes to read; None if not known.
    """

    stage: Stage
    steps: int | None = None


@dataclass(frozen=True, slots=True)
class Advanced:
    """More steps of the stage are done, which no other event reports."""

    steps: int


@dataclass(frozen=True, slots=True)
class Identical:
    """Several files have the same bytes. files: what to call each of them, at least two."""

    sha256: str
    files: Sequence[str]


@dataclass(frozen=True, slots=True)
class Found:
    """The search is done: the number of videos, and how many of them are to be hashed now.

    to_hash: None in a run that hashes nothing.
    """

    videos: int
    to_hash: int | None = None


@dataclass(frozen=True, slots=True)
class Unhashed:
    """Files that nobody has hashed, in a run that hashes nothing: they are not compared."""

    files: int


@dataclass(frozen=True, slots=True)
class Outdated:
    """Files that an earlier version hashed, and that are hashed again after the new ones."""

    files: Sequence[str]


@dataclass(frozen=True, slots=True)
class Measured:
    """The size and length of each file that is to be hashed."""

    extents: Mapping[str, Extent]


@dataclass(frozen=True, slots=True)
class Hashed:
    """A file has been hashed. video_hash: 16 hex digits."""

    sha256: str
    video_hash: str


@dataclass(frozen=True, slots=True)
class Tagged:
    """A file has been given its tag, or would have been (`planned`, a dry run)."""

    sha256: str
    tag: str
    planned: bool = False


@dataclass(frozen=True, slots=True)
class Retagged:
    """A file has only its own tag of ours now, or would have (`planned`).

    wrong: the tags that were taken away.
    """

    sha256: str
    tag: str
    wrong: Sequence[str]
    planned: bool = False


@dataclass(frozen=True, slots=True)
class Unverified:
    """Files that may carry another file's tag and were not hashed here: they are left out."""

    files: int


@dataclass(frozen=True, slots=True)
class Lost:
    """Pairs that an earlier run posted, and that the library no longer has: they are due again."""

    pairs: int


class Of(Enum):
    """What a failure is counted as."""

    FILE = "file"
    PAIR = "pair"
    RUN = "run"
    """No file and no pair: a part of the work of the run."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A file or a pair was set aside. `what` names it for the user; `sha256` is that of a file."""

    what: str
    reason: str
    sha256: str | None = None
    of: Of = Of.FILE


@dataclass(frozen=True, slots=True)
class FailedAgain:
    """A file still cannot be read, for the same reason as in the last run. As `Failed`."""

    what: str
    reason: str
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class FailedBefore:
    """Files that an earlier run could not hash, and that are not tried again."""

    files: int


@dataclass(frozen=True, slots=True)
class Gone:
    """A file has left the library since it was found."""

    sha256: str


@dataclass(frozen=True, slots=True)
class Compared:
    """All files have been compared. pairs: the number of similar pairs.

    due: those that are to be posted. held: those that the library already has, though not from this
    store. Earlier runs have dealt with the rest.
    """

    pairs: int
    due: int
    held: int = 0


@dataclass(frozen=True, slots=True)
class TooLittle:
    """A video with too little in it to compare: black, one colour, a still picture."""

    sha256: str
    reason: str


@dataclass(frozen=True, slots=True)
class NoVideo:
    """A file without a moving picture: nothing is wrong with it, and nothing can be compared."""

    sha256: str
    reason: str


@dataclass(frozen=True, slots=True)
class PartlyRead:
    """A video that could be decoded only in part. readable: the share that could, 0 to 1."""

    sha256: str
    readable: float


@dataclass(frozen=True, slots=True)
class HubFound:
    """A file that resembles many that do not resemble one another: its pairs are held back."""

    sha256: str
    pairs: int


@dataclass(frozen=True, slots=True)
class Posted:
    """A pair has been dealt with; `state` is what was read back from the library."""

    match: SimilarPair
    state: PostState


@dataclass(frozen=True, slots=True)
class Held:
    """A pair that this store did not know, and that the library has: nothing is posted."""

    match: SimilarPair
    state: PostState


@dataclass(frozen=True, slots=True)
class Planned:
    """A pair would be posted (a dry run)."""

    match: SimilarPair


@dataclass(frozen=True, slots=True)
class Undone:
    """A rollback has taken away a pair that we had posted, or would have (`planned`)."""

    pair: Pair
    planned: bool = False


@dataclass(frozen=True, slots=True)
class OutOfReach:
    """Pairs that we posted and a rollback cannot take back: a file is in the trash or deleted."""

    pairs: int


@dataclass(frozen=True, slots=True)
class Untagged:
    """A file's perceptual-hash tags have been removed, or would have been (`planned`)."""

    sha256: str
    tags: list[str]
    planned: bool = False


@dataclass(frozen=True, slots=True)
class Paged:
    """Files that have been put on a page of the library's window."""

    page: str
    files: int


@dataclass(frozen=True, slots=True)
class EndedEarly:
    """The run has ended early. to_hash, to_compare: how many files are left.

    too_long: how many of the files to hash would have taken longer than the time that was left.
    was_held: it was paused when the time was up, so pairs and tags may be left, too.
    """

    to_hash: int
    to_compare: int
    too_long: int = 0
    was_held: bool = False


Event = (
    Begun
    | Advanced
    | Identical
    | Found
    | Unhashed
    | Measured
    | Hashed
    | Tagged
    | Retagged
    | Unverified
    | Lost
    | Failed
    | FailedAgain
    | FailedBefore
    | Gone
    | Compared
    | TooLittle
    | Outdated
    | NoVideo
    | PartlyRead
    | HubFound
    | Posted
    | Held
    | Planned
    | Undone
    | OutOfReach
    | Untagged
    | Paged
    | EndedEarly
)
