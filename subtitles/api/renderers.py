"""Downloads: the body is the subtitle file and nothing else. One renderer per format."""

from rest_framework.renderers import BaseRenderer

from subtitles.formats import FORMATS


class SubtitleFileRenderer(BaseRenderer):
    """Writes the file that the view hands over. Errors go out as JSON instead."""

    renders_errors = False
    charset = "utf-8"
    sub_format: str

    def render(self, data: object, media_type: str | None = None, context: object = None) -> bytes:
        return data if isinstance(data, bytes) else b""


def _renderer(name: str, asked: str | None = None) -> type[SubtitleFileRenderer]:
    """The renderer of a format, by its name or another that it is asked for by."""
    name_asked = asked or name
    members = {"format": name_asked, "sub_format": name, "media_type": FORMATS[name].media_type}
    return type(f"{name.upper()}Renderer", (SubtitleFileRenderer,), members)


# The documentation of 2016, Getting subtitle data only; txt and ttml from that of 2012. `xml` is
# left out: there it means the data format.
DOWNLOADS = ("dfxp", "sbv", "srt", "ssa", "vtt", "txt", "ass", "ttml")
# The documentation of 2011 misprints `srt`, and programs may have been written from it.
SUBTITLE_RENDERERS = [*map(_renderer, DOWNLOADS), _renderer("srt", "rst")]
