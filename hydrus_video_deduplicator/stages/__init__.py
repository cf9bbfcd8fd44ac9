"""The stages of a run, each a generator of events: find, hash, tag, search, post; and undo.

The stages know neither argparse nor printing nor HTTP. They read and change a `Library` and a
`Store`, and tell what happens by the events they yield.
"""
