"""The report in a real browser: it loads, filters, sorts, steps, and asks the network nothing."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from browser import Browser, find_chromium
from pools import Threads

from hydrus_video_deduplicator.library.folder import FolderLibrary
from hydrus_video_deduplicator.match import Kind
from hydrus_video_deduplicator.report import Report, Wanted, as_page, gather
from hydrus_video_deduplicator.report.contents import Group, Pair, Side
from hydrus_video_deduplicator.report.gather import letter
from hydrus_video_deduplicator.stages.workers import Crew
from hydrus_video_deduplicator.store import Store

CHROMIUM = find_chromium()

pytestmark = pytest.mark.skipif(
    CHROMIUM is None or os.name != "posix", reason="needs Chromium on a POSIX system"
)

SHOWN = "document.querySelectorAll('.card:not([hidden])').length"
CURRENT = "document.querySelector('.card.current')?.id ?? null"
PLACE = "document.querySelector('#place').textContent"


@pytest.fixture(scope="module")
def report(samples: Path, compared: Path) -> Report:
    wanted = Wanted(threshold=0.6, kinds=frozenset(Kind), most=100, pictures=True)
    with Store.open(compared) as store, ThreadPoolExecutor(1) as executor:
        crew = Crew(Threads(executor), time_limit=60)
        return gather(wanted, FolderLibrary(samples), store, crew, lambda done, of: None)


@pytest.fixture(scope="module")
def page(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six pairs, each on a card of its own, and with a score of its own."""
    scores = iter((0.95, 0.9, 0.85, 0.8, 0.75, 0.7))
    groups = [alone(group, pair, next(scores)) for group in report.groups for pair in group.pairs]
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(as_page(replace(report, groups=tuple(groups))), encoding="utf-8")
    return path


def alone(group: Group, pair: Pair, score: float) -> Group:
    """A group of the files of one of its pairs."""
    first, second = pair.sides
    scored = replace(pair, match=replace(pair.match, score=score))
    return replace(group, files=(first.file, second.file), pairs=(scored,), sides=pair.sides)


@pytest.fixture(scope="module")
def copies(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with a group of 25 copies, each of which is a pair with each other."""
    made = [copy_of(report.groups[0], number) for number in range(25)]
    pair = report.groups[0].pairs[0]
    pairs = [
        replace(pair, match=replace(pair.match, a=a.file.sha256, b=b.file.sha256), sides=(a, b))
        for a, b in combinations(made, 2)
    ]
    files = tuple(side.file for side in made)
    group = Group(files, tuple(pairs), report.groups[0].advice, tuple(made))
    path = tmp_path_factory.mktemp("copies") / "report.html"
    path.write_text(as_page(replace(report, groups=(group,))), encoding="utf-8")
    return path


def copy_of(group: Group, number: int) -> Side:
    side = group.sides[number % len(group.sides)]
    name = f"copy {number}.mp4"
    return Side(letter(number), replace(side.file, sha256=name, name=name), side.strip)


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
    assert browser.evaluate(PLACE) == "6 cards"
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
    scores = "[...document.querySelectorAll('.card')].map(card => Number(card.dataset.score))"
    lowest, *_, highest = sorted(browser.evaluate(scores))
    browser.evaluate("document.querySelector('#score').step = 'any'")
    choose(browser, "score", f"{(lowest + highest) / 2:.4f}")
    assert 0 < browser.evaluate(SHOWN) < 6


def test_pairs_are_found_by_a_part_of_a_name_or_hash(browser: Browser) -> None:
    choose(browser, "find", "Mirrored")
    assert browser.evaluate(SHOWN) == 2
    sha256 = browser.evaluate(
        "document.querySelector('.card').dataset.find.trim().split(' ').at(-1)"
    )
    choose(browser, "find", sha256)
    assert 0 < browser.evaluate(SHOWN) < 6


def test_cards_are_sorted_by_the_size_of_the_larger_copies(browser: Browser) -> None:
    sizes = "[...document.querySelectorAll('.card')].map(card => Number(card.dataset.size))"
    choose(browser, "sort", "size")
    ordered = browser.evaluate(sizes)
    assert ordered == sorted(ordered, reverse=True)
    choose(browser, "sort", "score")
    assert browser.evaluate(sizes) != [] != ordered


def test_the_keyboard_steps_from_card_to_card(browser: Browser) -> None:
    assert browser.evaluate(CURRENT) is None
    seen = []
    for key in ("j", "ArrowRight", "j", "k", "ArrowLeft", "k"):
        browser.press(key)
        seen.append(browser.evaluate(CURRENT))
    assert seen == ["card-1", "card-2", "card-3", "card-2", "card-1", "card-1"]
    assert browser.evaluate(PLACE) == "1 of 6 cards"
    assert browser.evaluate("document.activeElement.id") == "card-1"


def test_stepping_leaves_out_what_is_filtered_out(browser: Browser) -> None:
    browser.evaluate("document.querySelector('[name=kind][value=same]').click()")
    kinds = set()
    for _ in range(4):
        browser.press("j")
        kinds.add(browser.evaluate("document.querySelector('.card.current').dataset.kind"))
    assert kinds == {"trimmed"}
    assert browser.evaluate(PLACE) == "2 of 2 cards"


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


def test_the_first_pair_is_seen_without_scrolling(browser: Browser) -> None:
    browser.show_as(width=1280, height=800)
    bottom = "document.querySelector('.card .film').getBoundingClientRect().bottom"
    assert browser.evaluate(bottom) <= 800
    top = "document.querySelector('.card').getBoundingClientRect().top"
    assert browser.evaluate(top) <= 160


def test_a_picture_enlarges_at_a_click_beside_that_of_the_other_file(browser: Browser) -> None:
    told = "[...document.querySelectorAll('#large .shot i')].map(label => label.textContent)"
    width = "document.querySelector('#large img').getBoundingClientRect().width"
    small = browser.evaluate("document.querySelector('.card img').getBoundingClientRect().width")
    browser.evaluate("document.querySelectorAll('.card img')[1].click()")
    assert browser.evaluate("document.querySelector('#large').open")
    assert browser.evaluate(width) > 2 * small
    letters = [label.split()[0] for label in browser.evaluate(told)]
    assert letters == browser.evaluate(
        "[...document.querySelector('.card').querySelectorAll('.shots')].map(s => s.dataset.letter)"
    )
    before = browser.evaluate(told)
    browser.press("ArrowRight")
    assert browser.evaluate(told) != before
    browser.press("ArrowLeft")
    assert browser.evaluate(told) == before
    assert browser.evaluate(CURRENT) == "card-1"  # the card that was clicked
    browser.evaluate("document.querySelector('#close').click()")
    assert not browser.evaluate("document.querySelector('#large').open")


def test_copies_of_one_clip_are_one_card(chromium: Browser, copies: Path) -> None:
    chromium.show_as(width=1280, height=800)
    chromium.open(copies)
    assert chromium.evaluate(SHOWN) == 1
    assert chromium.evaluate(PLACE) == "1 card"
    assert chromium.evaluate("document.querySelectorAll('.card .shots').length") == 25
    pairs = "document.querySelectorAll('.card > details:last-child tbody tr').length"
    assert chromium.evaluate(pairs) == 300
    assert chromium.evaluate("document.documentElement.scrollWidth") <= 1280
    chromium.evaluate("document.querySelectorAll('.card img')[40].click()")
    told = "[...document.querySelectorAll('#large .shot i')].map(label => label.textContent[0])"
    assert chromium.evaluate(told) == ["A", "K"]
    assert chromium.troubles == []
