"""A Hydrus client for tests: the Client API over real HTTP, its state in memory.

It answers the calls that the project makes with the status codes, JSON and rules of Hydrus v681, as
observed on the real client: groups of duplicates and their kings, judgements that stay and move
tags, the trash, deletion records of tags, permissions, services, ranges, popups. `release=682`
answers 200 to potential pairs and drops them, as that release does with videos. Calls can be made
to fail (`fail`), the whole client to go away and come back (`stop`, `start`).

    with FakeHydrus([Path("a.mp4"), Path("b.mp4")]) as hydrus:
        ...  # hydrus.url, hydrus.key
        assert hydrus.relations.potential_pairs() == set()
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import socket
import ssl
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

API_VERSIONS = {681: 94, 682: 95}
KEY = "0123456789abcdef" * 4

EDIT_TAGS, SEARCH, MANAGE_PAGES, EDIT_RELATIONSHIPS, MANAGE_POPUPS, SEE_LOCAL_PATHS = (
    *(2, 3, 4),
    *(8, 10, 13),
)
PERMISSION_NAMES = {
    EDIT_TAGS: "edit file tags",
    SEARCH: "search for and fetch files",
    MANAGE_PAGES: "manage pages",
    EDIT_RELATIONSHIPS: "edit file relationships",
    MANAGE_POPUPS: "manage popups",
    SEE_LOCAL_PATHS: "see local file paths",
}


def service_key(name: str) -> str:
    """Hydrus' own services have their name, in hexadecimal, as their key; here, all have."""
    return name.encode().hex()


MY_TAGS = service_key("local tags")
DOWNLOADER_TAGS = service_key("downloader tags")
MY_FILES = service_key("local files")
FILE_STORAGE = service_key("all local files")
LOCAL_MEDIA = service_key("all local media")
ALL_KNOWN_FILES = service_key("all known files")
ALL_KNOWN_TAGS = service_key("all known tags")
TRASH = service_key("trash")

LOCAL_TAG_SERVICE = 5

POTENTIAL, FALSE_POSITIVE, SAME_QUALITY, ALTERNATE, BETTER = range(5)
"""Relationships by their numbers in the Client API."""

IMPORTED = 1_700_000_000
"""When files were imported, in seconds since 1970, but for their ids."""


class Fault(Enum):
    """What a call can be made to do instead of answering."""

    LOCKED = auto()
    """503: the database is locked, or the program shuts down."""
    ERROR = auto()
    """500 with a traceback that quotes the API key."""
    TOO_MANY = auto()
    """429."""
    DROP = auto()
    """The connection is closed before the answer."""
    STALL = auto()
    """No answer comes."""
    HALF = auto()
    """The connection is closed in the middle of the answer."""
    NOT_JSON = auto()
    """200 with a page of HTML."""
    WRONG_SHAPE = auto()
    """JSON that has nothing to do with the call; a part of a file without the size of the file."""
    RECORD_HALF = auto()
    """200, and only the first half of the posted pairs is recorded."""
    RECORD_NOTHING = auto()
    """200, and nothing of what was posted is recorded; a call that only reads is answered."""


PASSING = [
    Fault.LOCKED,
    Fault.ERROR,
    Fault.TOO_MANY,
    Fault.DROP,
    Fault.STALL,
    Fault.HALF,
    Fault.NOT_JSON,
]
"""Faults that a repeated call gets over."""


STATUSES = {Fault.LOCKED: 503, Fault.ERROR: 500, Fault.TOO_MANY: 429}


class Held(Enum):
    """What the client held of a pair when it was posted."""

    NOTHING = auto()
    POTENTIAL = auto()
    JUDGED = auto()


class Place(Enum):
    """Where a file is."""

    HERE = auto()
    TRASH = auto()
    DELETED = auto()


@dataclass
class File:
    """One file that the client knows."""

    id: int
    sha256: str
    path: Path
    place: Place = Place.HERE
    tags: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    deleted_tags: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def is_in(self, service: str) -> bool:
        """Whether a search of that file service covers the file."""
        if service == ALL_KNOWN_FILES:
            return True
        if service == FILE_STORAGE:
            return self.place is not Place.DELETED
        if service == TRASH:
            return self.place is Place.TRASH
        return self.place is Place.HERE

    def has_tag(self, pattern: str, service: str) -> bool:
        """Whether a current tag of the service is `pattern`, or in its namespace (`name:*`)."""
        services = self.tags.values() if service == ALL_KNOWN_TAGS else [self.tags[service]]
        tags = set().union(*services)
        if pattern.endswith("*"):
            return any(tag.startswith(pattern[:-1]) for tag in tags)
        return pattern in tags


@dataclass
class Popup:
    """A popup in the window of the client, as its creator made it and its user changes it.

    fields: what it shows, by the names of the Client API.
    """

    fields: dict[str, Any]
    is_cancelled: bool = False
    is_paused: bool = False
    is_done: bool = False
    unknown_for: int = 0
    """How many calls still come before the window has taken it: till then it does not exist."""

    def update(self, args: Mapping[str, Any]) -> None:
        """Take new values; null removes one."""
        for name in POPUP_FIELDS & args.keys():
            self.fields[name] = args[name]
            if args[name] is None:
                del self.fields[name]
        if "hashes" in args:
            assert args["files_label"]
            self.fields["files"] = {"hashes": args["hashes"], "label": args["files_label"]}

    def finish(self) -> None:
        """What its creator does at the end: the user can dismiss it now."""
        self.is_done, self.is_paused = True, False

    def status(self, key: str) -> dict[str, Any]:
        """The job status object of the Client API."""
        ongoing = not self.is_done
        return {
            **self.fields,
            "key": key,
            "is_cancellable": ongoing,
            "is_pausable": ongoing,
            "is_cancelled": self.is_cancelled,
            "is_paused": self.is_paused,
            "is_done": self.is_done,
        }


POPUP_FIELDS = {
    *("status_title", "status_text_1", "status_text_2"),
    *("popup_gauge_1", "popup_gauge_2", "api_data"),
}


class ApiError(Exception):
    """An error that Hydrus answers to a call."""

    def __init__(self, status: int, kind: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.kind = kind


Ids = frozenset[int]
"""An unordered pair of numbers of groups."""


class Relations:
    """Duplicate groups and what holds between them, by the rules of Hydrus v681."""

    def __init__(self, *, keeps_video_pairs: bool) -> None:
        self._keeps_video_pairs = keeps_video_pairs
        self._numbers = count(1)
        self._group: dict[str, int] = {}
        self._king: dict[int, str] = {}
        self._alternates: dict[int, int] = {}
        self._potentials: set[Ids] = set()
        self._confirmed: set[Ids] = set()
        self._false_positives: set[Ids] = set()

    def relate(self, a: str, b: str, relationship: int) -> None:
        """Do one row of `/set_file_relationships`."""
        pair = frozenset({self._group_of(a), self._group_of(b)})
        self._potentials.discard(pair)
        if a == b:
            return
        rules: dict[int, Callable[[str, str], None]] = {
            POTENTIAL: self._make_potential,
            FALSE_POSITIVE: self._make_false_positive,
            SAME_QUALITY: self._make_duplicates,
            ALTERNATE: self._make_alternates,
            BETTER: self._make_duplicates,
        }
        rules[relationship](a, b)

    def remove_potentials(self, sha256: str) -> None:
        """Remove all potential pairs of the file's group."""
        group = self._group.get(sha256)
        self._potentials = {pair for pair in self._potentials if group not in pair}

    def forget_file(self, sha256: str) -> None:
        """A king that leaves the disk takes its group's potential pairs along."""
        if self._king.get(self._group_of(sha256)) == sha256:
            self.remove_potentials(sha256)

    def potential_pairs(self) -> set[tuple[str, str]]:
        """Every potential pair, by its kings, the smaller first."""
        kings = (sorted(self._king[group] for group in pair) for pair in self._potentials)
        return {(a, b) for a, b in kings}

    def held(self, a: str, b: str) -> Held:
        """What is known of a pair of files."""
        groups = frozenset({self._group_of(a), self._group_of(b)})
        if groups in self._potentials:
            return Held.POTENTIAL
        alternates = frozenset(self._alternates[group] for group in groups)
        is_judged = len(alternates) == 1 or alternates in self._false_positives
        return Held.JUDGED if is_judged else Held.NOTHING

    def has_duplicates(self, sha256: str) -> bool:
        """Whether the file shares its group with another."""
        group = self._group.get(sha256)
        return group is not None and [*self._group.values()].count(group) > 1

    def row(self, sha256: str, is_seen: Callable[[str], bool]) -> dict[str, Any]:
        """The answer of `/get_file_relationships` for a file, over the files that are seen."""
        group = self._group_of(sha256)
        return {
            "is_king": self._king[group] == sha256,
            "king": self._king[group],
            "king_is_on_file_domain": is_seen(sha256),  # so v681: of the file, not of its king
            "king_is_local": is_seen(sha256),
            "0": self._kings_of(self._partners(self._potentials, group), is_seen),
            "1": self._kings_of(self._false_positives_of(group), is_seen),
            "3": self._kings_of(self._alternates_of(group), is_seen),
            "8": [s for s, g in self._group.items() if g == group and s != sha256 and is_seen(s)],
        }

    def _group_of(self, sha256: str) -> int:
        if sha256 not in self._group:
            number = next(self._numbers)
            self._group[sha256] = number
            self._king[number] = sha256
            self._alternates[number] = number
        return self._group[sha256]

    def _make_potential(self, a: str, b: str) -> None:
        groups = frozenset({self._group_of(a), self._group_of(b)})
        alternates = frozenset(self._alternates[group] for group in groups)
        judged = alternates in self._false_positives or groups in self._confirmed
        if len(groups) == 2 and not judged and self._keeps_video_pairs:
            self._potentials.add(groups)

    def _make_false_positive(self, a: str, b: str) -> None:
        alternates = {self._alternates[self._group_of(file)] for file in (a, b)}
        if len(alternates) == 2:
            self._false_positives.add(frozenset(alternates))
            self._potentials = {
                pair
                for pair in self._potentials
                if {self._alternates[group] for group in pair} != alternates
            }

    def _make_alternates(self, a: str, b: str) -> None:
        group, other = self._group_of(a), self._group_of(b)
        self._confirmed.add(frozenset({group, other}))
        self._merge_alternates(group, other)

    def _make_duplicates(self, best: str, other: str) -> None:
        """The group of `other` becomes part of that of `best`."""
        group, merged = self._group_of(best), self._group_of(other)
        if group == merged:
            return
        self._merge_alternates(group, merged)
        self._potentials = _renamed(self._potentials, merged, group)
        self._confirmed = _renamed(self._confirmed, merged, group)
        for file, number in self._group.items():
            if number == merged:
                self._group[file] = group
        del self._king[merged], self._alternates[merged]

    def _merge_alternates(self, group: int, other: int) -> None:
        kept, gone = self._alternates[group], self._alternates[other]
        self._false_positives = _renamed(self._false_positives, gone, kept)
        for member, alternates in self._alternates.items():
            if alternates == gone:
                self._alternates[member] = kept

    def _alternates_of(self, group: int) -> set[int]:
        alternates = self._alternates[group]
        return {g for g, number in self._alternates.items() if number == alternates} - {group}

    def _false_positives_of(self, group: int) -> set[int]:
        others = self._partners(self._false_positives, self._alternates[group])
        return {g for g, number in self._alternates.items() if number in others}

    def _kings_of(self, groups: Iterable[int], is_seen: Callable[[str], bool]) -> list[str]:
        return sorted(king for king in (self._king[group] for group in groups) if is_seen(king))

    @staticmethod
    def _partners(pairs: Iterable[Ids], number: int) -> set[int]:
        return {other for pair in pairs if number in pair for other in pair - {number}}


def _renamed(pairs: set[Ids], old: int, new: int) -> set[Ids]:
    """The pairs with one number for another; a pair with itself is none."""
    renamed = {frozenset(new if number == old else number for number in pair) for pair in pairs}
    return {pair for pair in renamed if len(pair) == 2}


class FakeHydrus:
    """A client with some files. A context manager: it serves between enter and exit."""

    searches_all_tags = True
    """Whether the keys have no tag filter."""
    is_idle = True
    tells_of_itself = True
    """Whether it is a release that knows `/client_info` (v672)."""
    shows_popups_after = 0
    """Calls about a new popup that are refused, as its window is busy."""
    is_shutting_down = False
    """Whether it is about to go: every popup that is looked at is cancelled, new ones too."""
    boots = 1
    """How often the client was started."""

    def __init__(
        self,
        paths: Iterable[Path] = (),
        *,
        release: int = 681,
        permissions: Iterable[int] | None = None,
        certificate: Path | None = None,
    ) -> None:
        """`permissions` are those of the key `KEY`, None for everything.

        The files are imported in the order of `paths`. `certificate` is a file with a certificate
        and its private key: then it speaks https.
        """
        self.release = release
        self.key = KEY
        self.keys: dict[str, frozenset[int] | None] = {}
        self.grant(permissions)
        self.services: list[dict[str, Any]] = _default_services()
        self.files: dict[str, File] = {}
        self.relations = Relations(keeps_video_pairs=release != 682)
        self.dialog_is_open = False
        self.pages: dict[str, list[str]] = {}
        """The files on each page of files, by its name."""
        self.makes_pages = True
        """Whether it is a release that can make pages (v676)."""
        self.popups: dict[str, Popup] = {}
        """By key, in the order in which they came."""
        self.dismissed: dict[str, int | None] = {}
        """The popups that were finished and dismissed, with the seconds until they go."""
        self.ignores_ranges = False
        self.redirects_to: str | None = None
        self.lost: set[str] = set()
        """The files that are missing on its disk, of which it knows nothing."""
        self.forbid_unknown_files = False
        """Whether a relationship of a file that was never seen is an error, not a new record."""
        self.file_path_answer: dict[str, Any] | None = None
        """What `/get_files/file_path` answers instead of the truth."""
        self.on_call: Callable[[str], None] = lambda path: None
        """Told the path of every call, when it is done and before it is answered."""
        self.stalls_for: float | None = None
        """Seconds after which a stalled connection is closed; None for never."""
        self.calls: list[str] = []
        """The path of every call that came, in order."""
        self.posted: list[tuple[str, str, Held]] = []
        """Every pair posted as potential duplicates, with what the client held of it before."""
        self.judged: list[tuple[str, str, int, bool]] = []
        """Every pair judged through the API: the relationship, and whether content was merged."""
        self.failed: Counter[str] = Counter()
        """How often each fault was made, by its name."""
        self.ranges: list[str] = []
        """The Range header of every call that had one."""
        self._popups_made = 0
        self._asking: frozenset[int] | None = None
        self._requested: tuple[str, frozenset[int]] | None = None
        self._faults: dict[str, list[Fault | None]] = defaultdict(list)
        self._plague: Callable[[], Fault | None] = lambda: None
        self._certificate = certificate
        self._lock = threading.RLock()
        self._server: _Server | None = None
        self._port = 0
        for path in paths:
            self.add_file(path)

    # life

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it serves; the same after it was stopped and started."""
        return f"{'https' if self._certificate else 'http'}://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Begin to serve."""
        if self._server is None:
            self._server = _Server(self, self._port, self._certificate)
            self._port = self._server.server_port

    def stop(self) -> None:
        """Go away, as when the program is shut down; the state is kept."""
        if self._server is not None:
            self._server.close()
            self._server = None

    # what the user of the client does

    def add_file(self, path: Path, sha256: str | None = None) -> str:
        """Import a file, or import it again after it was deleted. Its SHA-256.

        That of a very large file can be made up, to save the time to compute it.
        """
        if sha256 is None:
            with path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        with self._lock:
            if sha256 in self.files:
                self.files[sha256].place = Place.HERE
            else:
                self.files[sha256] = File(len(self.files) + 1, sha256, path)
        return sha256

    def move_to_trash(self, sha256: str) -> None:
        """Put a file into the trash: its relationships are hidden, not lost."""
        self.files[sha256].place = Place.TRASH

    def restore_from_trash(self, sha256: str) -> None:
        """Take a file out of the trash."""
        self.files[sha256].place = Place.HERE

    def delete(self, sha256: str) -> None:
        """Delete a file from disk; Hydrus goes on knowing its hash and tags."""
        with self._lock:
            self.files[sha256].place = Place.DELETED
            self.relations.forget_file(sha256)

    def restart(self) -> None:
        """Shut down and start again: popups are gone."""
        self.stop()
        self.popups.clear()
        self.is_shutting_down = False
        self.boots += 1
        self.start()

    def judge(self, a: str, b: str, relationship: int) -> None:
        """Decide about a pair in the duplicate filter, by the number of the relationship."""
        with self._lock:
            self.relations.relate(a, b, relationship)
            self._merge_tags(self.files[a], self.files[b], relationship)

    def _merge_tags(self, a: File, b: File, relationship: int) -> None:
        """The default merge options. A deletion record keeps no tag from coming back."""
        for service in (MY_TAGS, DOWNLOADER_TAGS):
            tags = a.tags[service] | b.tags[service]
            if relationship == BETTER:
                self._give(a, service, tags)
                b.deleted_tags[service] |= b.tags[service]
                b.tags[service] = set()
            elif relationship == SAME_QUALITY:
                self._give(a, service, tags)
                self._give(b, service, tags)

    @staticmethod
    def _give(file: File, service: str, tags: set[str]) -> None:
        file.tags[service] = set(tags)
        file.deleted_tags[service] -= tags

    def add_service(self, name: str, kind: int, key: str) -> None:
        """Make a service; two may have the same name."""
        self.services.append({"name": name, "type": kind, "service_key": key})

    def grant(self, permissions: Iterable[int] | None) -> None:
        """Give the key `KEY` just these permissions, or all (None)."""
        self.keys[KEY] = None if permissions is None else frozenset(permissions)

    def revoke_key(self) -> None:
        """Delete the key `KEY`."""
        del self.keys[KEY]

    def approve(self) -> None:
        """Approve the key that was requested last."""
        assert self._requested is not None
        key, permissions = self._requested
        self.keys[key] = permissions

    def tags(self, sha256: str, service: str = MY_TAGS) -> set[str]:
        """The tags that a file has."""
        return set(self.files[sha256].tags[service])

    # troubles

    def fail(self, path: str, fault: Fault, times: int = 1, *, after: int = 0) -> None:
        """Make the next calls to `path` fail, but for so many before them."""
        self._faults[path] += [None] * after + [fault] * times

    def fail_at_random(self, share: float, faults: Iterable[Fault], seed: int = 0) -> None:
        """Make that share of all calls fail, in one of these ways."""
        random, choices = Random(seed), list(faults)
        self._plague = lambda: random.choice(choices) if random.random() < share else None

    def recover(self) -> None:
        """Forget every fault that is still to come."""
        self._faults.clear()
        self._plague = lambda: None

    def next_fault(self, path: str) -> Fault | None:
        """The fault of a call that has come."""
        with self._lock:
            fault = self._faults[path].pop(0) if self._faults[path] else self._plague()
            if fault is not None:
                self.failed[fault.name] += 1
            return fault

    # the calls

    def answer(
        self, method: str, path: str, key: str | None, args: Mapping[str, Any], fault: Fault | None
    ) -> dict[str, Any] | None:
        """The JSON that answers a call, None for an empty body. Raises `ApiError`."""
        if (method, path) not in CALLS:
            raise ApiError(404, "NotFoundException", "No Such Resource")
        call, permissions = CALLS[method, path]
        with self._lock:
            if permissions is not None:
                self._check_key(key, permissions)
            if self.forbid_unknown_files and path.startswith("/manage_file_relationships"):
                assert set(args["hashes"]) <= self.files.keys()
            if fault is Fault.RECORD_NOTHING and method == "POST":
                return None
            if fault is Fault.RECORD_HALF and "relationships" in args:
                rows = args["relationships"]
                args = {**args, "relationships": rows[: len(rows) // 2]}
            return call(self, args)

    def file_body(self, key: str | None, args: Mapping[str, Any]) -> Path:
        """Where the bytes are that answer `/get_files/file`. Raises `ApiError`."""
        with self._lock:
            self._check_key(key, {SEARCH})
            return self._stored_file(args).path

    def _check_key(self, key: str | None, permissions: Iterable[int]) -> None:
        if key is None:
            text = "No access key or session key provided!"
            raise ApiError(401, "MissingCredentialsException", text)
        if key not in self.keys:
            text = "Did not find an entry for that access key!"
            raise ApiError(403, "InsufficientCredentialsException", text)
        granted = self.keys[key]
        for permission in permissions:
            if granted is not None and permission not in granted:
                text = f"You do not have permission to: {PERMISSION_NAMES[permission]}"
                raise ApiError(403, "InsufficientCredentialsException", text)
        self._asking = granted

    def _stored_file(self, args: Mapping[str, Any]) -> File:
        file = self.files.get(args["hash"])
        if file is None or file.place is Place.DELETED:
            text = "The client does not have this file!"
            raise ApiError(404, "FileMissingException", text)
        if file.sha256 in self.lost:
            raise ApiError(404, "NotFoundException", "That file seems to be missing!")
        return file

    def _api_version(self, args: Mapping[str, Any]) -> dict[str, Any]:
        return {}

    def _verify_access_key(self, args: Mapping[str, Any]) -> dict[str, Any]:
        everything = self._asking is None
        granted = range(14) if self._asking is None else sorted(self._asking)
        return {
            "name": "test",
            "permits_everything": everything,
            "basic_permissions": list(granted),
            "human_description": "API Permissions (test)",
        }

    def _request_new_permissions(self, args: Mapping[str, Any]) -> dict[str, Any]:
        if not self.dialog_is_open:
            text = "The permission registration dialog is not open."
            raise ApiError(409, "ConflictException", text)
        key = hashlib.sha256(args["name"].encode()).hexdigest()
        self._requested = key, frozenset(args["basic_permissions"])
        return {"access_key": key}

    def _get_services(self, args: Mapping[str, Any]) -> dict[str, Any]:
        storage = [s for s in self.services if s["service_key"] == FILE_STORAGE]
        return {
            "services": {s["service_key"]: s for s in self.services},
            "all_local_files": storage,
        }

    def _get_potentials_count(self, args: Mapping[str, Any]) -> dict[str, Any]:
        found = set(self._searched(args.get("tags_1", []), args.get("tag_service_key_1"), args))
        least = 2 if args.get("potentials_search_type", 0) == 1 else 1
        pairs = self.relations.potential_pairs()
        return {"potential_duplicates_count": sum(len(found & {*p}) >= least for p in pairs)}

    def _client_info(self, args: Mapping[str, Any]) -> dict[str, Any]:
        if not self.tells_of_itself:
            raise ApiError(404, "NotFoundException", "No Such Resource")
        boot = hashlib.sha256(str(self.boots).encode()).hexdigest()
        return {"boot_id": boot, "boot_time": 1.5, "currently_idle": self.is_idle}

    def _search_files(self, args: Mapping[str, Any]) -> dict[str, Any]:
        domains = args.get("file_service_keys", [LOCAL_MEDIA])
        if args.get("tag_service_key") is None and ALL_KNOWN_FILES in domains:
            text = "Sorry, search for all known tags over all known files is not supported"
            raise ApiError(400, "BadRequestException", text)
        if not self.searches_all_tags:
            text = "Sorry, if you want to search system predicates without regular tags, you need"
            raise ApiError(
                403,
                "InsufficientCredentialsException",
                f"{text} permission to search everything!",
            )
        hashes = self._searched(args["tags"], args.get("tag_service_key"), args)
        found = [self.files[sha256] for sha256 in hashes]
        answer: dict[str, Any] = {}
        if args.get("return_hashes", False):
            answer["hashes"] = [file.sha256 for file in found]
        if args.get("return_file_ids", True):
            answer["file_ids"] = [file.id for file in found]
        return answer

    def _searched(
        self, predicates: Iterable[str | list[str]], service: str | None, args: Mapping[str, Any]
    ) -> list[str]:
        """The files that the predicates select, in the order asked for: oldest import first."""
        domains = args.get("file_service_keys", [LOCAL_MEDIA])
        found = [file for file in self.files.values() if any(map(file.is_in, domains))]
        if not args.get("file_sort_asc", True):
            found.reverse()
        for predicate in sorted(predicates, key=_is_limit):
            choices = predicate if isinstance(predicate, list) else [predicate]
            chosen = [self._selected(found, each, service or ALL_KNOWN_TAGS) for each in choices]
            found = [file for file in found if any(file in some for some in chosen)]
        return [file.sha256 for file in found]

    def _selected(self, files: list[File], predicate: str, tag_service: str) -> list[File]:
        if predicate == "system:number of file relationships > 0 duplicates":
            return [file for file in files if self.relations.has_duplicates(file.sha256)]
        if match := re.fullmatch(r"system:number of (\w+) tags > (\d+)", predicate):
            namespace, most = f"{match[1]}:", int(match[2])
            tags = ((file, file.tags[tag_service]) for file in files)
            return [file for file, has in tags if sum(t.startswith(namespace) for t in has) > most]
        return _selected(files, predicate, tag_service)

    def _search_tags(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """A whole namespace is listed only if the user allows it, which is not the default."""
        namespace, _, start = args["search"].removesuffix("*").partition(":")
        found = (file for file in self.files.values() if file.is_in(args["file_service_keys"][0]))
        tags = Counter(tag for file in found for tag in file.tags[args["tag_service_key"]])
        counts = {tag: n for tag, n in tags.items() if tag.startswith(f"{namespace}:{start}")}
        rows = [{"value": tag, "count": number} for tag, number in counts.items()]
        return {"tags": rows if start else []}

    def _file_metadata(self, args: Mapping[str, Any]) -> dict[str, Any]:
        if args.get("only_return_basic_information", False):
            rows = [self._basic_row(sha256) for sha256 in args["hashes"]]
            return {"metadata": rows}
        if "hashes" in args:
            rows = [self._whole_row(sha256) for sha256 in args["hashes"]]
            return {"metadata": rows, "services": {s["service_key"]: s for s in self.services}}
        by_id = {file.id: file for file in self.files.values()}
        if unknown := [number for number in args["file_ids"] if number not in by_id]:
            text = f"It seems you gave a file_id that does not exist! {unknown}"
            raise ApiError(404, "NotFoundException", text)
        return {"metadata": [self._metadata_row(by_id[number]) for number in args["file_ids"]]}

    def _basic_row(self, sha256: str) -> dict[str, Any]:
        """Every file of it lasts six seconds, as the clips of the samples do, and a little more."""
        file = self.files.get(sha256)
        if file is None:
            return {"file_id": None, "hash": sha256}
        size = file.path.stat().st_size if file.path.exists() else None
        known = {"size": size, "duration": 6000.5, "width": 320, "height": 240}
        known["filetype_human"] = _kind(file)
        return {"file_id": file.id, "hash": sha256, **known}

    def _metadata_row(self, file: File) -> dict[str, Any]:
        tags = {}
        for service in (s for s in self.services if s["type"] == LOCAL_TAG_SERVICE):
            key = service["service_key"]
            statuses = {"0": sorted(file.tags[key]), "2": sorted(file.deleted_tags[key])}
            stored = {status: tags for status, tags in statuses.items() if tags}
            tags[key] = {"storage_tags": stored, "display_tags": stored}
        return {"file_id": file.id, "hash": file.sha256, "tags": tags}

    def _whole_row(self, sha256: str) -> dict[str, Any]:
        file = self.files.get(sha256)
        if file is None:
            return {"file_id": None, "hash": sha256}
        size = file.path.stat().st_size if file.place is not Place.DELETED else None
        current = {LOCAL_MEDIA: {"time_imported": IMPORTED + file.id}}
        return {**self._metadata_row(file), "size": size, "file_services": {"current": current}}

    def _get_pages(self, args: Mapping[str, Any]) -> dict[str, Any]:
        pages = [_page(name, 6) for name in self.pages]
        inner = {**_page("inner pages", 10), "pages": pages}
        return {"pages": {**_page("top page notebook", 10), "pages": [_page("x", 8), inner]}}

    def _new_page(self, args: Mapping[str, Any]) -> dict[str, Any]:
        if not self.makes_pages:
            raise ApiError(404, "NotFoundException", "No Such Resource")
        assert args["page_type"] == 6
        assert not args["focus_page"]
        self.pages[args["page_name"]] = []
        return _page(args["page_name"], 6)

    def _add_files_to_page(self, args: Mapping[str, Any]) -> None:
        page = next(p for name, p in self.pages.items() if service_key(name) == args["page_key"])
        page += [sha256 for sha256 in args["hashes"] if sha256 not in page]

    def _file_path(self, args: Mapping[str, Any]) -> dict[str, Any]:
        path = self._stored_file(args).path.resolve()
        if self.file_path_answer is not None:
            return self.file_path_answer
        return {"path": str(path), "filetype": "video/mp4", "size": path.stat().st_size}

    def _add_tags(self, args: Mapping[str, Any]) -> None:
        changes = dict(args.get("service_keys_to_actions_to_tags", {}))
        for service, tags in args.get("service_keys_to_tags", {}).items():
            changes[service] = {"0": tags}
        creates_records = args.get("create_new_deleted_mappings", True)
        for sha256 in args["hashes"]:
            file = self.files[sha256]
            for service, actions in changes.items():
                added = set(actions.get("0", ()))
                removed = set(actions.get("1", ()))
                recorded = removed if creates_records else removed & file.tags[service]
                file.tags[service] = (file.tags[service] | added) - removed
                file.deleted_tags[service] = (file.deleted_tags[service] - added) | recorded

    def _get_file_relationships(self, args: Mapping[str, Any]) -> dict[str, Any]:
        domains = args.get("file_service_keys", [LOCAL_MEDIA])

        def is_seen(sha256: str) -> bool:
            return sha256 in self.files and any(map(self.files[sha256].is_in, domains))

        rows = {sha256: self.relations.row(sha256, is_seen) for sha256 in args["hashes"]}
        return {"file_relationships": rows}

    def _set_file_relationships(self, args: Mapping[str, Any]) -> None:
        for row in args["relationships"]:
            a, b, relationship = row["hash_a"], row["hash_b"], row["relationship"]
            if relationship == POTENTIAL:
                self.posted.append((a, b, self.relations.held(a, b)))
            else:
                self.judged.append((a, b, relationship, row["do_default_content_merge"]))
            self.relations.relate(a, b, relationship)
            if row.get("delete_b", False) and self.files[b].place is Place.HERE:
                self.move_to_trash(b)
            if row["do_default_content_merge"]:
                self._merge_tags(self.files[a], self.files[b], relationship)

    def _add_popup(self, args: Mapping[str, Any]) -> dict[str, Any]:
        assert args["is_cancellable"]
        assert args["is_pausable"]
        self._popups_made += 1
        key = hashlib.sha256(f"popup {self._popups_made}".encode()).hexdigest()
        self.popups[key] = Popup({})
        answer = self._update_popup({**args, "job_status_key": key})
        self.popups[key].unknown_for = self.shows_popups_after
        return answer

    def _popup(self, args: Mapping[str, Any]) -> Popup:
        popup = self.popups.get(args["job_status_key"])
        if popup is not None and popup.unknown_for:
            popup.unknown_for -= 1
            popup = None
        if popup is None:
            raise ApiError(400, "BadRequestException", "This job key doesn't exist!")
        return popup

    def _update_popup(self, args: Mapping[str, Any]) -> dict[str, Any]:
        popup = self._popup(args)
        popup.update(args)
        if self.is_shutting_down:
            self._cancel_popup(args)
        return {"job_status": popup.status(args["job_status_key"])}

    def _get_popups(self, args: Mapping[str, Any]) -> dict[str, Any]:
        return {"job_statuses": [popup.status(key) for key, popup in self.popups.items()]}

    def _cancel_popup(self, args: Mapping[str, Any]) -> None:
        popup = self._popup(args)
        popup.is_cancelled = popup.is_cancelled or not popup.is_done
        popup.finish()

    def _dismiss_popup(self, args: Mapping[str, Any]) -> None:
        if self._popup(args).is_done:
            del self.popups[args["job_status_key"]]

    def _finish_popup(self, args: Mapping[str, Any]) -> None:
        self._popup(args).finish()

    def _finish_and_dismiss_popup(self, args: Mapping[str, Any]) -> None:
        self._popup(args).finish()
        self.dismissed[args["job_status_key"]] = args.get("seconds")
        if not args.get("seconds"):
            self._dismiss_popup(args)

    def _remove_potentials(self, args: Mapping[str, Any]) -> None:
        for sha256 in args["hashes"]:
            self.relations.remove_potentials(sha256)


Call = Callable[[FakeHydrus, Mapping[str, Any]], dict[str, Any] | None]

CALLS: dict[tuple[str, str], tuple[Call, set[int] | None]] = {
    ("GET", "/api_version"): (FakeHydrus._api_version, None),
    ("GET", "/request_new_permissions"): (FakeHydrus._request_new_permissions, None),
    ("GET", "/verify_access_key"): (FakeHydrus._verify_access_key, set()),
    ("GET", "/get_services"): (FakeHydrus._get_services, set()),
    ("GET", "/manage_file_relationships/get_potentials_count"): (
        FakeHydrus._get_potentials_count,
        {EDIT_RELATIONSHIPS},
    ),
    ("GET", "/client_info"): (FakeHydrus._client_info, set()),
    ("POST", "/manage_popups/add_popup"): (FakeHydrus._add_popup, {MANAGE_POPUPS}),
    ("POST", "/manage_popups/update_popup"): (FakeHydrus._update_popup, {MANAGE_POPUPS}),
    ("GET", "/manage_popups/get_popups"): (FakeHydrus._get_popups, {MANAGE_POPUPS}),
    ("POST", "/manage_popups/cancel_popup"): (FakeHydrus._cancel_popup, {MANAGE_POPUPS}),
    ("POST", "/manage_popups/dismiss_popup"): (FakeHydrus._dismiss_popup, {MANAGE_POPUPS}),
    ("POST", "/manage_popups/finish_popup"): (FakeHydrus._finish_popup, {MANAGE_POPUPS}),
    ("POST", "/manage_popups/finish_and_dismiss_popup"): (
        FakeHydrus._finish_and_dismiss_popup,
        {MANAGE_POPUPS},
    ),
    ("GET", "/get_files/search_files"): (FakeHydrus._search_files, {SEARCH}),
    ("GET", "/add_tags/search_tags"): (FakeHydrus._search_tags, {SEARCH}),
    ("GET", "/get_files/file_metadata"): (FakeHydrus._file_metadata, {SEARCH}),
    ("GET", "/get_files/file_path"): (FakeHydrus._file_path, {SEARCH, SEE_LOCAL_PATHS}),
    ("GET", "/manage_pages/get_pages"): (FakeHydrus._get_pages, {MANAGE_PAGES}),
    ("POST", "/manage_pages/new_page"): (FakeHydrus._new_page, {MANAGE_PAGES}),
    ("POST", "/manage_pages/add_files"): (FakeHydrus._add_files_to_page, {MANAGE_PAGES}),
    ("POST", "/add_tags/add_tags"): (FakeHydrus._add_tags, {EDIT_TAGS}),
    ("GET", "/manage_file_relationships/get_file_relationships"): (
        FakeHydrus._get_file_relationships,
        {EDIT_RELATIONSHIPS},
    ),
    ("POST", "/manage_file_relationships/set_file_relationships"): (
        FakeHydrus._set_file_relationships,
        {EDIT_RELATIONSHIPS},
    ),
    ("POST", "/manage_file_relationships/remove_potentials"): (
        FakeHydrus._remove_potentials,
        {EDIT_RELATIONSHIPS},
    ),
}
"""Every call, with the permissions that it needs; None where it needs no key."""


def _page(name: str, kind: int) -> dict[str, Any]:
    key = service_key(name)
    return {"name": name, "page_key": key, "page_type": kind, "is_media_page": kind != 10}


def _default_services() -> list[dict[str, Any]]:
    names = [
        ("my tags", LOCAL_TAG_SERVICE, MY_TAGS),
        ("downloader tags", LOCAL_TAG_SERVICE, DOWNLOADER_TAGS),
        ("my files", 2, MY_FILES),
        ("hydrus local file storage", 15, FILE_STORAGE),
        ("combined local file domains", 21, LOCAL_MEDIA),
        ("all known files", 11, ALL_KNOWN_FILES),
        ("all known tags", 10, ALL_KNOWN_TAGS),
        ("trash", 14, TRASH),
    ]
    return [{"name": name, "type": kind, "service_key": key} for name, kind, key in names]


ANY_VIDEO = re.compile(r"system:(filetype=[\w, ]*video[\w, ]*|everything|filesize > 0 B)")

KINDS = {".zip": "ugoira", ".mkv": "matroska", ".ts": "mpeg", ".mov": "quicktime"}
"""What Hydrus calls files by their names here; others by their suffix."""


def _is_limit(predicate: str | list[str]) -> bool:
    return isinstance(predicate, str) and predicate.startswith("system:limit")


def _kind(file: File) -> str:
    return KINDS.get(file.path.suffix, file.path.suffix.removeprefix("."))


STILLS = ("jxl",)
"""What a client takes for still pictures whose FFmpeg does not know `jpegxl_anim`."""

CONDITIONS: dict[str, Callable[[File], bool]] = {
    "system:has duration": lambda file: _kind(file) != "ugoira",  # none here states delays
    "system:filetype=ugoira": lambda file: _kind(file) == "ugoira",
    "system:file service is not currently in trash": lambda file: file.place is not Place.TRASH,
}


def _selected(files: list[File], predicate: str, tag_service: str) -> list[File]:
    """Those of the files that a predicate selects. Raises `ApiError` like Hydrus' parser."""
    if ANY_VIDEO.fullmatch(predicate):
        return [file for file in files if _kind(file) not in STILLS]
    if predicate in CONDITIONS:
        return list(filter(CONDITIONS[predicate], files))
    if match := re.fullmatch(r"system:hash is ([0-9a-f ]+)", predicate):
        hashes = set(match[1].split())
        return [file for file in files if file.sha256 in hashes]
    if match := re.fullmatch(r"system:limit ?(?:=|is) ?(\d+)", predicate):
        return files[: int(match[1])]
    if predicate.startswith("system:"):
        text = f'Could not parse system predicate "{predicate}"!'
        raise ApiError(400, "BadRequestException", text)
    if predicate.startswith("-"):
        return [file for file in files if not file.has_tag(predicate[1:], tag_service)]
    return [file for file in files if file.has_tag(predicate, tag_service)]


class _Server(ThreadingHTTPServer):
    """Serves one `FakeHydrus` from a thread of its own, and can really go away."""

    daemon_threads = True

    def __init__(self, hydrus: FakeHydrus, port: int, certificate: Path | None) -> None:
        self.hydrus = hydrus
        self.going_away = threading.Event()
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        """Stop listening and break every connection."""
        self.going_away.set()
        self.shutdown()
        self._thread.join()
        self.server_close()
        for connection in list(self._open):
            break_off(connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that goes away is part of many tests."""


def break_off(connection: socket.socket) -> None:
    """Close a connection under whoever uses it."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    """One connection to a `FakeHydrus`."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        query = parse_qsl(urlsplit(self.path).query)
        self._handle("GET", {name: _argument(name, value) for name, value in query})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._handle("POST", json.loads(body))

    def _handle(self, method: str, args: Mapping[str, Any]) -> None:
        hydrus, path = self.server.hydrus, urlsplit(self.path).path
        hydrus.calls.append(path)
        fault = hydrus.next_fault(path)
        try:
            self._answer(method, path, args, fault)
        except ApiError as error:
            answer = {
                "error": str(error),
                "exception_type": error.kind,
                "status_code": error.status,
            }
            self._send_json(error.status, answer, fault)

    def _answer(self, method: str, path: str, args: Mapping[str, Any], fault: Fault | None) -> None:
        hydrus, key = self.server.hydrus, self.headers.get("Hydrus-Client-API-Access-Key")
        if hydrus.redirects_to is not None:
            self._send(301, b"", {"Location": hydrus.redirects_to + self.path}, None)
            return
        if fault in STATUSES:
            text = f"Traceback (most recent call last):\nheaders: {key}"
            raise ApiError(STATUSES[fault], "Fault", text)
        if path == "/get_files/file":
            body = hydrus.file_body(key, args)
            hydrus.on_call(path)
            self._send_file(body, fault)
        else:
            answer = hydrus.answer(method, path, key, args, fault)
            hydrus.on_call(path)
            self._send_json(200, answer, fault)

    def _send_json(self, status: int, answer: dict[str, Any] | None, fault: Fault | None) -> None:
        if answer is None:
            self._send(status, b"", {}, fault)
            return
        release = self.server.hydrus.release
        answer = {**answer, "version": API_VERSIONS[release], "hydrus_version": release}
        if fault is Fault.WRONG_SHAPE:
            answer = {"cats": 3}
        headers = {"Content-Type": "application/json"}
        self._send(status, json.dumps(answer).encode(), headers, fault)

    def _send_file(self, path: Path, fault: Fault | None) -> None:
        asked = self.headers.get("Range")
        if asked is None or self.server.hydrus.ignores_ranges:
            self._send(200, path.read_bytes(), {}, fault)
            return
        self.server.hydrus.ranges.append(asked)
        if "," in asked:
            self._send(416, b"", {}, fault)
            return
        first, last = map(int, asked.removeprefix("bytes=").split("-"))
        length = path.stat().st_size
        if last == length:
            self._send(206, b"", {}, Fault.STALL)  # it never answers
            return
        if first > length:
            self._send(200, path.read_bytes(), {}, fault)
            return
        last = min(last, length - 1)
        with path.open("rb") as file:
            file.seek(first)
            data = file.read(last - first + 1)
        size = "*" if fault is Fault.WRONG_SHAPE else length
        headers = {"Content-Range": f"bytes {first}-{last}/{size}"}
        self._send(206, data, headers, fault)

    def _send(
        self, status: int, body: bytes, headers: Mapping[str, str], fault: Fault | None
    ) -> None:
        if fault is Fault.STALL:
            self.server.going_away.wait(self.server.hydrus.stalls_for)
        if fault in {Fault.STALL, Fault.DROP}:
            self._break_off()
            return
        if fault is Fault.NOT_JSON:
            body, headers = b"<html>Good morning</html>", {"Content-Type": "text/html"}
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) + (fault is Fault.HALF)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if fault is Fault.HALF else body)
        if fault is Fault.HALF:
            self._break_off()

    def _break_off(self) -> None:
        self.wfile.flush()
        break_off(self.connection)
        self.close_connection = True


TEXT_ARGUMENTS = {"hash", "name", "search", "tag_service_key", "tag_service_key_1"}


def _argument(name: str, value: str) -> Any:
    """An argument in an address: JSON, but for texts."""
    return value if name in TEXT_ARGUMENTS else json.loads(value)
