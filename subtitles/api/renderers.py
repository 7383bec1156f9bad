"""Downloads: the body is the subtitle file and nothing else. One renderer per format."""

from typing import Any

from rest_framework.renderers import BaseRenderer

from subtitles.formats import FORMATS


class SubtitleFileRenderer(BaseRenderer):
    """Writes the file that the view hands over. Errors go out as JSON instead."""

    renders_errors = False
    charset = "utf-8"
    sub_format: str

    def render(self, data: Any, media_type: str | None = None, context: Any = None) -> bytes:
        return data if isinstance(data, bytes) else b""


def _renderer(name: str) -> type[SubtitleFileRenderer]:
    members = {"format": name, "sub_format": name, "media_type": FORMATS[name].media_type}
    return type(f"{name.upper()}Renderer", (SubtitleFileRenderer,), members)


# The documentation of 2016, Getting subtitle data only; txt and ttml from that of 2012. `xml` is
# left out: there it means the data format.
DOWNLOADS = ("dfxp", "sbv", "srt", "ssa", "vtt", "txt", "ass", "ttml")
SUBTITLE_RENDERERS = [_renderer(name) for name in DOWNLOADS]
