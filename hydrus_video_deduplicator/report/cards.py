"""The cards that are laid before the user: a pair, or files that belong together."""

from collections.abc import Sequence
from dataclasses import dataclass

from hydrus_video_deduplicator.match import Edit, Kind, Match
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

    A match that covers only a part of a file, or of its picture, is a card of its own.
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
    """Whether each of the two shows nearly all of the other, in time and in the picture."""
    if Edit.PANEL in match.edits:  # beside it there is something else
        return False
    shares = match.shares
    return match.kind is Kind.SAME or (shares is not None and min(shares) >= NEARLY_ALL)
