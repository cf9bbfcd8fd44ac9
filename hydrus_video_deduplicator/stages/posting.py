"""Post the pairs, and trust only what is read back.

The plan is a value: a dry run shows it, a run carries it out.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from hydrus_video_deduplicator.batches import batches
from hydrus_video_deduplicator.errors import CallFailed
from hydrus_video_deduplicator.library import Library, Pair, PairStatus
from hydrus_video_deduplicator.stages.events import (
    Event,
    Failed,
    Held,
    Lost,
    Of,
    Planned,
    Posted,
    SimilarPair,
)
from hydrus_video_deduplicator.stages.gate import Gate
from hydrus_video_deduplicator.store import DUE_AGAIN, PostState, Store

PAIRS_A_BATCH = 100
"""Pairs that are posted and read back together: 10 ms a post. A batch succeeds or fails as one."""

PAIRS_ASKED = 1000
"""Pairs about which the library is asked at once before anything is posted."""

SAFE_AFTER = 60.0
"""Seconds after which what was posted is safe: Hydrus writes to its disk every 30 seconds, and what
it shows before that is lost if it crashes."""

_STATE_BEFORE = {PairStatus.POTENTIAL: PostState.PRESENT, PairStatus.JUDGED: PostState.JUDGED}
_STATE_AFTER = {
    PairStatus.NONE: PostState.NOT_RECORDED,
    PairStatus.POTENTIAL: PostState.RECORDED,
    PairStatus.JUDGED: PostState.JUDGED,
}


@dataclass(frozen=True, slots=True)
class PostingPlan:
    """What is to be posted.

    due: the matches to be posted, the strongest first.
    held: those that the library has already, though no run with this store has dealt with them.
    begun: pairs that an earlier run posted and did not see recorded; these are ours, too.
    """

    due: Sequence[SimilarPair]
    held: Sequence[Held]
    begun: frozenset[Pair]


def find_lost(store: Store, library: Library) -> Iterator[Event]:
    """Make the pairs due again that the library has lost: it crashed, or an older copy came back.

    It keeps or loses all pairs of one post. If it has some of them, the user removed the others.
    """
    lost = 0
    for post in store.ledger.unconfirmed(library.identity, time.time() - SAFE_AFTER):
        try:
            statuses = dict(zip(post, library.statuses(post), strict=True))
        except CallFailed:  # the next run asks again
            continue
        missing = [pair for pair, status in statuses.items() if status is PairStatus.NONE]
        if set(statuses.values()) & _STATE_BEFORE.keys():
            store.ledger.record(library.identity, dict.fromkeys(post, PostState.RECORDED))
        else:
            store.ledger.record(library.identity, dict.fromkeys(missing, PostState.NOT_RECORDED))
            lost += len(missing)
    if lost:
        yield Lost(lost)


def plan_posting(store: Store, library: Library, matches: Sequence[SimilarPair]) -> PostingPlan:
    """Leave out what has been dealt with."""
    ledger = store.ledger.states(library.identity)
    begun = frozenset(pair for pair, state in ledger.items() if state in DUE_AGAIN)
    unsettled = [m for m in matches if m.pair in begun or m.pair not in ledger]
    states = _held((match.pair for match in unsettled if match.pair not in begun), library)
    return PostingPlan(
        due=[match for match in unsettled if match.pair not in states],
        held=[Held(m, states[m.pair]) for m in unsettled if m.pair in states],
        begun=begun,
    )


def _held(pairs: Iterable[Pair], library: Library) -> dict[Pair, PostState]:
    """What the library has of some pairs. If it does not answer, `carry_out` asks again."""
    statuses: dict[Pair, PairStatus] = {}
    for batch in batches(list(pairs), PAIRS_ASKED):
        with suppress(CallFailed):
            statuses |= zip(batch, library.statuses(batch), strict=True)
    return {p: _STATE_BEFORE[status] for p, status in statuses.items() if status in _STATE_BEFORE}


def show(plan: PostingPlan) -> Iterator[Event]:
    """What `carry_out` would post, for a dry run."""
    yield from plan.held
    yield from map(Planned, plan.due)


def carry_out(plan: PostingPlan, store: Store, library: Library, gate: Gate) -> Iterator[Event]:
    """Post every pair of the plan that the library does not hold by then. Raises `TimeUp`."""
    store.ledger.record(library.identity, {held.match.pair: held.state for held in plan.held})
    yield from plan.held
    for batch in batches(plan.due, PAIRS_A_BATCH):
        gate.enter()
        by_pair = {match.pair: match for match in batch}
        try:
            states = _post(list(by_pair), plan.begun, store, library)
        except CallFailed as error:
            yield from (failed_pair(library, pair, str(error)) for pair in by_pair)
            continue
        yield from (Posted(by_pair[pair], state) for pair, state in states.items())


def _post(
    pairs: list[Pair], begun: frozenset[Pair], store: Store, library: Library
) -> dict[Pair, PostState]:
    """Post one batch; returns what the library then holds of it.

    What the library held before is not ours. The intention is written down before the post, so that
    the pairs of a run that dies in between are known as ours.
    """
    before = dict(zip(pairs, library.statuses(pairs), strict=True))
    states = {
        pair: _STATE_BEFORE[status]
        for pair, status in before.items()
        if status in _STATE_BEFORE and pair not in begun
    }
    to_post = [
        pair
        for pair, status in before.items()
        if pair not in states and status is not PairStatus.GONE
    ]
    store.ledger.record(library.identity, states | dict.fromkeys(to_post, PostState.INTENDED))
    missing = [pair for pair in to_post if before[pair] is PairStatus.NONE]
    if missing:
        library.post(missing)
    after = zip(to_post, library.statuses(to_post), strict=True)
    read_back = {pair: _STATE_AFTER[status] for pair, status in after if status in _STATE_AFTER}
    store.ledger.record(library.identity, read_back, posted=time.time())
    return states | read_back


def failed_pair(library: Library, pair: Pair, reason: str) -> Failed:
    """A pair that was set aside."""
    return Failed(" and ".join(map(library.label, pair)), reason, of=Of.PAIR)
