"""What the user orders: a command that works, with its settings."""

from dataclasses import dataclass

from hydrus_video_deduplicator.errors import UsageError
from hydrus_video_deduplicator.library.hydrus import Permission
from hydrus_video_deduplicator.settings import Settings
from hydrus_video_deduplicator.stages.job import Job

RUNS = ("run", "hash", "search")
"""Commands that work on many files; the others only undo."""


@dataclass(frozen=True)
class Order:
    """One of `RUNS`, `rollback` or `remove-tags`, and what is set for it."""

    command: str
    settings: Settings

    @property
    def is_run(self) -> bool:
        """Whether it works on many files."""
        return self.command in RUNS

    @property
    def by_tag(self) -> int | None:
        """The bits of `--by-tag`; a variable of the user may set them for all commands."""
        return self.settings.by_tag if self.command == "search" else None

    @property
    def page(self) -> str | None:
        """The page of Hydrus on which the pairs are shown."""
        posts = self.command in ("run", "search") and not self.settings.dry_run
        return self.settings.page if posts else None

    @property
    def shows_popup(self) -> bool:
        """Whether a popup of Hydrus shows the run."""
        return self.settings.popup and self.is_run and not self.settings.dry_run

    @property
    def lists_pairs(self) -> bool:
        """Whether every similar pair is printed."""
        settings = self.settings
        return self.command == "search" or settings.dry_run or settings.folder is not None

    @property
    def job(self) -> Job:
        """What a run is to do."""
        return Job(
            threshold=self.settings.threshold,
            kinds=self.settings.kinds,
            tags=not self.settings.no_tags,
            hashes=self.command != "search",
            posts=self.command != "hash",
            dry_run=self.settings.dry_run,
            retry_failed=self.settings.retry_failed,
        )

    @property
    def permissions(self) -> set[Permission]:
        """What the key must allow."""
        wanted = {Permission.SEARCH}
        tags = self.command in ("run", "hash", "remove-tags") and not self.settings.no_tags
        if tags and not self.settings.dry_run:
            wanted.add(Permission.EDIT_TAGS)
        if self.command in ("run", "search", "rollback"):
            wanted.add(Permission.EDIT_RELATIONSHIPS)
        if self.page is not None:
            wanted.add(Permission.MANAGE_PAGES)
        if self.shows_popup:
            wanted.add(Permission.MANAGE_POPUPS)
        return wanted

    def refuse_what_needs_hydrus(self) -> None:
        """Raises `UsageError` for what a folder does not have."""
        wanted = {
            "--page is a page of Hydrus": self.settings.page is not None,
            "--popup is a popup of Hydrus": self.settings.popup,
            "--when-idle waits for Hydrus": self.settings.when_idle,
        }
        for what, is_wanted in wanted.items():
            if is_wanted:
                raise UsageError(f"{what}, so it does not work with --folder.")
