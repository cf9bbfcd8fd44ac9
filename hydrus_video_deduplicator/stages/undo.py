"""Take back the potential pairs that this program posted, and no others.

Hydrus's remove_potentials removes ALL pairs of a file. So the pairs that were not ours are written
down first, and posted again afterwards; the next run of any kind completes a rollback that died in
between (`put_back`).
"""

from collections.abc import Iterator

from hydrus_video_deduplicator.batches import batches
from hydrus_video_deduplicator.errors import CallFailed
from hydrus_video_deduplicator.library import Library, Pair, PairStatus
from hydrus_video_deduplicator.stages.events import Event, OutOfReach, Undone
from hydrus_video_deduplicator.stages.posting import PAIRS_A_BATCH, failed_pair
from hydrus_video_deduplicator.store import PostState, Store

_OURS = frozenset({PostState.INTENDED, PostState.RECORDED, PostState.NOT_RECORDED})
_MAY_WAIT = _OURS - {PostState.NOT_RECORDED}


def has_something_to_take_back(store: Store, library: Library) -> bool:
    """Whether the library may hold pairs that we posted."""
    return not _MAY_WAIT.isdisjoint(store.ledger.states(library.identity).values())


def rollback(store: Store, library: Library, dry_run: bool) -> Iterator[Event]:
    """Remove our pairs that are still waiting; pairs that the user has judged stay judged.

    Those of files that are in the trash stay ours: they wait again if the files come back.
    """
    ledger = store.ledger.states(library.identity)
    ours = sorted(pair for pair, state in ledger.items() if state in _OURS)
    found: dict[Pair, PairStatus] = {}
    for batch in batches(ours, PAIRS_A_BATCH):
        found |= zip(batch, library.statuses(batch), strict=True)
    waiting = {pair for pair, status in found.items() if status is PairStatus.POTENTIAL}
    judged = [pair for pair, status in found.items() if status is PairStatus.JUDGED]
    hidden = [pair for pair, status in found.items() if status is PairStatus.GONE]
    if hidden:
        yield OutOfReach(len(hidden))
    if dry_run:
        yield from (Undone(pair, planned=True) for pair in sorted(waiting))
        return
    yield from put_back(store, library)
    for batch in batches(sorted(waiting), PAIRS_A_BATCH):
        store.debts.owe(library.identity, library.bystanders(batch) - waiting)
        library.remove_potentials({sha256 for pair in batch for sha256 in pair})
        yield from put_back(store, library)
    store.ledger.strike(library.identity, set(ours).difference(hidden))
    store.ledger.record(library.identity, dict.fromkeys(judged, PostState.JUDGED))
    yield from map(Undone, sorted(waiting))


def put_back(store: Store, library: Library) -> Iterator[Event]:
    """Post the pairs that a rollback has removed and that were not ours."""
    owed = sorted(store.debts.owed(library.identity))
    for batch in batches(owed, PAIRS_A_BATCH):
        try:
            library.post(batch)
            statuses = library.statuses(batch)
        except CallFailed as error:
            yield from (failed_pair(library, pair, str(error)) for pair in batch)
            continue
        missing = [
            pair for pair, status in zip(batch, statuses, strict=True) if status is PairStatus.NONE
        ]
        store.debts.settle(library.identity, set(batch) - set(missing))
        for pair in missing:
            yield failed_pair(library, pair, "the pair could not be put back; run again")
