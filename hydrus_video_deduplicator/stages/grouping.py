"""Pairs that share files are one group."""

from collections.abc import Iterable

from hydrus_video_deduplicator.library import Pair


def grouped(pairs: Iterable[Pair]) -> list[list[Pair]]:
    """The pairs by group; groups in the order of their first pair, pairs in the order given."""
    parent: dict[str, str] = {}

    def root(file: str) -> str:
        parent.setdefault(file, file)
        while parent[file] != file:
            parent[file] = parent[parent[file]]
            file = parent[file]
        return file

    pairs = list(pairs)
    for a, b in pairs:
        parent[root(b)] = root(a)
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(root(pair[0]), []).append(pair)
    return list(groups.values())
