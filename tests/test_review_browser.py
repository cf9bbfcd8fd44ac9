"""Judging in a real browser: films in step, laid upon each other, decided by keys."""

import io
import os
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import clips
import numpy as np
import pytest
from browser import Browser, find_chromium
from fake_hydrus import FakeHydrus
from numpy.typing import NDArray
from PIL import Image
from pools import Threads
from processes import PATIENT
from reviews import Served, served

from hydrus_video_deduplicator.library.folder import FolderLibrary
from hydrus_video_deduplicator.library.hydrus import Connection, Endpoint, HydrusLibrary
from hydrus_video_deduplicator.match import THRESHOLDS, Kind
from hydrus_video_deduplicator.report.quality import Advice
from hydrus_video_deduplicator.review.desk import Terms
from hydrus_video_deduplicator.samples import FPS
from hydrus_video_deduplicator.stages.job import Job
from hydrus_video_deduplicator.stages.run import run
from hydrus_video_deduplicator.stages.workers import Crew
from hydrus_video_deduplicator.store import Store

CHROMIUM = find_chromium()

pytestmark = pytest.mark.skipif(
    CHROMIUM is None or os.name != "posix", reason="needs Chromium on a POSIX system"
)

FRAME = 1 / FPS
IN_STEP = 20
"""Tenths of a second, one after the other, in which the films must be in step."""

HOSTILE = "<img src=x onerror=alert(1)>'\"&.mp4"


def framed(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cropped, mirrored, and with bars."""
    return np.pad(picture[10:-6, 12:][:, ::-1], ((20, 20), (0, 0), (0, 0)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pairs of films: trimmed and slower, framed, in a form that no browser plays, animated, with
    its halves exchanged, backwards."""
    folder = tmp_path_factory.mktemp("films")
    films = [clips.scene(seed, seconds=6) for seed in (1, 2, 3, 4)]
    clips.encode(folder / "1.mp4", films[0])
    clips.encode(folder / "1 trimmed and slower.webm", films[0][FPS:], fps=20)
    clips.encode(folder / "2.mp4", films[1])
    clips.encode(folder / "2 framed.mkv", [framed(picture) for picture in films[1]])
    clips.encode(folder / "3.mp4", films[2])
    clips.encode(folder / "3 old.avi", films[2])
    clips.encode(folder / HOSTILE, films[3])
    clips.encode(folder / "4 animated.gif", films[3][::2], fps=FPS // 2)
    exchanged, backwards = (clips.scene(seed, seconds=8) for seed in (5, 6))
    clips.encode(folder / "5.mp4", exchanged)
    clips.encode(folder / "5 exchanged.mp4", exchanged[3 * FPS :] + exchanged[: 3 * FPS])
    clips.encode(folder / "6.mp4", backwards)
    clips.encode(folder / "6 backwards.mp4", backwards[::-1])
    return folder


@pytest.fixture(scope="module")
def data(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("data")
    with Store.open(data) as store, ThreadPoolExecutor(1) as executor:
        crew = Crew(Threads(executor), time_limit=60)
        for _ in run(Job(THRESHOLDS["loose"], frozenset(Kind)), FolderLibrary(folder), store, crew):
            pass
    return data


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    assert CHROMIUM is not None
    with Browser(CHROMIUM) as started:
        yield started


@dataclass
class Page:
    """The page in the browser, and the server that gave it."""

    browser: Browser
    server: Served

    def __call__(self, expression: str) -> Any:
        return self.browser.evaluate(expression)

    def wait(self, expression: str) -> None:
        """Until it is so."""
        end = time.monotonic() + PATIENT
        while not self(expression):
            assert time.monotonic() < end, expression
            time.sleep(0.02)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.browser.press(key)

    def open_card_of(self, name: str) -> None:
        """The card with the file of this name, its films loaded."""
        cards = self.server.get("api/overview")["cards"]
        number = next(card["number"] for card in cards if name in card["names"])
        self(f"document.querySelector('[data-number=\"{number}\"] button').click()")
        self.wait(f"document.querySelector('#place').textContent.startsWith('Card {number + 1} ')")
        self.wait_until_loaded()

    def wait_until_loaded(self) -> None:
        self.wait("!document.querySelector('#card').hidden")
        self.wait("!document.querySelector('#card').classList.contains('loading')")
        self.wait("document.querySelectorAll('.layer > *').length === 2")

    def pause_at(self, moment: float) -> None:
        """Both films stand at a moment of the common part, and show it."""
        self(
            "{ const bar = document.querySelector('#scrub');"
            f" bar.value = {moment}; bar.dispatchEvent(new Event('input')); }}"
        )
        self.wait("[...document.querySelectorAll('video')].every(v => !v.seeking && v.paused)")
        self("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def times(self) -> tuple[float, float]:
        """Seconds of both films, looked at in one moment."""
        first, second = self("[...document.querySelectorAll('video')].map(v => v.currentTime)")
        return first, second

    def card(self) -> dict[str, Any]:
        """What the server says of the card that is shown."""
        number = int(self("location.hash.slice(1)")) - 1
        card: dict[str, Any] = self.server.get(f"api/card/{number}")
        return card

    def brightness(self) -> float:
        """Mean level of what the stage shows."""
        box = self(
            "JSON.parse(JSON.stringify(document.querySelector('#layer-a').getBoundingClientRect()))"
        )
        shot = Image.open(io.BytesIO(self.browser.picture())).convert("L")
        part = shot.crop((box["left"], box["top"], box["right"], box["bottom"]))
        return float(np.asarray(part, np.float64).mean())

    def decisions(self) -> list[dict[str, Any]]:
        decided: list[dict[str, Any]] = self.server.get("api/state")["decisions"]
        return decided

    def counter(self) -> str:
        return str(self("document.querySelector('#counter').textContent"))


@pytest.fixture
def page(chromium: Browser, folder: Path, data: Path, tmp_path: Path) -> Iterator[Page]:
    with Store.open(data) as store:
        library = FolderLibrary(folder, unrelated=store.decisions.unrelated)
        while store.decisions.undo(library.identity):
            pass
        with served(library, store) as server:
            yield opened(chromium, server)
            leave(chromium, server)


def leave(chromium: Browser, server: Served, meant: str | None = None) -> None:
    """Close the page, and see that it has met with no trouble and asked nobody else.

    meant: what the only troubles say that the test has made.
    """
    asked, troubles = list(chromium.requests), list(chromium.troubles)
    chromium.visit("about:blank")
    assert [trouble for trouble in troubles if meant is None or meant not in trouble] == []
    assert all(address.startswith((server.page, "blob:")) for address in asked)


def opened(chromium: Browser, server: Served) -> Page:
    """The page, as its user sees it first; the tests ask the server with the same cookie."""
    chromium.forget()
    chromium.show_as(width=1280, height=900)
    chromium.visit(server.address, server.page)
    server.cookie = chromium.cookie("review")
    page = Page(chromium, server)
    page.wait_until_loaded()
    return page


# In step


def line_of(card: dict[str, Any]) -> tuple[float, float, float]:
    """Start in both and speed of the only part of the only pair."""
    (part,) = card["pairs"][0]["parts"]
    return part["a_span"][0], part["b_span"][0], part["speed"]


def test_wherever_it_is_scrubbed_both_show_the_moment_that_the_match_says(page: Page) -> None:
    page.open_card_of("1.mp4")
    a, b, speed = line_of(page.card())
    assert abs(speed - 1) > 0.15
    for moment in (0.5, 2.0, 1.25):
        page.pause_at(moment)
        first, second = page.times()
        assert first == pytest.approx(a + moment, abs=FRAME / 2)
        assert second == pytest.approx(b + speed * moment, abs=FRAME / 2)


@pytest.mark.parametrize("name", ["1.mp4", "2.mp4"])
def test_while_they_play_they_come_into_step_and_stay_there(page: Page, name: str) -> None:
    page.open_card_of(name)
    a, b, speed = line_of(page.card())
    page.wait("document.querySelector('#play').textContent === '❚❚'")
    in_step: set[float] = set()
    end = time.monotonic() + PATIENT
    while len(in_step) < IN_STEP:
        first, second = page.times()
        if abs(second - (b + speed * (first - a))) < FRAME:
            in_step.add(round(first, 1))
        else:
            in_step.clear()
        assert time.monotonic() < end, "they never come into step"


def at_the_same_moment(card: dict[str, Any], first: float, second: float) -> bool:
    """Whether a part of the match says that these moments of both show the same."""
    return any(
        part["a_span"][0] - FRAME <= first <= part["a_span"][1] + FRAME
        and abs(second - in_b(part, first)) < FRAME
        for part in card["pairs"][0]["parts"]
    )


def in_b(part: dict[str, Any], first: float) -> float:
    start = part["b_span"][0 if part["speed"] > 0 else 1]
    return float(start + part["speed"] * (first - part["a_span"][0]))


@pytest.mark.parametrize(("name", "parts"), [("5.mp4", 2), ("6.mp4", 1)])
def test_each_part_is_scrubbed_and_played_in_step_be_it_moved_or_backwards(
    page: Page, name: str, parts: int
) -> None:
    page.open_card_of(name)
    card = page.card()
    assert len(card["pairs"][0]["parts"]) == parts
    length = float(page("document.querySelector('#scrub').max"))
    for share in (0.1, 0.45, 0.8, 0.25):
        page.pause_at(share * length)
        assert at_the_same_moment(card, *page.times())
    page.press(" ")
    seen: set[float] = set()
    end = time.monotonic() + PATIENT
    while len(seen) < length / 2:  # half of all seconds, so some of each part
        first, second = page.times()
        if at_the_same_moment(card, first, second):
            seen.add(round(first))
        assert time.monotonic() < end, f"in step only at {seen}"


def test_the_common_part_is_played_again_and_again_unless_told_otherwise(page: Page) -> None:
    page.open_card_of("1.mp4")
    page(
        "document.querySelector('#rate').value = '2';"
        " document.querySelector('#rate').dispatchEvent(new Event('change'))"
    )
    a, _, _ = line_of(page.card())
    page.wait("document.querySelector('video').currentTime > 3")
    page.wait("document.querySelector('video').currentTime < 3")
    page.press("l")
    page.wait("document.querySelector('#play').textContent === '▶'")
    length = float(page("document.querySelector('#scrub').max"))
    assert page.times()[0] == pytest.approx(a + length, abs=0.3)


def test_frames_are_stepped_one_by_one(page: Page) -> None:
    page.open_card_of("2.mp4")
    page.pause_at(1.0)
    before = page.times()
    page.press(".")
    page.wait("[...document.querySelectorAll('video')].every(v => !v.seeking)")
    after = page.times()
    for one, other in zip(before, after, strict=True):
        assert other - one == pytest.approx(FRAME, abs=0.002)
    page.press(",", ",")
    page.wait("[...document.querySelectorAll('video')].every(v => !v.seeking)")
    assert page.times()[0] == pytest.approx(before[0] - FRAME, abs=0.002)


def test_the_map_of_time_says_which_part_lies_where_and_leads_there(page: Page) -> None:
    page.open_card_of("1.mp4")
    card = page.card()
    label = page("document.querySelector('#map').getAttribute('aria-label')")
    assert " of A is " in label
    page(
        "{ const map = document.querySelector('#map'), box = map.getBoundingClientRect();"
        " map.dispatchEvent(new MouseEvent('click', {bubbles: true,"
        " clientX: box.left + box.width / 2, clientY: box.top + 5})); }"
    )
    page.press(" ")
    page.wait("[...document.querySelectorAll('video')].every(v => !v.seeking && v.paused)")
    middle = max(file["seconds"] for file in card["files"]) / 2
    assert page.times()[0] == pytest.approx(middle, abs=1.0)


# Laid upon each other


def test_a_framed_copy_is_laid_where_the_same_thing_is(page: Page) -> None:
    page.open_card_of("2.mp4")
    page.pause_at(1.5)
    page("document.querySelector('.views [data-view=difference]').click()")
    page.pause_at(1.5)
    laid = page.brightness()
    page("document.querySelector('#layer-b').firstChild.style.transform = ''")
    page.pause_at(1.5)
    unlaid = page.brightness()
    assert laid < unlaid / 3


def test_what_only_one_of_them_shows_is_cut_away_when_they_are_laid_over(page: Page) -> None:
    page.open_card_of("2.mp4")
    page("document.querySelector('.views [data-view=difference]').click()")
    clip = page("getComputedStyle(document.querySelector('#layer-a')).clipPath")
    assert clip.startswith("inset(")
    assert any(float(share.rstrip("%)")) > 3 for share in clip[6:].split())


def test_each_view_shows_what_it_is_called(page: Page) -> None:
    page.open_card_of("1.mp4")
    assert page("document.querySelector('#stage').dataset.view") == "side"
    left, right = page(
        "[...document.querySelectorAll('.layer')].map(l => l.getBoundingClientRect().left)"
    )
    assert right > left
    page.press("v")
    assert not page("document.querySelector('#wipe').hidden")
    page.press("v")
    shown = "document.querySelector('#shown').textContent"
    visible = "[...document.querySelectorAll('.layer')].map(l => getComputedStyle(l).visibility)"
    assert (page(shown), page(visible)) == ("A", ["visible", "hidden"])
    page.press("f")
    assert (page(shown), page(visible)) == ("B", ["hidden", "visible"])
    page.press("v")
    mode = "getComputedStyle(document.querySelector('#layer-b')).mixBlendMode"
    assert page(mode) == "difference"
    page.press("v")
    assert page(mode) == "normal"


def test_the_line_of_the_wipe_follows_the_pointer(page: Page) -> None:
    page.open_card_of("1.mp4")
    page.press("v")
    page(
        "{ const box = document.querySelector('#layer-a').getBoundingClientRect();"
        " document.querySelector('#stage').dispatchEvent(new PointerEvent('pointerdown',"
        " {clientX: box.left + 0.75 * box.width, clientY: box.top + 5, bubbles: true})); }"
    )
    clip = page("document.querySelector('#layer-b').style.clipPath")
    assert float(clip.split()[-1].rstrip("%)")) == pytest.approx(75, abs=1)


# What a browser cannot play


def test_a_film_that_the_browser_cannot_play_is_shown_by_pictures_of_its_moments(
    page: Page,
) -> None:
    page.open_card_of("3 old.avi")
    kinds = page("[...document.querySelectorAll('.layer > *')].map(e => e.tagName).sort()")
    assert kinds == ["IMG", "VIDEO"]
    page.pause_at(2.0)
    page.wait("document.querySelector('.layer img').naturalWidth > 0")
    page.wait("document.querySelector('.layer img').src.includes('t=2.0')")
    assert page("document.querySelectorAll('#strips img').length") == 8
    page("document.querySelector('.views [data-view=difference]').click()")
    page.pause_at(2.0)
    page.wait("document.querySelector('.layer img').src.includes('t=2.0')")
    assert page.brightness() < 40


def test_an_animated_picture_keeps_step_too(page: Page) -> None:
    page.open_card_of("4 animated.gif")
    kinds = page("[...document.querySelectorAll('.layer > *')].map(e => e.tagName).sort()")
    assert kinds == ["CANVAS", "VIDEO"]
    page("document.querySelector('.views [data-view=difference]').click()")
    page.pause_at(2.5)
    time.sleep(0.3)
    assert page.brightness() < 60


# What is gone


GONE = "status of 410"
"""What the browser says of a file that is asked for and was deleted."""


@pytest.fixture
def fragile(chromium: Browser, folder: Path, data: Path, tmp_path: Path) -> Iterator[Page]:
    """The page of a copy of the folder, of which files may be deleted."""
    shutil.copytree(folder, tmp_path / "films")
    shutil.copytree(data, tmp_path / "data")
    with (
        Store.open(tmp_path / "data") as store,
        served(FolderLibrary(tmp_path / "films"), store) as server,
    ):
        yield opened(chromium, server)
        leave(chromium, server, meant=GONE)


IN_PLACE = "[...document.querySelectorAll('.layer .missing')].map(said => said.textContent)"


def test_a_film_whose_file_was_deleted_says_so_in_its_place(fragile: Page, tmp_path: Path) -> None:
    (tmp_path / "films" / "2 framed.mkv").unlink()
    fragile.open_card_of("2.mp4")
    assert fragile(IN_PLACE) == ["This file is gone."]
    kinds = fragile("[...document.querySelectorAll('.layer > *')].map(e => e.tagName).sort()")
    assert kinds == ["P", "VIDEO"]
    fragile.pause_at(1.0)  # the other one is there as ever
    assert fragile("document.querySelector('video').readyState") >= 2


@pytest.mark.parametrize("view", ["side", "wipe", "flicker", "difference"])
def test_it_can_be_read_in_every_view(fragile: Page, tmp_path: Path, view: str) -> None:
    (tmp_path / "films" / "2 framed.mkv").unlink()
    fragile.open_card_of("2.mp4")
    fragile(f"document.querySelector('.views [data-view={view}]').click()")
    style = "getComputedStyle(document.querySelector('.missing'))"
    assert (fragile(f"{style}.transform"), fragile(f"{style}.filter")) == ("none", "none")


def test_a_file_that_is_deleted_while_its_pictures_are_shown_says_so_too(
    fragile: Page, tmp_path: Path
) -> None:
    fragile.open_card_of("3 old.avi")
    fragile.pause_at(1.0)
    fragile.wait("document.querySelector('.layer img').src.includes('t=1.0')")
    (tmp_path / "films" / "3 old.avi").unlink()
    fragile.pause_at(2.0)
    fragile.wait("document.querySelector('.layer .missing') !== null")
    assert fragile(IN_PLACE) == ["This file is gone."]


def test_what_was_seen_can_still_be_decided_and_the_next_card_comes(
    fragile: Page, tmp_path: Path
) -> None:
    (tmp_path / "films" / "2 framed.mkv").unlink()
    fragile.open_card_of("2.mp4")
    before = fragile("document.querySelector('#place').textContent")
    fragile.press("1")
    fragile.wait(f"document.querySelector('#place').textContent !== '{before}'")
    fragile.wait_until_loaded()
    assert len(fragile.decisions()) == 1
    assert fragile(IN_PLACE) == []


# Decided


def test_one_key_decides_and_the_next_card_comes(page: Page) -> None:
    before = page("document.querySelector('#place').textContent")
    page.press("1")
    page.wait(f"document.querySelector('#place').textContent !== '{before}'")
    (decision,) = page.decisions()
    assert (decision["relation"], decision["by_advice"]) == ("better", False)
    assert page.counter() == "1 decided · 5 to decide"


@pytest.mark.parametrize(
    ("key", "relation"), [("3", "same quality"), ("4", "alternates"), ("5", "not related")]
)
def test_each_key_stands_for_its_decision(page: Page, key: str, relation: str) -> None:
    page.press(key)
    page.wait("document.querySelector('#counter').textContent.startsWith('1 ')")
    assert [decision["relation"] for decision in page.decisions()] == [relation]


def test_the_better_file_is_the_one_on_that_side(page: Page) -> None:
    first, second = (file["sha256"] for file in page.card()["files"])
    page.press("2")
    page.wait("document.querySelector('#counter').textContent.startsWith('1 ')")
    (decision,) = page.decisions()
    assert (decision["first"], decision["second"]) == (second, first)


def test_undo_takes_it_back_and_shows_the_card_again(page: Page) -> None:
    before = page("document.querySelector('#place').textContent")
    page.press("1")
    page.wait("document.querySelector('#counter').textContent.startsWith('1 ')")
    page.press("u")
    page.wait(f"document.querySelector('#place').textContent === '{before}'")
    assert page.decisions() == []
    assert page.counter() == "0 decided · 6 to decide"


def test_skipping_decides_nothing_and_stepping_neither(page: Page) -> None:
    places = [page("document.querySelector('#place').textContent")]
    for key in ("h", "j", "k"):
        page.press(key)
        page.wait(f"document.querySelector('#place').textContent !== '{places[-1]}'")
        page.wait_until_loaded()
        places.append(page("document.querySelector('#place').textContent"))
    assert places == [f"Card {number} of 6" for number in (1, 2, 3, 2)]
    assert page.decisions() == []


def test_after_a_reload_everything_is_as_it_was_left(page: Page) -> None:
    page.press("1")
    page.wait("document.querySelector('#counter').textContent.startsWith('1 ')")
    page.wait("location.hash === '#2'")
    page.browser.visit(page.server.page)
    page.wait_until_loaded()
    assert page.counter() == "1 decided · 5 to decide"
    assert page("document.querySelector('#place').textContent") == "Card 2 of 6"


def test_another_tab_shows_what_is_decided_in_this_one(page: Page) -> None:
    first, second = (file["sha256"] for file in page.card()["files"])
    page.server.post(
        "api/decide",
        judgements=[{"first": first, "second": second, "relation": "alternates", "deletes": False}],
    )
    page("new BroadcastChannel('review').postMessage('changed')")
    page.wait("document.querySelector('#counter').textContent.startsWith('1 ')")
    assert "alternates" in page("document.querySelector('#decided').textContent")


def test_the_advice_is_taken_for_the_checked_cards_and_shown_as_such(page: Page) -> None:
    page("document.querySelector('#check-all').click()")
    page("document.querySelector('#take-advice').click()")
    page.wait("document.querySelectorAll('#cards .done').length > 0")
    assert {decision["by_advice"] for decision in page.decisions()} == {True}
    assert page("document.querySelector('#cards .done .mark').textContent") == "advice"
    page.wait("document.querySelector('#toast').textContent.includes('by the advice')")
    told = page("document.querySelector('#toast').textContent")
    taken = len(page.decisions())
    assert page.counter() == f"{taken} decided · {6 - taken} to decide"
    assert told.startswith(f"{taken} card")
    assert f"of the checked ones, {6 - taken} " in told
    page.press("u")
    page.wait("document.querySelectorAll('#cards .done').length === 0")


def test_letters_typed_into_a_field_decide_nothing(page: Page) -> None:
    page.press("/")
    page.press("1", "5", "u")
    assert page("document.querySelector('#filters').elements.find.value") == "15u"
    assert page.decisions() == []


def test_cards_are_found_filtered_and_sorted(page: Page) -> None:
    shown = "document.querySelectorAll('#cards li:not([hidden])').length"
    assert page(shown) == 6
    for name, value, left in (("find", "old.avi", 1), ("find", "", 6), ("state", "decided", 0)):
        page(
            f"{{ const field = document.querySelector('#filters').elements['{name}'];"
            f" field.value = '{value}';"
            " field.dispatchEvent(new Event('input', {bubbles: true})); }"
        )
        assert page(shown) == left


def test_a_hostile_name_is_shown_as_text(page: Page) -> None:
    page.open_card_of(HOSTILE)
    names = page("document.querySelector('.names').textContent")
    assert HOSTILE in names
    assert page("document.querySelectorAll('img[src=x]').length") == 0


def test_help_lists_every_key(page: Page) -> None:
    page.press("?")
    assert page("document.querySelector('#help').open")
    assert page("document.querySelectorAll('#keys kbd').length") > 20


# Light, dark, small


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_is_wider_than_the_window_in_any_theme(page: Page, width: int, theme: str) -> None:
    page.browser.show_as(width=width, height=800, theme=theme)
    assert page("document.documentElement.scrollWidth") <= width
    back = page("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert (sum(back) / 3 > 128) is (theme == "light")


def test_every_control_has_a_name(page: Page) -> None:
    unnamed = page(
        "[...document.querySelectorAll('input, select, button')].filter(control =>"
        " !control.labels?.length && !control.textContent.trim()"
        " && !control.getAttribute('aria-label')).map(control => control.outerHTML)"
    )
    assert unnamed == []


# A Hydrus with a group


def of_hydrus(hydrus: FakeHydrus) -> HydrusLibrary:
    return HydrusLibrary(Connection(Endpoint(hydrus.url, hydrus.key)), tag_service="my tags")


def test_a_group_is_decided_at_once_without_what_is_taken_out_and_written_with_one_word(
    chromium: Browser, hydrus: FakeHydrus, known: Path
) -> None:
    with Store.open(known) as store, served(of_hydrus(hydrus), store) as server:
        page = opened(chromium, server)
        card = page.card()
        assert len(card["files"]) == 3
        best, second, third = (file["sha256"] for file in card["files"])
        page("document.querySelector('#members [data-best=\"0\"]').click()")
        page("document.querySelector('#members [data-out=\"2\"]').click()")
        page.press("Enter")
        page.wait("document.querySelector('#decided').textContent !== ''")
        assert [(d["first"], d["second"]) for d in page.decisions()] == [(best, second)]
        assert page.counter() == "0 decided · 2 to decide"
        page.press("4")
        page.wait("document.querySelector('#counter').textContent.startsWith('1 ')")
        assert hydrus.judged == []
        page.press("w")
        page.wait("document.querySelector('#write').open")
        told = page("document.querySelector('#summary').textContent")
        assert "1 pair: a copy is better" in told
        assert "1 pair: alternates" in told
        page("document.querySelector('#write-now').click()")
        page.wait("document.querySelector('#summary').textContent.includes('read back')")
        assert sorted(row[2] for row in hydrus.judged) == [3, 4]
        assert third in {file for row in hydrus.judged for file in row[:2] if row[2] == 3}
        leave(chromium, server)


def test_a_card_whose_files_are_gone_is_passed_by(
    chromium: Browser, hydrus: FakeHydrus, known: Path
) -> None:
    with Store.open(known) as store, served(of_hydrus(hydrus), store) as server:
        for file in server.desk.cards[1].files:
            hydrus.delete(file)
        page = opened(chromium, server)
        said = "document.querySelector('#toast')"
        page.press("j")
        page.wait(f"{said}.textContent === 'The files of this card are no longer there.'")
        assert page("document.querySelector('#card').hidden")
        page.press("1", "Enter")  # there is nothing to decide
        assert page.decisions() == []
        for key in ("k", "j", "h"):  # from it to the first card and back
            page.press(key)
            page.wait(f"document.querySelector('#card').hidden === {str(key == 'j').lower()}")
            page.wait(f"{said}.hidden === {str(key != 'j').lower()}")
        assert page("document.querySelector('#place').textContent") == "Card 1 of 2"
        leave(chromium, server, meant="status of 409")


def test_in_a_group_in_which_no_file_looks_best_the_user_chooses_it(
    chromium: Browser, hydrus: FakeHydrus, known: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gathering = import_module("hydrus_video_deduplicator.report.gather")
    monkeypatch.setattr(gathering, "advise", lambda copies: Advice())
    with Store.open(known) as store, served(of_hydrus(hydrus), store) as server:
        page = opened(chromium, server)
        assert page("document.querySelector('#of-group').disabled")
        page.press("Enter")
        page.wait("document.body.textContent.includes('Choose the best file first')")
        assert page.decisions() == []
        page.press("b")
        assert not page("document.querySelector('#of-group').disabled")
        page.press("Enter")
        page.wait("document.querySelector('#counter').textContent.startsWith('1 ')")
        assert len(page.decisions()) == 2
        leave(chromium, server)


def test_a_worse_copy_goes_to_the_trash_only_with_a_second_key(
    chromium: Browser, hydrus: FakeHydrus, known: Path
) -> None:
    with (
        Store.open(known) as store,
        served(of_hydrus(hydrus), store, Terms(deletes=True)) as server,
    ):
        page = opened(chromium, server)
        page.press("1")
        page.wait("document.querySelector('#decided').textContent !== ''")
        page.press("d", "1")
        page.wait("document.querySelector('#apply').disabled === false")
        end = time.monotonic() + PATIENT
        while len(page.decisions()) < 2:
            assert time.monotonic() < end
        assert sorted(decision["deletes"] for decision in page.decisions()) == [False, True]
        page.press("w")
        page.wait("document.querySelector('#write').open")
        assert "1 file to the trash" in page("document.querySelector('#summary').textContent")
        leave(chromium, server)
