"""Which pictures are shown of the files of a card: of all the same moments, as far as they go."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from hydrus_video_deduplicator.match import Match, Span
from hydrus_video_deduplicator.report.moments import Moments, moments_in_b, shown_moments

Unread = Callable[[str], Sequence[Span]]
"""Gives the stretches of a file, in seconds, that could not be read."""


@dataclass(frozen=True, slots=True)
class Strips:
    """The moments of each file of a card.

    of_file: what is shown of it, by file.
    beside: by file, another one and its moments that show the same, where these are not what is
        shown of that other one anyway.
    """

    of_file: Mapping[str, Moments]
    beside: Mapping[str, tuple[str, Moments]]

    def wanted(self) -> Iterable[tuple[str, Moments]]:
        """Every file with moments of it."""
        yield from self.of_file.items()
        yield from self.beside.values()


def strips_of(matches: Sequence[Match], unread: Unread) -> Strips:
    """What to show of the files that these matches, the strongest first, connect.

    The file with the most matches sets the moments, or the shortest of them; each other one is
    shown at the same, if it has them all.
    """
    counts = Counter(file for match in matches for file in match.pair)
    seconds = {m.a: m.a_seconds or 0.0 for m in matches}
    seconds |= {m.b: m.b_seconds or 0.0 for m in matches}
    lead = max(counts, key=lambda file: (counts[file], -seconds[file]))
    of_file: dict[str, Moments] = {}
    beside: dict[str, tuple[str, Moments]] = {}
    new = {lead}
    while new:
        onwards = [(match, of) for match in matches for of in match.pair if of in new]
        new = set()
        for match, of in onwards:
            seen = match if of == match.a else match.inverse()
            if seen.b in of_file:
                continue
            holes = unread(seen.a), unread(seen.b)
            of_a, of_b = shown_moments(seen, *holes)
            known = of_file.setdefault(seen.a, of_a)
            # A moment may lie in several parts: of_b has one of each part.
            same = of_b if known is of_a else moments_in_b(seen, known, *holes)
            of_file[seen.b] = same or of_b
            if same is None:
                beside[seen.b] = seen.a, of_a
            new.add(seen.b)
    return Strips(of_file, beside)
