"""Hubs: files that are like many files that are not like one another."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from hydrus_video_deduplicator.match import Match, Span

LEAST_PAIRS = 8
"""Pairs of a file from which it can be a hub. A video is seldom kept in more edited copies."""

MOST_AGREEMENT = 0.25
"""Share of the pairs among a file's partners that are matches themselves, below which the file is
a hub. Copies of one video nearly all match one another; what a bare video is like does not."""

SAME_STRETCH = 0.6
"""Share that two stretches of a file have in common, of the shorter one, from which their partners
should match: excerpts of different places need not."""


@dataclass(frozen=True, slots=True)
class Hub:
    """A file whose pairs are held back: its key and the number of its pairs."""

    key: str
    pairs: int


def split_hubs(matches: Iterable[Match]) -> tuple[list[Match], list[Hub]]:
    """The matches without those of hubs, in their order, and the hubs, the largest first."""
    matches = list(matches)
    partners: dict[str, dict[str, Match]] = defaultdict(dict)
    for match in matches:
        partners[match.a][match.b] = match
        partners[match.b][match.a] = match
    hubs = [Hub(key, len(near)) for key, near in partners.items() if _is_hub(key, partners)]
    held = {hub.key for hub in hubs}
    kept = [match for match in matches if match.a not in held and match.b not in held]
    return kept, sorted(hubs, key=lambda hub: (-hub.pairs, hub.key))


def _is_hub(key: str, partners: Mapping[str, Mapping[str, Match]]) -> bool:
    near = partners[key]
    if len(near) < LEAST_PAIRS:
        return False
    agreeing = sum(len(near.keys() & partners[name].keys()) for name in near)
    if agreeing >= MOST_AGREEMENT * len(near) * (len(near) - 1):
        return False
    should, do = _in_one_stretch(key, near, partners)
    return should >= LEAST_PAIRS * (LEAST_PAIRS - 1) and do < MOST_AGREEMENT * should


def _in_one_stretch(
    key: str, near: Mapping[str, Match], partners: Mapping[str, Mapping[str, Match]]
) -> tuple[int, int]:
    """How many pairs of partners, in both orders, show one stretch of the file, and match."""
    numbers = {name: number for number, name in enumerate(near)}
    starts, ends = np.array([_span(key, match) for match in near.values()]).T
    should = do = 0
    for name, number in numbers.items():
        common = np.minimum(ends, ends[number]) - np.maximum(starts, starts[number])
        shorter = np.minimum(ends - starts, ends[number] - starts[number])
        is_same = common >= SAME_STRETCH * shorter
        is_same[number] = False
        should += int(np.count_nonzero(is_same))
        matching = [numbers[other] for other in near.keys() & partners[name].keys()]
        do += int(np.count_nonzero(is_same[matching]))
    return should, do


def _span(key: str, match: Match) -> Span:
    """The stretch of a file that the other file of a match shows, too."""
    return match.a_span if match.a == key else match.b_span
