"""Requests in: the one way by which input reaches the code, whatever brought it.

`asgi` reads a body from the server, whole or not at all; `wsgi` does so for servers that speak
WSGI, and `framing` says what the headers tell of it. `gate` is the middleware that refuses what no
view should see and reads the forms of pages. `forms` and `body` read, bounded, what parsers and
pages ask for. `limits` has the numbers.
"""
