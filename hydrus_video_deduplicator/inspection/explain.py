"""Why a pair was posted, or was not."""

import hashlib
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.errors import CallFailed, UsageError
from hydrus_video_deduplicator.library import Library, Pair, PairStatus
from hydrus_video_deduplicator.match import Kind, Match
from hydrus_video_deduplicator.matching import (
    Candidates,
    Comparison,
    Sketch,
    Sketches,
    compare,
    find_candidates,
)
from hydrus_video_deduplicator.matching.ways import placement
from hydrus_video_deduplicator.signature import Signature
from hydrus_video_deduplicator.stages.hashing import ATTEMPT
from hydrus_video_deduplicator.stages.searching import SearchResult, search
from hydrus_video_deduplicator.store import PostState, Store

LEAST_DIGITS = 8
"""Of a hash that is told by its start; two files of a million have the same first 8 by chance once
in a hundred libraries, and then it is said."""

HASH_FORM = re.compile(r"[0-9a-f]{8,64}")
WHOLE_HASH = 64


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known of a pair.

    is_posted: whether the library holds it, or held it before the user judged it, as far as known.
    why: sentences, the one that decides first.
    comparison: the two, part by part; None if they cannot be compared or nothing is alike.
    """

    a: str
    b: str
    is_posted: bool
    why: list[str]
    comparison: Comparison | None
    match: Match | None


def find_file(text: str, store: Store, by_id: Callable[[int], str | None] = lambda _: None) -> str:
    """The SHA-256 of the file that the user means. Raises `UsageError`.

    text: a path, a hash or its start, or a number that `by_id` knows.
    """
    path = Path(text).expanduser()
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    digits = text.strip().lower().removeprefix("file ")
    if len(digits) == WHOLE_HASH and HASH_FORM.fullmatch(digits):
        return digits
    if digits.isdecimal() and (sha256 := by_id(int(digits))):
        return sha256
    if HASH_FORM.fullmatch(digits):
        return _completed(digits, store)
    raise UsageError(
        f"'{text}' is no file here, no hash or {LEAST_DIGITS} digits of one, and no file id."
    )


def explain(
    pair: Pair, store: Store, library: Library, threshold: float, kinds: Collection[Kind]
) -> Explanation:
    """Say why the pair is or is not posted. Raises what the library raises."""
    a, b = pair
    unable = [reason for sha256 in (a, b) for reason in _why_not_judged(sha256, store, library)]
    found = search(store, threshold, kinds)
    matches = store.matches(signature.ALGORITHM, 0.0)
    match = next((match for match in matches if match.pair == pair), None)
    comparison, is_candidate = _compared(a, b, store)
    state = store.postings(library.identity).get((a, b))
    outcome = _outcome(a, b, library, state)
    held = _why_held_back(match, found, threshold, kinds)
    looked = [] if match or unable else _why_no_match(comparison, is_candidate)
    is_posted = state in (PostState.RECORDED, PostState.PRESENT, PostState.JUDGED)
    why = [*outcome, *unable, *looked, *held] if is_posted else [*unable, *looked, *held, *outcome]
    if not why:
        why = ["Nothing stands against it: the next run posts it."]
    return Explanation(a, b, is_posted, why, comparison, match)


def _completed(start: str, store: Store) -> str:
    known = store.signed(signature.ALGORITHM) | store.failures(ATTEMPT).keys()
    fitting = [sha256 for sha256 in known if sha256.startswith(start)]
    if len(fitting) == 1:
        return fitting[0]
    many = "More than one file's hash starts" if fitting else "No hash of a file known here starts"
    raise UsageError(f"{many} with {start}. Give all 64 digits.")


def _why_not_judged(sha256: str, store: Store, library: Library) -> list[str]:
    name = library.label(sha256)
    if reason := store.failures(ATTEMPT).get(sha256):
        return [f"{name} could not be hashed: {reason}. Try again with --retry-failed."]
    if not store.signatures_of(signature.ALGORITHM, [sha256]):
        return [f"{name} has not been hashed: no run has come to it, or it is no video."]
    if reason := store.too_little(signature.ALGORITHM).get(sha256):
        return [f"{name} has too little in it to be judged by its pictures: {reason}."]
    return []


def _compared(a: str, b: str, store: Store) -> tuple[Comparison | None, bool]:
    """The comparison, and whether a search would have come to it."""
    packed = store.signatures_of(signature.ALGORITHM, [a, b])
    if len(packed) < 2:  # one has not been hashed, or both are the same file
        return None, False
    one, other = (Signature.from_bytes(packed[key]) for key in (a, b))
    candidates: Candidates = find_candidates(Sketches.joined([Sketch.of(one), Sketch.of(other)]))
    ways = [way for way in candidates.ways.reshape(-1).tolist() if way >= 0]
    if not ways:
        return compare(one, other), False
    return compare(one, other, tuple(dict.fromkeys(placement(w, one, other) for w in ways))), True


def _why_no_match(comparison: Comparison | None, is_candidate: bool) -> list[str]:
    if not is_candidate:
        return ["Their pictures have too little in common for the search to come to this pair."]
    if comparison is None:
        return ["Held against each other, they show different things."]
    return [f"They are too little alike to be kept: the score is {comparison.score:.3f}."]


def _why_held_back(
    match: Match | None, found: SearchResult, threshold: float, kinds: Collection[Kind]
) -> list[str]:
    if match is None:
        return []
    why = []
    if match.score < threshold:
        why.append(f"Its score, {match.score:.3f}, is below the threshold, {threshold:g}.")
    if match.kind not in kinds:
        why.append(f"Its kind, {match.kind.value}, is not among --kinds.")
    hubs = {hub.key: hub.pairs for hub in found.hubs}
    why += [
        f"{key[:12]} is like {hubs[key]} files that are not like one another: it is held back."
        for key in match.pair
        if key in hubs
    ]
    if match not in found.matches and not why:
        why.append("The picture stands still and the sound of the two is different.")
    return why


def _outcome(a: str, b: str, library: Library, state: PostState | None) -> list[str]:
    if not library.keeps_pairs:
        return []
    try:
        (status,) = library.statuses([(a, b)])
    except CallFailed as error:
        return [f"What Hydrus holds of it cannot be told: {error}."]
    ours = "We posted it" if state is PostState.RECORDED else "It was there before us"
    known = state in (PostState.RECORDED, PostState.PRESENT)
    text = ""
    match status:
        case PairStatus.GONE:
            text = "A file of it is in the trash, deleted, or was never in this Hydrus."
        case PairStatus.JUDGED:
            text = "You have judged it in Hydrus."
        case PairStatus.POTENTIAL:
            text = f"{ours}; it is waiting for you in Hydrus." if known else "Hydrus has it."
        case PairStatus.NONE if known:
            text = f"{ours}; Hydrus has it no longer."
        case PairStatus.NONE if state is PostState.NOT_RECORDED:
            text = "We posted it and Hydrus did not record it; the next run posts it again."
    return [text] * bool(text)
