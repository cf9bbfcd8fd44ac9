"""Hubs: files that are like many files that are not like one another."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from hydrus_video_deduplicator.match import Match

LEAST_PAIRS = 8
"""Pairs of a file from which it can be a hub. A video is seldom kept in more edited copies."""

MOST_AGREEMENT = 0.25
"""Share of the pairs among a file's partners that are matches themselves, below which the file is
a hub. Copies of one video nearly all match one another; what a bare video is like does not."""


@dataclass(frozen=True, slots=True)
class Hub:
    """A file whose pairs are held back: its key and the number of its pairs."""

    key: str
    pairs: int


def split_hubs(matches: Iterable[Match]) -> tuple[list[Match], list[Hub]]:
    """The matches without those of hubs, in their order, and the hubs, the largest first."""
    matches = list(matches)
    partners: dict[str, set[str]] = defaultdict(set)
    for match in matches:
        partners[match.a].add(match.b)
        partners[match.b].add(match.a)
    hubs = [Hub(key, len(near)) for key, near in partners.items() if _is_hub(near, partners)]
    held = {hub.key for hub in hubs}
    kept = [match for match in matches if match.a not in held and match.b not in held]
    return kept, sorted(hubs, key=lambda hub: (-hub.pairs, hub.key))


def _is_hub(near: set[str], partners: dict[str, set[str]]) -> bool:
    count = len(near)
    if count < LEAST_PAIRS:
        return False
    agreeing = sum(len(near & partners[key]) for key in near)
    return agreeing < MOST_AGREEMENT * count * (count - 1)
