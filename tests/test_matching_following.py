"""What new matches say of other pairs, whenever their files were compared."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, permutations
from pathlib import Path

import edits
import pytest

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.match import Edit, Glimpse, Kind, Match, Part
from hydrus_video_deduplicator.matching import Video, find_matches, judged, leading, unsettled
from hydrus_video_deduplicator.matching.chains import WAYS_TRIED
from hydrus_video_deduplicator.matching.following import Unsettled
from hydrus_video_deduplicator.stages import searching
from hydrus_video_deduplicator.stages.ending import Ending
from hydrus_video_deduplicator.store import Fingerprint, Store

NORMAL = 0.65


def match(a: str, b: str, *parts: Part, score: float = 0.9, seconds: float = 8) -> Match:
    """Of two videos that last so long; all of both, if there are no parts."""
    parts = parts or (Part((0.0, seconds), (0.0, seconds), 1.0),)
    return Match(a, b, score, Kind.SAME, frozenset(), parts, a_seconds=seconds, b_seconds=seconds)


def pairs(new: list[Match], *known: Match) -> list[tuple[str, str]]:
    return unsettled(new, [*new, *known]).pairs


def test_two_copies_of_a_third_video_are_judged() -> None:
    assert pairs([match("a", "b")], match("b", "c")) == [("a", "c")]
    assert pairs([match("b", "c")], match("a", "b")) == [("a", "c")]
    assert pairs([match("a", "b"), match("b", "c")]) == [("a", "c")]


def test_what_was_known_before_is_not_judged_again() -> None:
    assert pairs([], match("a", "b"), match("b", "c")) == []
    assert pairs([match("x", "y")], match("a", "b"), match("b", "c")) == []


def test_a_pair_that_surely_matches_is_settled_and_a_weaker_one_is_not() -> None:
    new = [match("a", "b")]
    assert pairs(new, match("b", "c"), match("a", "c", score=0.9)) == []
    weak = match("a", "c", score=0.7)
    due = unsettled(new, [*new, match("b", "c"), weak])
    assert due.pairs == [("a", "c")]
    assert due.known == {("a", "c"): weak}
    assert weak not in due.links


ALL, HALF = Part((0.0, 8.0), (0.0, 8.0), 1.0), Part((0.0, 4.0), (0.0, 4.0), 1.0)


@pytest.mark.parametrize(
    "link",
    [
        match("b", "c", score=0.75),
        match("b", "c", HALF),
        replace(match("b", "c"), edits=frozenset({Edit.MOVING})),
        replace(match("b", "c"), edits=frozenset({Edit.PANEL})),
        replace(match("b", "c"), a_seconds=None),
    ],
    ids=["weak", "only half of both", "moving", "of a panel", "of unknown length"],
)
def test_nothing_follows_from_a_match_that_is(link: Match) -> None:
    assert pairs([match("a", "b")], link) == []


def test_what_was_no_match_though_it_followed_before_is_left_alone() -> None:
    """Two crops of one clip that have nothing in common, and one more copy of the clip."""
    before = [match("clip", "left"), match("clip", "right")]
    new = [match("copy", "left"), match("copy", "right"), match("clip", "copy")]
    assert unsettled(before, before).pairs == [("left", "right")]
    assert unsettled(new, [*before, *new], before).pairs == []
    weak = match("left", "right", score=0.7)
    assert unsettled(new, [*before, *new, weak], before).pairs == [("left", "right")]


def test_excerpts_of_one_film_are_judged_only_where_they_overlap() -> None:
    def excerpt(name: str, start: float) -> Match:
        part = Part((start, start + 8), (0.0, 8.0), 1.0)
        return replace(match("film", name, part), a_seconds=100.0)

    new = [excerpt("x", 10.0)]
    assert pairs(new, excerpt("y", 60.0)) == []
    assert pairs(new, excerpt("y", 14.0)) == [("x", "y")]


def test_of_many_ways_the_surest_are_taken() -> None:
    copies = [f"b{number:02}" for number in range(12)]
    ends = [match("a", b, score=0.9 + n / 1000) for n, b in enumerate(copies)]
    others = [match(b, "c", score=0.9 + n / 1000) for n, b in enumerate(copies)]
    among = [match(one, other) for one, other in combinations(copies, 2)]
    due = unsettled(ends, [*ends, *others, *among])
    assert due.pairs == [("a", "c")]
    assert due.links == [*ends[-6:], *others[-6:]]


def test_of_what_is_known_a_copy_is_led_on_by_the_videos_in_which_most_others_lie() -> None:
    def inside(copy: str, original: str) -> Match:
        return replace(match(copy, original, ALL), b_seconds=100.0)

    others = [inside(f"copy {n}", original) for n in range(9) for original in ("film", "other")]
    rare = [inside("copy 0", f"rare {n}") for n in range(9)]
    told = leading([*others, *rare])
    assert {*others} <= {*told}
    assert len({*told} & {*rare}) == WAYS_TRIED - 2


def test_what_is_known_of_other_pairs_says_how_two_videos_lie() -> None:
    videos = {name: Video(each) for name, each in COPIES.items()}
    (known,) = find_matches({name: COPIES[name] for name in ("fast", "original")})
    due = [("fast", "slow", ()), ("original", "slow", (0,))]
    assert {m.pair for m in judged(due, videos.__getitem__, NORMAL) if isinstance(m, Match)} == {
        ("original", "slow")
    }
    told = judged(due, videos.__getitem__, NORMAL, [known])
    assert {m.pair for m in told if isinstance(m, Match)} == {
        ("fast", "slow"),
        ("original", "slow"),
    }


def test_what_follows_takes_the_place_of_what_is_known_only_if_it_says_more() -> None:
    known = match("a", "b", score=0.7)
    assert Unsettled([known.pair], [], {}).is_improved_by(known)
    due = Unsettled([known.pair], [], {known.pair: known})
    assert not due.is_improved_by(replace(known, score=0.71))
    assert due.is_improved_by(replace(known, score=0.8))
    many = tuple(Part((n, n + 1), (7 - n, 8 - n), 1.0) for n in range(8))
    assert not due.is_improved_by(match("a", "b", *many, score=0.8))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        yield opened


FILM = edits.film(11, 12)
COPIES = {
    "fast": edits.signed(edits.at_speed(FILM, 1.9)),
    "original": edits.signed(FILM),
    "slow": edits.signed(edits.at_speed(FILM, 0.55)),
}
"""Two of these are too far apart to be found without the third."""

PLAIN_COPIES = {
    "grey": edits.signed(edits.grey(FILM)),
    "noisy": edits.signed(edits.noisy(FILM)),
    "original": COPIES["original"],
}


def import_(store: Store, *names: str) -> None:
    """Hash these, as a run does."""
    for name in names:
        made = Fingerprint("0" * 16, (COPIES | PLAIN_COPIES)[name].to_bytes())
        store.signatures.add(name, signature.ALGORITHM, made)


def found(store: Store) -> dict[tuple[str, str], float]:
    matches = store.matches.at_least(signature.ALGORITHM, NORMAL)
    return {match.pair: match.score for match in matches}


@pytest.mark.parametrize("order", list(permutations(COPIES)), ids="-".join)
def test_in_whatever_order_copies_are_imported_the_same_pairs_are_found(
    store: Store, tmp_path: Path, order: tuple[str, ...]
) -> None:
    for name in order:
        import_(store, name)
        list(searching.compare_new(store))
    (tmp_path / "at once").mkdir()
    with Store.open(tmp_path / "at once") as other:
        import_(other, *COPIES)
        list(searching.compare_new(other))
        assert found(other) == pytest.approx(found(store), abs=0.05)
    assert ("fast", "slow") in found(store)


def test_a_new_file_is_judged_with_what_is_known_of_the_old_ones_beside_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[searching.Batch] = []

    def watched(batch: searching.Batch) -> tuple[list[Match], list[Glimpse]]:
        batches.append(batch)
        return judge(batch)

    judge = searching.judge
    monkeypatch.setattr(searching, "judge", watched)
    import_(store, "grey", "original")
    list(searching.compare_new(store))
    import_(store, "noisy")
    list(searching.compare_new(store))
    for name in PLAIN_COPIES:  # new again, and what was found of them is there
        store.matches.add_uncompared(name, signature.ALGORITHM)
    list(searching.compare_new(store))
    assert [[link.pair for link in links] for _, _, links in batches] == [
        [],
        [("grey", "original")],
        [],
    ]


def test_a_run_that_is_killed_before_it_knows_what_follows_leaves_it_to_the_next(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    import_(store, "fast", "slow")
    list(searching.compare_new(store))
    import_(store, "original")
    with monkeypatch.context() as patch:
        patch.setattr(store.matches, "add_followed", killed)
        with pytest.raises(KeyboardInterrupt):
            list(searching.compare_new(store))
    assert ("fast", "slow") not in found(store)
    list(searching.compare_new(store))
    assert ("fast", "slow") in found(store)


def test_a_run_whose_time_is_up_says_that_files_are_left(store: Store) -> None:
    import_(store, "fast", "slow")
    list(searching.compare_new(store))
    import_(store, "original")
    list(searching.compare_new(store, ending=Ending(0.0)))
    assert ("fast", "slow") not in found(store)
    assert "original" in searching.still_to_compare(store, COPIES)
    list(searching.compare_new(store))
    assert ("fast", "slow") in found(store)
    assert not searching.still_to_compare(store, COPIES)
