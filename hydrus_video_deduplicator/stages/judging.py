"""Write to the library what the user has decided, and believe only what is read back.

The plan is a value: the user sees it first, and it is carried out only at his word.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from hydrus_video_deduplicator.batches import batches
from hydrus_video_deduplicator.errors import CallFailed
from hydrus_video_deduplicator.library import Judgement, Library, PairStatus, Relation
from hydrus_video_deduplicator.store import DecisionState, Store

JUDGEMENTS_AT_ONCE = 50
"""Judgements that are written and read back together. Hydrus does them in one transaction, and
passes tags on meanwhile."""


@dataclass(frozen=True, slots=True)
class JudgingPlan:
    """What is to be written, in the order of deciding."""

    due: Sequence[Judgement]

    @property
    def counts(self) -> Mapping[Relation, int]:
        """How many of each relation."""
        return Counter(judgement.relation for judgement in self.due)

    @property
    def deleted(self) -> set[str]:
        """The files that go to the trash."""
        return {judgement.second for judgement in self.due if judgement.deletes}


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a judgement. problem: why the library could not be asked, or empty."""

    judgement: Judgement
    state: DecisionState
    problem: str = ""


def plan_judging(store: Store, library: Library) -> JudgingPlan:
    """All that is decided and that the library has not recorded."""
    decided = store.decisions.all(library.identity).values()
    return JudgingPlan([d.judgement for d in decided if d.state is not DecisionState.APPLIED])


def carry_out(
    plan: JudgingPlan, store: Store, library: Library, *, merges: bool
) -> Iterator[Judged]:
    """Write the judgements of the plan that the library does not hold; tells what became of each.

    merges: see `Library.judge`.
    """
    for batch in batches(plan.due, JUDGEMENTS_AT_ONCE):
        try:
            states = _judge(batch, store, library, merges)
        except CallFailed as error:
            yield from (Judged(each, DecisionState.DECIDED, str(error)) for each in batch)
            continue
        yield from (Judged(judgement, state) for judgement, state in states.items())


def _judge(
    batch: Sequence[Judgement], store: Store, library: Library, merges: bool
) -> dict[Judgement, DecisionState]:
    """Write one batch; what then became of each.

    What an earlier attempt did, before it died, is not done again.
    """
    unheld = _unheld(batch, library)
    states = dict.fromkeys(batch, DecisionState.APPLIED) | _not_to_do(unheld, library)
    due = [judgement for judgement in unheld if states[judgement] is DecisionState.APPLIED]
    if due:
        store.decisions.mark(library.identity, due, DecisionState.INTENDED)
        library.judge(due, merges=merges)
        states |= dict.fromkeys(_unheld(due, library), DecisionState.NOT_RECORDED)
    for state in set(states.values()):
        of_state = [judgement for judgement in batch if states[judgement] is state]
        store.decisions.mark(library.identity, of_state, state)
    return states


def _not_to_do(unheld: Sequence[Judgement], library: Library) -> dict[Judgement, DecisionState]:
    """Those that are not to be written, and why."""
    statuses = library.statuses([judgement.pair for judgement in unheld])
    by_status: dict[PairStatus, list[Judgement]] = {}
    for judgement, status in zip(unheld, statuses, strict=True):
        by_status.setdefault(status, []).append(judgement)
    # of what the library holds, only a file may be left to delete
    judged = {replace(j, deletes=False): j for j in by_status.get(PairStatus.JUDGED, [])}
    otherwise = [judged[bare] for bare in _unheld([*judged], library)]
    gone = by_status.get(PairStatus.GONE, [])
    return dict.fromkeys(otherwise, DecisionState.JUDGED_OTHERWISE) | dict.fromkeys(
        gone, DecisionState.GONE
    )


def _unheld(judgements: Sequence[Judgement], library: Library) -> list[Judgement]:
    if not judgements:
        return []
    held = zip(judgements, library.holds(judgements), strict=True)
    return [judgement for judgement, is_held in held if not is_held]
