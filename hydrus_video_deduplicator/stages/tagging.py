"""Write the perceptual hash to the library as a tag, read the tags, and remove them again."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from hydrus_video_deduplicator.errors import CallFailed
from hydrus_video_deduplicator.library import Library, Pair, pair_of
from hydrus_video_deduplicator.stages.events import Event, Failed, Tagged, Untagged

NAMESPACE = "phashv1"
"""Names the version of the 64-bit hash, so that a new one never compares with old hashes."""

BITS = 64
"""Length of the hash."""

_TAG = re.compile(rf"{NAMESPACE}:([0-9a-f]{{16}})")


def tag_of(video_hash: str) -> str:
    """The tag for 16 hex digits of VideoHash."""
    return f"{NAMESPACE}:{video_hash}"


def tag(library: Library, sha256: str, video_hash: str, dry_run: bool) -> Event:
    """Give a file its tag."""
    text = tag_of(video_hash)
    try:
        if not dry_run:
            library.add_tag(sha256, text)
    except CallFailed as error:
        return Failed(library.label(sha256), str(error))
    return Tagged(sha256, text, planned=dry_run)


def remove_tags(library: Library, dry_run: bool) -> Iterator[Event]:
    """Remove every tag that this program wrote, from the chosen tag service."""
    for sha256, tags in library.tagged(NAMESPACE):
        ours = [text for text in tags if _TAG.fullmatch(text)]
        if not ours:
            continue
        try:
            if not dry_run:
                library.remove_tags(sha256, ours)
        except CallFailed as error:
            yield Failed(library.label(sha256), str(error))
        else:
            yield Untagged(sha256, ours, planned=dry_run)


@dataclass(frozen=True, slots=True)
class TagMatch:
    """Two files whose tags are alike.

    distance: Hamming distance of the two hashes, in bits of 64.
    """

    pair: Pair
    distance: int

    @property
    def score(self) -> float:
        """Share of equal bits."""
        return 1 - self.distance / BITS

    def detail(self) -> dict[str, Any]:
        """How similar they are, as JSON can hold it."""
        return {"kind": "tag", "bits": self.distance}


def compare_tags(library: Library, videos: Collection[str], max_distance: int) -> list[TagMatch]:
    """All pairs of `videos` whose tags differ in at most `max_distance` bits, the nearest first.

    Every pair is compared, a row of the distance matrix at a time, so that memory grows only with
    the number of files.
    """
    hashes = _hashes_in_tags(library, frozenset(videos))
    names = list(hashes)
    values = np.fromiter(hashes.values(), np.uint64, len(names))
    matches = []
    for row, name in enumerate(names):
        distances = np.bitwise_count(values[row] ^ values[row + 1 :])
        for offset in np.flatnonzero(distances <= max_distance):
            pair = pair_of(name, names[row + 1 + offset])
            matches.append(TagMatch(pair, int(distances[offset])))
    return sorted(matches, key=lambda match: (match.distance, match.pair))


def _hashes_in_tags(library: Library, videos: frozenset[str]) -> dict[str, int]:
    """The hash of each tagged video; of a video with several, the first."""
    hashes: dict[str, int] = {}
    for sha256, tags in library.tagged(NAMESPACE):
        found = [int(match[1], 16) for match in map(_TAG.fullmatch, sorted(tags)) if match]
        if sha256 in videos and found:
            hashes[sha256] = found[0]
    return hashes
