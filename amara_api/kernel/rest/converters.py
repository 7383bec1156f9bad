"""One pattern per identifier in the route map.

None holds a NUL, which PostgreSQL would refuse as an error of ours."""

from django.urls import register_converter


class VideoId:
    """A video's id, or a partner's own id for it."""

    regex = r"[^/\x00]{1,100}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class User(VideoId):
    """A user name, or ``id$`` and the id that never changes."""

    regex = r"[^/\x00]{1,150}"


class Slug(VideoId):
    """Of a team or a project."""

    regex = r"[^/\x00]{1,100}"


class Job(VideoId):
    """Of a subtitle request."""

    regex = r"[A-Za-z0-9]{1,64}"


class LanguageCode(VideoId):
    regex = r"[^/\x00]{1,64}"


class Number(VideoId):
    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:  # type: ignore[override]
        return int(value)


def register() -> None:
    register_converter(VideoId, "video")
    register_converter(User, "user")
    register_converter(Slug, "team")
    register_converter(Slug, "project")
    register_converter(Job, "job")
    register_converter(LanguageCode, "language")
    register_converter(Number, "number")
