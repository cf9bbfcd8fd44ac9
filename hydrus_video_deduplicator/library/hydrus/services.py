"""Hydrus' services, found by the names that their user gave them."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from hydrus_video_deduplicator.errors import NotInHydrus
from hydrus_video_deduplicator.library.hydrus.connection import Connection

SERVICE_KEY_FORM = re.compile(r"[0-9a-f]+")


class ServiceType(IntEnum):
    """The types of service that matter here, by their numbers in the Client API."""

    LOCAL_FILES = 2
    LOCAL_TAGS = 5
    ALL_KNOWN_FILES = 11
    FILE_STORAGE = 15
    """All files on disk, the trash among them."""
    ALL_LOCAL_FILES = 21
    """All local file domains, without the trash: where Hydrus searches unless told otherwise."""


@dataclass(frozen=True)
class Service:
    """One service of a client."""

    name: str
    key: str
    type: int


class Services:
    """The services of a client."""

    def __init__(self, connection: Connection) -> None:
        """Ask Hydrus for them."""
        self._all = connection.ask("get_services", _services)

    def tags(self, name: str) -> str:
        """The key of the local tag service of that name. Raises `NotInHydrus`."""
        return self._named(name, "local tag service", {ServiceType.LOCAL_TAGS})

    def files(self, name: str) -> str:
        """The key of the local file service of that name. Raises `NotInHydrus`."""
        types = {ServiceType.LOCAL_FILES, ServiceType.ALL_LOCAL_FILES}
        return self._named(name, "local file service", types)

    def only(self, wanted: ServiceType) -> str:
        """The key of the only service of a type that every client has."""
        for service in self._all:
            if service.type == wanted:
                return service.key
        raise NotInHydrus(f"This Hydrus has no service of type {int(wanted)} ({wanted.name}).")

    def _named(self, name: str, kind: str, types: Collection[ServiceType]) -> str:
        there = [service for service in self._all if service.type in types]
        named = [service for service in there if service.name == name]
        if len(named) == 1:
            return named[0].key
        names = ", ".join(sorted(f"'{service.name}'" for service in there))
        if named:
            raise NotInHydrus(
                f"Hydrus has {len(named)} {kind}s named '{name}'. Give them different names in"
                " services → manage services."
            )
        raise NotInHydrus(f"Hydrus has no {kind} named '{name}'. It has: {names}.")


def _services(answer: Any) -> list[Service]:
    services = []
    for key, details in answer["services"].items():
        if not SERVICE_KEY_FORM.fullmatch(key):
            raise ValueError
        services.append(Service(str(details["name"]), str(key), int(details["type"])))
    return services
