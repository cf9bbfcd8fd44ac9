"""What the user decides is kept at once, and written to Hydrus only at his word."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_hydrus import FakeHydrus, Fault, Place

from hydrus_video_deduplicator.library import Judgement, Relation, pair_of
from hydrus_video_deduplicator.library.hydrus import (
    Connection,
    Endpoint,
    HydrusLibrary,
    Patience,
)
from hydrus_video_deduplicator.stages.judging import Judged, carry_out, plan_judging
from hydrus_video_deduplicator.store import Decision, DecisionState, Store

HERE, THERE = "http://localhost:45869", "http://localhost:45870"
A, B, C, D = (letter * 64 for letter in "abcd")
BETTER, SAME = Relation.BETTER, Relation.SAME_QUALITY
ALTERNATES, NOT_RELATED = Relation.ALTERNATES, Relation.NOT_RELATED

APPLIED, GONE = DecisionState.APPLIED, DecisionState.GONE
NOT_RECORDED, OTHERWISE = DecisionState.NOT_RECORDED, DecisionState.JUDGED_OTHERWISE

SET = "/manage_file_relationships/set_file_relationships"
READ = "/manage_file_relationships/get_file_relationships"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "data").mkdir()
    with Store.open(tmp_path / "data") as opened:
        yield opened


def relations(store: Store, library: str = HERE) -> dict[tuple[str, str], Relation]:
    decided = store.decisions.all(library).items()
    return {pair: decision.judgement.relation for pair, decision in decided}


# Kept


def test_a_decision_is_there_after_the_store_was_closed_without_a_word(tmp_path: Path) -> None:
    judgement = Judgement(B, A, BETTER, deletes=True)
    Store.open(tmp_path).decisions.decide(HERE, [judgement], by_advice=True)
    with Store.open(tmp_path) as again:
        assert again.decisions.all(HERE) == {(A, B): Decision(judgement, by_advice=True)}
        assert again.decisions.all(THERE) == {}


def test_what_is_decided_last_counts_whichever_file_is_named_first(store: Store) -> None:
    store.decisions.decide(HERE, [Judgement(A, B, BETTER)])
    store.decisions.decide(HERE, [Judgement(B, A, BETTER)])
    (decision,) = store.decisions.all(HERE).values()
    assert decision.judgement.first == B


def test_undo_takes_back_the_last_step_as_a_whole_and_what_was_before_counts_again(
    store: Store,
) -> None:
    store.decisions.decide(HERE, [Judgement(A, B, ALTERNATES)])
    store.decisions.decide(HERE, [Judgement(A, B, BETTER), Judgement(A, C, BETTER)])
    assert store.decisions.undo(HERE) == {(A, B), (A, C)}
    assert relations(store) == {(A, B): ALTERNATES}
    assert store.decisions.undo(HERE) == {(A, B)}
    assert relations(store) == {}
    assert store.decisions.undo(HERE) == set()


def test_a_decision_can_be_withdrawn_whenever_it_was_made_and_that_undone(store: Store) -> None:
    store.decisions.decide(HERE, [Judgement(A, B, SAME)])
    store.decisions.decide(HERE, [Judgement(C, D, SAME)])
    store.decisions.withdraw(HERE, [(A, B)])
    assert relations(store) == {(C, D): SAME}
    store.decisions.undo(HERE)
    assert relations(store) == {(A, B): SAME, (C, D): SAME}


@pytest.mark.parametrize("state", [DecisionState.INTENDED, APPLIED])
def test_what_hydrus_has_or_may_have_is_not_undone(store: Store, state: DecisionState) -> None:
    judgements = [Judgement(A, B, SAME), Judgement(A, C, SAME)]
    store.decisions.decide(HERE, judgements)
    store.decisions.mark(HERE, judgements[:1], state)
    assert store.decisions.undo(HERE) == set()
    assert len(store.decisions.all(HERE)) == 2


def test_a_mark_is_of_the_decision_that_was_carried_out_and_no_later_one(store: Store) -> None:
    store.decisions.decide(HERE, [Judgement(A, B, SAME)])
    store.decisions.decide(HERE, [Judgement(A, B, ALTERNATES)])
    store.decisions.mark(HERE, [Judgement(A, B, SAME)], APPLIED)
    (decision,) = store.decisions.all(HERE).values()
    assert decision.state is DecisionState.DECIDED


def test_unrelated_pairs_are_those_said_not_to_belong_together(store: Store) -> None:
    store.decisions.decide(HERE, [Judgement(B, A, NOT_RELATED), Judgement(A, C, ALTERNATES)])
    assert store.decisions.unrelated(HERE) == {(A, B)}


# Written to Hydrus


@pytest.fixture
def hydrus(tmp_path: Path) -> Iterator[FakeHydrus]:
    paths = [tmp_path / f"{number}.mp4" for number in range(6)]
    for path in paths:
        path.write_text(path.name)
    with FakeHydrus(paths) as fake:
        yield fake


@pytest.fixture
def library(hydrus: FakeHydrus) -> HydrusLibrary:
    endpoint = Endpoint(hydrus.url, hydrus.key, patience=Patience(attempts=2, backoff=0))
    return HydrusLibrary(Connection(endpoint), tag_service="my tags")


@pytest.fixture
def files(hydrus: FakeHydrus) -> list[str]:
    return list(hydrus.files)


def decide(store: Store, library: HydrusLibrary, *judgements: Judgement) -> None:
    for judgement in judgements:
        store.decisions.decide(library.identity, [judgement])


def applied(store: Store, library: HydrusLibrary, *, merges: bool = True) -> list[Judged]:
    return list(carry_out(plan_judging(store, library), store, library, merges=merges))


def states(outcomes: list[Judged]) -> list[DecisionState]:
    return [outcome.state for outcome in outcomes]


@pytest.mark.parametrize("release", [681, 682])
def test_each_decision_is_recorded_as_hydrus_shows_it(
    tmp_path: Path, store: Store, release: int
) -> None:
    paths = [tmp_path / f"{number}.mp4" for number in range(8)]
    for path in paths:
        path.write_text(path.name)
    with FakeHydrus(paths, release=release) as hydrus:
        library = HydrusLibrary(Connection(Endpoint(hydrus.url, hydrus.key)), tag_service="my tags")
        a, b, c, d, e, f, g, h = hydrus.files
        decide(
            store,
            library,
            Judgement(b, a, BETTER),
            Judgement(c, d, SAME),
            Judgement(e, f, ALTERNATES),
            Judgement(g, h, NOT_RELATED),
        )
        assert states(applied(store, library)) == [APPLIED] * 4
        rows = {s: hydrus.relations.row(s, lambda _: True) for s in hydrus.files}
    assert rows[a]["king"] == b
    assert rows[d]["king"] == c
    assert (rows[e]["3"], rows[g]["1"]) == ([f], [h])


def test_content_is_merged_unless_the_user_leaves_it_out(hydrus, store, library, files) -> None:
    decide(store, library, Judgement(files[0], files[1], BETTER))
    applied(store, library)
    decide(store, library, Judgement(files[2], files[3], BETTER))
    applied(store, library, merges=False)
    assert [merges for *_, merges in hydrus.judged] == [True, False]


def test_a_worse_copy_goes_to_the_trash_only_if_that_was_decided(
    hydrus, store, library, files
) -> None:
    decide(
        store,
        library,
        Judgement(files[0], files[1], BETTER),
        Judgement(files[2], files[3], BETTER, deletes=True),
    )
    plan = plan_judging(store, library)
    assert plan.deleted == {files[3]}
    assert plan.counts == {BETTER: 2}
    assert states(applied(store, library)) == [APPLIED, APPLIED]
    assert [s for s, file in hydrus.files.items() if file.place is not Place.HERE] == [files[3]]


def test_nothing_is_written_twice(hydrus, store, library, files) -> None:
    decide(store, library, Judgement(files[0], files[1], BETTER))
    applied(store, library)
    assert applied(store, library) == []
    assert len(hydrus.judged) == 1


def test_what_an_attempt_did_before_it_died_is_not_done_again(
    hydrus, store, library, files
) -> None:
    decide(store, library, Judgement(files[0], files[1], BETTER))

    def die(path: str) -> None:
        if path == SET:
            raise SystemExit

    class Killed(Exception):
        pass

    judge = library.judge

    def judge_and_die(*args, **kwargs):
        judge(*args, **kwargs)
        raise Killed

    library.judge = judge_and_die
    with pytest.raises(Killed):
        applied(store, library)
    library.judge = judge
    (decision,) = store.decisions.all(library.identity).values()
    assert decision.state is DecisionState.INTENDED
    assert states(applied(store, library)) == [APPLIED]
    assert len(hydrus.judged) == 1


def test_a_call_whose_answer_is_lost_is_not_made_again(hydrus, store, library, files) -> None:
    decide(store, library, Judgement(files[0], files[1], ALTERNATES))
    hydrus.fail(SET, Fault.HALF)
    assert states(applied(store, library)) == [APPLIED]
    assert len(hydrus.judged) == 1


def test_what_hydrus_does_not_record_is_named_kept_and_due_again(
    hydrus, store, library, files
) -> None:
    decide(store, library, Judgement(files[0], files[1], SAME))
    hydrus.fail(SET, Fault.RECORD_NOTHING)
    assert states(applied(store, library)) == [NOT_RECORDED]
    assert states(applied(store, library)) == [APPLIED]


def test_what_the_user_has_decided_in_hydrus_meanwhile_is_left_alone(
    hydrus, store, library, files
) -> None:
    decide(store, library, Judgement(files[0], files[1], BETTER))
    hydrus.judge(files[0], files[1], 3)
    assert states(applied(store, library)) == [OTHERWISE]
    assert hydrus.judged == []


def test_a_pair_of_which_a_file_is_gone_is_not_judged(hydrus, store, library, files) -> None:
    decide(store, library, Judgement(files[0], files[1], BETTER))
    hydrus.move_to_trash(files[1])
    assert states(applied(store, library)) == [GONE]
    assert hydrus.judged == []


def test_a_file_that_was_to_be_deleted_and_was_not_is_deleted_later(
    hydrus, store, library, files
) -> None:
    decide(store, library, Judgement(files[0], files[1], BETTER, deletes=True))
    applied(store, library)
    hydrus.restore_from_trash(files[1])
    store.decisions.mark(
        library.identity, [Judgement(files[0], files[1], BETTER, deletes=True)], NOT_RECORDED
    )
    assert states(applied(store, library)) == [APPLIED]
    assert hydrus.files[files[1]].place is Place.TRASH


def test_while_hydrus_fails_the_decisions_are_kept_and_the_reason_is_told(
    hydrus, store, library, files
) -> None:
    decide(store, library, Judgement(files[0], files[1], BETTER))
    hydrus.fail(READ, Fault.ERROR, times=2)
    (outcome,) = applied(store, library)
    assert outcome.state is DecisionState.DECIDED
    assert "Hydrus" in outcome.problem
    assert states(applied(store, library)) == [APPLIED]


def test_a_chain_of_decisions_is_made_in_calls_that_each_see_what_the_last_changed(
    hydrus, store, library, files
) -> None:
    a, b, c, d, *_ = files
    decide(store, library, Judgement(a, b, BETTER), Judgement(a, c, BETTER))
    decide(store, library, Judgement(d, a, BETTER))
    assert states(applied(store, library)) == [APPLIED] * 3
    assert hydrus.calls.count(SET) == 2
    assert hydrus.relations.row(b, lambda _: True)["king"] == d


def test_judged_pairs_are_no_longer_among_those_that_wait(store, library, files) -> None:
    pairs = [pair_of(files[0], files[1]), pair_of(files[2], files[3])]
    decide(store, library, Judgement(*pairs[0], BETTER), Judgement(*pairs[1], NOT_RELATED))
    applied(store, library)
    assert {status.value for status in library.statuses(pairs)} == {"judged"}
