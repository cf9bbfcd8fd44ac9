"""A Hydrus client as a library of videos."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

import requests

from hydrus_video_deduplicator.batches import batches
from hydrus_video_deduplicator.errors import NotInHydrus
from hydrus_video_deduplicator.library.hydrus import answers
from hydrus_video_deduplicator.library.hydrus.connection import Connection
from hydrus_video_deduplicator.library.hydrus.listings import CURRENT, listings
from hydrus_video_deduplicator.library.hydrus.relationships import Relationships
from hydrus_video_deduplicator.library.hydrus.services import Services, ServiceType
from hydrus_video_deduplicator.library.hydrus.source import HydrusSource
from hydrus_video_deduplicator.library.hydrus.trouble import Refused
from hydrus_video_deduplicator.library.protocol import (
    Extent,
    Judgement,
    Listing,
    Pair,
    PairStatus,
    Surveyed,
)

T = TypeVar("T")

VIDEOS: tuple[str | list[str], ...] = (
    "system:filetype=video, animation",
    ["system:has duration", "system:filetype=ugoira"],
)
"""The predicates that select videos, a list being alternatives; those of the user are added. Hydrus
plays a ugoira that states no delays, and knows no duration of it."""

JUDGED_DUPLICATE = "system:number of file relationships > 0 duplicates"
"""Selects every file that the user has judged better, worse or as good as another."""

LIMIT = "system:limit"
"""The start of the predicate that limits the number of files, so the order matters."""

BOTH_FILES_MATCH = 1
"""The number of the Client API for pairs with both files in a search."""

IMPORT_TIME = 2
"""The number of the Client API for sorting a search by time of import."""

HEX_DIGITS = "0123456789abcdef"

DELETE = "1"
"""The number of the Client API for removing a tag, as a key in JSON."""

FILE_IDS_PER_GET = 256
"""File ids in the address of one GET: as many as Hydrus itself fetches metadata of at once. An
answer is about 2 KB a file."""

HASHES_PER_GET = 100
"""Hashes in the address of one GET: it stays below the 8 KiB that common proxies allow."""

MOST_SEARCHED = 50
"""Files in a search that the user copies."""

MILLISECONDS = 1000
"""A second, in the unit in which Hydrus tells durations."""


class HydrusLibrary:
    """The videos of a Hydrus client; implements `library.Library`."""

    def __init__(
        self,
        connection: Connection,
        *,
        tag_service: str,
        file_service: str | None = None,
        predicates: Sequence[str] = (),
    ) -> None:
        """Look the services up by their names. Raises `NotInHydrus`.

        `predicates` are those of the user, as typed in Hydrus; without `file_service` the search
        is that of Hydrus' default, all local files outside the trash.
        """
        services = Services(connection)
        self._connection = connection
        self._relationships = Relationships(connection, services)
        self._tag_service = services.tags(tag_service)
        self._everywhere = services.only(ServiceType.ALL_KNOWN_FILES)
        self._files = (
            services.only(ServiceType.ALL_LOCAL_FILES)
            if file_service is None
            else services.files(file_service)
        )
        self._query = list(map(_as_hydrus_reads_it, predicates))

    @property
    def identity(self) -> str:
        """The address of the Client API, in one normal form."""
        return self._connection.endpoint.identity

    @property
    def place(self) -> str:
        """See `Library`."""
        return "Hydrus"

    @property
    def keeps_pairs(self) -> bool:
        """Hydrus does."""
        return True

    def find(self) -> list[str]:
        """The SHA-256 of every video that the user's query selects, newest import first.

        Raises `NotInHydrus` if Hydrus cannot read a predicate.
        """
        try:
            return self._connection.ask(
                "search_files",
                answers.hashes,
                tags=[*VIDEOS, *self._query],
                file_service_keys=[self._files],
                file_sort_type=IMPORT_TIME,
                file_sort_asc=False,
                return_hashes=True,
                return_file_ids=False,
            )
        except Refused as refusal:
            if refusal.status != requests.codes.bad_request:
                raise
            raise NotInHydrus(
                f"Hydrus cannot read the query. {refusal.said}. Write predicates as in Hydrus's own"
                " search; try them there first."
            ) from None

    def survey(self) -> Iterator[Surveyed]:
        """Hydrus knows its files: nothing has to be read."""
        return iter(())

    def unreadable(self) -> Mapping[str, str]:
        """None: whether a file can be read is seen when it is."""
        return {}

    def identical(self) -> Mapping[str, Sequence[str]]:
        """None: Hydrus keeps each file once."""
        return {}

    def source(self, sha256: str) -> HydrusSource:
        """How to read the file."""
        return HydrusSource(self._connection.endpoint, sha256)

    def extents(self, videos: Sequence[str]) -> dict[str, Extent]:
        """The size and length of each of the videos, as Hydrus measured them at import."""
        found: dict[str, Extent] = {}
        for batch in batches(videos, HASHES_PER_GET):
            found |= self._connection.ask(
                "get_file_metadata",
                _extents,
                hashes=batch,
                only_return_basic_information=True,
                include_services_object=False,
            )
        return found

    def hash_of(self, file_id: int) -> str | None:
        """The SHA-256 of the file that Hydrus gave this number; None if there is none."""
        try:
            return self._connection.ask(
                "get_file_metadata",
                lambda answer: answers.sha256(answer["metadata"][0]["hash"]),
                file_ids=[file_id],
                only_return_identifiers=True,
                include_services_object=False,
            )
        except Refused:  # 404: it never gave this number
            return None

    def label(self, sha256: str) -> str:
        """The start of the hash."""
        return f"file {sha256[:12]}"

    def search_for(self, files: Collection[str]) -> str:
        """See `Library`. Of many files, it finds the first ones: the user has to copy it."""
        return f"system:hash is {' '.join(islice(files, MOST_SEARCHED))}"

    def listings(self, files: Collection[str]) -> Iterator[tuple[str, Listing]]:
        """What Hydrus says of each of these files that it has."""
        return listings(self._connection, files)

    def untagged(self, namespace: str, videos: Collection[str]) -> set[str]:
        """Those of the videos that have no tag in `namespace`.

        Hydrus is asked for all videos without one: after the first run, there are few. The user's
        query is not part of this search: with a `system:limit`, it would select other files.
        """
        untagged = self._connection.ask(
            "search_files",
            answers.hashes,
            tags=[*VIDEOS, f"-{namespace}:*"],
            file_service_keys=[self._files],
            tag_service_key=self._tag_service,
            include_pending_tags=False,
            return_hashes=True,
            return_file_ids=False,
        )
        return set(untagged).intersection(videos)

    def tagged(self, namespace: str) -> Iterator[tuple[str, list[str]]]:
        """Each file with tags in `namespace`, with those tags, whatever the user's query is.

        Files that have left the client are among them, because their tags stay in Hydrus. A tag
        counts if it is the namespace and 16 hexadecimal digits; others in the namespace are not
        ours.
        """
        file_ids = self._carriers(answers.file_ids, namespace, self._everywhere)
        yield from ((file, tags) for file, tags in self._tags(namespace, file_ids) if tags)

    def carriers(self, namespace: str) -> set[str]:
        """The files with any tag in `namespace`, whatever the user's query is."""
        return set(self._carriers(answers.hashes, namespace, self._files))

    def tag_counts(self, namespace: str) -> dict[str, int]:
        """How many of these carry each tag that is the namespace and a hexadecimal number.

        One call for each first digit: Hydrus lists a whole namespace only if its user allows it.
        """
        counts: dict[str, int] = {}
        for digit in HEX_DIGITS:
            counts |= self._connection.ask(
                "search_tags",
                lambda answer: {str(tag["value"]): int(tag["count"]) for tag in answer["tags"]},
                search=f"{namespace}:{digit}*",
                tag_service_key=self._tag_service,
                file_service_keys=[self._files],
            )
        return counts

    def tags_of(self, namespace: str, files: Collection[str]) -> Iterator[tuple[str, list[str]]]:
        """Those of the files that have any tag in `namespace`, with those of them that are ours."""
        if not files:
            return
        wanted = frozenset(files)
        ids = self._carriers(answers.ids_of_hashes, namespace, self._files)
        yield from self._tags(namespace, [ids[file] for file in ids if file in wanted])

    def may_be_mistagged(self, namespace: str) -> Iterator[tuple[str, list[str]]]:
        """Each file whose tags in `namespace` may be another file's, with those tags.

        The user's default merge options move all tags of the worse file to the better one, and
        give both files all tags if they are of the same quality. So only these are asked for: in
        a large library, few calls.
        """
        several = f"system:number of {namespace} tags > 1"
        chosen = [several, JUDGED_DUPLICATE]
        file_ids = self._carriers(answers.file_ids, namespace, self._files, chosen)
        yield from self._tags(namespace, file_ids)

    def waiting(self, namespace: str) -> int | None:
        """How many potential pairs wait for the user among the files with tags in `namespace`.

        Only those with both files in the user's query; None if it has a limit, because Hydrus would
        not choose the newest files.
        """
        if any(predicate.startswith(LIMIT) for predicate in self._query):
            return None
        return self._connection.ask(
            "get_potentials_count",
            lambda answer: answers.number(answer["potential_duplicates_count"]),
            file_service_keys=[self._files],
            tag_service_key_1=self._tag_service,
            tags_1=[f"{namespace}:*", *self._query],
            potentials_search_type=BOTH_FILES_MATCH,
        )

    def _carriers(
        self,
        read: Callable[[Any], T],
        namespace: str,
        file_service: str,
        *predicates: list[str],
    ) -> T:
        """The files with tags in `namespace` that the predicates select, as `read` reads them."""
        return self._connection.ask(
            "search_files",
            read,
            tags=[f"{namespace}:*", *predicates],
            file_service_keys=[file_service],
            tag_service_key=self._tag_service,
            include_pending_tags=False,
            return_hashes=True,
            return_file_ids=True,
        )

    def _tags(self, namespace: str, file_ids: Sequence[int]) -> Iterator[tuple[str, list[str]]]:
        """Each of the files, with those of its tags that are the namespace and 16 digits."""
        form = re.compile(re.escape(namespace) + r":[0-9a-f]{16}")
        for batch in batches(file_ids, FILE_IDS_PER_GET):
            yield from self._connection.ask(
                "get_file_metadata",
                lambda answer: _tags_in(answer, self._tag_service, form),
                file_ids=batch,
                include_services_object=False,
            )

    def add_tag(self, sha256: str, tag: str) -> None:
        """Give the file a tag. A record that the tag was deleted there is overwritten."""
        self._connection.tell(
            "add_tags", hashes=[sha256], service_keys_to_tags={self._tag_service: [tag]}
        )

    def remove_tags(self, sha256: str, tags: Collection[str]) -> None:
        """Take tags that the file has away again.

        Hydrus v681 and v682 always keep a record that a tag was deleted from a file that had it;
        the Client API can only avoid such records of tags that the file does not have.
        """
        self._connection.tell(
            "add_tags",
            hashes=[sha256],
            service_keys_to_actions_to_tags={self._tag_service: {DELETE: sorted(tags)}},
            create_new_deleted_mappings=False,
        )

    def statuses(self, pairs: Sequence[Pair]) -> list[PairStatus]:
        """What Hydrus holds of each pair, in the order of `pairs`."""
        return self._relationships.statuses(pairs)

    def post(self, pairs: Sequence[Pair]) -> None:
        """Say of each pair that it may be duplicates."""
        self._relationships.post(pairs)

    def judge(self, judgements: Sequence[Judgement], *, merges: bool) -> None:
        """Record what the user has decided, in this order."""
        self._relationships.judge(judgements, merges=merges)

    def holds(self, judgements: Sequence[Judgement]) -> list[bool]:
        """Whether Hydrus holds each of the judgements, in their order."""
        return self._relationships.holds(judgements)

    def potentials(self, hashes: Collection[str]) -> set[Pair]:
        """Every potential pair of any of the files, named by the best files of their groups."""
        return self._relationships.potentials(hashes)

    def bystanders(self, pairs: Collection[Pair]) -> set[Pair]:
        """The potential pairs other than `pairs` that `remove_potentials` of their files takes."""
        return self._relationships.bystanders(pairs)

    def remove_potentials(self, hashes: Collection[str]) -> None:
        """Remove all potential pairs of the files and of their duplicates, whoever posted them."""
        self._relationships.remove(hashes)


def _as_hydrus_reads_it(predicate: str) -> str:
    """A predicate as typed; the Client API knows `system:` in lower case only."""
    head, colon, rest = predicate.strip().partition(":")
    return f"system:{rest}" if colon and head.lower() == "system" else predicate.strip()


def _extents(answer: Any) -> dict[str, Extent]:
    """The extent of each file of an answer; Hydrus says null of what it does not know."""
    return {
        answers.sha256(row["hash"]): Extent(
            size=answers.number(row.get("size") or 0),
            duration=answers.measure(row.get("duration") or 0) / MILLISECONDS,
            pixels=answers.number(row.get("width") or 0) * answers.number(row.get("height") or 0),
            kind=str(row.get("filetype_human") or ""),
        )
        for row in answer["metadata"]
    }


def _tags_in(answer: Any, service: str, form: re.Pattern[str]) -> list[tuple[str, list[str]]]:
    """Each file of an answer, with its tags of that form in the tag service."""
    found = []
    for row in answer["metadata"]:
        current = row["tags"][service]["storage_tags"].get(CURRENT, [])
        tags = [tag for tag in current if form.fullmatch(tag)]
        found.append((answers.sha256(row["hash"]), tags))
    return found
