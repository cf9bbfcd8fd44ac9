"""What happened to a pair, or will happen, and why."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.errors import CallFailed
from hydrus_video_deduplicator.frames import jpeg_xl
from hydrus_video_deduplicator.inspection.naming import Videos
from hydrus_video_deduplicator.inspection.outcome import Outcome, in_folder, in_hydrus
from hydrus_video_deduplicator.library import Library, Pair, pair_of
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
from hydrus_video_deduplicator.signature import Signature, file_of
from hydrus_video_deduplicator.stages.hashing import ATTEMPT
from hydrus_video_deduplicator.stages.searching import search
from hydrus_video_deduplicator.store import DUE_AGAIN, PostState, Store

PERHAPS_ANIMATED = frozenset({"jxl", "avif", "heic", "heif"})
"""What Hydrus calls still pictures of formats that can be animated."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known about a pair, seen from its first file.

    a, b: the files, in the order in which they were given.
    is_posted: whether this program posted it and Hydrus recorded it.
    why: sentences, the one that decides first.
    comparison: the two, part by part; None if they cannot be compared or nothing is alike.
    match: what the search made of them; its `a` is that of the explanation, the smaller or not.
    """

    a: str
    b: str
    outcome: Outcome
    is_posted: bool
    why: list[str]
    comparison: Comparison | None
    match: Match | None


def explain(
    a: str,
    b: str,
    store: Store,
    library: Library,
    videos: Videos,
    *,
    threshold: float,
    kinds: Collection[Kind],
) -> Explanation:
    """Say what becomes of the pair and why. Raises what the library raises."""
    pair = pair_of(a, b)
    names = {a: "The first", b: "The second"}
    comparison, is_candidate = _compared(pair, store)
    matches = store.matches.at_least(signature.ALGORITHM, 0.0)
    match = next((match for match in matches if match.pair == pair), None)
    unable: list[str] = []
    if match is not None:
        against = _why_held_back(match, names, store, threshold, kinds)
    elif unable := _why_unable(names, store, library, videos):
        against = unable
    else:
        against = _why_no_match(comparison, is_candidate)
    state = store.ledger.states(library.identity).get(pair) if library.keeps_pairs else None
    outcome, told = in_hydrus(pair, library, state) if library.keeps_pairs else (None, "")
    if outcome is not None:
        why = [told, *against]
    else:
        against = against or _why_left_out(names, library, videos)
        why = [*against, told]
        if library.keeps_pairs:
            outcome = Outcome.NOT_POSTED if against else Outcome.DUE
        else:
            outcome = Outcome.NOT_COMPARED if unable else in_folder(match, against, threshold)
    is_posted = state is PostState.RECORDED or (state in DUE_AGAIN and outcome is Outcome.WAITING)
    if (a, b) != pair:
        comparison = comparison and comparison.inverse()
        match = match and match.inverse()
    return Explanation(a, b, outcome, is_posted, [*filter(None, why)], comparison, match)


def _why_left_out(names: Mapping[str, str], library: Library, videos: Videos) -> list[str]:
    looked_at = videos()
    return [
        f"{name} {_not_searched(sha256, library)}."
        for sha256, name in names.items()
        if sha256 not in looked_at
    ]


def _not_searched(sha256: str, library: Library) -> str:
    """What there is to say of a file that no run looks at, behind its name."""
    said = "is not among the videos that a run searches"
    if not library.keeps_pairs:
        return said
    try:
        kind = library.extents([sha256])[sha256].kind
    except (CallFailed, KeyError):
        return said
    if kind not in PERHAPS_ANIMATED:
        return said
    said = f"{said}, because Hydrus takes it for a still picture ({kind})"
    return f"{said}. {_clause(jpeg_xl.STILL_TO_HYDRUS)}" if kind == "jxl" else said


def _why_unable(
    names: Mapping[str, str], store: Store, library: Library, videos: Videos
) -> list[str]:
    """Why the two cannot be compared, or have not been, if so."""
    failures = store.failures.reasons(ATTEMPT)
    stills = store.signatures.too_little(signature.ALGORITHM)
    hashed = store.signatures.of(signature.ALGORITHM, names)
    why = []
    for sha256, name in names.items():
        if reason := failures.get(sha256):
            failed = f"{name} could not be hashed: {_clause(reason)}"
            why.append(f"{failed}. Try again with --retry-failed.")
        elif sha256 not in hashed:
            unhashed = _why_unhashed(sha256, library, videos)
            why.append(f"{name} has not been hashed: {unhashed}.")
        elif reason := stills.get(sha256):
            why.append(f"{name} has no distinct picture to compare: {reason}.")
    if not why and not store.matches.uncompared(signature.ALGORITHM).isdisjoint(names):
        why.append("No run has compared the two yet; the next run will.")
    return why


def _why_unhashed(sha256: str, library: Library, videos: Videos) -> str:
    if sha256 not in videos():
        return f"it {_not_searched(sha256, library)}"
    try:  # why a run could not read it is not kept, as it may pass
        with library.source(sha256).open() as file:
            file.read(1)
    except (CallFailed, OSError) as error:
        return f"it cannot be read ({_clause(str(error))}). Every run tries it again"
    return "no run has reached it yet"


def _compared(pair: Pair, store: Store) -> tuple[Comparison | None, bool]:
    """The best comparison of all their signatures, and whether a search would have come to it."""
    names = [name for file in pair for name in (file, file + signature.OVER_BLACK)]
    kept = store.signatures.of(signature.ALGORITHM, names)
    signed = {name: Signature.from_bytes(packed) for name, packed in kept.items()}
    if not signed.keys() >= set(pair):  # one has not been hashed
        return None, False
    of_a, of_b = ([signed[name] for name in signed if file_of(name) == file] for file in pair)
    compared = [_compared_signatures(one, other) for one in of_a for other in of_b]
    return max(compared, key=lambda each: (each[1], each[0].score if each[0] else 0.0))


def _compared_signatures(one: Signature, other: Signature) -> tuple[Comparison | None, bool]:
    candidates: Candidates = find_candidates(Sketches.joined([Sketch.of(one), Sketch.of(other)]))
    ways = [way for way in candidates.ways.reshape(-1).tolist() if way >= 0]
    if not ways:
        return compare(one, other), False
    return compare(one, other, tuple(dict.fromkeys(placement(w, one, other) for w in ways))), True


def _why_no_match(comparison: Comparison | None, is_candidate: bool) -> list[str]:
    if not is_candidate:
        return ["Their pictures have too little in common for the search to consider this pair."]
    if comparison is None:
        return ["Side by side, they show different things."]
    return [f"They are not similar enough to be kept: the score is {comparison.score:.3f}."]


def _why_held_back(
    match: Match, names: Mapping[str, str], store: Store, threshold: float, kinds: Collection[Kind]
) -> list[str]:
    found = search(store, threshold, kinds)
    why = []
    if match.score < threshold:
        why.append(f"Its score, {match.score:.3f}, is below the threshold, {threshold:g}.")
    if match.kind not in kinds:
        why.append(f"Its kind, {match.kind.value}, is not among --kinds.")
    hubs = {hub.key: hub.pairs for hub in found.hubs}
    why += [
        f"{name} resembles {hubs[key]} files that do not resemble one another, so its pairs are "
        "held back."
        for key, name in names.items()
        if key in hubs
    ]
    if match not in found.matches and not why:
        why.append("The pictures are still, and the two sound different.")
    return why


def _clause(text: str) -> str:
    """A message as a part of a sentence."""
    return text.rstrip(". ")
