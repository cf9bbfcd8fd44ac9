"""The user's desk: cards, what is decided of them, and what is written when he says so.

It answers with values of plain JSON, and knows nothing of HTTP.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.errors import UsageError
from hydrus_video_deduplicator.library import Judgement, Library, Pair, Relation
from hydrus_video_deduplicator.report.cards import Card, dealt
from hydrus_video_deduplicator.report.contents import Group
from hydrus_video_deduplicator.report.gather import (
    Groups,
    Waiting,
    Wanted,
    file_of,
    find_waiting,
)
from hydrus_video_deduplicator.review import telling
from hydrus_video_deduplicator.review.looking import Looker
from hydrus_video_deduplicator.review.measuring import measured
from hydrus_video_deduplicator.review.settling import Settled, best_of
from hydrus_video_deduplicator.signature import Signature
from hydrus_video_deduplicator.stages.judging import carry_out, plan_judging
from hydrus_video_deduplicator.stages.workers import Crew
from hydrus_video_deduplicator.store import Decision, DecisionState, Store


@dataclass(frozen=True, slots=True)
class Terms:
    """What the user allows.

    merges: whether tags and the like pass from file to file when a decision is written.
    deletes: whether a worse copy may be sent to the trash.
    """

    merges: bool = True
    deletes: bool = False


class Desk:
    """What one user works at; each thread may use it."""

    def __init__(
        self, wanted: Wanted, library: Library, store: Store, crew: Crew, terms: Terms
    ) -> None:
        """Find the pairs that wait; no file is opened yet."""
        self._library = library
        self._store = store
        self._terms = terms
        self._waiting: Waiting = find_waiting(wanted, library, store)
        self.cards: Sequence[Card] = dealt(self._waiting.matches)
        self._files = {file for card in self.cards for file in card.files}
        self._sizes = {f: e.size for f, e in library.extents(sorted(self._files)).items()}
        self.looker = Looker(library, crew)
        self._writing = Lock()

    def has(self, file: str) -> bool:
        """Whether a file is on one of the cards."""
        return file in self._files

    def overview(self) -> dict[str, Any]:
        """Every card in short, and what is decided."""
        return {
            "library": self._library.identity,
            "in_hydrus": self._library.keeps_pairs,
            "may_delete": self._terms.deletes and self._library.keeps_pairs,
            "merges": self._terms.merges,
            "left_out": self._waiting.left_out,
            "cards": [telling.card(card, self._library.label, self._sizes) for card in self.cards],
            **self.state(),
        }

    def state(self) -> dict[str, Any]:
        """What is decided, by pair, and which cards are done."""
        decided = self._decided()
        settled = Settled([decision.judgement for decision in decided.values()])
        left = {
            card.number: sum(match.pair not in settled for match in card.matches)
            for card in self.cards
        }
        return {
            "decisions": [telling.decision(decision) for decision in decided.values()],
            "left": left,
            "done": sum(not pairs for pairs in left.values()),
        }

    def _decided(self) -> Mapping[Pair, Decision]:
        return {
            pair: decision
            for pair, decision in self._store.decisions.all(self._library.identity).items()
            if self._files.issuperset(pair)
        }

    def card(self, number: int, *, examines: bool) -> dict[str, Any]:
        """Everything about a card: its files are looked at. Raises `UsageError`.

        examines: whether the pictures of its files are compared, too, which takes seconds a file.
        """
        card = self._card(number)
        group, boxes = self._group(card, examines=examines)
        return telling.group(card, group, boxes)

    def _card(self, number: int) -> Card:
        if not 0 <= number < len(self.cards):
            raise UsageError("There is no such card.")
        return self.cards[number]

    def _group(self, card: Card, *, examines: bool) -> tuple[Group, dict[str, Signature]]:
        """The files and pairs of a card, with advice; and the signature of each file."""
        listings = dict(self._library.listings(card.files))
        matches = [match for match in card.matches if listings.keys() >= {*match.pair}]
        if not matches:
            raise UsageError("The files of this card are no longer there.")
        files = {file for match in matches for file in match.pair}
        looks = self.looker.looks(files)
        told = {f: file_of(f, self._library, self._store, listings[f], looks[f]) for f in files}
        groups = Groups(
            files=measured(told, matches, self.looker) if examines else told,
            looks=looks,
            statuses=self._waiting.statuses,
            store=self._store,
        )
        signed = self._store.signatures.of(signature.ALGORITHM, files)
        return groups.group(matches), {f: Signature.from_bytes(s) for f, s in signed.items()}

    # decide

    def decide(self, judgements: Collection[Judgement]) -> dict[str, Any]:
        """Keep what the user has decided at once; the new state. Raises `UsageError`."""
        self._check(judgements)
        self._store.decisions.decide(self._library.identity, judgements)
        return self.state()

    def _check(self, judgements: Collection[Judgement]) -> None:
        decided = self._decided()
        for judgement in judgements:
            if not self._files.issuperset(judgement.pair) or judgement.first == judgement.second:
                raise UsageError("A file of this decision is not on any card.")
            if judgement.deletes and not (self._terms.deletes and self._library.keeps_pairs):
                raise UsageError("No file may be deleted without --allow-delete.")
            before = decided.get(judgement.pair)
            if before is not None and before.state is DecisionState.APPLIED:
                raise UsageError("This pair has already been judged in Hydrus: change it there.")

    def withdraw(self, pairs: Collection[Pair]) -> dict[str, Any]:
        """Take back what was decided of pairs and is not in the library; the new state."""
        decided = self._decided()
        open_again = [p for p in pairs if p in decided and not _is_final(decided[p])]
        if open_again:
            self._store.decisions.withdraw(self._library.identity, open_again)
        return self.state()

    def undo(self) -> dict[str, Any]:
        """Undo the last decision; the new state, and the card that it was about."""
        pairs = self._store.decisions.undo(self._library.identity)
        touched = (
            card.number for card in self.cards if any({*card.files} >= {*pair} for pair in pairs)
        )
        return {**self.state(), "undone": next(touched, None)}

    def take_advice(self, numbers: Collection[int]) -> dict[str, Any]:
        """Decide cards as the advice says, all in one step; the new state.

        Left to the user: cards that are decided, at least in part; those on which no file looks
        clearly best; and those whose files are not all copies of one another.
        """
        decided, judgements, taken = self._decided(), list[Judgement](), 0
        for number in dict.fromkeys(numbers):
            card = self._card(number)
            is_open = not any(match.pair in decided for match in card.matches)
            if not card.is_of_copies or not is_open:
                continue
            group, _ = self._group(card, examines=True)
            if group.advice.best is not None:
                files = dict.fromkeys((file.sha256 for file in group.files), False)
                judgements += best_of(files, group.files[group.advice.best].sha256)
                taken += 1
        if judgements:
            self._store.decisions.decide(self._library.identity, judgements, by_advice=True)
        return {**self.state(), "taken": taken}

    # write

    def summary(self) -> dict[str, Any]:
        """What would be written to the library now."""
        plan = plan_judging(self._store, self._library)
        sizes = self._library.extents(sorted(plan.deleted))
        return {
            "counts": {relation.value: plan.counts[relation] for relation in Relation},
            "deleted": len(plan.deleted),
            "deleted_bytes": sum(extent.size for extent in sizes.values()),
            "merges": self._terms.merges,
        }

    def apply(self, *, merges: bool) -> dict[str, Any]:
        """Write all that is decided; what became of it, and the new state. Raises `UsageError`."""
        if not self._library.keeps_pairs:
            raise UsageError("A folder cannot store decisions: save them as CSV or JSON.")
        with self._writing:
            plan = plan_judging(self._store, self._library)
            outcomes = list(carry_out(plan, self._store, self._library, merges=merges))
        failed = [each for each in outcomes if each.state is not DecisionState.APPLIED]
        return {
            **self.state(),
            "applied": len(outcomes) - len(failed),
            "failed": [telling.failure(each, self._library.label) for each in failed],
        }

    def decisions(self) -> list[dict[str, Any]]:
        """What is decided, for other programs."""
        decided = self._store.decisions.all(self._library.identity).values()
        return [telling.row(decision, self._library.label) for decision in decided]

    def counts(self) -> Mapping[DecisionState, int]:
        """How many decisions there are of each state."""
        return Counter(decision.state for decision in self._decided().values())


def _is_final(decision: Decision) -> bool:
    return decision.state in (DecisionState.APPLIED, DecisionState.INTENDED)
