"""The cards that are laid before the user: a pair, or files that belong together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hydrus_video_deduplicator.library import Judgement, Pair, Relation
from hydrus_video_deduplicator.match import Kind, Match
from hydrus_video_deduplicator.stages.grouping import grouped

TOGETHER = frozenset({Kind.SAME, Kind.TRIMMED, Kind.SPEED, Kind.LOOP})
"""Kinds of match by which files are copies of one thing, as far as anybody can tell without
looking, if it covers nearly all of both. An excerpt may be one of many in a compilation, which are
no copies of each other."""

NEARLY_ALL = 0.8
"""Share of both files, 0 to 1, that the other shows, from which neither is much more than a copy.
Two that show so much of a third have most of it in common."""


@dataclass(frozen=True, slots=True)
class Card:
    """Files to be judged together.

    number: of the card, from 0 on. matches: all between its files, the strongest first.
    """

    number: int
    matches: tuple[Match, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """Each file once."""
        return tuple(dict.fromkeys(file for match in self.matches for file in match.pair))

    @property
    def score(self) -> float:
        """Of its strongest match."""
        return self.matches[0].score

    @property
    def kind(self) -> Kind:
        """Of its strongest match."""
        return self.matches[0].kind

    @property
    def is_of_copies(self) -> bool:
        """Whether each match says that its files are copies of one thing."""
        return all(map(_joins, self.matches))


def dealt(matches: Sequence[Match]) -> list[Card]:
    """The matches, the strongest first, as cards, those with the strongest match first.

    A match that covers only a part of a file is a card of its own.
    """
    together = {match.pair: match for match in matches if _joins(match)}
    piles = [[together[pair] for pair in pairs] for pairs in grouped(together)]
    of_file = {file: pile for pile in piles for match in pile for file in match.pair}
    for match in matches:
        if match.pair not in together:
            pile = of_file.get(match.a)
            if _covers(match) and pile is not None and pile is of_file.get(match.b):
                pile.append(match)
            else:
                piles.append([match])
    for pile in piles:
        pile.sort(key=lambda match: -match.score)
    piles.sort(key=lambda pile: -pile[0].score)
    return [Card(number, tuple(pile)) for number, pile in enumerate(piles)]


def _joins(match: Match) -> bool:
    return match.kind in TOGETHER and _covers(match)


def _covers(match: Match) -> bool:
    """Whether each of the two shows nearly all of the other."""
    shares = match.shares
    return match.kind is Kind.SAME or (shares is not None and min(shares) >= NEARLY_ALL)


class Settled:
    """What follows from decisions: copies of copies are copies.

    As in Hydrus, a decision on two files is one on their groups of duplicates.
    """

    def __init__(self, judgements: Sequence[Judgement]) -> None:
        self._leader: dict[str, str] = {}
        apart: list[Judgement] = []
        for judgement in judgements:
            if judgement.relation in (Relation.BETTER, Relation.SAME_QUALITY):
                self._leader[self._group(judgement.second)] = self._group(judgement.first)
            else:
                apart.append(judgement)
        self._apart = {self._groups(judgement.pair) for judgement in apart}

    def __contains__(self, pair: Pair) -> bool:
        """Whether nothing is left to decide of a pair."""
        groups = self._groups(pair)
        return len(groups) == 1 or groups in self._apart

    def _groups(self, pair: Pair) -> frozenset[str]:
        return frozenset(map(self._group, pair))

    def _group(self, file: str) -> str:
        while (leader := self._leader.get(file, file)) != file:
            file = leader
        return file


def best_of(files: Mapping[str, bool], best: str) -> Iterator[Judgement]:
    """The judgements that one file is best and all others are its duplicates.

    files: each file of a group, and whether it goes to the trash.
    """
    for file, deletes in files.items():
        if file != best:
            yield Judgement(best, file, Relation.BETTER, deletes)
