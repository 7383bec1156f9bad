"""The one place that says `Any`: for data that has no shape before it is checked."""

from typing import Any, TypeAlias

# A value of a parsed body, a JSON column, a header of somebody else's, an argument passed through.
# Whatever has a shape (an account, a video, a row, a request) is named by its type, under
# `TYPE_CHECKING` where its module is above.
Data: TypeAlias = Any  # type: ignore[explicit-any]
