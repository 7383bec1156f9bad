import pytest
from hypothesis import given
from hypothesis import strategies as st

from videos.providers import MAX_URL_BYTES, default_title, is_url, recognise, shorten

YOUTUBE = "http://www.youtube.com/watch?v=pQ9qX8lcaBQ"
VIMEO = "http://vimeo.com/18622084"
DAILYMOTION = "http://dailymotion.com/video/x7rxp9"
WISTIA = "http://fast.wistia.net/embed/iframe/fzlkqcyf2p"
KALTURA = "http://cdnapi.kaltura.com/p/1/sp/100/playManifest/entryId/1_abc/format/url"
FILE = "https://Media.Example.com/a/Film.mp4?sig=Ab%2F#t=10"

# (given, type letter, stored url, provider's id); None for the stored url means "as given".
RECOGNISED = [
    ("http://www.youtube.com/watch?v=pQ9qX8lcaBQ", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("https://www.youtube.com/watch?v=pQ9qX8lcaBQ", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("  https://youtube.com/watch?v=pQ9qX8lcaBQ\n", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("HTTPS://WWW.YouTube.COM/watch?v=pQ9qX8lcaBQ", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("https://www.youtube.com./watch?v=pQ9qX8lcaBQ", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("https://www.youtube.com:443/watch?v=pQ9qX8lcaBQ", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("https://ｙoutube.com/watch?v=pQ9qX8lcaBQ", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("http://youtube.com/watch?feature=related&v=pQ9qX8lcaBQ&t=3", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("http://youtube.com/watch?list=1&amp;v=pQ9qX8lcaBQ", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("http://www.youtube.com/watch?v=pQ9qX8lcaBQ?hl=en", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("http://www.youtube.com/watch#!v=pQ9qX8lcaBQ", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("http://www.youtube.com/watch#!feature=x&v=pQ9qX8lcaBQ", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("http://www.youtube.com/v/pQ9qX8lcaBQ&hl=en", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("http://youtube.com/v=pQ9qX8lcaBQ", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("https://www.youtube.com/v=pQ9qX8lcaBQ&hl=en", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("http://youtube.com/watchv=pQ9qX8lcaBQ", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("http://youtube.com/watch/v=pQ9qX8lcaBQ", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("http://youtube.com/watch/v/pQ9qX8lcaBQ", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("http://youtube.com/watch&v=pQ9qX8lcaBQ", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("http://youtube.com/watch;v=pQ9qX8lcaBQ", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("http://www.youtube.com/e/pQ9qX8lcaBQ", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("https://youtu.be/watch?v=pQ9qX8lcaBQ", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("http://youtu.be/pQ9qX8lcaBQ", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("https://youtu.be/pQ9qX8lcaBQ/?si=tracking", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("https://m.youtube.com/watch?v=pQ9qX8lcaBQ", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("https://m.youtube.com/#/watch?v=pQ9qX8lcaBQ", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("https://music.youtube.com/watch?v=pQ9qX8lcaBQ", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("https://www.youtube-nocookie.com/embed/pQ9qX8lcaBQ", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("https://youtube-nocookie.com/embed/pQ9qX8lcaBQ?rel=0", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("https://www.youtube.com/embed/pQ9qX8lcaBQ", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("https://www.youtube.com/shorts/pQ9qX8lcaBQ", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    ("https://www.youtube.com/live/pQ9qX8lcaBQ?feature=share", "Y", YOUTUBE, "pQ9qX8lcaBQ"),
    (
        "https://www.youtube.com/watch?v=-_aB3-_aB3_",
        "Y",
        "http://www.youtube.com/watch?v=-_aB3-_aB3_",
        "-_aB3-_aB3_",
    ),
    (KALTURA, "K", None, "1_abc"),
    ("https://kaltura.com/index.php/kwidget/entryId/0_x.mp4", "K", None, "0_x.mp4"),
    ("http://example.com/film.ogv", "H", None, ""),
    ("http://example.com/film.ogg", "H", None, ""),
    (FILE, "H", None, ""),
    (f" {FILE}\t", "H", FILE, ""),
    ("http://example.com/film.M4V", "H", None, ""),
    ("http://example.com/film.webm;jsessionid=1", "H", None, ""),
    ("http://example.com/film.mov", "H", None, ""),
    ("http://example.com/film.mkv", "H", None, ""),
    ("http://example.com/film.ogm", "H", None, ""),
    ("http://example.com/talk.m4a", "H", None, ""),
    ("http://example.com/talk.wav", "H", None, ""),
    ("https://example.com/live/index.m3u8", "H", None, ""),
    ("https://example.com/live/index.mpd", "H", None, ""),
    ("http://127.0.0.1:8000/film.mp4", "H", None, ""),
    ("http://[2001:db8::1]:8000/film.mp4", "H", None, ""),
    ("http://उदाहरण.example/film.mp4", "H", None, ""),
    ("http://vimeo.com/film.mp4", "H", None, ""),
    ("http://evilyoutube.com/watch/film.mp4?v=pQ9qX8lcaBQ", "H", None, ""),
    ("http://www.dailymotion.com/video/x7rxp9_a-title_news", "D", DAILYMOTION, "x7rxp9"),
    ("https://touch.dailymotion.com/video/x7rxp9?start=1", "D", DAILYMOTION, "x7rxp9"),
    ("https://www.dailymotion.com/embed/video/x7rxp9", "D", DAILYMOTION, "x7rxp9"),
    ("https://dai.ly/x7rxp9", "D", DAILYMOTION, "x7rxp9"),
    ("http://vimeo.com/18622084", "V", VIMEO, "18622084"),
    ("https://www.vimeo.com/18622084?share=copy", "V", VIMEO, "18622084"),
    ("https://vimeo.com/18622084/0a1b2c3d", "V", f"{VIMEO}/0a1b2c3d", "18622084"),
    ("https://vimeo.com/18622084/0A1b2c3d4e/?share=copy", "V", f"{VIMEO}/0A1b2c3d4e", "18622084"),
    ("https://www.vimeo.com/18622084?h=0a1b2c3d4e", "V", f"{VIMEO}/0a1b2c3d4e", "18622084"),
    ("https://vimeo.com/18622084?share=copy&amp;h=0a1b2c", "V", f"{VIMEO}/0a1b2c", "18622084"),
    ("https://vimeo.com/channels/picks/18622084/0a1b2c#t=3", "V", f"{VIMEO}/0a1b2c", "18622084"),
    (
        "https://player.vimeo.com/video/18622084?badge=0&h=0a1b2c",
        "V",
        f"{VIMEO}/0a1b2c",
        "18622084",
    ),
    ("https://player.vimeo.com/video/18622084/0a1b2c", "V", f"{VIMEO}/0a1b2c", "18622084"),
    ("https://vimeo.com/18622084/likes", "V", VIMEO, "18622084"),
    ("https://vimeo.com/18622084/0a1b-likes", "V", VIMEO, "18622084"),
    ("https://vimeo.com/18622084/" + "0a" * 33, "V", VIMEO, "18622084"),
    ("https://vimeo.com/18622084?h=", "V", VIMEO, "18622084"),
    ("https://vimeo.com/18622084?width=640&length=0a1b2c", "V", VIMEO, "18622084"),
    ("https://player.vimeo.com/video/18622084?h=%3Cscript", "V", VIMEO, "18622084"),
    ("http://vimeo.com/channels/staffpicks/18622084", "V", VIMEO, "18622084"),
    ("http://vimeo.com/channels/staffpicks#18622084", "V", VIMEO, "18622084"),
    ("https://player.vimeo.com/video/18622084?h=0a1b", "V", f"{VIMEO}/0a1b", "18622084"),
    ("http://home.wistia.com/medias/fzlkqcyf2p", "W", WISTIA, "fzlkqcyf2p"),
    ("https://home.wi.st/medias/fzlkqcyf2p", "W", WISTIA, "fzlkqcyf2p"),
    ("https://fast.wistia.net/embed/iframe/fzlkqcyf2p?x", "W", WISTIA, "fzlkqcyf2p"),
    ("http://example.com/film.flv", "L", None, ""),
    ("http://link.brightcove.com/services/player/bcpid1?bctid=42", "C", None, "42"),
    ("https://link.brightcove.com/services/link/bcpid1/bctid42", "C", None, "42"),
    ("http://bcove.me/abc", "C", None, ""),
    ("http://example.com/song.mp3", "M", None, ""),
]

# Well-formed, and of no provider or file type.
UNRECOGNISED = [
    "http://youtube.com/",
    "http://www.youtube.com/watch",
    "http://www.youtube.com/watch?v=",
    "http://www.youtube.com/watch?v=%20",
    "http://www.youtube.com/watch?v=" + "a" * 101,
    "http://www.youtube.com/user/someone",
    "http://www.youtube.com/v=",
    "http://www.youtube.com/tv/pQ9qX8lcaBQ",
    "http://www.youtube.com/embed/videoseries?list=PL1",
    "http://www.youtube.com/embed/live_stream?channel=UC1",
    "http://youtu.be/",
    "http://youtu.be/a/b",
    "http://evilyoutube.com/watch?v=pQ9qX8lcaBQ",
    "http://youtube.com.evil.example/watch?v=pQ9qX8lcaBQ",
    "http://evil.example/youtube.com/watch?v=pQ9qX8lcaBQ",
    "http://evil.example/?u=http://www.youtube.com/watch?v=pQ9qX8lcaBQ",
    "http://gaming.youtube.com/watch?v=pQ9qX8lcaBQ",
    "http://vimeo.com",
    "http://vimeo.com/4kvideos",
    "http://vimeo.com/18622084abc",
    "http://evilvimeo.com/18622084",
    "http://vimeo.com.evil.example/18622084",
    "http://evildailymotion.com/video/x7rxp9",
    "http://dailymotion.com/user/x7rxp9",
    "http://dai.ly/",
    "http://evilkaltura.com/entryId/1_abc",
    "http://kaltura.com/entryId/",
    "http://evilwistia.net/embed/iframe/fzlkqcyf2p",
    "http://brightcove.com/services/bctid42",
    "http://evilbrightcove.com/bctid42",
    "http://bcove.me/",
    "http://x.ogv",
    "http://x.ogv/",
    "http://example.com/film",
    "http://example.com/film.mp4.exe",
    "http://example.com/film.mp4/",
    "http://example.com/.mp4",
    "http://example.com/watch?file=film.mp4",
    "http://example.com/watch#film.mp4",
    "http://blip.tv/file/123",
]

MALFORMED = [
    "",
    " ",
    "film.mp4",
    "//example.com/film.mp4",
    "http:",
    "http://",
    "http:///www.example.com/film.mp4",
    "ftp://example.com/film.mp4",
    "file:///etc/film.mp4",
    "gopher://example.com/film.mp4",
    "data:video/mp4,film.mp4",
    "javascript:alert(1)//film.mp4",
    "http://exa mple.com/film.mp4",
    "http://example.com/a film.mp4",
    "http://example.com/a\tfilm.mp4",
    "http://example.com/a\r\nX: y/film.mp4",
    "http://example.com\r\n.evil.example/film.mp4",
    "http://example.com/\x00film.mp4",
    "http://example.com/\u202efilm.mp4",
    "http://example.com/\u00a0film.mp4",
    "http://example.com/\ud800film.mp4",
    'http://example.com/"><svg onload=x>film.mp4',
    "http://evil.example\\@www.youtube.com/film.mp4",
    "http://user@example.com/film.mp4",
    "http://user:password@example.com/film.mp4",
    "http://:80/film.mp4",
    "http://example.com:0/film.mp4",
    "http://example.com:65536/film.mp4",
    "http://example.com:http/film.mp4",
    "http://example.com:٣/film.mp4",
    "http://-example.com/film.mp4",
    "http://example..com/film.mp4",
    "http://.example.com/film.mp4",
    "http://ex%61mple.com/film.mp4",
    "http://127。0。0。1/film.mp4",
    "http://" + "a" * 64 + ".com/film.mp4",
    "http://" + "a." * 127 + "com/film.mp4",
    "http://2130706433/film.mp4",
    "http://0x7f000001/film.mp4",
    "http://017700000001/film.mp4",
    "http://127.1/film.mp4",
    "http://127.0.0.0x1/film.mp4",
    "http://127.0.0.256/film.mp4",
    "http://1.2.3.4.5/film.mp4",
    "http://[::1/film.mp4",
    "http://[::1]evil.example/film.mp4",
    "http://evil.example[::1]/film.mp4",
    "http://[fe80::1%25eth0]/film.mp4",
    "http://[example.com]/film.mp4",
    "http://example.com/" + "a" * MAX_URL_BYTES + ".mp4",
    "http://example.com/" + "ä" * (MAX_URL_BYTES // 2) + ".mp4",
]


@pytest.mark.parametrize(("given_url", "letter", "stored", "videoid"), RECOGNISED)
def test_a_video_url_is_recognised(given_url, letter, stored, videoid):
    source = recognise(given_url)
    assert source is not None
    assert (source.type, source.url, source.videoid) == (letter, stored or given_url, videoid)
    assert recognise(source.url) == source


@pytest.mark.parametrize("url", UNRECOGNISED)
def test_a_url_of_no_video_is_a_url_and_no_more(url):
    assert is_url(url)
    assert recognise(url) is None


@pytest.mark.parametrize("text", MALFORMED)
def test_malformed_text_is_no_url(text):
    assert not is_url(text)
    assert recognise(text) is None


def test_the_longest_url_is_still_one():
    url = "http://example.com/".ljust(MAX_URL_BYTES - 4, "a") + ".mp4"
    assert is_url(url)
    assert len(recognise(url).key.encode()) <= MAX_URL_BYTES


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://m.youtube.com/watch?v=pQ9qX8lcaBQ", "Y:www.youtube.com/watch?v=pQ9qX8lcaBQ"),
        ("https://player.vimeo.com/video/18622084", "V:vimeo.com/18622084"),
        ("https://vimeo.com/18622084/0a1b2c3d", "V:vimeo.com/18622084"),
        ("https://player.vimeo.com/video/18622084?h=4e5f", "V:vimeo.com/18622084"),
        (FILE, "H:media.example.com/a/Film.mp4?sig=Ab%2F"),
        (
            "http://media.example.com:80/a/Film.mp4?sig=Ab%2F",
            "H:media.example.com/a/Film.mp4?sig=Ab%2F",
        ),
        ("https://example.com:443/a.mp4", "H:example.com/a.mp4"),
        ("https://example.com:8443/a.mp4", "H:example.com:8443/a.mp4"),
        ("http://example.com./a.mp4?#", "H:example.com/a.mp4"),
        ("http://[2001:DB8::1]:80/a.mp4", "H:[2001:db8::1]/a.mp4"),
        ("http://x.brightcove.com?bctid=42", "C:x.brightcove.com/?bctid=42"),
    ],
)
def test_the_key_is_the_same_for_spellings_of_one_url(url, key):
    assert recognise(url).key == key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://example.com/a.mp4", "http://example.com/A.mp4"),
        ("http://example.com/a.mp4", "http://example.com/a.mp4?v=2"),
        ("http://example.com/a.mp4", "http://www.example.com/a.mp4"),
        ("http://example.com/a.mp4", "http://example.com:8080/a.mp4"),
        ("https://youtu.be/pQ9qX8lcaBQ", "https://youtu.be/pQ9qX8lcabq"),
    ],
)
def test_the_key_keeps_different_files_apart(one, other):
    assert recognise(one).key != recognise(other).key


@pytest.mark.parametrize(
    ("url", "title"),
    [
        ("http://example.com/2016/05/video.mp4", "example.com/.../video.mp4"),
        ("https://example.com/video.mp4?x=/y#z/w", "example.com/.../video.mp4"),
        ("http://example.com:8000/video.mp4", "example.com:8000/.../video.mp4"),
        ("http://vimeo.com/18622084", "vimeo.com/.../18622084"),
        ("http://x.brightcove.com?bctid=42", "http://x.brightcove.com?bctid=42"),
        ("http://x.brightcove.com/", "http://x.brightcove.com/"),
    ],
)
def test_a_video_without_title_is_named_after_its_url(url, title):
    assert default_title(url) == title


def test_a_long_title_ends_in_an_ellipsis():
    assert shorten("abcdef", 6) == "abcdef"
    assert shorten("abcdefg", 6) == "abcde…"
    assert len(default_title("http://example.com/" + "a" * 2000 + ".mp4")) == 255


PIECES = st.sampled_from(
    [
        *(
            "http://",
            "https://",
            "//",
            "/",
            "?",
            "#",
            "!",
            "&",
            "=",
            ":",
            "@",
            "[",
            "]",
            "%",
            ".",
            " ",
        ),
        *(
            "www.",
            "youtube.com",
            "youtu.be",
            "vimeo.com",
            "dailymotion.com",
            "dai.ly",
            "kaltura.com",
            "vimeo.com/1/0a1b2c",
            "?h=0a1b2c",
        ),
        *("fast.wistia.net", "x.brightcove.com", "bcove.me", "example.com", "[::1]", "127.0.0.1"),
        *("watch", "v=", "/v/", "/embed/", "channels/", "video/", "entryId/", "medias/", "bctid"),
        *(
            "pQ9qX8lcaBQ",
            "18622084",
            "x7rxp9_a",
            ".mp4",
            ".flv",
            ".mp3",
            "a" * 99,
            "a" * 1900,
            ":80",
        ),
    ]
)


@given(st.one_of(st.text(), st.lists(st.one_of(PIECES, st.characters()), max_size=12).map("".join)))
def test_no_text_upsets_it_and_a_stored_url_stays_itself(text):
    assert not is_url(text) or text.strip() == text
    source = recognise(text)
    if source is not None:
        assert recognise(source.url) == source
        assert source.key == recognise(source.url).key
        assert default_title(source.url)


@given(
    st.sampled_from(["http://", "https://"]),
    st.sampled_from(["www.youtube.com/watch?v=", "youtu.be/", "vimeo.com/", "dai.ly/", "x.com/"]),
    st.text("abcXYZ019_-./", min_size=1, max_size=120),
    st.sampled_from(["", ".mp4", ".FLV", "?a=b", "#c"]),
)
def test_http_and_https_are_one(scheme, front, rest, end):
    source = recognise(scheme + front + rest + end)
    other_scheme = "https://" if scheme == "http://" else "http://"
    twin = recognise(other_scheme + front + rest + end)
    assert (source and source.key) == (twin and twin.key)
