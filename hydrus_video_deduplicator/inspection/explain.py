"""What happened to a pair, or will happen, and why."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.errors import CallFailed
from hydrus_video_deduplicator.frames import jpeg_xl
from hydrus_video_deduplicator.inspection.naming import Videos
from hydrus_video_deduplicator.inspection.outcome import ON_DISK, Outcome, in_folder, in_hydrus
from hydrus_video_deduplicator.inspection.sampled import (
    sampled,
    what_will_be_seen,
    why_not_found,
    will_be_looked_at,
)
from hydrus_video_deduplicator.inspection.side_by_side import SideBySide, side_by_side
from hydrus_video_deduplicator.library import Library, pair_of
from hydrus_video_deduplicator.match import LOOSEST, Kind, Match, Part
from hydrus_video_deduplicator.signature import TooLittle
from hydrus_video_deduplicator.stages.hashing import ATTEMPT
from hydrus_video_deduplicator.stages.searching import search
from hydrus_video_deduplicator.store import DUE_AGAIN, PostState, Store
from hydrus_video_deduplicator.wording import counted

PERHAPS_ANIMATED = frozenset({"jxl", "avif", "heic", "heif"})
"""What Hydrus calls still pictures of formats that can be animated."""


NOT_YET = "No run has compared the two yet; the next run will."

TO_LOOK = (
    "The shorter one may be a part of the longer one: they look alike at one moment. The next run "
    "will look at the longer one more closely there."
)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known about a pair, seen from its first file.

    a, b: the files, in the order in which they were given.
    is_posted: whether this program posted it and Hydrus recorded it.
    why: sentences, the one that decides first.
    compared: what a comparison says of them now.
    match: what the search made of them; its `a` is that of the explanation, the smaller or not.
    """

    a: str
    b: str
    outcome: Outcome
    is_posted: bool
    why: list[str]
    compared: SideBySide
    match: Match | None

    @property
    def parts(self) -> tuple[Part, ...]:
        """Its parts, as the search found them or, if it missed the pair, as compared now."""
        if self.match is not None:
            return self.match.parts
        comparison = self.compared.comparison
        return comparison.parts if comparison and comparison.score >= LOOSEST else ()


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
    matches = store.matches.at_least(signature.ALGORITHM, 0.0)
    match = next((match for match in matches if match.pair == pair), None)
    unable = [] if match is not None else _why_unable(names, store, library, videos)
    by_search = match is None and not unable
    compared = side_by_side(pair, store, match, by_search)
    if match is not None:
        without, against = None, _why_held_back(match, names, store, threshold, kinds)
    else:
        without, against = _unmatched(
            names, compared, unable, store=store, library=library, threshold=threshold
        )
    if against and will_be_looked_at(pair, store) and set(pair) <= set(videos()):
        against.append(TO_LOOK)
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
            outcome = without or in_folder(match, against, threshold)
    is_posted = state is PostState.RECORDED or (state in DUE_AGAIN and outcome is Outcome.WAITING)
    if (a, b) != pair:
        compared = compared.inverse()
        match = match and match.inverse()
    return Explanation(a, b, outcome, is_posted, [*filter(None, why)], compared, match)


def _unmatched(
    names: Mapping[str, str],
    compared: SideBySide,
    unable: list[str],
    *,
    store: Store,
    library: Library,
    threshold: float,
) -> tuple[Outcome, list[str]]:
    """What a pair that no run found is called in a folder, and what speaks against it."""
    if not unable and compared.score >= threshold:
        return Outcome.MISSED, _why_missed(compared, store, library)
    seen = sampled(pair_of(*names), store) if unable in ([], [NOT_YET]) else None
    if unable:
        will = [] if seen is None else [what_will_be_seen(seen, names)]
        return Outcome.NOT_COMPARED, [*unable, *will]
    if seen is not None:
        remedy, is_proposed = _remedy(library), bool(compared.is_proposed)
        return Outcome.NOT_FOUND, why_not_found(
            seen, names, store, remedy=remedy, is_proposed=is_proposed
        )
    return Outcome.NOT_SIMILAR, _why_no_match(compared, threshold)


def _why_left_out(names: Mapping[str, str], library: Library, videos: Videos) -> list[str]:
    looked_at = videos()
    return [
        f"{name} {_not_searched(sha256, library)}."
        for sha256, name in names.items()
        if sha256 not in looked_at
    ]


def _not_searched(sha256: str, library: Library) -> str:
    """Why no run looks at a file; follows its name."""
    if not library.keeps_pairs:
        return "is not among the videos of this folder"
    said = "is not among the videos that a run searches"
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
    no_videos = store.failures.no_videos(ATTEMPT)
    stills = store.signatures.too_little(signature.ALGORITHM)
    hashed = store.signatures.of(signature.ALGORITHM, names)
    why = []
    for sha256, name in names.items():
        if reason := failures.get(sha256):
            failed = f"{name} could not be hashed: {_clause(reason)}"
            why.append(f"{failed}. Try again with --retry-failed.")
        elif reason := no_videos.get(sha256):
            why.append(f"{name} is not a video: {_clause(reason)}.")
        elif sha256 not in hashed:
            unhashed = _why_unhashed(sha256, library, videos)
            why.append(f"{name} has not been hashed: {unhashed}.")
        elif reason := stills.get(sha256):
            why.append(f"{name} shows little to compare: {_of_stills(reason)}.")
    tried = failures.keys() | no_videos.keys()
    if not library.keeps_pairs and not hashed.keys() | tried >= names.keys():
        why.append(ON_DISK)
    if not why and not store.matches.uncompared(signature.ALGORITHM).isdisjoint(names):
        why.append(NOT_YET)
    return why


def _why_unhashed(sha256: str, library: Library, videos: Videos) -> str:
    if sha256 not in videos():
        return f"it {_not_searched(sha256, library)}"
    try:  # why a run could not read it may have passed
        with library.source(sha256).open() as file:
            file.read(1)
    except (CallFailed, OSError) as error:
        return f"it cannot be read ({_clause(str(error))}). Every run tries it again"
    return "no run has reached it yet"


def _of_stills(reason: str) -> str:
    """Why there is little to compare in a video, and what that means."""
    if reason == TooLittle.STILL.value:
        return f"{reason}, which is compared only with others of the same length"
    return reason


def _why_no_match(found: SideBySide, threshold: float) -> list[str]:
    if not found.is_proposed:
        return ["The search does not consider this pair: at first sight, too few frames are alike."]
    if found.comparison is None:
        return ["Side by side, they show different things."]
    return [
        f"They are not similar enough: the score is {found.score:.3f}, and {threshold:g} is needed."
    ]


def _why_missed(found: SideBySide, store: Store, library: Library) -> list[str]:
    """Of a pair that scores enough side by side, and that no run has found."""
    count = len(store.signatures.files(signature.ALGORITHM))
    if found.is_proposed:
        why = "A search would propose this pair now, but the run that compared the two did not."
    else:
        why = (
            f"The search among {counted(count, 'video')} did not propose this pair: at first sight,"
            " too few of their frames are alike."
        )
    enough = f"Side by side they score {found.score:.3f}, which is enough."
    return [enough, why, _remedy(library)]


def _remedy(library: Library) -> str:
    """What the user can do about a pair that the search did not find."""
    return (
        "You can set the two as potential duplicates yourself: select both in Hydrus, then manage "
        "→ file relationships."
        if library.keeps_pairs
        else "A folder with fewer videos, and a --data-dir of its own, is searched more thoroughly."
    )


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
