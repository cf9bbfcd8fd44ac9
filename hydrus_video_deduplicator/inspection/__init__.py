"""Looks at what is there and changes nothing: what is done, what a run needs, why a pair is or not.

These give values; words and colours are the business of the command line.
"""
