"""Compare all signatures with all: matches are kept in the store, each pair compared once."""

from collections.abc import Collection
from dataclasses import dataclass

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.matching import Hub, Kind, Match, find_matches, split_hubs
from hydrus_video_deduplicator.signature import Signature
from hydrus_video_deduplicator.sound import Sound
from hydrus_video_deduplicator.store import Store


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What is known by now.

    matches: the pairs to post, the strongest first.
    hubs: the files whose pairs are held back.
    """

    matches: list[Match]
    hubs: list[Hub]


def compare_new(store: Store) -> None:
    """Compare every signature that is new with all others, whatever the query of this run is.

    So a file that this run's query leaves out is not forgotten by the next run's.
    """
    new = store.uncompared(signature.ALGORITHM)
    if not new:
        return
    signatures = {
        sha256: Signature.from_bytes(data) for sha256, data in store.signatures(signature.ALGORITHM)
    }
    store.add_comparison(signature.ALGORITHM, new, find_matches(signatures, new))


def search(store: Store, threshold: float, kinds: Collection[Kind]) -> SearchResult:
    """All matches known by now of these kinds that score at least `threshold` (0 to 1)."""
    stills = store.too_little(signature.ALGORITHM).keys()
    matches, hubs = split_hubs(
        match
        for match in store.matches(signature.ALGORITHM, threshold)
        if not _contradicted(match, stills)
    )
    return SearchResult([match for match in matches if match.kind in kinds], hubs)


def _contradicted(match: Match, stills: Collection[str]) -> bool:
    """Whether the pictures say too little and the sound says that the files are different."""
    sounds_other = match.sound is not None and match.sound.sound is Sound.OTHER
    return sounds_other and (match.a in stills or match.b in stills)
