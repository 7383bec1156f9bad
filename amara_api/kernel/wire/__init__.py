"""How values travel: JSON, XML and YAML, in and out, with no framework underneath.

Each format is a module with the same two functions::

    loads(data: bytes, *, charset: str | None = None) -> object   # raises WireError
    dumps(obj: object) -> bytes                                   # UTF-8

What comes in is text from strangers: `loads` raises `WireError` for all it refuses, and nothing
else. What goes out is our own data: `dumps` always writes a well-formed document, whatever
characters the data holds, and raises `TypeError` only for a type nobody taught it (see `plain`).
"""
