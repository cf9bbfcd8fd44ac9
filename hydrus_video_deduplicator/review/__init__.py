"""Judge the pairs in a browser: what is shown, what is decided, and the server of the page.

`desk` is the core and knows nothing of HTTP; `serving` answers a browser, and `guard` sees that it
is the user's.
"""
