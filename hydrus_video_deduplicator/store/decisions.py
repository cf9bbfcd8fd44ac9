"""What the user has decided of pairs: kept at once, and not yet written to the library."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum

from hydrus_video_deduplicator.library import Judgement, Pair, Relation, pair_of
from hydrus_video_deduplicator.store.database import Database


class DecisionState(Enum):
    """What became of a decision in the library."""

    DECIDED = "decided"
    INTENDED = "intended"
    """Written before the call: if the program dies in between, the library is read first."""
    APPLIED = "applied"
    """The library was told, and it was read back."""
    NOT_RECORDED = "not recorded"
    """The library answered that all was well and does not hold it."""
    JUDGED_OTHERWISE = "judged otherwise"
    """The user has decided something else in the library itself; that is left alone."""
    GONE = "gone"
    """A file is no longer in the library."""


FINAL = frozenset({DecisionState.INTENDED, DecisionState.APPLIED})
"""States of what the library holds, or may hold: that is not undone here."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided last of a pair. by_advice: the program's advice was taken."""

    judgement: Judgement
    by_advice: bool = False
    state: DecisionState = DecisionState.DECIDED


class Decisions:
    """The table `decision`: a journal of steps; the last one can be undone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, library: str) -> dict[Pair, Decision]:
        """What was decided last of each pair of the library, in the order of deciding."""
        rows = self._database.execute(
            "SELECT first, second, relation, deletes, by_advice, state FROM decision "
            "WHERE library = ? ORDER BY step",
            (library,),
        )
        found: dict[Pair, Decision] = {}
        for first, second, relation, deletes, by_advice, state in rows:
            found.pop(pair := pair_of(first, second), None)
            if relation is not None:
                judgement = Judgement(first, second, Relation(relation), bool(deletes))
                found[pair] = Decision(judgement, bool(by_advice), DecisionState(state))
        return found

    def unrelated(self, library: str) -> set[Pair]:
        """The pairs of the library that the user has called not related."""
        decided = self.all(library).items()
        return {p for p, each in decided if each.judgement.relation is Relation.NOT_RELATED}

    def decide(
        self, library: str, judgements: Iterable[Judgement], *, by_advice: bool = False
    ) -> None:
        """Keep what was decided at once: a step that is undone as a whole."""
        self._add_step(
            library,
            [(*_row(judgement), by_advice) for judgement in judgements],
        )

    def withdraw(self, library: str, pairs: Iterable[Pair]) -> None:
        """Take back what was decided of pairs; a step that can be undone, too."""
        self._add_step(library, [(a, b, None, False, False) for a, b in pairs])

    def _add_step(
        self, library: str, rows: Collection[tuple[str, str, str | None, bool, bool]]
    ) -> None:
        with self._database.transaction():
            step = self._last_step(library) + 1
            self._database.connection.executemany(
                "INSERT INTO decision VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                ((library, step, *row, DecisionState.DECIDED.value) for row in rows),
            )

    def undo(self, library: str) -> set[Pair]:
        """Undo the last step; the pairs it was about, none if it is in the library already."""
        with self._database.transaction():
            step = self._last_step(library)
            rows = self._database.execute(
                "SELECT first, second, state FROM decision WHERE library = ? AND step = ?",
                (library, step),
            ).fetchall()
            if any(DecisionState(state) in FINAL for _, _, state in rows):
                return set()
            self._database.execute(
                "DELETE FROM decision WHERE library = ? AND step = ?", (library, step)
            )
        return {pair_of(first, second) for first, second, _ in rows}

    def mark(self, library: str, judgements: Iterable[Judgement], state: DecisionState) -> None:
        """Note what became of the decisions that these judgements are."""
        self._database.execute_for_each(
            "UPDATE decision SET state = ? WHERE library = ? AND first = ? AND second = ? "
            "AND relation = ? AND deletes = ? AND step = (SELECT MAX(step) FROM decision "
            "WHERE library = ? AND first IN (?, ?) AND second IN (?, ?))",
            ((state.value, library, *_row(j), library, *j.pair, *j.pair) for j in judgements),
        )

    def _last_step(self, library: str) -> int:
        row = self._database.execute(
            "SELECT MAX(step) FROM decision WHERE library = ?", (library,)
        ).fetchone()
        return row[0] or 0


def _row(judgement: Judgement) -> tuple[str, str, str, bool]:
    """What the table holds of a judgement."""
    return judgement.first, judgement.second, judgement.relation.value, judgement.deletes
