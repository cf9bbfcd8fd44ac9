"""Pairs that new matches say something about: two copies of a third video.

So it hardly matters which files were compared together, and in what order they came.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import nlargest

from hydrus_video_deduplicator.match import Edit, Match, Span
from hydrus_video_deduplicator.matching.chains import LEAST_LINK, WAYS_TRIED, WHOLLY, worth_of
from hydrus_video_deduplicator.matching.parts import SHORTEST
from hydrus_video_deduplicator.matching.verdict import SURE

LEAST_GAIN = 0.02
"""Score by which what follows of a pair must be better than what is known, to take its place."""

LEADS_NOWHERE = {Edit.MOVING, Edit.PANEL}
"""Edits of a match from which nothing follows: where the pictures lie is not known for all time, or
not of the whole pictures."""


@dataclass(frozen=True, slots=True)
class Unsettled:
    """What is to be judged.

    pairs: a < b, ascending.
    links: the matches from which they follow.
    known: the matches of the pairs themselves, which are weak. Nothing follows from them.
    """

    pairs: list[tuple[str, str]]
    links: list[Match]
    known: dict[tuple[str, str], Match]

    def is_improved_by(self, found: Match) -> bool:
        """Whether what follows of a pair takes the place of what is known."""
        known = self.known.get(found.pair)
        if known is None:
            return True
        return found.score >= known.score + LEAST_GAIN and worth_of(found) > worth_of(known)


def unsettled(
    new: Iterable[Match], known: Iterable[Match], followed: Iterable[Match] = ()
) -> Unsettled:
    """The pairs that new matches make copies of a third video, unless they surely match.

    A pair that was such before, and no match for all that, is left out: with each further copy of
    one video there would be more of them.
    known: the matches of all files of the new ones, with those. followed: those among them of which
        it is known what follows.
    """
    matches = {match.pair: match for match in known}
    sure = {pair for pair, match in matches.items() if match.score >= SURE}
    copies, told = _copies(matches.values()), _copies(new)
    tried = _originals(_copies(followed))
    between: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for original, ends in told.items():
        for one, span in ends.items():
            for other, its in copies[original].items():
                pair = _pair(one, other)
                if one == other or pair in sure or _overlap(span, its) < SHORTEST:
                    continue
                if pair in matches or tried[one].isdisjoint(tried[other]):
                    between[pair].add(original)
    links: set[tuple[str, str]] = set()
    for pair, originals in between.items():
        links |= _likeliest_ways(pair, originals, matches)
    return Unsettled(
        sorted(between),
        [matches[link] for link in sorted(links)],
        {pair: matches[pair] for pair in between if pair in matches},
    )


def leading(known: Iterable[Match]) -> list[Match]:
    """Of known matches those that lead from a video on to others: to where most of them lie."""
    matches = {match.pair: match for match in known}
    copies = _copies(matches.values())
    chosen = {
        _pair(copy, original)
        for copy, some in _originals(copies).items()
        for original in nlargest(WAYS_TRIED, some, key=lambda name: (len(copies[name]), name))
    }
    return [matches[pair] for pair in sorted(chosen)]


def _copies(matches: Iterable[Match]) -> Mapping[str, dict[str, Span]]:
    """For each video those that lie wholly in it, and where in it."""
    copies: defaultdict[str, dict[str, Span]] = defaultdict(dict)
    for match in matches:
        if match.score < LEAST_LINK or match.shares is None or match.edits & LEADS_NOWHERE:
            continue
        of_a, of_b = match.shares
        if of_a >= WHOLLY:
            copies[match.b][match.a] = match.b_span
        if of_b >= WHOLLY:
            copies[match.a][match.b] = match.a_span
    return copies


def _originals(copies: Mapping[str, Iterable[str]]) -> defaultdict[str, set[str]]:
    """For each video those in which it lies wholly."""
    originals: defaultdict[str, set[str]] = defaultdict(set)
    for original, of_it in copies.items():
        for copy in of_it:
            originals[copy].add(original)
    return originals


def _likeliest_ways(
    pair: tuple[str, str], originals: Iterable[str], matches: Mapping[tuple[str, str], Match]
) -> set[tuple[str, str]]:
    """The pairs with the videos through which a pair most surely follows."""
    ways = [[_pair(end, original) for end in pair] for original in originals]
    best = nlargest(WAYS_TRIED, ways, key=lambda way: sum(worth_of(matches[step]) for step in way))
    return {step for way in best for step in way}


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)


def _overlap(one: Span, other: Span) -> float:
    return min(one[1], other[1]) - max(one[0], other[0])
