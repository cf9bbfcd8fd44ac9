"""Compare all signatures: matches are kept in the store, and no pair is compared twice."""

import os
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence, Set
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, tee
from typing import Protocol, TypeVar

import numpy as np

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.batches import batches as in_batches
from hydrus_video_deduplicator.match import LOOSEST, PANEL_MARGIN, Glimpse, Kind, Match, Sound
from hydrus_video_deduplicator.matching import (
    SKETCHING,
    VIDEOS_KEPT,
    Hub,
    NamedPair,
    Sketch,
    Video,
    judged,
    leading,
    named,
    split_hubs,
)
from hydrus_video_deduplicator.matching.glimpses import BESIDE, LONGEST, with_beside
from hydrus_video_deduplicator.signature import Signature, file_of, is_of_stretch
from hydrus_video_deduplicator.stages.ending import Ending
from hydrus_video_deduplicator.stages.events import Advanced, Begun, Stage
from hydrus_video_deduplicator.stages.following import follow
from hydrus_video_deduplicator.stages.pools import cancel_if_held
from hydrus_video_deduplicator.stages.portions import Portion, portions
from hydrus_video_deduplicator.stages.proposing import Proposals, propose
from hydrus_video_deduplicator.store import PackedSketch, Store

T = TypeVar("T")
R = TypeVar("R")

WORTH_WORKERS = 300
"""Candidates from which worker processes are started: fewer are judged before one has started."""

MANY_NEW = 3_000
"""New files from which worker processes are started before the candidates are known: they load
their modules meanwhile."""

MOST_THREADS = 4
"""Tables that are searched at once in this process, at most. More only compete for memory: 130 MB
each for 100,000 videos."""

SKETCHES_AT_ONCE = 500
"""Signatures sketched before the sketches are stored."""

MOST_LINKS = 40
"""Matches of an old file, at most, by which others are led to it: a file may have a thousand."""

BARELY = 0.5
"""Seconds at the ends of a stretch that need not have been seen."""

AHEAD = 2
"""Batches handed to each worker: with two, none waits while results are stored."""


class Workers(Protocol):
    """Where batches are worked on."""

    def executor(self) -> Executor:
        """The executor; always the same until it is replaced."""
        ...

    def slots(self) -> int:
        """How many tasks it can work on at once."""
        ...


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What is known by now.

    matches: the pairs to post, the strongest first.
    hubs: the files whose pairs are held back.
    """

    matches: list[Match]
    hubs: list[Hub]


Batch = tuple[dict[str, bytes], list[NamedPair], list[Match]]
"""The signatures of some videos, the pairs of them to judge, and what is known of other pairs."""


def compare_new(
    store: Store, workers: Workers | None = None, ending: Ending | None = None
) -> Iterator[Begun | Advanced]:
    """Compare every signature that is new with all others, whatever the query of this run is.

    So later runs do not miss a file that this run's query leaves out. A file stops being new once
    all its matches are stored, so a killed search continues from there. Yields its progress, in
    candidates.
    workers: where pairs are judged; in this process, if None.
    ending: when to stop; the next run continues from there.
    """
    yield Begun(Stage.COMPARE)
    if new := store.matches.uncompared(signature.ALGORITHM):
        yield from _compare(store, new, workers, ending)
    if ending is None or not ending.is_due():
        yield from follow(store, ending)


def _compare(
    store: Store, new: Set[str], workers: Workers | None, ending: Ending | None
) -> Iterator[Begun | Advanced]:
    """Compare what is new with all others."""
    _sketch_missing(store, workers)
    if workers is not None and len(new) >= MANY_NEW:
        _wake(workers)
    found = propose(store, new, _threads(workers))
    candidates = found.candidates
    parts, to_judge = tee(portions(candidates, found.files, found.is_new))
    worth = workers if len(candidates) >= WORTH_WORKERS else None
    yield Begun(Stage.COMPARE, len(candidates))
    batches = (_batch(store, part, found, new) for part in to_judge)
    results = _in_order(judge, batches, worth)
    for part, (matches, glimpses) in zip(parts, results, strict=True):
        compared = [found.names[place] for place in part.compared]
        store.matches.add_comparison(signature.ALGORITHM, compared, matches, glimpses)
        yield Advanced(len(part.pairs))
        if ending is not None and ending.is_due():
            return


def still_to_compare(store: Store, videos: Collection[str]) -> set[str]:
    """The files that are new, and those among `videos` at which a run has yet to look closer."""
    new = map(file_of, store.matches.uncompared(signature.ALGORITHM))
    glimpses = store.glimpses.all(signature.ALGORITHM)
    present = frozenset(videos)
    return {
        *new,
        *chain.from_iterable(store.matches.unfollowed(signature.ALGORITHM)),
        *(each.long for each in glimpses if present >= {each.short, each.long}),
    }


def proposed(store: Store, signatures: Set[str]) -> list[NamedPair]:
    """The pairs among some signatures that a run comes upon in which they alone are new.

    It searches all that the store has, as a run does, so its cost grows with the store.
    """
    found = propose(store, signatures, _threads(None))
    is_new, candidates = found.is_new, found.candidates
    are_both = np.flatnonzero(is_new[candidates.a] & is_new[candidates.b])
    return list(named(candidates.taken(are_both), found.names))


def _wake(workers: Workers) -> None:
    """Have every worker started, by judging nothing."""
    for _ in range(workers.slots()):
        _submitted(workers.executor(), judge, ({}, [], []))


def _threads(workers: Workers | None) -> int:
    """Tables to search at once: no more than there are workers, or processors in this machine."""
    wanted = 1 if workers is None else workers.slots()
    return max(1, min(wanted, os.cpu_count() or 1, MOST_THREADS))


def judge(batch: Batch) -> tuple[list[Match], list[Glimpse]]:
    """The matches among some pairs, and where to look for others. Runs in a worker."""
    packed, pairs, links = batch

    def video(key: str) -> Video:
        cancel_if_held()  # what is not stored is judged again
        return _unpacked(packed[key])

    whole = [pair for pair in pairs if not _is_of_panel(pair)]
    told = list(judged(whole, video, LOOSEST, links))
    # No match of panels can take the place of so good a one.
    settled = {m.pair for m in told if isinstance(m, Match) and m.score >= 1 - PANEL_MARGIN}
    rest = (p for p in pairs if _is_of_panel(p) and (file_of(p[0]), file_of(p[1])) not in settled)
    told += judged(rest, video, LOOSEST)
    glimpses = [
        replace(each, short=file_of(each.short), long=file_of(each.long))
        for each in told
        if isinstance(each, Glimpse) and not is_of_stretch(each.long)  # that was a closer look
    ]
    matches = []
    for match in (each for each in told if isinstance(each, Match)):
        if (missing := _yet_to_see(match, video)) is None:
            matches.append(_of_files(match))
        elif missing.span[1] - missing.span[0] <= LONGEST + 2 * BESIDE:
            glimpses.append(missing)
    return matches, glimpses


def _yet_to_see(match: Match, video: Callable[[str], Video]) -> Glimpse | None:
    """Where a film is to be looked at, if one of the two is a stretch of it that shows too little.

    It was looked at because of another clip, and has only a part of what this one shows.
    """
    if not is_of_stretch(match.a):
        return _yet_to_see(match.inverse(), video) if is_of_stretch(match.b) else None
    stretch, other = video(match.a).signature, video(match.b).signature
    back = match.longest.inverse()
    start, end = sorted((back.in_b(0.0), back.in_b(other.duration)))
    start, end = max(start, 0.0), min(end, stretch.duration)
    seen = float(stretch.times[0]) - BARELY, float(stretch.times[-1]) + BARELY
    if seen[0] <= start and end <= seen[1]:
        return None
    span = with_beside(start, end, stretch.duration)
    return Glimpse(file_of(match.b), file_of(match.a), span, match.score)


def _is_of_panel(pair: NamedPair) -> bool:
    return any(key.endswith(signature.PANELS) for key in pair[:2])


@lru_cache(VIDEOS_KEPT)
def _unpacked(data: bytes) -> Video:
    """The video of a packed signature; the last ones are kept from batch to batch."""
    return Video(Signature.from_bytes(data))


def _of_files(match: Match) -> Match:
    """The match of two signatures as one of their files."""
    a, b = match.pair
    return replace(
        match,
        a=file_of(a),
        b=file_of(b),
        is_closer=is_of_stretch(a) or is_of_stretch(b),
    )


def sketch(packed: Sequence[bytes]) -> list[PackedSketch]:
    """The sketches of packed signatures. Runs in a worker."""
    return [packed_sketch(Signature.from_bytes(data)) for data in packed]


def packed_sketch(signed: Signature) -> PackedSketch:
    """The sketch of a signature for the store."""
    return PackedSketch(SKETCHING, *Sketch.of(signed).to_bytes())


def _batch(store: Store, part: Portion, found: Proposals, new: Set[str]) -> Batch:
    """What a worker needs to judge a portion."""
    pairs = list(named(found.candidates.taken(part.pairs), found.names))
    videos = dict.fromkeys(key for a, b, _ in pairs for key in (a, b))
    known = store.matches.among(signature.ALGORITHM, videos.keys() - new, MOST_LINKS)
    return store.signatures.of(signature.ALGORITHM, videos), pairs, leading(known)


def _sketch_missing(store: Store, workers: Workers | None) -> None:
    """Sketch the signatures of a version that made no sketches, or different ones."""
    missing = store.sketches.missing(signature.ALGORITHM, SKETCHING)
    worth = workers if len(missing) >= WORTH_WORKERS else None
    chunks = list(in_batches(missing, SKETCHES_AT_ONCE))
    packed = (list(store.signatures.of(signature.ALGORITHM, chunk).values()) for chunk in chunks)
    for chunk, made in zip(chunks, _in_order(sketch, packed, worth), strict=True):
        store.sketches.add(signature.ALGORITHM, zip(chunk, made, strict=True))


def _in_order(task: Callable[[T], R], batches: Iterable[T], workers: Workers | None) -> Iterator[R]:
    """The results of the batches, in order, a few ahead of what is asked for.

    If a worker dies, nothing is lost: its task only reads and is done again here.
    """
    if workers is None:
        yield from map(task, batches)
        return
    ahead: deque[tuple[T, Future[R]]] = deque()
    for batch in batches:
        ahead.append((batch, _submitted(workers.executor(), task, batch)))
        if len(ahead) >= AHEAD * max(1, workers.slots()):
            yield _result(task, *ahead.popleft())
    while ahead:
        yield _result(task, *ahead.popleft())


def _result(task: Callable[[T], R], batch: T, future: Future[R]) -> R:
    try:
        return future.result()
    except Exception:  # if the batch is the cause, this shows it
        return task(batch)


def _submitted(executor: Executor, task: Callable[[T], R], batch: T) -> Future[R]:
    try:
        return executor.submit(task, batch)
    except BrokenExecutor as error:
        failed: Future[R] = Future()
        failed.set_exception(error)
        return failed


def search(store: Store, threshold: float, kinds: Collection[Kind]) -> SearchResult:
    """All known matches of these kinds that score at least `threshold` (0 to 1)."""
    stills = store.signatures.too_little(signature.ALGORITHM).keys()
    matches, hubs = split_hubs(
        match
        for match in store.matches.at_least(signature.ALGORITHM, threshold)
        if not _contradicted(match, stills)
    )
    return SearchResult([match for match in matches if match.kind in kinds], hubs)


def _contradicted(match: Match, stills: Collection[str]) -> bool:
    """Whether the pictures say too little and the sound says that the files are different."""
    sounds_other = match.sound is not None and match.sound.sound is Sound.OTHER
    return sounds_other and (match.a in stills or match.b in stills)
