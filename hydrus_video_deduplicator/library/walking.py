"""The videos in a folder and those of its subfolders that can be listed."""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

SUFFIXES = frozenset(
    ".3gp .apng .avi .avif .avifs .flv .gif .heic .heics .heif .heifs .jxl .m2ts .m4v .mkv .mov "
    ".mp4 .mpeg .mpg .mts .ogm .ogv .png .rm .ts .vob .webm .webp .wmv .zip".split()
)
"""What Hydrus imports as video or animation. Still pictures among them are reported as such."""

FOLDERS_OF_SYSTEMS = frozenset(
    {"$recycle.bin", "recycler", "system volume information", "lost+found", "@eadir", "#recycle"}
)
"""Trash and folders of the system, in lower case: Windows, Linux and Synology. The trash of macOS
and of Linux desktops begins with a dot, as do the `._` files of macOS."""


@dataclass
class Walk:
    """What was found.

    files: each video once, even if the file has several names, with its status.
    left_out: hidden files, folders of the system, further names of a file, and links to nothing.
    unreadable: files and folders that could not be looked at, with the reason.
    """

    files: dict[Path, os.stat_result] = field(default_factory=dict)
    left_out: list[Path] = field(default_factory=list)
    unreadable: dict[Path, str] = field(default_factory=dict)
    _seen: set[tuple[int, int]] = field(default_factory=set)

    def take(self, path: Path) -> None:
        """Note a file that is named like a video."""
        try:
            status = path.stat()
        except FileNotFoundError:
            self.left_out.append(path)
            return
        except OSError as error:
            self.unreadable[path] = f"cannot be read: {reason_of(error)}"
            return
        if not stat.S_ISREG(status.st_mode):
            return
        file = status.st_dev, status.st_ino
        if file in self._seen:  # another link to it is not a copy: deleting it frees no space
            self.left_out.append(path)
            return
        self._seen.add(file)
        self.files[path] = status

    def take_failure(self, error: OSError) -> None:
        """Note a folder that cannot be listed."""
        self.unreadable[Path(str(error.filename))] = f"cannot be listed: {reason_of(error)}"

    def without_hidden(self, place: str, names: Sequence[str]) -> list[str]:
        """Those of the names in a folder that are not hidden; the others are left out."""
        self.left_out += [Path(place, name) for name in names if _is_hidden(name)]
        return [name for name in names if not _is_hidden(name)]


def walk(folder: Path) -> Walk:
    """Look through the folder. A link to a folder is not followed, as it may lead in a circle."""
    found = Walk()
    for place, folders, names in os.walk(folder, onerror=found.take_failure):
        folders[:] = found.without_hidden(place, folders)
        videos = [name for name in names if Path(name).suffix.lower() in SUFFIXES]
        for name in sorted(found.without_hidden(place, videos)):
            found.take(Path(place, name))
    return found


def reason_of(error: OSError) -> str:
    """What the system says of an error, without the path."""
    return error.strerror or str(error)


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.lower() in FOLDERS_OF_SYSTEMS
