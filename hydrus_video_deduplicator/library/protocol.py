"""The interface between the pipeline and a collection of videos."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import BinaryIO, Protocol

Pair = tuple[str, str]
"""Two SHA-256 hashes in lower-case hex, the smaller first."""


def pair_of(a: str, b: str) -> Pair:
    """The pair of `a` and `b`, in whichever order they are given."""
    return (a, b) if a < b else (b, a)


class PairStatus(Enum):
    """What the library holds of a pair."""

    NONE = "none"
    """Nothing: the pair can be posted."""
    POTENTIAL = "potential"
    """Potential duplicates, waiting for the user."""
    JUDGED = "judged"
    """The user has decided: duplicates, alternates or a false positive."""
    GONE = "gone"
    """One of the files is no longer in the library (deleted, or in the trash)."""


class Relation(Enum):
    """What the user decides of two files."""

    BETTER = "better"
    """Duplicates; the first is better."""
    SAME_QUALITY = "same quality"
    """Duplicates that are equally good."""
    ALTERNATES = "alternates"
    """Versions of one thing that are no duplicates."""
    NOT_RELATED = "not related"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the user has decided of two files.

    first: with BETTER, the better one.
    deletes: whether the second file goes to the trash, too.
    """

    first: str
    second: str
    relation: Relation
    deletes: bool = False

    @property
    def pair(self) -> Pair:
        """The two files."""
        return pair_of(self.first, self.second)


@dataclass(frozen=True, slots=True)
class Listing:
    """What a library knows of a file without opening it.

    size: bytes.
    imported: seconds since 1970, UTC; None if not known.
    tags: None where files have no tags.
    path: where the file is on this machine; None if it is not there, or may not be known.
    in_inbox: None where there is no inbox.
    ratings: by the name of the rating, in words.
    urls: where the file is known to come from.
    """

    size: int
    imported: float | None = None
    tags: frozenset[str] | None = None
    path: Path | None = None
    in_inbox: bool | None = None
    ratings: Mapping[str, str] = field(default_factory=dict)
    urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Extent:
    """The size and length of a file; 0 where it is not known.

    size: bytes.
    duration: seconds.
    pixels: of one picture.
    kind: what the library calls its kind, such as `matroska`; empty if it has no name for it.
    """

    size: int = 0
    duration: float = 0.0
    pixels: int = 0
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Surveyed:
    """How many bytes of those that have to be read are read."""

    done: int
    total: int


class Source(Protocol):
    """How a worker process reads one file. Small and picklable; its repr shows no API key."""

    def open(self) -> BinaryIO:
        """The bytes of the file, seekable. Raises `FileGone`, `CallFailed` or `OSError`."""
        ...


class Library(Protocol):
    """A collection of videos, each known by its SHA-256 hash.

    Every method may raise a `DeduplicatorError`, which ends the run, or `CallFailed`, which sets
    the file or the batch aside.
    """

    @property
    def identity(self) -> str:
        """Names the library in the ledger of posted pairs; the same in every run."""
        ...

    @property
    def place(self) -> str:
        """What a reader calls it, such as `Hydrus`."""
        ...

    @property
    def keeps_pairs(self) -> bool:
        """Whether posted pairs outlive the run; else the ledger of earlier runs says nothing."""
        ...

    def survey(self) -> Iterator[Surveyed]:
        """Do what `find` needs and what takes long, if anything; yields its progress."""
        ...

    def find(self) -> list[str]:
        """The SHA-256 of every video that the user's query selects, newest import first."""
        ...

    def unreadable(self) -> Mapping[str, str]:
        """What `find` came upon and could not look at, as messages name it, with the reason."""
        ...

    def identical(self) -> Mapping[str, Sequence[str]]:
        """What messages call each of several files with the same bytes, by their hash."""
        ...

    def source(self, sha256: str) -> Source:
        """How to read the file."""
        ...

    def extents(self, videos: Sequence[str]) -> dict[str, Extent]:
        """The size and length of each of the videos."""
        ...

    def label(self, sha256: str) -> str:
        """What to call the file in a message to the user."""
        ...

    def search_for(self, files: Collection[str]) -> str:
        """What the user types into the search of the library to see these files.

        Empty where their labels are paths.
        """
        ...

    def listings(self, files: Collection[str]) -> Iterator[tuple[str, Listing]]:
        """What is known of each of these files that are there."""
        ...

    def untagged(self, namespace: str, videos: Collection[str]) -> set[str]:
        """Those of the videos that have no tag in `namespace`."""
        ...

    def tagged(self, namespace: str) -> Iterator[tuple[str, list[str]]]:
        """Each file with tags in `namespace`, with those tags, whatever the user's query is."""
        ...

    def carriers(self, namespace: str) -> set[str]:
        """The files with any tag in `namespace`, whatever the user's query is."""
        ...

    def tag_counts(self, namespace: str) -> dict[str, int]:
        """How many of these carry each tag that is the namespace and a hexadecimal number."""
        ...

    def tags_of(self, namespace: str, files: Collection[str]) -> Iterator[tuple[str, list[str]]]:
        """Those of the files that have any tag in `namespace`, with those of them that are ours."""
        ...

    def may_be_mistagged(self, namespace: str) -> Iterator[tuple[str, list[str]]]:
        """Each file whose tags in `namespace` may be another file's, with those tags.

        It has several, or the user has judged it a duplicate, which moves tags between files.
        """
        ...

    def waiting(self, namespace: str) -> int | None:
        """How many potential pairs wait for the user among the files with tags in `namespace`.

        Only those with both files in the user's query; None if that cannot be counted.
        """
        ...

    def add_tag(self, sha256: str, tag: str) -> None:
        """Give the file a tag."""
        ...

    def remove_tags(self, sha256: str, tags: Collection[str]) -> None:
        """Take tags that the file has away again."""
        ...

    def statuses(self, pairs: Sequence[Pair]) -> list[PairStatus]:
        """What the library holds of each pair, in the order of `pairs`."""
        ...

    def post(self, pairs: Sequence[Pair]) -> None:
        """Say of each pair that it may be duplicates. A success proves nothing: read `statuses`."""
        ...

    def judge(self, judgements: Sequence[Judgement], *, merges: bool) -> None:
        """Record what the user has decided, in this order. A success proves nothing: read `holds`.

        merges: whether tags, ratings and the like pass from file to file, as the user has told the
        library that they should.
        """
        ...

    def holds(self, judgements: Sequence[Judgement]) -> list[bool]:
        """Whether the library holds each of the judgements, in their order."""
        ...

    def bystanders(self, pairs: Collection[Pair]) -> set[Pair]:
        """The potential pairs other than `pairs` that `remove_potentials` of their files takes."""
        ...

    def remove_potentials(self, hashes: Collection[str]) -> None:
        """Remove ALL potential pairs of the files, whoever posted them."""
        ...
