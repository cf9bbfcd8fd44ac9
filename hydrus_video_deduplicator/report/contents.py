"""What a report says, as values: nothing of how it is shown."""

from dataclasses import dataclass
from datetime import datetime

from hydrus_video_deduplicator.frames import Streams
from hydrus_video_deduplicator.library import Listing
from hydrus_video_deduplicator.match import Edit, Kind, Match
from hydrus_video_deduplicator.report.filmstrip import Strip
from hydrus_video_deduplicator.report.hearing import Unheard
from hydrus_video_deduplicator.report.quality import Advice, Flaw


@dataclass(frozen=True, slots=True)
class File:
    """A file of a group.

    name: what the library calls it.
    seconds: its length.
    active: share of the picture, 0 to 1, that is inside bars and borders.
    streams: what is in it, or None and the `problem` with it.
    readable: share of it that could be decoded, 0 to 1.
    still_end: seconds at its end in which it only stands still.
    is_silent: whether it has a sound in which there is nothing to hear.
    picture: area of the picture that it shows, 1 for that of one file of the group; None if it is
        not known.
    is_examined: whether its pictures were compared with those of the other files.
    detail: power of fine detail that was measured then, 1 for that of one file of the group; None
        if it cannot be told.
    """

    sha256: str
    name: str
    listing: Listing
    seconds: float
    active: float
    streams: Streams | None
    problem: str | None = None
    readable: float = 1.0
    still_end: float = 0.0
    is_silent: bool = False
    picture: float | None = None
    detail: float | None = None
    flaws: frozenset[Flaw] = frozenset()
    is_examined: bool = False

    @property
    def has_sound(self) -> bool | None:
        """Whether there is something to hear; None if it could not be opened."""
        if self.streams is None:
            return None
        return self.streams.sound is not None and not self.is_silent

    @property
    def bit_rate(self) -> float | None:
        """Bits a second of the video; of the whole file, if it does not tell the two apart."""
        if self.streams is None:
            return None
        if self.streams.bit_rate is not None:
            return self.streams.bit_rate
        return 8 * self.listing.size / self.seconds if self.seconds else None


@dataclass(frozen=True, slots=True)
class Side:
    """One file of a pair.

    letter: what the file is called within its group: A, B, ...
    strip: pictures of it.
    beside: another file at the moments of `strip`, where that is not how it is shown itself.
    """

    letter: str
    file: File
    strip: Strip = ()
    beside: "Side | None" = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two files that match.

    match: how, seen from the first of the sides.
    sides: in the order of their letters.
    advice: which of the sides looks best.
    in_library: whether the library has it as potential duplicates.
    unheard: why the sound says nothing of it, if it could.
    """

    match: Match
    sides: tuple[Side, Side]
    advice: Advice
    in_library: bool
    unheard: Unheard | None = None

    @property
    def larger_bytes(self) -> int:
        """Bytes of the larger copy."""
        return max(side.file.listing.size for side in self.sides)


@dataclass(frozen=True, slots=True)
class Group:
    """Files that are connected by pairs.

    files: in the order of their letters: the one that looks best, then the larger ones first.
    advice: which of the files looks best.
    sides: the files with their letters and pictures.
    """

    files: tuple[File, ...]
    pairs: tuple[Pair, ...]
    advice: Advice
    sides: tuple[Side, ...] = ()

    @property
    def larger(self) -> list[File]:
        """All copies but the smallest."""
        return sorted(self.files, key=lambda file: file.listing.size)[1:]

    @property
    def larger_bytes(self) -> int:
        """Bytes of all copies but the smallest."""
        return sum(file.listing.size for file in self.larger)

    @property
    def score(self) -> float:
        """Of its strongest pair."""
        return max(pair.match.score for pair in self.pairs)

    @property
    def kinds(self) -> list[Kind]:
        """Those of its pairs, each once."""
        return list(dict.fromkeys(pair.match.kind for pair in self.pairs))

    @property
    def edits(self) -> frozenset[Edit]:
        """Those of all its pairs."""
        return frozenset[Edit]().union(*(pair.match.edits for pair in self.pairs))

    def link_of(self, side: Side) -> Pair | None:
        """How a file belongs to the group: its pair with A or else its first; None for A itself."""
        if side.file is self.files[0]:
            return None
        own = [pair for pair in self.pairs if side.file.sha256 in pair.match.pair]
        return next((p for p in own if self.files[0].sha256 in p.match.pair), own[0])


@dataclass(frozen=True, slots=True)
class Identical:
    """Files with the same bytes: at least two names."""

    sha256: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """All of it.

    library, place: its identity, and what a reader calls it.
    videos: how many the library has. compared: how many of them have been compared with all others.
    unreadable: how many could not be hashed.
    in_hydrus: whether the files can be searched for in a Hydrus.
    identical: files that are the same byte for byte, however many other pairs they are in.
    left_out: pairs beyond the limit. judged: pairs left out because the user has decided.
    """

    made: datetime
    library: str
    place: str
    videos: int
    compared: int
    unreadable: int
    groups: tuple[Group, ...]
    in_hydrus: bool = False
    identical: tuple[Identical, ...] = ()
    left_out: int = 0
    judged: int = 0
    no_video: int = 0

    @property
    def to_compare(self) -> int:
        """Videos that a run has not come to."""
        return max(0, self.videos - self.compared - self.unreadable - self.no_video)

    @property
    def pairs(self) -> list[Pair]:
        """Those of all groups."""
        return [pair for group in self.groups for pair in group.pairs]

    @property
    def larger_bytes(self) -> int:
        """Bytes of all copies but the smallest of each group; of a file in several groups, once."""
        sizes = {f.sha256: f.listing.size for group in self.groups for f in group.larger}
        return sum(sizes.values())
