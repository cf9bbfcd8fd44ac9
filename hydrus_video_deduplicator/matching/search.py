"""All matches of a library: candidates first, then the verdict on each."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from itertools import chain

import numpy as np

from hydrus_video_deduplicator.match import (
    LOOSEST,
    Edit,
    Glimpse,
    Kind,
    Match,
    Part,
    repeats,
)
from hydrus_video_deduplicator.matching.candidates import find_candidates
from hydrus_video_deduplicator.matching.chains import Chains
from hydrus_video_deduplicator.matching.comparison import Comparison
from hydrus_video_deduplicator.matching.following import Unsettled, unsettled
from hydrus_video_deduplicator.matching.framing import framing_edits
from hydrus_video_deduplicator.matching.glimpses import glimpse
from hydrus_video_deduplicator.matching.hits import Candidates, NamedPair
from hydrus_video_deduplicator.matching.overlays import overlay_of
from hydrus_video_deduplicator.matching.pair import Pair
from hydrus_video_deduplicator.matching.seams import parted
from hydrus_video_deduplicator.matching.seen import seconds_seen
from hydrus_video_deduplicator.matching.sketch import Sketch, Sketches
from hydrus_video_deduplicator.matching.slices import find_slices
from hydrus_video_deduplicator.matching.together import Asking, together
from hydrus_video_deduplicator.matching.verdict import SURE, compare_closely, compare_plainly
from hydrus_video_deduplicator.matching.video import VIDEOS_KEPT, Video
from hydrus_video_deduplicator.matching.ways import placement
from hydrus_video_deduplicator.signature import Signature
from hydrus_video_deduplicator.signature.spectrum import RADIUS

SAME_LENGTH = 0.95
"""Share of both videos that lies in the other from which they are of one length."""

LEAST_DRIFT = 0.25
"""Seconds by which another speed must shift the end of the common part against its start: from
frames an eighth of a second apart, no less can be told."""

MOST_DOUBT = 2.5
"""Seconds for which it may be open when a picture of a slide show was shown in the other copy: one
of the same length has lost or moved no more than one picture. A scene that stands still for longer
tells nothing of the clock, and there a trim is a trim."""

A_PICTURE = 1.2
"""Times as long as a picture of a slide show stays for which it may be open: it is looked at in
steps."""

EXCERPT_SHARE = 0.5
"""Share of the longer video below which the other is an excerpt, no trimmed copy."""

LEAST_EXCHANGED = 0.6
"""Seconds that both must have before or behind the common part for something to be exchanged."""

SEAMLESS = 0.6
"""Correlation of the last and the first picture from which a clip is a loop."""

ROUNDS_OF_LINKS = 3
"""Times that pairs are chosen through which others may follow: some of the first are no matches."""

SIDE_BY_SIDE = 64
"""Pairs that are judged side by side: more take no less time each."""


def find_matches(
    signatures: Mapping[str, Signature],
    new: Collection[str] | None = None,
    threshold: float = LOOSEST,
) -> Iterator[Match]:
    """All pairs that score `threshold` or more and have at least one file in `new` (None: any)."""
    keys = sorted(signatures)
    sketches = Sketches.joined([Sketch.of(signatures[key]) for key in keys])
    is_new = None if new is None else np.array([key in new for key in keys], bool)
    shapes = np.array([signatures[key].shapes for key in keys]).reshape(-1, 2)
    slices = find_slices(shapes, lambda number: signatures[keys[number]], is_new)
    video = lru_cache(VIDEOS_KEPT)(lambda key: Video(signatures[key]))
    pairs = named(find_candidates(sketches, is_new).merged(slices), keys)
    told = [each for each in judged(pairs, video, threshold) if isinstance(each, Match)]
    told.sort(key=lambda match: match.score)  # of a pair that is told twice, the better counts
    found = {match.pair: match for match in told}
    fresh, before = dict(found), dict[tuple[str, str], Match]()
    while fresh:
        due = unsettled(fresh.values(), found.values(), before.values())
        before = dict(found)
        fresh = {match.pair: match for match in followed(due, video, threshold)}
        found |= fresh
    yield from (each for each in found.values() if new is None or each.a in new or each.b in new)


def named(candidates: Candidates, keys: Sequence[str]) -> Iterator[NamedPair]:
    """The candidates with their keys."""
    columns = (candidates.a.tolist(), candidates.b.tolist(), candidates.ways.tolist())
    for a, b, ways in zip(*columns, strict=True):
        yield keys[a], keys[b], [way for way in ways if way >= 0]


def judged(
    pairs: Iterable[NamedPair],
    video: Callable[[str], Video],
    threshold: float,
    known: Iterable[Match] = (),
) -> Iterator[Match | Glimpse]:
    """The matches of pairs that score `threshold` or more, and what says that others may be one.

    Those of copies of one video should come together: what some are says what others may be.
    video: gives the video of a key. Where more pairs of one are judged, it should keep it.
    known: matches of other pairs of the videos.
    """
    chains = _linked(known, video)
    pairs = list(pairs)
    judge = partial(_judged, video=video, threshold=threshold, chains=chains)
    yield from _together(map(partial(judge, plainly=True), pairs))
    left = searched = [pair for pair in pairs if not chains.knows(*pair[:2])]
    for _ in range(ROUNDS_OF_LINKS):
        links = chains.links(left)
        yield from _together(map(judge, links))
        chosen = {pair[:2] for pair in links}
        left = [pair for pair in left if pair[:2] not in chosen]
    yield from _together(map(judge, left))
    # Where a search finds little or nothing, others may by now say how the two lie.
    unsure = [(a, b, ()) for a, b, _ in searched if not chains.knows(a, b)]
    yield from _together(map(judge, (pair for pair in unsure if chains.proposed(*pair[:2]))))


def followed(due: Unsettled, video: Callable[[str], Video], threshold: float) -> Iterator[Match]:
    """The matches of pairs that follow from others and say more than what is known of the pairs.

    video: see `judged`.
    """
    chains = _linked(due.links, video)
    judge = partial(_judged, video=video, threshold=threshold, chains=chains)
    for match in _together(judge((a, b, ())) for a, b in due.pairs):
        if isinstance(match, Match) and due.is_improved_by(match):
            yield match


def _linked(links: Iterable[Match], video: Callable[[str], Video]) -> Chains:
    chains = Chains()
    for link in links:
        chains.add_match(link, video(link.a).signature, video(link.b).signature)
    return chains


def _together(judgements: Iterable[Asking[list[Match | Glimpse]]]) -> Iterator[Match | Glimpse]:
    yield from chain.from_iterable(together(judgements, SIDE_BY_SIDE))


def _judged(
    pair: NamedPair,
    video: Callable[[str], Video],
    threshold: float,
    chains: Chains,
    *,
    plainly: bool = False,
) -> Asking[list[Match | Glimpse]]:
    """What is told of a pair. plainly: nothing if it is not plainly the same."""
    a, b, ways = pair
    one, other = video(a), video(b)
    signatures = one.signature, other.signature
    placements = tuple(dict.fromkeys(placement(way, *signatures) for way in ways))
    if plainly:
        found = yield from compare_plainly(one, other, placements)
        if found is None:
            return []
    else:
        found = yield from compare_closely(one, other, placements, chains.proposed(a, b))
    if found is not None:
        chains.add(a, b, found, (one.signature.duration, other.signature.duration))
    told: list[Match | Glimpse] = []
    if found is not None and found.score >= threshold:
        told.append(as_match(a, b, one, other, found))
    if placements and not _is_plain(one, other, found):
        seen = yield from glimpse((a, b), Pair(one, other), placements)
        told += [seen] if seen else []
    return told


def _is_plain(one: Video, other: Video, found: Comparison | None) -> bool:
    """Whether all of the shorter video is surely in the other, at its own speed."""
    if found is None or found.score < SURE or len(found.parts) > 1:
        return False
    part = found.longest
    if not part.is_of_one_speed:
        return False
    lengths = (part.a_span, one.signature.duration), (part.b_span, other.signature.duration)
    return max((end - start) / max(whole, 1e-3) for (start, end), whole in lengths) >= SAME_LENGTH


def as_match(a: str, b: str, video_a: Video, video_b: Video, found: Comparison) -> Match:
    """The match of videos A and B that a comparison found."""
    one, other = video_a.signature, video_b.signature
    found = replace(found, parts=parted(found.parts, one, other))
    return Match(
        a=a,
        b=b,
        score=min(1.0, found.score),
        kind=_kind(video_a, video_b, found),
        edits=_edits(one, other, found),
        parts=found.parts,
        a_readable=one.readable,
        b_readable=other.readable,
        a_seconds=one.duration,
        b_seconds=other.duration,
        overlay=overlay_of(one, other, found.placement),
    )


def _kind(one: Video, other: Video, found: Comparison) -> Kind:
    a, b = one.signature, other.signature
    doubt = min(MOST_DOUBT, A_PICTURE * max(one.stay, other.stay))
    if all(part.speed < 0 for part in found.parts):
        return Kind.REVERSED
    if len(found.parts) > 1:
        return Kind.LOOP if _is_loop(a, b, found) else Kind.RECUT
    part = found.longest
    drift = abs(part.speed - 1) * (part.a_span[1] - part.a_span[0])
    if not part.is_of_one_speed and drift > max(LEAST_DRIFT, doubt):
        return Kind.SPEED
    lengths = [
        (span[1] - span[0], max(signature.duration, 1e-3))
        for span, signature in ((part.a_span, a), (part.b_span, b))
    ]
    shares = [common / whole for common, whole in lengths]
    if all(whole - common <= max((1 - SAME_LENGTH) * whole, doubt) for common, whole in lengths):
        return Kind.SAME
    if _is_exchanged(a, b, part, max(doubt, LEAST_EXCHANGED)):
        return Kind.RECUT
    return Kind.TRIMMED if min(shares) >= EXCERPT_SHARE else Kind.EXCERPT


def _is_exchanged(a: Signature, b: Signature, part: Part, doubt: float) -> bool:
    """Whether both have something else before the common part, or behind it."""
    before = min(seconds_seen(a, 0, part.a_span[0]), seconds_seen(b, 0, part.b_span[0]))
    behind = min(seconds_seen(a, part.a_span[1]), seconds_seen(b, part.b_span[1]))
    return max(before, behind) > doubt


def _is_loop(a: Signature, b: Signature, found: Comparison) -> bool:
    """Whether one repeats the moments of the other, or starts elsewhere in the same cycle."""
    if repeats(found.parts):
        return True
    order = sorted(found.parts, key=lambda part: part.b_span)
    turned = [*found.parts[1:], found.parts[0]]
    return order == turned and len(order) == 2 and min(_seam(a), _seam(b)) >= SEAMLESS


def _seam(signature: Signature) -> float:
    """Correlation of the last picture of a video with its first."""
    first, last = signature.coefficients()[[0, -1]] / RADIUS
    return float(first @ last / max(1e-6, np.sqrt((first @ first) * (last @ last))))


def _edits(a: Signature, b: Signature, found: Comparison) -> frozenset[Edit]:
    orientation = found.placement.orientation
    edits = set()
    if orientation.mirrored:
        edits.add(Edit.MIRRORED)
    if orientation.rotated:
        edits.add(Edit.ROTATED)
    if found.moving:
        edits.add(Edit.MOVING)
    if found.placement.inverted:
        edits.add(Edit.INVERTED)
    if a.is_panel or b.is_panel:
        edits.add(Edit.PANEL)
    return frozenset([*edits, *framing_edits(a, b, found)])
