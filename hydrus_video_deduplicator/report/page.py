"""A report as one HTML file that needs nothing else: no network, no other file."""

from base64 import b64encode
from collections import Counter
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from hydrus_video_deduplicator.match import MEANINGS
from hydrus_video_deduplicator.report import words
from hydrus_video_deduplicator.report.contents import File, Report
from hydrus_video_deduplicator.report.gather import letter
from hydrus_video_deduplicator.report.quality import CRITERIA
from hydrus_video_deduplicator.report.timemap import time_map
from hydrus_video_deduplicator.untrusted import printable
from hydrus_video_deduplicator.wording import plural

FEW = 4
"""Files of a group, at most, whose differences stand beside the first: more need more room."""


def as_page(report: Report) -> str:
    """The text of the HTML file.

    Whatever is written by others is made printable and escaped by the template engine. The page
    may load nothing and run no script but its own (a Content-Security-Policy in the page).
    """
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, finalize=_shown
    )
    pairs = report.pairs
    return environment.from_string(_part("report.html")).render(
        report=report,
        words=words,
        plural=plural,
        kinds=MEANINGS,
        counts=Counter(kind for group in report.groups for kind in group.kinds),
        FEW=FEW,
        lowest=min((int(100 * pair.match.score) / 100 for pair in pairs), default=0.0),
        letters=[letter(place) for place in range(len(report.groups) and _most_files(report))],
        criteria=[criterion.name for criterion in CRITERIA],
        made=f"{report.made.astimezone():%Y-%m-%d %H:%M %Z}",
        style=Markup(_part("report.css")),
        script=Markup(_part("report.js")),
        base64=lambda data: b64encode(data).decode("ascii"),
        hash_of=_hash_of,
        link=_link,
        time_map=time_map,
    )


def _shown(value: object) -> object:
    """Called by the engine for each expression, before it escapes what is no markup."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _most_files(report: Report) -> int:
    return max(len(group.files) for group in report.groups)


def _part(name: str) -> str:
    return files(__package__).joinpath("parts", name).read_text(encoding="utf-8")


def _hash_of(text: str) -> str:
    """How a Content-Security-Policy names an inline style or script."""
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode("ascii")


def _link(file: File) -> str | None:
    """The file on this machine. The path is absolute, so the address begins with `file:`."""
    return None if file.listing.path is None else file.listing.path.as_uri()
