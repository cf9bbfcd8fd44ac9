"""Two files compared with each other, regardless of what a run has found."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.library import Pair
from hydrus_video_deduplicator.match import PANEL_MARGIN, Match
from hydrus_video_deduplicator.matching import (
    Comparison,
    NamedPair,
    Sketch,
    Sketches,
    compare,
    find_candidates,
    find_slices,
    named,
)
from hydrus_video_deduplicator.matching.chains import Proposal
from hydrus_video_deduplicator.matching.geometry import WHOLE
from hydrus_video_deduplicator.matching.ways import placement
from hydrus_video_deduplicator.signature import Signature, file_of
from hydrus_video_deduplicator.stages.searching import proposed
from hydrus_video_deduplicator.store import Store


@dataclass(frozen=True, slots=True)
class SideBySide:
    """What a comparison says about two files.

    comparison: the two, part by part; None if they cannot be compared or nothing is alike.
    is_proposed: whether a search among all videos of the store finds the pair; None if that was
        not tried.
    """

    comparison: Comparison | None
    is_proposed: bool | None = None

    @property
    def score(self) -> float:
        """0 to 1; 0 if there is no comparison."""
        return self.comparison.score if self.comparison else 0.0

    def inverse(self) -> "SideBySide":
        """The same seen from the other file."""
        return replace(self, comparison=self.comparison and self.comparison.inverse())


def side_by_side(pair: Pair, store: Store, match: Match | None, by_search: bool) -> SideBySide:
    """The best comparison of all signatures of two files.

    match: what a run found of the two; it may have learnt from other files where they lie.
    by_search: whether to place them as the search among all videos does, if it finds them.
    """
    signed = {name: Signature.from_bytes(data) for name, data in packed_of(pair, store).items()}
    if not signed.keys() >= set(pair):  # one has not been hashed
        return SideBySide(None)
    found = proposed(store, signed.keys()) if by_search else []
    compared = [(ways, _along(ways, signed, match)) for ways in found or laid(pair, signed)]
    _, best = max(
        compared, key=lambda each: _rank(*each) if match is None else _likeness(match, each[1])
    )
    return SideBySide(best, bool(found) if by_search else None)


def packed_of(pair: Pair, store: Store) -> dict[str, bytes]:
    """All signatures of two files, as the store keeps them, by their names."""
    names = [name for file in pair for name in store.signatures.names(file, signature.ALGORITHM)]
    return store.signatures.of(signature.ALGORITHM, names)


def _rank(pair: NamedPair, comparison: Comparison | None) -> float:
    """What a comparison counts beside others of the same two files."""
    is_of_panel = any(name.endswith(signature.PANELS) for name in pair[:2])
    return (comparison.score if comparison else 0.0) - PANEL_MARGIN * is_of_panel


def laid(pair: Pair, signed: Mapping[str, Signature]) -> list[NamedPair]:
    """Their signatures, each of one with each of the other, as a search of nothing else lays them.

    Such a search is more thorough than one among many videos.
    """
    of_a, of_b = ([name for name in sorted(signed) if file_of(name) == file] for file in pair)
    sketches = {name: Sketch.of(each) for name, each in signed.items()}
    pairs: list[NamedPair] = []
    for one, other in ((one, other) for one in of_a for other in of_b):
        alone = find_candidates(Sketches.joined([sketches[one], sketches[other]]))
        both = [signed[one], signed[other]]
        slices = find_slices(np.array([each.shapes for each in both]), both.__getitem__)
        found = [*named(alone.merged(slices), [one, other])]
        pairs += found or [(one, other, [])]
    return pairs


def _along(
    pair: NamedPair, signed: Mapping[str, Signature], match: Match | None
) -> Comparison | None:
    """The comparison of two signatures in the ways given, upright if there is none, or as found."""
    both = signed[pair[0]], signed[pair[1]]
    placements = tuple(dict.fromkeys(placement(way, *both) for way in pair[2])) or (WHOLE,)
    found = [compare(*both, placements)]
    if match is not None and (proposal := Proposal.of_match(match, *both)) is not None:
        found.append(compare(*both, placements, proposal))
        return max(found, key=partial(_likeness, match))
    return found[0]


def _likeness(match: Match, comparison: Comparison | None) -> float:
    """How near a comparison comes to a match, 0 at most."""
    return -abs(match.score - (comparison.score if comparison else 0.0))
