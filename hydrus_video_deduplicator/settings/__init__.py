"""The settings: `table` has them all, `values` their checks, `sources` where they come from."""

from hydrus_video_deduplicator.settings.about import KEY_FORM, About, about_of, option_of
from hydrus_video_deduplicator.settings.sources import resolve, variables
from hydrus_video_deduplicator.settings.table import APP_NAME, GROUPS, Settings
from hydrus_video_deduplicator.settings.values import FORMATS

__all__ = [
    "APP_NAME",
    "FORMATS",
    "GROUPS",
    "KEY_FORM",
    "About",
    "Settings",
    "about_of",
    "option_of",
    "resolve",
    "variables",
]
