"""Pairs on a page of Hydrus."""

from pathlib import Path

import pytest
from fake_hydrus import FakeHydrus, Fault
from runs import pair_names, run_on, sha256_of

from hydrus_video_deduplicator.cli import main
from hydrus_video_deduplicator.stages.paging import in_order

Capsys = pytest.CaptureFixture[str]

pytestmark = pytest.mark.usefixtures("known")

NEW_PAGE = "/manage_pages/new_page"


def names_on(hydrus: FakeHydrus, page: str) -> list[str]:
    return [hydrus.files[sha256].path.name for sha256 in hydrus.pages[page]]


def test_the_pairs_of_a_run_are_put_on_a_page_that_is_made_for_them(
    hydrus: FakeHydrus, capsys: Capsys
) -> None:
    ended = run_on(hydrus, capsys, "--page", "similar")
    assert ended.code == 0
    names = names_on(hydrus, "similar")
    assert sorted(names) == sorted({name for pair in pair_names(hydrus) for name in pair})
    assert [name.split()[0].split(".")[0] for name in names] in (
        ["first"] * 3 + ["second"] * 3,
        ["second"] * 3 + ["first"] * 3,
    )
    assert ended.summary["paged"] == 6
    assert "6 files are on the Hydrus page 'similar'" in ended.err


def test_where_no_pair_is_new_the_page_is_left_alone_and_the_run_says_so(
    hydrus: FakeHydrus, capsys: Capsys
) -> None:
    assert run_on(hydrus, capsys).code == 0
    ended = run_on(hydrus, capsys, "--page", "similar")
    assert "similar" not in hydrus.pages
    assert "No pair is new, so the page 'similar' stays as it is" in ended.err


def test_a_page_of_that_name_is_used_wherever_it_is_and_keeps_what_it_has(
    hydrus: FakeHydrus, capsys: Capsys
) -> None:
    third = sha256_of(hydrus, "third.mp4")
    hydrus.pages["similar"] = [third]
    run_on(hydrus, capsys, "--page", "similar")
    assert NEW_PAGE not in hydrus.calls
    assert hydrus.pages["similar"][0] == third
    assert len(hydrus.pages["similar"]) == 7


def test_pairs_that_a_release_does_not_record_are_on_the_page_all_the_same(
    samples: Path, capsys: Capsys
) -> None:
    with FakeHydrus(sorted(samples.iterdir()), release=682) as hydrus:
        ended = run_on(hydrus, capsys, "--page", "similar")
        assert ended.summary["not_recorded"] == 6
        assert len(hydrus.pages["similar"]) == 6


def test_files_that_failed_are_put_on_a_page_of_their_own(
    hydrus: FakeHydrus, capsys: Capsys, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    sha256 = hydrus.add_file(broken)
    assert run_on(hydrus, capsys, "--page", "similar").code == 1
    assert hydrus.pages["similar (failed)"] == [sha256]
    assert sha256 not in hydrus.pages["similar"]


def test_what_the_user_has_judged_is_on_no_page(hydrus: FakeHydrus, capsys: Capsys) -> None:
    names = ["second.mp4", "second trimmed.mp4", "second as animation.gif"]
    a, b, c = (sha256_of(hydrus, name) for name in names)
    for pair in ((a, b), (b, c), (a, c)):
        hydrus.relations.relate(*pair, 1)
    run_on(hydrus, capsys, "--page", "similar")
    assert not {a, b, c} & set(hydrus.pages["similar"])


def test_the_permission_is_asked_for_only_with_the_option(
    hydrus: FakeHydrus, capsys: Capsys
) -> None:
    hydrus.grant([2, 3, 8, 13])
    ended = run_on(hydrus, capsys, "--page", "similar")
    assert ended.code == 5
    assert "manage pages" in ended.err
    assert "request-key --page NAME --save" in ended.err  # without --page it would not ask for it
    assert run_on(hydrus, capsys).code == 0
    assert not [call for call in hydrus.calls if "page" in call]


def test_a_dry_run_makes_no_page(hydrus: FakeHydrus, capsys: Capsys) -> None:
    assert run_on(hydrus, capsys, "--page", "similar", "--dry-run").code == 0
    assert not [call for call in hydrus.calls if "page" in call]


def test_a_release_that_cannot_make_pages_says_what_to_do(
    hydrus: FakeHydrus, capsys: Capsys
) -> None:
    hydrus.makes_pages = False
    ended = run_on(hydrus, capsys, "--page", "similar")
    assert ended.code == 6
    assert "Rename it 'similar'" in ended.err
    assert len(pair_names(hydrus)) == 6


def test_a_page_that_cannot_be_filled_fails_alone(hydrus: FakeHydrus, capsys: Capsys) -> None:
    hydrus.fail("/manage_pages/add_files", Fault.WRONG_SHAPE)  # has no answer to be read
    hydrus.fail("/manage_pages/get_pages", Fault.WRONG_SHAPE)
    ended = run_on(hydrus, capsys, "--page", "similar")
    assert ended.code == 1
    assert "page similar" in ended.err
    assert len(pair_names(hydrus)) == 6


def test_a_folder_has_no_pages(samples: Path, capsys: Capsys) -> None:
    assert main(["--folder", str(samples), "--page", "similar"]) == 2
    assert "--page" in capsys.readouterr().err


def test_files_stand_by_pair_and_by_group_each_once() -> None:
    pairs = [("a", "b"), ("x", "y"), ("b", "c"), ("a", "c")]
    assert in_order(pairs) == ["a", "b", "c", "x", "y"]
