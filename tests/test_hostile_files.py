"""Files that are broken, or made to harm: each can only fail itself, and says why."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import BinaryIO

import clips
import hostile
import numpy as np
import pytest
from pools import pair
from tunes import tune

from hydrus_video_deduplicator import containers
from hydrus_video_deduplicator.errors import UnreadableVideo
from hydrus_video_deduplicator.library.folder import LocalFile
from hydrus_video_deduplicator.sound import read_soundprint
from hydrus_video_deduplicator.stages.hashing import hash_file
from hydrus_video_deduplicator.stages.pools import ProcessPool
from hydrus_video_deduplicator.stages.workers import Crew
from hydrus_video_deduplicator.store import Fingerprint

PATIENT = 300.0
"""Seconds."""

MEMORY = 512
"""MiB."""

Outcome = Fingerprint | Exception
Hasher = Callable[[bytes], Outcome]


@dataclass(frozen=True)
class Bytes:
    """A `Source` of bytes."""

    data: bytes

    def open(self) -> BinaryIO:
        return BytesIO(self.data)


@pytest.fixture(scope="module")
def hashed() -> Iterator[Hasher]:
    """What becomes of a file in a worker process that lives on from test to test."""
    with ProcessPool(1) as pool:
        crew = Crew(pool, PATIENT, memory_limit=MEMORY)

        def hashed(data: bytes) -> Outcome:
            ((_, outcome),) = crew.work_through(hash_file, [("file", Bytes(data))], pair)
            return outcome

        yield hashed
        assert isinstance(hashed(clips_once()), Fingerprint)


def clips_once() -> bytes:
    return hostile.png(64, 64, frames=2)


def is_plain(outcome: Outcome) -> bool:
    """Whether it is a signature, or a reason in words that names no object of the program."""
    if isinstance(outcome, Fingerprint):
        return len(outcome.video_hash) == 16
    reason = str(outcome)
    return isinstance(outcome, UnreadableVideo) and " " in reason and "0x" not in reason


class TestBroken:
    @pytest.mark.parametrize("tenth", range(1, 10))
    @pytest.mark.parametrize("kind", hostile.WHOLE)
    def test_a_file_cut_short_gives_what_is_left_of_it_or_a_reason(
        self, tmp_path: Path, hashed: Hasher, kind: str, tenth: int
    ) -> None:
        data = hostile.WHOLE[kind](tmp_path)
        assert is_plain(hashed(data[: len(data) * tenth // 10]))

    @pytest.mark.parametrize("seed", range(5))
    @pytest.mark.parametrize("noise", [False, True], ids=["zeros", "noise"])
    @pytest.mark.parametrize("kind", hostile.WHOLE)
    def test_a_stretch_of_zeros_or_noise_costs_no_more_than_the_file(
        self, tmp_path: Path, hashed: Hasher, kind: str, noise: bool, seed: int
    ) -> None:
        data = bytearray(hostile.WHOLE[kind](tmp_path))
        dice = np.random.default_rng(seed)
        start, length = dice.integers(len(data)), dice.integers(1, 4000)
        data[start : start + length] = dice.bytes(length) if noise else bytes(length)
        assert is_plain(hashed(bytes(data)))

    @pytest.mark.parametrize(
        "make",
        [
            hostile.one_picture,
            hostile.of_no_duration,
            hostile.many_tiny_pictures,
            hostile.endless_gif,
            hostile.growing_picture_in_a_video,
            hostile.absurd_duration,
            hostile.times_that_run_backwards,
            hostile.large_attachment,
            hostile.large_subtitles,
            hostile.stream_that_begins_on_the_way,
        ],
    )
    def test_what_can_be_shown_is_hashed(
        self, tmp_path: Path, hashed: Hasher, make: Callable[[Path], bytes]
    ) -> None:
        assert isinstance(hashed(make(tmp_path)), Fingerprint)

    @pytest.mark.parametrize(
        ("make", "reason"),
        [
            (hostile.nothing, "the file is empty"),
            (hostile.only_sound, "no moving picture, only sound"),
            (hostile.sound_with_a_cover, "no moving picture, only a cover"),
            (hostile.unknown_codec, "no decoder for its kind of video"),
            (hostile.absurd_times, "lasts 69444 days by its time stamps"),
            (hostile.negative_times, "no picture could be decoded"),
            (hostile.huge_gif, "its pictures are too large"),
            (hostile.huge_webp, "too large to decode"),
            (hostile.huge_apng, "no video or animation|too large"),
            (hostile.huge_picture_in_a_video, "no picture could be decoded"),
            (hostile.packed_text, "no video or animation|MiB of memory"),
        ],
    )
    def test_what_cannot_says_why(
        self, tmp_path: Path, hashed: Hasher, make: Callable[[Path], bytes], reason: str
    ) -> None:
        outcome = hashed(make(tmp_path))
        assert is_plain(outcome)
        with pytest.raises(UnreadableVideo, match=reason):
            raise outcome if isinstance(outcome, Exception) else AssertionError(outcome)

    @pytest.mark.parametrize("kind", hostile.WHOLE)
    def test_a_wrong_suffix_changes_nothing(self, tmp_path: Path, kind: str) -> None:
        data = hostile.WHOLE[kind](tmp_path)
        paths = [tmp_path / name for name in ("right." + kind, "wrong.m3u8", "wrong.ts", "none")]
        for path in paths:
            path.write_bytes(data)
        right, *others = [hash_file(LocalFile(path)) for path in paths]
        assert all(other == right for other in others)


class Visitors:
    """A web server on this machine, and who came."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        visitors = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                visitors.paths.append(self.path)
                self.send_error(404)

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/"


@pytest.fixture
def visitors() -> Iterator[Visitors]:
    visitors = Visitors()
    thread = threading.Thread(target=visitors.server.serve_forever, args=(0.01,))
    thread.start()
    yield visitors
    visitors.server.shutdown()
    thread.join()
    visitors.server.server_close()


LISTS = {
    "HLS": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{}canary.mp4\n#EXT-X-ENDLIST\n",
    "M3U": "#EXTM3U\n#EXTINF:9,\n{}canary.mp4\n",
    "concat": "ffconcat version 1.0\nfile {}canary.mp4\n",
    "DASH": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
    'mediaPresentationDuration="PT1S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011">'
    '<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1">'
    "<BaseURL>{}canary.mp4</BaseURL></Representation></AdaptationSet></Period></MPD>",
    "SDP": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns={}\nc=IN IP4 127.0.0.1\nt=0 0\n"
    "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    "XSPF": '<playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList><track><location>'
    "{}canary.mp4</location></track></trackList></playlist>",
    "PLS": "[playlist]\nFile1={}canary.mp4\nNumberOfEntries=1\n",
    "ASX": '<asx version="3.0"><entry><ref href="{}canary.mp4"/></entry></asx>',
    "SMIL": '<smil><body><video src="{}canary.mp4"/></body></smil>',
    "VobSub": "# VobSub index file, v7 (do not modify this line!)\nid: en, index: 0\n"
    "timestamp: 00:00:00:000, filepos: 000000000\n",
    "SVG": '<svg xmlns="http://www.w3.org/2000/svg"><image href="{}canary.mp4"/></svg>',
    "EPS": "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n({}canary.mp4) run\nshowpage\n",
    "text": "{}canary.mp4\n" * 1000,
    "font": "\0\1\0\0\0\1\0\0\0\0\0\0name {}canary.mp4" + "\0" * 5000,
    "subtitles": "1\n00:00:00,000 --> 00:00:01,000\n{}canary.mp4\n",
}
"""What is no video, and names one: {} is where it lies."""

NAMES = ("list.mp4", "list.m3u8", "list.mpd", "list.idx", "list%03d.png")


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A video that can be hashed, beside the file that names it."""
    return clips.encode(tmp_path / "canary.mp4", clips.scene(1, 0.5))


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.usefixtures("canary")
def test_no_other_file_and_no_address_is_opened(
    tmp_path: Path, visitors: Visitors, kind: str
) -> None:
    places = ("", f"{tmp_path}/", f"file:{tmp_path}/", visitors.address)
    for place, name in product(places, NAMES):
        path = tmp_path / name
        path.write_text(LISTS[kind].replace("{}", place), encoding="latin-1")
        with pytest.raises(
            UnreadableVideo, match="no video or animation of a format that can be read"
        ):
            hash_file(LocalFile(path))
        with path.open("rb") as file:
            assert read_soundprint(file) is None
    assert visitors.paths == []


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.usefixtures("canary")
def test_not_even_by_a_reader_that_would(
    tmp_path: Path, visitors: Visitors, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """The readers that are allowed open no other files: this is the second bolt on the door."""
    others = {"hls", "concat", "dash", "sdp", "rtsp", "vobsub", "image2", "tty", "srt"}
    monkeypatch.setattr(containers, "FORMATS", containers.FORMATS | others)
    for place in ("", f"{tmp_path}/", f"file:{tmp_path}/", visitors.address):
        path = tmp_path / "list.mp4"
        path.write_text(LISTS[kind].replace("{}", place), encoding="latin-1")
        with path.open("rb") as file, pytest.raises(UnreadableVideo):
            read_container(file)
    assert visitors.paths == []


def read_container(file: BinaryIO) -> None:
    with containers.open_container(file) as container:
        (stream,) = container.streams.video
        assert not list(containers.packets(container, stream))


def test_no_other_program_is_run_on_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Pillow runs Ghostscript on PostScript."""
    monkeypatch.setattr("subprocess.Popen", None)
    path = tmp_path / "picture.webp"
    path.write_text(LISTS["EPS"])
    with pytest.raises(UnreadableVideo, match="no video or animation"):
        hash_file(LocalFile(path))


class Unplugged(BytesIO):
    """A file on a disk that goes away in the middle."""

    def read(self, size: int | None = -1, /) -> bytes:
        left = 10_000 - self.tell()
        if left <= 0 or size is None or size < 0:
            raise OSError(5, "Input/output error")
        return super().read(min(size, left))


@pytest.mark.parametrize("kind", hostile.WHOLE)
def test_a_disk_that_cannot_be_read_is_not_the_fault_of_the_file(tmp_path: Path, kind: str) -> None:
    with pytest.raises(OSError, match="Input/output error"):
        hash_file(Opened(Unplugged(hostile.WHOLE[kind](tmp_path))))


def test_nor_is_it_where_the_file_is_listened_to(tmp_path: Path) -> None:
    path = clips.encode_with_sound(tmp_path / "a.mkv", clips.scene(1, 3), tune(1))
    with pytest.raises(OSError, match="Input/output error"):
        read_soundprint(Unplugged(path.read_bytes()))


@dataclass(frozen=True)
class Opened:
    """A `Source` of an open file."""

    file: BinaryIO

    def open(self) -> BinaryIO:
        return self.file
