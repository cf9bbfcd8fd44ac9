"""What the server of `review` answers to its page, and that it answers to nobody else."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_hydrus import FakeHydrus, Fault, Place
from reviews import Served, served
from runs import sha256_of

from hydrus_video_deduplicator.library.folder import FolderLibrary
from hydrus_video_deduplicator.library.hydrus import Connection, Endpoint, HydrusLibrary
from hydrus_video_deduplicator.review import ranges
from hydrus_video_deduplicator.review.desk import Terms
from hydrus_video_deduplicator.store import Store

SECRET = "key="


@pytest.fixture
def store(known: Path) -> Iterator[Store]:
    with Store.open(known) as opened:
        yield opened


@pytest.fixture
def library(hydrus: FakeHydrus) -> HydrusLibrary:
    return library_of(hydrus)


def library_of(hydrus: FakeHydrus) -> HydrusLibrary:
    return HydrusLibrary(Connection(Endpoint(hydrus.url, hydrus.key)), tag_service="my tags")


@pytest.fixture
def stranger(library: HydrusLibrary, store: Store) -> Iterator[Served]:
    """The server, before anybody has come in."""
    with served(library, store) as at:
        yield at


@pytest.fixture
def page(stranger: Served) -> Served:
    """The server as its page sees it."""
    stranger.enter()
    return stranger


def card_of(page: Served, name: str) -> int:
    """The number of the card that has the file of this hash."""
    cards = page.get("api/overview")["cards"]
    return next(card["number"] for card in cards if name in card["files"])


def judgement(
    first: str, second: str, relation: str, *, deletes: bool = False
) -> dict[str, object]:
    return {"first": first, "second": second, "relation": relation, "deletes": deletes}


# Cards


def test_each_group_of_copies_is_a_card_with_all_that_is_known(page: Served) -> None:
    overview = page.get("api/overview")
    assert [len(card["files"]) for card in overview["cards"]] == [3, 3]
    assert overview["left"] == {"0": 3, "1": 3}
    assert all(card["title"].startswith("3 files: ") for card in overview["cards"])
    card = page.get("api/card/0")
    assert [len(card[what]) for what in ("files", "pairs")] == [3, 3]
    assert {row["label"] for row in card["rows"]} >= {"Length", "Resolution", "Container", "Status"}
    for pair in card["pairs"]:
        assert len(pair["overlay"]) == 6
        assert pair["parts"][0]["speed"] == pytest.approx(1, abs=0.02)


def test_tags_and_addresses_that_only_one_file_has_are_told_and_ours_are_not(
    hydrus: FakeHydrus, page: Served
) -> None:
    first = hydrus.files[sha256_of(hydrus, "first.mp4")]
    service = next(s["service_key"] for s in hydrus.services if s["name"] == "my tags")
    first.tags[service] |= {"<b>title</b>:\x1b[1mfirst", "phashv1:0123456789abcdef"}
    card = page.get(f"api/card/{card_of(page, first.sha256)}")
    place = [file["sha256"] for file in card["files"]].index(first.sha256)
    assert card["only"] == [{"what": "tag", "text": "<b>title</b>: [1mfirst", "files": [place]}]


def test_a_pair_is_told_from_its_first_side(page: Served) -> None:
    cards = [page.get(f"api/card/{number}") for number in range(2)]
    card, trimmed = next(
        (card, pair) for card in cards for pair in card["pairs"] if pair["kind"] == "trimmed"
    )
    lengths = [file["seconds"] for file in card["files"]]
    for side, span in (("first", "a_span"), ("second", "b_span")):
        place = "ABC".index(trimmed[side])
        assert trimmed["parts"][0][span][1] <= lengths[place] + 0.1


# Decisions


def test_a_decision_is_kept_at_once_and_counted(page: Served, store: Store) -> None:
    a, b, c = page.get("api/overview")["cards"][0]["files"]
    state = page.post("api/decide", judgements=[judgement(a, b, "better")])
    assert (state["left"]["0"], state["done"]) == (2, 0)
    state = page.post("api/decide", judgements=[judgement(a, c, "same quality")])
    assert (state["left"]["0"], state["done"]) == (0, 1)
    assert len(store.decisions.all("http://localhost:" + page_port(page, store))) == 2


def page_port(page: Served, store: Store) -> str:
    return str(page.get("api/overview")["library"]).rpartition(":")[2]


def test_undo_tells_which_card_it_was_about(page: Served) -> None:
    a, b, _ = page.get("api/overview")["cards"][1]["files"]
    page.post("api/decide", judgements=[judgement(a, b, "alternates")])
    state = page.post("api/undo")
    assert (state["undone"], state["decisions"]) == (1, [])
    assert page.post("api/undo")["undone"] is None


def test_what_is_decided_is_withdrawn_by_pair(page: Served) -> None:
    a, b, _ = page.get("api/overview")["cards"][1]["files"]
    page.post("api/decide", judgements=[judgement(a, b, "alternates")])
    assert page.post("api/withdraw", pairs=[[b, a]])["decisions"] == []


def test_the_advice_is_taken_for_the_chosen_cards_in_one_step_and_shown_as_advice(
    page: Served,
) -> None:
    advised = [n for n in (0, 1) if page.get(f"api/card/{n}")["best"] is not None]
    state = page.post("api/advice", cards=[0, 1])
    assert state["taken"] == len(advised) >= 1
    assert {decision["by_advice"] for decision in state["decisions"]} == {True}
    assert all(state["left"][str(number)] == 0 for number in advised)
    assert page.post("api/undo")["decisions"] == []


def test_the_advice_changes_nothing_that_is_decided(page: Served) -> None:
    before = {}
    for number in (0, 1):
        a, b, _ = page.get("api/overview")["cards"][number]["files"]
        before = page.post("api/decide", judgements=[judgement(a, b, "alternates")])
    state = page.post("api/advice", cards=[0, 1])
    assert (state["taken"], state["decisions"]) == (0, before["decisions"])


# Writing


def test_nothing_is_written_until_the_user_says_so(hydrus: FakeHydrus, page: Served) -> None:
    a, b, c = page.get("api/overview")["cards"][0]["files"]
    page.post("api/decide", judgements=[judgement(a, b, "better"), judgement(a, c, "better")])
    summary = page.get("api/summary")
    assert (summary["counts"]["better"], summary["deleted"]) == (2, 0)
    assert hydrus.judged == []
    state = page.post("api/apply", merges=True)
    assert (state["applied"], state["failed"]) == (2, [])
    assert {row[:3] for row in hydrus.judged} == {(a, b, 4), (a, c, 4)}
    assert page.post("api/apply", merges=True)["applied"] == 0
    assert page.post("api/undo")["undone"] is None
    response, body = page.send("api/decide", judgements=[judgement(a, b, "alternates")])
    assert (response.status, "already been judged in Hydrus" in body.decode()) == (409, True)


def test_what_hydrus_does_not_record_is_named_and_kept(hydrus: FakeHydrus, page: Served) -> None:
    a, b, _ = page.get("api/overview")["cards"][0]["files"]
    page.post("api/decide", judgements=[judgement(a, b, "better")])
    hydrus.fail("/manage_file_relationships/set_file_relationships", Fault.RECORD_NOTHING)
    (failed,) = page.post("api/apply", merges=True)["failed"]
    assert "does not show it" in failed["why"]
    assert page.post("api/apply", merges=True)["failed"] == []


def test_no_file_is_deleted_without_the_option(hydrus: FakeHydrus, page: Served) -> None:
    a, b, _ = page.get("api/overview")["cards"][0]["files"]
    told = [judgement(a, b, "better", deletes=True)]
    response, body = page.send("api/decide", judgements=told)
    assert (response.status, "--allow-delete" in body.decode()) == (409, True)
    assert page.get("api/state")["decisions"] == []


def test_with_the_option_a_file_goes_to_the_trash_and_the_summary_counts_it(
    hydrus: FakeHydrus, library: HydrusLibrary, store: Store
) -> None:
    with served(library, store, Terms(deletes=True)) as page:
        page.enter()
        a, b, _ = page.get("api/overview")["cards"][0]["files"]
        page.post("api/decide", judgements=[judgement(a, b, "better", deletes=True)])
        summary = page.get("api/summary")
        size = hydrus.files[b].path.stat().st_size
        assert (summary["deleted"], summary["deleted_bytes"]) == (1, size)
        assert page.post("api/apply", merges=False)["failed"] == []
    trashed = [s for s, file in hydrus.files.items() if file.place is Place.TRASH]
    assert (trashed, [row[3] for row in hydrus.judged]) == ([b], [False])


def test_judged_pairs_do_not_come_again(
    hydrus: FakeHydrus, library: HydrusLibrary, store: Store, page: Served
) -> None:
    a, b, c = page.get("api/overview")["cards"][0]["files"]
    page.post("api/decide", judgements=[judgement(a, b, "better"), judgement(a, c, "alternates")])
    page.post("api/apply", merges=True)
    with served(library_of(hydrus), store) as again:
        again.enter()
        assert [len(card["files"]) for card in again.get("api/overview")["cards"]] == [3]


def test_decisions_are_there_when_the_server_starts_again(
    library: HydrusLibrary, store: Store, page: Served
) -> None:
    a, b, _ = page.get("api/overview")["cards"][0]["files"]
    page.post("api/decide", judgements=[judgement(a, b, "better")])
    with served(library, store) as again:
        again.enter()
        assert len(again.get("api/overview")["decisions"]) == 1


def test_while_hydrus_is_away_the_page_is_told_why(hydrus: FakeHydrus, page: Served) -> None:
    hydrus.fail("/get_files/file_metadata", Fault.WRONG_SHAPE)
    response, body = page.ask("api/card/0")
    assert (response.status, "unexpected answer" in body.decode()) == (502, True)
    assert page.get("api/card/0")["number"] == 0


# A plain folder


@pytest.fixture
def folder_page(samples: Path, store: Store) -> Iterator[Served]:
    library = FolderLibrary(samples, unrelated=store.decisions.unrelated)
    with served(library, store) as page:
        page.enter()
        yield page


def test_of_a_folder_the_decisions_are_saved_and_no_file_is_touched(
    samples: Path, folder_page: Served
) -> None:
    before = {path: path.stat() for path in samples.iterdir()}
    a, b, _ = folder_page.get("api/overview")["cards"][0]["files"]
    folder_page.post("api/decide", judgements=[judgement(a, b, "better")])
    response, _ = folder_page.send("api/apply", merges=True)
    assert response.status == 409
    response, csv = folder_page.ask("api/decisions.csv")
    assert "attachment" in str(response.getheader("content-disposition"))
    assert csv.decode().splitlines()[0].startswith("first,second,relation")
    (row,) = json.loads(folder_page.ask("api/decisions.json")[1])
    assert (row["first"], row["relation"]) == (a, "better")
    assert row["first_name"] in {path.name for path in samples.iterdir()}
    assert {path: path.stat() for path in samples.iterdir()} == before


def test_unrelated_pairs_of_a_folder_do_not_come_again(
    samples: Path, store: Store, folder_page: Served
) -> None:
    a, b, c = folder_page.get("api/overview")["cards"][0]["files"]
    told = [judgement(*pair, "not related") for pair in ((a, b), (a, c))]
    folder_page.post("api/decide", judgements=told)
    with served(FolderLibrary(samples, unrelated=store.decisions.unrelated), store) as again:
        again.enter()
        cards = again.get("api/overview")["cards"]
    assert sorted(len(card["files"]) for card in cards) == [2, 3]
    assert all(a not in card["files"] for card in cards)


# Films


@pytest.mark.parametrize("may_see_paths", [True, False])
def test_ranges_of_a_file_are_passed_on_without_loading_the_file(
    hydrus: FakeHydrus, page: Served, may_see_paths: bool
) -> None:
    if not may_see_paths:
        hydrus.grant([2, 3, 8])
    sha256 = sha256_of(hydrus, "first.mp4")
    whole = hydrus.files[sha256].path.read_bytes()
    response, body = page.ask(f"media/{sha256}", range="bytes=1000-1999")
    assert (response.status, body) == (206, whole[1000:2000])
    assert response.getheader("content-range") == f"bytes 1000-1999/{len(whole)}"
    assert response.getheader("content-type") == "video/mp4"
    assert page.ask(f"media/{sha256}", range="bytes=-10")[1] == whole[-10:]
    assert page.ask(f"media/{sha256}", range=f"bytes={len(whole) - 5}-")[1] == whole[-5:]
    assert page.ask(f"media/{sha256}")[1] == whole
    assert page.ask(f"media/{sha256}", range=f"bytes={len(whole)}-")[0].status == 416
    response, body = page.ask(f"media/{sha256}", "HEAD")
    assert (response.getheader("content-length"), body) == (str(len(whole)), b"")
    assert ("/get_files/file" in hydrus.calls) is not may_see_paths
    assert len(hydrus.ranges) == (0 if may_see_paths else hydrus.calls.count("/get_files/file"))


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-", 0, 99),
        ("bytes=0-0", 0, 0),
        ("bytes=10-", 10, 99),
        ("bytes=-10", 90, 99),
        ("bytes=-1000", 0, 99),
        ("bytes=90-1000", 90, 99),
    ],
)
def test_a_range_is_read_as_browsers_write_it(header: str, first: int, last: int) -> None:
    assert ranges.wanted(header, 100) == ranges.Extract(first, last, 100, is_part=True)


@pytest.mark.parametrize("header", [None, "bytes=0-4,10-14", "pages=1-2", "bytes=-"])
def test_without_one_range_the_whole_is_sent(header: str | None) -> None:
    assert ranges.wanted(header, 100) == ranges.Extract(0, 99, 100, is_part=False)


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=20-10", "bytes=-0"])
def test_bytes_that_are_not_there_cannot_be_had(header: str) -> None:
    assert ranges.wanted(header, 100) is None


def test_a_moment_of_a_file_is_decoded_for_a_browser_that_cannot(
    hydrus: FakeHydrus, page: Served
) -> None:
    sha256 = sha256_of(hydrus, "first.mp4")
    response, body = page.ask(f"picture/{sha256}?t=2.5&side=80")
    assert (response.getheader("content-type"), body[:2]) == ("image/jpeg", b"\xff\xd8")
    for moment in ("soon", "nan", "inf"):
        assert page.ask(f"picture/{sha256}?t={moment}")[0].status == 400


# Who may ask


def test_the_secret_is_good_for_one_browser_once(stranger: Served) -> None:
    assert SECRET in stranger.address
    stranger.enter()
    cookie, stranger.cookie = stranger.cookie, None
    path = stranger.address.partition(f"{stranger.admission.folder}/")[2]
    assert stranger.ask(path)[0].status == 403
    stranger.cookie = cookie
    assert stranger.ask(path)[0].status == 303
    assert stranger.ask("")[0].status == 200


def test_the_cookie_is_kept_from_scripts_other_sites_and_other_folders(stranger: Served) -> None:
    path = stranger.address.partition(f"{stranger.admission.folder}/")[2]
    response, _ = stranger.ask(path)
    parts = str(response.getheader("set-cookie")).lower().split("; ")
    assert {"httponly", "samesite=strict"} <= {*parts}
    assert f"path={stranger.admission.folder}".lower() in parts


@pytest.mark.parametrize(
    "path", ["", "page/main.js", "api/overview", "api/card/0", "api/decisions.csv", "?key=x"]
)
@pytest.mark.parametrize("cookie", [None, "review=", "review=guessed", "other=1", '"'])
def test_without_the_cookie_nothing_is_told(
    stranger: Served, path: str, cookie: str | None
) -> None:
    stranger.cookie = cookie
    response, body = stranger.ask(path)
    assert response.status == 403
    assert b"first" not in body


def test_a_call_without_the_cookie_changes_nothing(
    page: Served, library: HydrusLibrary, store: Store
) -> None:
    a, b, _ = page.get("api/overview")["cards"][0]["files"]
    page.cookie, cookie = None, page.cookie
    assert page.send("api/decide", judgements=[judgement(a, b, "better")])[0].status == 403
    page.cookie = cookie
    assert page.get("api/state")["decisions"] == []


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost:1", "127.0.0.1", "127.0.0.1.evil.example"]
)
def test_an_address_under_another_name_is_refused(page: Served, host: str) -> None:
    assert page.ask("api/overview", host=host)[0].status == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", None])
def test_a_call_of_another_page_is_refused_even_with_the_cookie(
    page: Served, origin: str | None
) -> None:
    sent = {} if origin is None else {"origin": origin}
    response, _ = page.ask("api/undo", "POST", b"{}", content_type="application/json", **sent)
    assert response.status == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_question_of_another_page_is_refused_even_with_the_cookie(
    page: Served, site: str
) -> None:
    assert page.ask("api/overview", sec_fetch_site=site)[0].status == 403
    assert page.ask("api/overview", sec_fetch_site="same-origin")[0].status == 200


def test_a_form_of_another_page_cannot_make_a_call(page: Served) -> None:
    response, _ = page.ask(
        "api/undo", "POST", b"{}", origin=page.admission.origin, content_type="text/plain"
    )
    assert response.status == 415


@pytest.mark.parametrize(
    "path",
    [
        "page/../guard.py",
        "page/%2e%2e%2fguard.py",
        "page/..%5cguard.py",
        "page//etc/passwd",
        "page/missing.js",
        "media/../../etc/passwd",
        "media/%2fetc%2fpasswd",
        "media/" + "0" * 64,
        "picture/" + "0" * 64 + "?t=0",
        "api/card/-1",
        "api/decisions.exe",
    ],
)
def test_no_path_leads_out(page: Served, path: str) -> None:
    response, body = page.ask(path)
    assert response.status == 404
    assert b"root:" not in body
    assert b"class Guard" not in body


def test_a_card_that_is_not_there_is_said_so(page: Served) -> None:
    assert page.ask("api/card/99")[0].status == 409


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"nonsense",
        b"[" * 50_000,
        b'{"judgements": 1}',
        b'{"judgements": [{"first": 1, "second": 2, "relation": "better", "deletes": false}]}',
        b'{"judgements": [{"first": "a", "second": "b", "relation": "x", "deletes": false}]}',
        b'{"judgements": [{"first": "a", "second": "b", "relation": "better", "deletes": 1}]}',
    ],
)
def test_a_call_that_cannot_be_read_is_refused(page: Served, body: bytes) -> None:
    response, _ = page.ask(
        "api/decide", "POST", body, origin=page.admission.origin, content_type="application/json"
    )
    assert response.status == 400


def test_a_call_without_end_is_refused(page: Served) -> None:
    response, _ = page.ask(
        "api/decide",
        "POST",
        b" " * (2 << 20),
        origin=page.admission.origin,
        content_type="application/json",
    )
    assert response.status == 413


def test_only_files_of_the_cards_can_be_judged(hydrus: FakeHydrus, page: Served) -> None:
    a, *_ = page.get("api/overview")["cards"][0]["files"]
    third = sha256_of(hydrus, "third.mp4")
    for other in (third, a, "/etc/passwd"):
        response, _ = page.send("api/decide", judgements=[judgement(a, other, "better")])
        assert response.status == 409


def test_only_files_of_the_cards_are_served(hydrus: FakeHydrus, page: Served) -> None:
    assert page.ask(f"media/{sha256_of(hydrus, 'third.mp4')}")[0].status == 404


def test_every_answer_forbids_scripts_and_frames_of_others(
    page: Served, hydrus: FakeHydrus
) -> None:
    for path in ("", "api/overview", "page/main.js", "missing"):
        response, _ = page.ask(path)
        policy = str(response.getheader("content-security-policy"))
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert response.getheader("x-content-type-options") == "nosniff"
    response, _ = page.ask(f"media/{sha256_of(hydrus, 'first.mp4')}", "HEAD")
    assert "sandbox" in str(response.getheader("content-security-policy"))


def test_the_page_has_no_script_or_style_of_its_own_text(page: Served) -> None:
    _, body = page.ask("")
    text = body.decode()
    assert "<script>" not in text
    assert "<style" not in text
    assert " style=" not in text
    assert " onclick=" not in text
    assert "http" not in text.replace("http-equiv", "")


def test_the_key_of_hydrus_never_reaches_the_browser(hydrus: FakeHydrus, page: Served) -> None:
    hydrus.fail("/get_files/file_metadata", Fault.ERROR, times=20)
    answers = [page.ask(path) for path in ("", "api/overview", "api/card/0")]
    hydrus.recover()
    answers += [page.ask(path) for path in ("api/card/0", "api/decisions.json", "page/calls.js")]
    for response, body in answers:
        assert hydrus.key not in str(response.getheaders()) + body.decode()


def test_a_hostile_name_stays_text(samples: Path, store: Store, tmp_path: Path) -> None:
    hostile = "<img src=x onerror=alert(1)>'\"&\x1b[31m.mp4"
    folder = tmp_path / "videos"
    folder.mkdir()
    for name in ("first.mp4", "first mirrored.mkv"):
        target = hostile if name == "first.mp4" else name
        (folder / target).write_bytes((samples / name).read_bytes())
    with served(FolderLibrary(folder), store) as page:
        page.enter()
        names = page.get("api/overview")["cards"][0]["names"]
        csv = page.ask("api/decisions.csv")[1].decode()
    assert hostile.replace("\x1b", " ") in names
    assert "\x1b" not in csv


def test_the_pass_shows_no_secret(stranger: Served) -> None:
    bare = replace(stranger.admission)
    assert str(bare.secret) not in repr(bare)
    assert bare.cookie not in repr(bare)
