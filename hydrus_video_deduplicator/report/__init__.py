"""A report of the similar pairs, for people to look at and for other programs to read."""

from hydrus_video_deduplicator.report.contents import Report
from hydrus_video_deduplicator.report.gather import Wanted, gather
from hydrus_video_deduplicator.report.page import as_page
from hydrus_video_deduplicator.report.tables import as_csv, as_json

__all__ = ["Report", "Wanted", "as_csv", "as_json", "as_page", "gather"]
