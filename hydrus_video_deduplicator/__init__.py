"""Find duplicate videos in a Hydrus Network client through its Client API."""

__version__ = "0.1.0"
