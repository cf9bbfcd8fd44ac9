"""Every page reads well as plain Markdown, as a code-hosting site shows it, and in the site."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).parent.parent
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [*sorted(ROOT.glob("*.md")), *DOCS, *sorted((ROOT / "bench" / "results").glob("*.md"))]

SOURCE = {
    "marker": r"<!--|-->",
    "include": r"--8<--",
    "tab": r'^ *===[+!]? "',
    "admonition": r"^ *(!!!|\?\?\?) ",
    "attribute list": r"\{[:.#] ?[^}]*\}|\{ \.",
    "code fence": r"^ *(```|~~~)",
    "row of a table": r"^ *\|.*\|$",
    "link": r"\]\(",
}
"""What a reader sees only if it was not rendered."""


@dataclass
class Shown(HTMLParser):
    """What a reader sees of a page: the text outside code, and where links and pictures lead."""

    text: str = ""
    targets: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    headings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[str] = []

    @classmethod
    def of(cls, html: str) -> "Shown":
        shown = cls()
        shown.feed(html)
        return shown

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if re.fullmatch(r"h\d", tag):
            self.headings.append("")
        if target := given.get("href") or given.get("src"):
            self.targets.append(target)
        if anchor := given.get("id"):
            self.anchors.add(anchor)
        if tag not in ("img", "br", "hr", "meta", "link", "input", "path"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not {"pre", "code", "script", "style"} & set(self._open):
            self.text += data
        if any(re.fullmatch(r"h\d", tag) for tag in self._open):
            self.headings[-1] += data


def shown_plain(page: Path) -> Shown:
    markdown = MarkdownIt("commonmark").enable("table")
    shown = Shown.of(markdown.render(page.read_text(encoding="utf-8")))
    shown.anchors |= {_anchor(heading) for heading in shown.headings}
    return shown


def _anchor(heading: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The site, built in strict mode: a warning is an error."""
    pytest.importorskip("mkdocs", reason="needs the extra named docs")
    from mkdocs.commands.build import build  # noqa: PLC0415
    from mkdocs.config import load_config  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("site")
    build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(folder), strict=True))
    return folder


def shown_in(site: Path, page: Path) -> Shown:
    return _article(site / ("" if page.stem == "index" else page.stem) / "index.html")


def _article(file: Path) -> Shown:
    html = file.read_text(encoding="utf-8")
    return Shown.of(html[html.index("<article") : html.index("</article>")])


def unrendered(shown: Shown) -> dict[str, list[str]]:
    found = {what: re.findall(form, shown.text, re.M) for what, form in SOURCE.items()}
    return {what: lines for what, lines in found.items() if lines}


def test_what_is_not_rendered_is_found() -> None:
    seen = Shown.of('<p>=== "A"\n--8&lt;-- "b"\n| a | b |\n!!! note\n[a](b)\n{ .c }</p>')
    assert len(unrendered(seen)) == 6


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_plain_markdown_shows_no_source(page: Path) -> None:
    assert not unrendered(shown_plain(page))


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_the_site_shows_no_source(site: Path, page: Path) -> None:
    assert not unrendered(shown_in(site, page))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_plain_markdown_leads_somewhere(page: Path) -> None:
    for target in _inner(shown_plain(page).targets):
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        assert not anchor or anchor in shown_plain(file).anchors, target


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_every_link_of_the_site_leads_somewhere(site: Path, page: Path) -> None:
    here = site / ("" if page.stem == "index" else page.stem) / "index.html"
    for target in _inner(_article(here).targets):
        path, _, anchor = target.partition("#")
        file = (here.parent / path).resolve() if path else here
        file = file / "index.html" if file.is_dir() else file
        assert file.exists(), target
        assert not anchor or anchor in _article(file).anchors, target


def _inner(targets: list[str]) -> list[str]:
    return [unquote(target) for target in targets if not re.match(r"\w+:", target)]
