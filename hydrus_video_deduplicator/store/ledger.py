"""The ledger of posted pairs: which potential pairs of a library are ours."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from enum import Enum

from hydrus_video_deduplicator.library import Pair
from hydrus_video_deduplicator.store.database import Database


class PostState(Enum):
    """What became of a pair in a library."""

    INTENDED = "intended"
    """Written before the post: if the run dies in between, the pair is still known as ours."""
    RECORDED = "recorded"
    """We posted it and read it back."""
    NOT_RECORDED = "not recorded"
    """The library reported success but holds nothing: to be posted again."""
    PRESENT = "present"
    """It was a potential pair before we came; not ours to take away."""
    JUDGED = "judged"
    """The user had decided before we came, or before we took our pairs back."""


DUE_AGAIN = frozenset({PostState.INTENDED, PostState.NOT_RECORDED})
"""States in which a pair is posted again by the next run."""


class Ledger:
    """The table `posting`: the only part of the store that cannot be made again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def states(self, library: str) -> dict[Pair, PostState]:
        """What became of each pair that was ever posted, or found there, in the library."""
        rows = self._database.execute(
            "SELECT a, b, state FROM posting WHERE library = ?", (library,)
        )
        return {(a, b): PostState(state) for a, b, state in rows}

    def record(self, library: str, states: Mapping[Pair, PostState], posted: float = 0.0) -> None:
        """Write into the ledger.

        posted: when the library was given them, in seconds since 1970, if it may lose them yet.
        """
        self._database.execute_for_each(
            "INSERT OR REPLACE INTO posting VALUES (?, ?, ?, ?, ?)",
            ((library, a, b, state.value, posted) for (a, b), state in states.items()),
        )

    def unconfirmed(self, library: str, before: float) -> list[list[Pair]]:
        """The pairs recorded before a time that were not seen there since, post by post."""
        rows = self._database.execute(
            "SELECT posted, a, b FROM posting WHERE library = ? AND state = ? "
            "AND posted > 0 AND posted <= ? ORDER BY posted, a, b",
            (library, PostState.RECORDED.value, before),
        )
        posts: defaultdict[float, list[Pair]] = defaultdict(list)
        for posted, a, b in rows:
            posts[posted].append((a, b))
        return [*posts.values()]

    def strike(self, library: str, pairs: Collection[Pair]) -> None:
        """Remove pairs from the ledger."""
        self._database.execute_for_each(
            "DELETE FROM posting WHERE library = ? AND a = ? AND b = ?",
            ((library, a, b) for a, b in pairs),
        )

    def strike_all(self, library: str) -> None:
        """Remove all pairs of a library from the ledger."""
        self._database.execute("DELETE FROM posting WHERE library = ?", (library,))
