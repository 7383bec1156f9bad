"""Rules about video urls: which provider one belongs to, and when two are the same video.

Pure: nothing here opens a connection, so a recognised url is well-formed and no more than that.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

MAX_URL_BYTES = 2048
"""Bytes rather than characters: a `key` must fit PostgreSQL's index rows, which end at 2,704."""

MAX_TITLE_LENGTH = 255

# Every provider's ids are shorter; a cap keeps the canonical url of a capped url within the cap.
_MAX_ID_LENGTH = 100


@dataclass(frozen=True, slots=True)
class VideoSource:
    """Where a video comes from: what `recognise` makes of a url.

    `type` is the letter the API prints as `video_type`: Y YouTube, K Kaltura, H a file for the
    HTML5 player, D Dailymotion, V Vimeo, W Wistia, L Flash video, C Brightcove, M MP3.
    """

    type: str
    url: str
    """The form to store and print: the provider's canonical one, or the url as it was given."""
    videoid: str
    """The provider's own id; "" where there is none, as for files."""

    @property
    def canonical(self) -> str:
        """`url` without what is needed to see the video and does not tell which one it is."""
        return _vimeo_url(self.videoid) if self.type == "V" else self.url

    @property
    def key(self) -> str:
        """Equal for two urls of one video, such as `H:example.com/a.mp4`; for unique constraints.

        http and https are alike, as are host names in any case, a default port and none, and urls
        that differ after the `#`. The rest belongs to the file's server, so it is left as it is.
        """
        parts = urlsplit(self.canonical)
        host = f"[{_host(parts)}]" if "[" in parts.netloc else _host(parts)
        port = f":{parts.port}" if parts.port not in (None, _DEFAULT_PORTS[parts.scheme]) else ""
        query = f"?{parts.query}" if parts.query else ""
        return f"{self.type}:{host}{port}{parts.path or '/'}{query}"


_DEFAULT_PORTS = {"http": 80, "https": 443}


def recognise(url: str) -> VideoSource | None:
    """The source behind a url that people paste, or None if the API takes no such video.

    "A link to a file or to one of our accepted providers" (the API documentation of 2016, "Adding
    a video"). Surrounding space is not part of a url.
    """
    url = url.strip()
    if not is_url(url):
        return None
    parts = urlsplit(url)
    for matcher in _MATCHERS:
        if source := matcher(url, _host(parts), parts):
            return source
    return None


def is_short(url: str) -> bool:
    """Whether only the provider's server knows which video a url means."""
    url = url.strip()
    if not is_url(url):
        return False
    parts, source = urlsplit(url), recognise(url)
    host, path = _host(parts), parts.path.strip("/")
    if source is not None:
        return source.type == "C" and host in _BRIGHTCOVE_SHORT
    kaltura = _is_at(host, "kaltura.com") and path.startswith("tiny/")
    return bool(path) and (host in _SHORTENERS or kaltura)


def is_url(text: str) -> bool:
    """Whether `text` is an absolute http or https url that is safe to store and to show.

    Refused as well: user names and passwords, which would leak to every reader of the video, and
    spellings of an IPv4 address other than four decimal numbers, which hide where a url leads.
    """
    # Before anything is parsed: urlsplit() silently drops tabs and line ends.
    if not text.isprintable() or any(char in ' <>"\\' for char in text):
        return False
    if len(text.encode()) > MAX_URL_BYTES:
        return False
    try:
        parts = urlsplit(text)
        port_is_sane = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return (
        parts.scheme in _DEFAULT_PORTS
        and _NETLOC.fullmatch(parts.netloc) is not None
        and port_is_sane
        and _is_host(_host(parts))
    )


def default_title(url: str) -> str:
    """The title of a video that nobody named: `example.com/.../video.mp4`."""
    parts = urlsplit(url.strip())
    last_part = parts.path.rstrip("/").rpartition("/")[2]
    return shorten(f"{parts.netloc}/.../{last_part}" if last_part else url.strip())


def shorten(title: str, length: int = MAX_TITLE_LENGTH) -> str:
    """`title` in at most `length` characters, an ellipsis standing for what is cut off."""
    return title if len(title) <= length else title[: length - 1] + "…"


# Checked as a whole, because urlsplit() forgives what stands around an address in brackets.
_NETLOC = re.compile(r"(?:\[[0-9a-f:.]+\]|[^][:@]+)(?::[0-9]*)?", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def _host(parts: SplitResult) -> str:
    """The host as browsers understand it: full-width letters are letters, a last dot is nothing."""
    return unicodedata.normalize("NFKC", parts.hostname or "").lower().removesuffix(".")


def _is_host(host: str) -> bool:
    labels = host.split(".")
    # A name whose last label is a number is an IPv4 address (the WHATWG's URL standard, "host").
    if ":" in host or _NUMBER.fullmatch(labels[-1]):
        return _is_ip_address(host)
    return len(host) <= 253 and all(_is_label(label) for label in labels)


def _is_ip_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_label(label: str) -> bool:
    # Vowels are marks in many scripts. The underscore is in no standard, but in real names.
    return (
        0 < len(label) <= 63
        and not label.startswith("-")
        and not label.endswith("-")
        and all(
            char.isalnum() or char in "-_" or unicodedata.category(char).startswith("M")
            for char in label
        )
    )


def _is_at(host: str, *domains: str) -> bool:
    """Whether `host` is one of the domains or a name below one; `evilvimeo.com` is neither."""
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


def _id(match: re.Match[str] | None) -> str:
    videoid = match["id"] if match else ""
    return videoid if len(videoid) <= _MAX_ID_LENGTH else ""


_YOUTUBE_HOSTS = {
    *("youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com"),
    *("youtube-nocookie.com", "www.youtube-nocookie.com"),
}
_YOUTUBE_V = re.compile(r"(?:^|[&;!?])v=(?P<id>[\w-]+)", re.ASCII)
_YOUTUBE_PATH = re.compile(r"/(?:v|e|embed|shorts|live)/(?P<id>[\w-]+)", re.ASCII)
# As people and old programs write it: `/v=ID`, `/watchv=ID`, `/watch/v/ID`.
_YOUTUBE_LOOSE = re.compile(r"(?:v=|/v/)(?P<id>[\w-]+)", re.ASCII)
_YOUTU_BE_PATH = re.compile(r"/(?P<id>[\w-]+)", re.ASCII)
# /embed/ also shows things that are no single video, under words shaped like an id.
_NOT_YOUTUBE_IDS = {"videoseries", "live_stream"}


def _youtube(url: str, host: str, parts: SplitResult) -> VideoSource | None:
    if host == "youtu.be":
        videoid = _id(_YOUTUBE_V.search(parts.query)) or _id(
            _YOUTU_BE_PATH.fullmatch(parts.path.rstrip("/"))
        )
    elif host in _YOUTUBE_HOSTS:
        # The fragment is that of `watch#!v=ID`, which YouTube's pages had around 2010.
        videoid = (
            _id(_YOUTUBE_V.search(parts.query))
            or _id(_YOUTUBE_V.search(parts.fragment))
            or _id(_YOUTUBE_PATH.match(parts.path))
            or _id(_YOUTUBE_LOOSE.search(parts.path))
        )
    else:
        return None
    if not videoid or videoid in _NOT_YOUTUBE_IDS:
        return None
    # Clients look for exactly this prefix in `all_urls`, http included.
    return VideoSource("Y", f"http://www.youtube.com/watch?v={videoid}", videoid)


_KALTURA_PATH = re.compile(r"/entryId/(?P<id>[^/;]+)")


def _kaltura(url: str, host: str, parts: SplitResult) -> VideoSource | None:
    if _is_at(host, "kaltura.com") and (videoid := _id(_KALTURA_PATH.search(parts.path))):
        return VideoSource("K", url, videoid)
    return None


def _file(letter: str, *extensions: str) -> "Matcher":
    pattern = re.compile(rf"[^/]\.(?:{'|'.join(extensions)})(?:;[^/]*)?$", re.IGNORECASE)

    def matcher(url: str, host: str, parts: SplitResult) -> VideoSource | None:
        return VideoSource(letter, url, "") if pattern.search(parts.path) else None

    return matcher


_DAILYMOTION_PATH = re.compile(r"/(?:embed/)?video/(?P<id>[a-z0-9]+)", re.ASCII | re.IGNORECASE)
_DAI_LY_PATH = re.compile(r"/(?P<id>[a-z0-9]+)", re.ASCII | re.IGNORECASE)


def _dailymotion(url: str, host: str, parts: SplitResult) -> VideoSource | None:
    videoid = ""
    if host == "dai.ly":
        videoid = _id(_DAI_LY_PATH.match(parts.path))
    elif _is_at(host, "dailymotion.com"):
        videoid = _id(_DAILYMOTION_PATH.match(parts.path))
    if not videoid:
        return None
    return VideoSource("D", f"http://dailymotion.com/video/{videoid}", videoid)


# Read with its fragment: channels had `/channels/NAME#ID`. The end keeps out the people whose
# page is named like `/4kvideos`.
_VIMEO_REST = re.compile(r"/(?:channels/\w+[/#]|video/)?(?P<id>[0-9]+)(?![\w-])")
# The hash of a private link, without which nobody sees the video: letters and digits, one of them
# at least, unlike the words of other pages below a video. In the player's address it is `h`.
_VIMEO_HASH = re.compile(
    r"(?P<id>(?=[a-z]*[0-9])[0-9a-z]{4,64})(?![\w-])", re.ASCII | re.IGNORECASE
)
_VIMEO_H = re.compile(r"(?:^|[&;?])h=(?=[0-9a-z])", re.ASCII | re.IGNORECASE)


def _vimeo(url: str, host: str, parts: SplitResult) -> VideoSource | None:
    if not _is_at(host, "vimeo.com"):
        return None
    rest = f"{parts.path}#{parts.fragment}"
    found = _VIMEO_REST.match(rest)
    videoid = _id(found)
    if found is None or not videoid:
        return None
    return VideoSource("V", _vimeo_url(videoid, _vimeo_hash(rest[found.end() :], parts)), videoid)


def _vimeo_hash(rest: str, parts: SplitResult) -> str:
    """What makes a link private: after the number in the path, or `h` in the query."""
    if rest.startswith("/") and (hash_ := _id(_VIMEO_HASH.match(rest, 1))):
        return hash_
    named = _VIMEO_H.search(parts.query)
    return _id(_VIMEO_HASH.match(parts.query, named.end())) if named else ""


def _vimeo_url(videoid: str, hash_: str = "") -> str:
    return f"http://vimeo.com/{videoid}" + (f"/{hash_}" if hash_ else "")


_WISTIA_PATH = re.compile(r"/(?:medias|embed/iframe)/(?P<id>\w+)", re.ASCII)


def _wistia(url: str, host: str, parts: SplitResult) -> VideoSource | None:
    if not _is_at(host, "wistia.com", "wi.st", "wistia.net"):
        return None
    videoid = _id(_WISTIA_PATH.match(parts.path))
    if not videoid:
        return None
    return VideoSource("W", f"http://fast.wistia.net/embed/iframe/{videoid}", videoid)


# Brightcove's short links are videos even if nobody follows them; the others tell nothing.
_BRIGHTCOVE_SHORT = {"bcove.me", "bcove.video"}
_SHORTENERS = {"wi.st", "yt.be"}
_BRIGHTCOVE_ID = re.compile(r"[/?&]bctid=?(?P<id>[0-9]+)")


def _brightcove(url: str, host: str, parts: SplitResult) -> VideoSource | None:
    short = host in _BRIGHTCOVE_SHORT and parts.path.strip("/")
    if not short and not host.endswith(".brightcove.com"):
        return None
    return VideoSource("C", url, _id(_BRIGHTCOVE_ID.search(f"{parts.path}?{parts.query}")))


Matcher = Callable[[str, str, SplitResult], VideoSource | None]

# The first that matches wins, so `http://vimeo.com/film.mp4` is a file.
_MATCHERS: tuple[Matcher, ...] = (
    _youtube,
    _kaltura,
    _file(
        "H",
        *("ogv", "ogg", "mp4", "m4v", "webm"),
        # Not in the original's list; today's browsers and players take them.
        *("mov", "mkv", "ogm", "m4a", "wav", "m3u8", "mpd"),
    ),
    _dailymotion,
    _vimeo,
    _wistia,
    _file("L", "flv"),
    _brightcove,
    _file("M", "mp3"),
)
