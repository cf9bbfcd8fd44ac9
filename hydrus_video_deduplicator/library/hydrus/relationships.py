"""What Hydrus holds of pairs of files.

Hydrus keeps relationships between groups of duplicates, not between files: a file that has none is
a group of its own, and the best file of a group is its king. When A is made a duplicate of B, every
relationship of either becomes one of their group. Seen over all known files, every list that
`/get_file_relationships` gives names other groups by their kings (v681, v682), so two files are
compared by comparing the kings of their groups.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from itertools import chain
from typing import Any

from hydrus_video_deduplicator.batches import batches
from hydrus_video_deduplicator.library.hydrus import answers
from hydrus_video_deduplicator.library.hydrus.connection import Connection
from hydrus_video_deduplicator.library.hydrus.services import Services, ServiceType
from hydrus_video_deduplicator.library.protocol import (
    Judgement,
    Pair,
    PairStatus,
    Relation,
    pair_of,
)

HASHES_PER_GET = 100
"""Hashes in the address of one GET: 74 characters each, so that it stays below the 8 KiB that
common proxies allow (Hydrus v681 itself took 148 KiB). 100 relationships are 20 ms and 21 KB."""

ROWS_PER_POST = 256
"""Pairs or hashes in one POST. Hydrus does them in one transaction, during which its user waits;
each post also has a cost of its own of some milliseconds."""


class Relationship(IntEnum):
    """Relationships by their numbers in the Client API."""

    POTENTIAL = 0
    FALSE_POSITIVE = 1
    SAME_QUALITY = 2
    ALTERNATE = 3
    BETTER = 4


IN_HYDRUS = {
    Relation.BETTER: Relationship.BETTER,
    Relation.SAME_QUALITY: Relationship.SAME_QUALITY,
    Relation.ALTERNATES: Relationship.ALTERNATE,
    Relation.NOT_RELATED: Relationship.FALSE_POSITIVE,
}
"""What Hydrus calls the decisions of the user."""


@dataclass(frozen=True)
class Group:
    """The group of duplicates of a file, and the kings of the groups that it is related to."""

    king: str
    potentials: frozenset[str]
    false_positives: frozenset[str]
    alternates: frozenset[str]

    @property
    def judged(self) -> frozenset[str]:
        """Those of groups that the user has told apart from this one."""
        return self.false_positives | self.alternates

    @classmethod
    def from_answer(cls, row: Any) -> Group:
        """The group in one row of `/get_file_relationships`."""

        def kings(relationship: Relationship) -> frozenset[str]:
            return frozenset(answers.sha256(value) for value in row[str(int(relationship))])

        return cls(
            king=answers.sha256(row["king"]),
            potentials=kings(Relationship.POTENTIAL),
            false_positives=kings(Relationship.FALSE_POSITIVE),
            alternates=kings(Relationship.ALTERNATE),
        )


class Relationships:
    """Reads and writes the relationships of files."""

    def __init__(self, connection: Connection, services: Services) -> None:
        """Make no call yet."""
        self._connection = connection
        self._everywhere = services.only(ServiceType.ALL_KNOWN_FILES)
        self._outside_trash = services.only(ServiceType.ALL_LOCAL_FILES)
        self._on_disk = services.only(ServiceType.FILE_STORAGE)

    def statuses(self, pairs: Sequence[Pair]) -> list[PairStatus]:
        """What Hydrus holds of each pair, in their order."""
        here = self._among(chain.from_iterable(pairs), self._outside_trash)
        groups = self._groups(here)
        return [_status(groups.get(a), groups.get(b)) for a, b in pairs]

    def post(self, pairs: Sequence[Pair]) -> None:
        """Make each pair potential duplicates, unless the user has judged it.

        A 200 proves nothing. v682 drops pairs of videos, even those that it had.
        """
        for batch in batches(pairs, ROWS_PER_POST):
            self._connection.tell_anew("set_file_relationships", self._attempts(batch))

    def _attempts(self, pairs: Sequence[Pair]) -> Iterator[dict[str, object]]:
        """What to post, at each attempt. One that broke off may have been done: Hydrus is asked."""
        due = list(pairs)
        while due:
            yield {"relationships": [_potential(pair) for pair in due]}
            statuses = zip(due, self.statuses(due), strict=True)
            due = [pair for pair, status in statuses if status is PairStatus.NONE]

    def judge(self, judgements: Sequence[Judgement], *, merges: bool) -> None:
        """Record the judgements, in this order.

        merges: whether Hydrus passes tags and the like on, by its user's own options.
        """
        for some in _calls(judgements):
            self._connection.tell_anew("set_file_relationships", self._verdicts(some, merges))

    def _verdicts(
        self, judgements: Sequence[Judgement], merges: bool
    ) -> Iterator[dict[str, object]]:
        """What to set, at each attempt: what an attempt that broke off has not done."""
        due = list(judgements)
        while due:
            yield {"relationships": [_verdict(judgement, merges) for judgement in due]}
            held = zip(due, self.holds(due), strict=True)
            due = [judgement for judgement, is_held in held if not is_held]

    def holds(self, judgements: Sequence[Judgement]) -> list[bool]:
        """Whether Hydrus holds each of the judgements, in their order."""
        files = set(chain.from_iterable(judgement.pair for judgement in judgements))
        groups = self._groups(self._among(files, self._on_disk))
        deleted = {judgement.second for judgement in judgements if judgement.deletes}
        left = self._among(deleted, self._outside_trash) if deleted else set()
        return [
            _is_held(judgement, groups.get(judgement.first), groups.get(judgement.second))
            and not (judgement.deletes and judgement.second in left)
            for judgement in judgements
        ]

    def potentials(self, hashes: Collection[str]) -> set[Pair]:
        """Every potential pair of the groups of the files, each named by its two kings.

        Files in the trash count: Hydrus hides their pairs and shows them again when they return.
        """
        groups = self._groups(self._among(hashes, self._on_disk)).values()
        return {pair_of(group.king, other) for group in groups for other in group.potentials}

    def bystanders(self, pairs: Collection[Pair]) -> set[Pair]:
        """The potential pairs other than these that `remove` of all their files takes away."""
        files = self._among(chain.from_iterable(pairs), self._on_disk)
        groups = self._groups(files)
        shown = {pair_of(g.king, other) for g in groups.values() for other in g.potentials}
        own = {
            pair_of(groups[a].king, groups[b].king) for a, b in pairs if a in groups and b in groups
        }
        return shown - own

    def remove(self, hashes: Collection[str]) -> None:
        """Remove all potential pairs of the groups of the files."""
        files = self._among(hashes, self._on_disk)
        for batch in batches(sorted(files), ROWS_PER_POST):
            self._connection.tell("remove_potentials", hashes=batch)

    def _among(self, hashes: Iterable[str], file_service: str) -> set[str]:
        """Those of the files that are in the file service.

        No call about relationships may name a file that Hydrus never saw: v681 would make a record
        of it.
        """
        found: set[str] = set()
        for batch in batches(sorted(set(hashes)), HASHES_PER_GET):
            there = self._connection.ask(
                "search_files",
                answers.hashes,
                tags=[f"system:hash is {' '.join(batch)}"],
                file_service_keys=[file_service],
                return_hashes=True,
                return_file_ids=False,
            )
            found.update(set(batch).intersection(there))
        return found

    def _groups(self, hashes: Collection[str]) -> dict[str, Group]:
        groups: dict[str, Group] = {}
        for batch in batches(sorted(hashes), HASHES_PER_GET):
            groups |= self._connection.ask(
                "get_file_relationships",
                partial(_groups, batch),
                hashes=batch,
                file_service_keys=[self._everywhere],
            )
        return groups


def _potential(pair: Pair) -> dict[str, object]:
    """The row of a post that makes a pair potential duplicates."""
    a, b = pair
    return {
        "hash_a": a,
        "hash_b": b,
        "relationship": int(Relationship.POTENTIAL),
        "do_default_content_merge": False,
    }


def _verdict(judgement: Judgement, merges: bool) -> dict[str, object]:
    """The row of a post that sets a judgement."""
    return {
        "hash_a": judgement.first,
        "hash_b": judgement.second,
        "relationship": int(IN_HYDRUS[judgement.relation]),
        "do_default_content_merge": merges,
        "delete_b": judgement.deletes,
    }


def _calls(judgements: Sequence[Judgement]) -> Iterator[list[Judgement]]:
    """The judgements for one call each.

    Hydrus looks up all files of a call before it does the first row. So a file that a row has
    changed gives the tags that it had before; it may only be the better one in further rows.
    """
    some: list[Judgement] = []
    firsts: set[str] = set()
    seconds: set[str] = set()
    for each in judgements:
        is_changed = each.second in firsts | seconds or each.first in seconds
        if is_changed or len(some) == ROWS_PER_POST:
            yield some
            some, firsts, seconds = [], set(), set()
        some.append(each)
        firsts.add(each.first)
        seconds.add(each.second)
    if some:
        yield some


def _is_held(judgement: Judgement, first: Group | None, second: Group | None) -> bool:
    if first is None or second is None:
        return False
    match judgement.relation:
        case Relation.BETTER:
            return first.king == second.king != judgement.second
        case Relation.SAME_QUALITY:
            return first.king == second.king
        case Relation.ALTERNATES:
            return second.king in first.alternates
        case Relation.NOT_RELATED:
            return second.king in first.false_positives


def _groups(files: Sequence[str], answer: Any) -> dict[str, Group]:
    """The group of each file, in an answer that must have them all."""
    rows = answer["file_relationships"]
    return {file: Group.from_answer(rows[file]) for file in files}


def _status(a: Group | None, b: Group | None) -> PairStatus:
    if a is None or b is None:
        return PairStatus.GONE
    if b.king in a.potentials:
        # before the judgements: Hydrus keeps such pairs between alternates of alternates
        return PairStatus.POTENTIAL
    if a.king == b.king or b.king in a.judged:
        return PairStatus.JUDGED
    return PairStatus.NONE
