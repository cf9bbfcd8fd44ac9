"""The report in a real browser: it loads, filters, sorts, steps, and asks the network nothing."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from browser import Browser, find_chromium
from pools import Threads

from hydrus_video_deduplicator.library.folder import FolderLibrary
from hydrus_video_deduplicator.match import Kind
from hydrus_video_deduplicator.report import Report, Wanted, as_page, gather
from hydrus_video_deduplicator.report.contents import Pair
from hydrus_video_deduplicator.stages.workers import Crew
from hydrus_video_deduplicator.store import Store

CHROMIUM = find_chromium()

pytestmark = pytest.mark.skipif(
    CHROMIUM is None or os.name != "posix", reason="needs Chromium on a POSIX system"
)

SHOWN = "document.querySelectorAll('.pair:not([hidden])').length"
CURRENT = "document.querySelector('.pair.current')?.id ?? null"
PLACE = "document.querySelector('#place').textContent"


@pytest.fixture(scope="module")
def page(samples: Path, compared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    wanted = Wanted(threshold=0.6, kinds=frozenset(Kind), most=100, pictures=True)
    with Store.open(compared) as store, ThreadPoolExecutor(1) as executor:
        crew = Crew(Threads(executor), time_limit=60)
        report = gather(wanted, FolderLibrary(samples), store, crew, lambda done, of: None)
    path = tmp_path_factory.mktemp("report") / "report.html"
    apart = with_scores(report, (0.95, 0.9, 0.85, 0.8, 0.75, 0.7))
    path.write_text(as_page(apart), encoding="utf-8")
    return path


def with_scores(report: Report, scores: Sequence[float]) -> Report:
    """The report with these scores of its pairs; the samples score all alike."""
    left = iter(scores)
    groups = (
        replace(group, pairs=tuple(scored(pair, next(left)) for pair in group.pairs))
        for group in report.groups
    )
    return replace(report, groups=tuple(groups))


def scored(pair: Pair, score: float) -> Pair:
    return replace(pair, match=replace(pair.match, score=score))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    assert CHROMIUM is not None
    with Browser(CHROMIUM) as started:
        yield started


@pytest.fixture
def browser(chromium: Browser, page: Path) -> Iterator[Browser]:
    chromium.show_as(width=1280, height=900)
    chromium.open(page)
    yield chromium
    assert chromium.troubles == []
    assert chromium.requests == []


def choose(browser: Browser, name: str, value: str) -> None:
    """Set a field of the filters as a user does."""
    browser.evaluate(
        f"{{ const field = document.querySelector('.filters').elements['{name}'];"
        f" field.value = '{value}';"
        " field.dispatchEvent(new Event('input', {bubbles: true})); }"
    )


def test_it_shows_every_pair_with_pictures_that_can_be_decoded(browser: Browser) -> None:
    assert browser.evaluate(SHOWN) == 6
    assert browser.evaluate(PLACE) == "6 pairs"
    decoded = browser.evaluate(
        "Promise.all([...document.images].map(image => {"
        " image.loading = 'eager'; return image.decode().then(() => image.naturalWidth > 0);"
        " })).then(all => all.every(Boolean))"
    )
    assert decoded


def test_a_kind_that_is_switched_off_is_hidden(browser: Browser) -> None:
    browser.evaluate("document.querySelector('[name=kind][value=trimmed]').click()")
    assert browser.evaluate(SHOWN) == 4
    browser.evaluate("document.querySelector('[name=kind][value=same]').click()")
    assert browser.evaluate(SHOWN) == 0
    assert browser.evaluate("document.querySelector('#none').hidden") is False


def test_only_pairs_of_the_chosen_score_are_shown(browser: Browser) -> None:
    scores = "[...document.querySelectorAll('.pair')].map(pair => Number(pair.dataset.score))"
    lowest, *_, highest = sorted(browser.evaluate(scores))
    browser.evaluate("document.querySelector('#score').step = 'any'")
    choose(browser, "score", f"{(lowest + highest) / 2:.4f}")
    assert 0 < browser.evaluate(SHOWN) < 6


def test_pairs_are_found_by_a_part_of_a_name_or_hash(browser: Browser) -> None:
    choose(browser, "find", "Mirrored")
    assert browser.evaluate(SHOWN) == 2
    sha256 = browser.evaluate("document.querySelector('.pair').dataset.find.split(' ').at(-1)")
    choose(browser, "find", sha256)
    assert 0 < browser.evaluate(SHOWN) < 6


def test_groups_are_sorted_by_the_size_of_the_larger_copies(browser: Browser) -> None:
    sizes = (
        "[...document.querySelectorAll('.group')].map(group => Math.max("
        "...[...group.querySelectorAll('.pair')].map(pair => Number(pair.dataset.size))))"
    )
    choose(browser, "sort", "size")
    ordered = browser.evaluate(sizes)
    assert ordered == sorted(ordered, reverse=True)
    choose(browser, "sort", "score")
    assert browser.evaluate(sizes) != [] != ordered


def test_the_keyboard_steps_from_pair_to_pair(browser: Browser) -> None:
    assert browser.evaluate(CURRENT) is None
    seen = []
    for key in ("j", "ArrowRight", "j", "k", "ArrowLeft", "k"):
        browser.press(key)
        seen.append(browser.evaluate(CURRENT))
    assert seen == ["pair-1", "pair-2", "pair-3", "pair-2", "pair-1", "pair-1"]
    assert browser.evaluate(PLACE) == "1 of 6 pairs"
    assert browser.evaluate("document.activeElement.id") == "pair-1"


def test_stepping_leaves_out_what_is_filtered_out(browser: Browser) -> None:
    browser.evaluate("document.querySelector('[name=kind][value=same]').click()")
    kinds = set()
    for _ in range(4):
        browser.press("j")
        kinds.add(browser.evaluate("document.querySelector('.pair.current').dataset.kind"))
    assert kinds == {"trimmed"}
    assert browser.evaluate(PLACE) == "2 of 2 pairs"


def test_letters_typed_into_a_field_do_not_step(browser: Browser) -> None:
    browser.evaluate("document.querySelector('[name=find]').focus()")
    browser.press("j")
    assert browser.evaluate(CURRENT) is None
    assert browser.evaluate("document.querySelector('[name=find]').value") == "j"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_light_or_dark_as_the_system_is_or_as_its_reader_chooses(
    browser: Browser, theme: str
) -> None:
    brightness = (
        "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
        ".reduce((a, b) => a + b) / 3"
    )
    browser.show_as(width=1280, height=900, theme=theme)
    assert (browser.evaluate(brightness) > 128) is (theme == "light")
    browser.evaluate("document.querySelector('#theme').click()")
    assert browser.evaluate(brightness) > 128
    browser.evaluate("document.querySelector('#theme').click()")
    assert browser.evaluate(brightness) < 128


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_is_wider_than_the_window(browser: Browser, width: int) -> None:
    browser.show_as(width=width, height=800)
    assert browser.evaluate("document.documentElement.scrollWidth") <= width


def test_every_control_has_a_name_and_every_picture_row_a_description(browser: Browser) -> None:
    unnamed = browser.evaluate(
        "[...document.querySelectorAll('input, select, button')].filter(control =>"
        " !control.labels?.length && !control.textContent.trim()).length"
    )
    assert unnamed == 0
    described = "document.querySelectorAll('.shots[role=img][aria-label]').length"
    assert browser.evaluate(described) == 12
    maps = "[...document.querySelectorAll('svg[role=img]')].map(map => map.clientWidth)"
    assert len(browser.evaluate(maps)) == 6
    assert min(browser.evaluate(maps)) > 500


def test_without_scripts_all_pairs_can_be_read(browser: Browser, page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    start, end = text.rindex("<script>"), text.rindex("</script>")
    bare = page.with_name("bare.html")
    bare.write_text(text[:start] + text[end:], encoding="utf-8")
    browser.open(bare)
    assert browser.evaluate(SHOWN) == 6
    assert browser.evaluate("document.querySelector('.filters').hidden")
