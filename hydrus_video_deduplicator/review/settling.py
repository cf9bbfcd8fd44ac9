"""What follows from what the user has decided of the files of a card."""

from collections.abc import Iterator, Mapping, Sequence

from hydrus_video_deduplicator.library import Judgement, Pair, Relation


class Settled:
    """What follows from decisions: copies of copies are copies.

    As in Hydrus, a decision on two files is one on their groups of duplicates.
    """

    def __init__(self, judgements: Sequence[Judgement]) -> None:
        self._leader: dict[str, str] = {}
        apart: list[Judgement] = []
        for judgement in judgements:
            if judgement.relation in (Relation.BETTER, Relation.SAME_QUALITY):
                self._leader[self._group(judgement.second)] = self._group(judgement.first)
            else:
                apart.append(judgement)
        self._apart = {self._groups(judgement.pair) for judgement in apart}

    def __contains__(self, pair: Pair) -> bool:
        """Whether nothing is left to decide of a pair."""
        groups = self._groups(pair)
        return len(groups) == 1 or groups in self._apart

    def _groups(self, pair: Pair) -> frozenset[str]:
        return frozenset(map(self._group, pair))

    def _group(self, file: str) -> str:
        while (leader := self._leader.get(file, file)) != file:
            file = leader
        return file


def best_of(files: Mapping[str, bool], best: str) -> Iterator[Judgement]:
    """The judgements that one file is best and all others are its duplicates.

    files: each file of a group, and whether it goes to the trash.
    """
    for file, deletes in files.items():
        if file != best:
            yield Judgement(best, file, Relation.BETTER, deletes)
