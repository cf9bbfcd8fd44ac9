"""Which candidates are judged together."""

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.matching import Candidates
from hydrus_video_deduplicator.stages.portions import MOST_PAIRS, Portion, portions


def candidates(pairs: list[tuple[int, int]]) -> Candidates:
    a, b = np.array(sorted(pairs), np.int64).reshape(-1, 2).T
    return Candidates(a, b, np.zeros((len(a), 1), np.int16))


def all_pairs(videos: range) -> list[tuple[int, int]]:
    return [(a, b) for a in videos for b in videos if a < b]


def of(pairs: list[tuple[int, int]], new: NDArray[np.bool_]) -> list[Portion]:
    """The portions of pairs of videos, each of which is a file of its own."""
    return list(portions(candidates(pairs), np.arange(len(new)), new))


def mixed(groups: int, copies: int) -> list[tuple[int, int]]:
    """The pairs of some groups of copies whose numbers are interleaved."""
    return [
        (a, b)
        for group in range(groups)
        for a in range(group, groups * copies, groups)
        for b in range(a + groups, groups * copies, groups)
    ]


def test_each_pair_and_each_new_video_is_in_one_portion() -> None:
    random = np.random.default_rng(0)
    drawn = {tuple(sorted(random.choice(300, 2, replace=False).tolist())) for _ in range(900)}
    pairs = [(a, b) for a, b in drawn]
    new = np.arange(300) % 3 > 0
    found = of([pair for pair in pairs if new[pair[0]] or new[pair[1]]], new)
    places = np.concatenate([portion.pairs for portion in found])
    assert sorted(places.tolist()) == list(range(len(places)))
    compared = np.concatenate([portion.compared for portion in found])
    assert sorted(compared.tolist()) == np.flatnonzero(new).tolist()


def test_a_pair_that_is_left_has_a_video_that_is_still_new() -> None:
    pairs = mixed(30, 7)
    some = candidates(pairs)
    left = set(range(len(pairs)))
    compared: set[int] = set()
    for portion in of(pairs, np.ones(210, bool)):
        left -= set(portion.pairs.tolist())
        compared |= set(portion.compared.tolist())
        assert not any(compared >= {int(some.a[place]), int(some.b[place])} for place in left)
    assert compared == set(range(210))


def test_the_copies_of_one_video_are_judged_together() -> None:
    pairs = mixed(10, 20)
    some = candidates(pairs)
    for portion in of(pairs, np.ones(200, bool)):
        groups = some.a[portion.pairs] % 10
        for group in set(groups.tolist()):
            assert np.count_nonzero(groups == group) == 190


def test_a_single_wrong_pair_does_not_mix_two_groups() -> None:
    pairs = [*mixed(2, 30), (0, 1)]
    some = candidates(pairs)
    for portion in of(pairs, np.ones(60, bool)):
        groups = some.a[portion.pairs] % 2
        assert min(np.count_nonzero(groups == group) for group in (0, 1)) <= 1


def test_a_large_group_is_judged_in_several_portions() -> None:
    count = 100
    found = of(all_pairs(range(count)), np.ones(count, bool))
    assert len(found) >= 3
    assert max(len(portion.pairs) for portion in found) <= MOST_PAIRS


def test_without_candidates_all_that_is_new_is_compared() -> None:
    (portion,) = of([], np.array([True, False, True]))
    assert len(portion.pairs) == 0
    assert portion.compared.tolist() == [0, 2]


def test_all_signatures_of_two_files_are_judged_together() -> None:
    """Videos 2n and 2n + 1 are of one file."""
    files = np.arange(80) // 2
    pairs = [(a, b) for a in range(80) for b in range(a + 1, 80) if a // 2 != b // 2]
    some = candidates(pairs)
    portion_of: dict[tuple[int, int], set[int]] = {}
    for number, portion in enumerate(portions(some, files, np.ones(80, bool))):
        sides = files[some.a[portion.pairs]], files[some.b[portion.pairs]]
        for pair in zip(*(side.tolist() for side in sides), strict=True):
            portion_of.setdefault(pair, set()).add(number)
    cut = sum(len(numbers) > 1 for numbers in portion_of.values())
    assert cut <= len(pairs) // MOST_PAIRS
