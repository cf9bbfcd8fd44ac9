"""Reads and changes nothing: the progress, what a run needs, why a pair was or was not posted.

These give values; the command line chooses words and colours.
"""
