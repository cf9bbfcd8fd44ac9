"""Write the perceptual hash to the library as a tag, read the tags, and remove them again.

Hydrus moves tags between files when its user judges a pair. So a tag counts as a file's own only if
the file was hashed here and the two agree, or if no judgement can have brought it there.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.errors import CallFailed
from hydrus_video_deduplicator.library import Library, Pair, pair_of
from hydrus_video_deduplicator.stages.events import Event, Failed, Of, Retagged, Tagged, Untagged
from hydrus_video_deduplicator.stages.gate import Gate
from hydrus_video_deduplicator.store import Store

NAMESPACE = "phashv1"
"""Names the version of the 64-bit hash, so that a new one never compares with old hashes."""

BITS = 64
"""Length of the hash."""

LOOKED_AT_WHOLE = 2_560
"""Number of files up to which all tags are looked at: ten calls of half a second each.
Beyond, the number of files with each tag tells which to look at; it hides a tag that two files
exchanged."""

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


@dataclass(frozen=True, slots=True)
class Mistagged:
    """A file that was hashed here and lacks its own tag, or has another of ours.

    own: its own tag. tags: those that it has.
    """

    sha256: str
    own: str
    tags: Sequence[str]

    @property
    def wrong(self) -> list[str]:
        """The tags that are not its own."""
        return [text for text in self.tags if text != self.own]


def mistagged(library: Library, store: Store, videos: Collection[str]) -> Iterator[Mistagged]:
    """Those of the videos that are tagged, but wrongly.

    One that was not hashed here cannot be judged. A file without any tag of the namespace is left
    out: it is merely new.
    """
    hashes = store.signatures.video_hashes(signature.ALGORITHM)
    own = {sha256: tag_of(hashes[sha256]) for sha256 in videos if sha256 in hashes}
    for sha256, tags in _to_look_at(library, hashes, own.keys()):
        if sha256 in own and set(tags) != {own[sha256]}:
            yield Mistagged(sha256, own[sha256], tags)


def _to_look_at(
    library: Library, hashes: Mapping[str, str], videos: Collection[str]
) -> Iterator[tuple[str, list[str]]]:
    """The videos whose tags may be wrong, and perhaps others, with their tags: in few calls."""
    if len(videos) <= LOOKED_AT_WHOLE:
        yield from library.tags_of(NAMESPACE, videos)
        return
    found = dict(library.may_be_mistagged(NAMESPACE))
    yield from found.items()
    lost = _without_their_own(library, hashes).intersection(videos)
    yield from library.tags_of(NAMESPACE, lost - found.keys())


def _without_their_own(library: Library, hashes: Mapping[str, str]) -> set[str]:
    """The tagged files whose own tag is on fewer files than it should be.

    With several such files of one hash, those that have it are among them.
    """
    tagged = library.carriers(NAMESPACE) & hashes.keys()
    expected = Counter(tag_of(hashes[sha256]) for sha256 in tagged)
    counts = library.tag_counts(NAMESPACE)
    missing = {text for text, number in expected.items() if counts.get(text, 0) < number}
    return {sha256 for sha256 in tagged if tag_of(hashes[sha256]) in missing}


def repair(
    library: Library, store: Store, videos: Collection[str], gate: Gate, *, dry_run: bool
) -> Iterator[Event]:
    """Give each of the videos that is wrongly tagged its own tag, and take those of others away.

    A run that dies between the two leaves a file with both, which the next run finds.
    Raises `TimeUp`.
    """
    gate.enter()
    try:
        found = list(mistagged(library, store, videos))
    except CallFailed as error:
        yield Failed("the tags", f"{error}; none is repaired in this run", of=Of.RUN)
        return
    for file in found:
        gate.enter()
        yield _repaired(library, file, dry_run)


def _repaired(library: Library, file: Mistagged, dry_run: bool) -> Event:
    try:
        if not dry_run and file.own not in file.tags:
            library.add_tag(file.sha256, file.own)
        if not dry_run and file.wrong:
            library.remove_tags(file.sha256, file.wrong)
    except CallFailed as error:
        return Failed(library.label(file.sha256), str(error))
    if file.wrong:
        return Retagged(file.sha256, file.own, file.wrong, planned=dry_run)
    return Tagged(file.sha256, file.own, planned=dry_run)


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


def compare_tags(hashes: Mapping[str, int], max_distance: int) -> list[TagMatch]:
    """All pairs of files whose hashes differ in at most `max_distance` bits, the nearest first.

    Every pair is compared, a row of the distance matrix at a time, so that memory grows only with
    the number of files.
    """
    names = list(hashes)
    values = np.fromiter(hashes.values(), np.uint64, len(names))
    matches = []
    for row, name in enumerate(names):
        distances = np.bitwise_count(values[row] ^ values[row + 1 :])
        for offset in np.flatnonzero(distances <= max_distance):
            pair = pair_of(name, names[row + 1 + offset])
            matches.append(TagMatch(pair, int(distances[offset])))
    return sorted(matches, key=lambda match: (match.distance, match.pair))


@dataclass(frozen=True, slots=True)
class TagHashes:
    """What the tags of some videos say.

    by_file: the 64-bit hash of each. unverified: how many may carry another file's tag.
    """

    by_file: dict[str, int]
    unverified: int


def read_tags(library: Library, store: Store, videos: Collection[str]) -> TagHashes:
    """The hash of each tagged video: its own, whatever tags it has, if it was hashed here."""
    present = frozenset(videos)
    doubtful = {sha256 for sha256, _ in library.may_be_mistagged(NAMESPACE)}
    hashes: dict[str, int] = {}
    unverified = 0
    for sha256, tags in library.tagged(NAMESPACE):
        own = store.signatures.video_hash(sha256, signature.ALGORITHM)
        if sha256 not in present:
            continue
        if own is None and sha256 in doubtful:
            unverified += 1
            continue
        found = [match[1] for match in map(_TAG.fullmatch, tags) if match]
        if found:
            hashes[sha256] = int(own or found[0], 16)
    return TagHashes(hashes, unverified)
