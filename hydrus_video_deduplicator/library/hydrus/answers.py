"""Readers of answers of Hydrus: each takes JSON that is not trusted and gives typed values.

They raise `KeyError`, `TypeError` or `ValueError` where the JSON is not what it should be.
"""

from __future__ import annotations

import re
from math import inf
from typing import Any

SHA256_FORM = re.compile(r"[0-9a-f]{64}")


def sha256(value: Any) -> str:
    """A SHA-256 hash: 64 lower-case hexadecimal digits."""
    if not isinstance(value, str) or not SHA256_FORM.fullmatch(value):
        raise ValueError
    return value


def number(value: Any) -> int:
    """An integer that is not negative."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError
    return value


def measure(value: Any) -> float:
    """A number that is not negative and may be no integer, as is the duration of some ugoira."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < inf:
        raise ValueError
    return float(value)


def hashes(answer: Any) -> list[str]:
    """The `hashes` of a search, in its order."""
    return [sha256(value) for value in answer["hashes"]]


def ids_of_hashes(answer: Any) -> dict[str, int]:
    """The file id of each of the `hashes` of a search, which has both in one order."""
    return dict(zip(hashes(answer), file_ids(answer), strict=True))


def file_ids(answer: Any) -> list[int]:
    """The `file_ids` of a search, in its order."""
    return [number(value) for value in answer["file_ids"]]
