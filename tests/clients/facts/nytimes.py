"""nytimes/amara, a newspaper's client in Go: a form's Content-Type on every request, GET as well.

Go's decoder fails at a member of another type than the program's, and passes over what is absent,
null or unknown. The shapes are those that the program declares.
"""

import json

from tests.clients.wire import (
    DETAIL,
    ENGLISH,
    FORM,
    FRENCH,
    JSON,
    LANGUAGES,
    NEW_URL,
    SRT,
    SUBTITLES,
    TIME,
    VIDEOS,
    Fact,
    fits,
    form,
    is_user,
)

HEADERS = ("X-api-username: USERNAME", "Content-type: application/x-www-form-urlencoded")

PERSON = {"username": str, "id": str, "uri": str}
METADATA = {"speaker-name": str, "location": str}
LANGUAGE = {
    "created": TIME,
    "language_code": str,
    "name": str,
    "title": str,
    "description": str,
    "metadata": METADATA,
    "subtitles_uri": str,
    "resource_uri": str,
    "subtitle_count": int,
    "subtitles_complete": bool,
    "is_primary_audio_language": bool,
    "is_rtl": bool,
    "published": bool,
    "versions": [{"author": PERSON, "published": bool, "version_no": int}],
}
VIDEO = {
    "id": str,
    "video_type": str,
    "primary_audio_language_code": str,
    "title": str,
    "description": str,
    "duration": int,
    "thumbnail": str,
    "created": TIME,
    "all_urls": [str],
    "metadata": METADATA,
    "activity_uri": str,
    "urls_uri": str,
    "subtitle_languages_uri": str,
    "resource_uri": str,
    "languages": [
        {
            "code": str,
            "name": str,
            "published": bool,
            "dir": str,
            "subtitles_uri": str,
            "resource_uri": str,
        }
    ],
}
SUBTITLE_INFO = {
    "version_number": int,
    "sub_format": str,
    "author": PERSON,
    "title": str,
    "language": {"code": str, "name": str, "dir": str},
    "description": str,
    "metadata": METADATA,
    "video_title": str,
    "video_description": str,
    "actions_uri": str,
    "notes_uri": str,
    "resource_uri": str,
    "site_uri": str,
    "video": str,
    "version_no": int,
}


FACTS = [
    Fact(
        "nytimes",
        "marks a language with Python's True",
        "POST",
        LANGUAGES,
        (FORM,),
        form(language_code="de", is_primary_audio_language="True", subtitles_complete="False"),
        status=201,
        holds=lambda a: (
            a.json["is_primary_audio_language"] is True and a.json["subtitles_complete"] is False
        ),
    ),
    Fact(
        "nytimes",
        "posts subtitles with a form that also has a team and a url",
        "POST",
        SUBTITLES,
        (FORM,),
        form(subtitles=SRT, sub_format="srt", team="", video_url=NEW_URL, is_complete="true"),
        status=201,
        holds=lambda a: a.json["version_number"] == 3,
    ),
    Fact(
        "nytimes",
        "reads a version's author as an object",
        "GET",
        ENGLISH,
        holds=lambda a: all(is_user(version["author"]) for version in a.json["versions"]),
    ),
    Fact(
        "nytimes",
        "posts subtitles for a language that is not there yet",
        "POST",
        FRENCH,
        (JSON,),
        json.dumps({"subtitles": SRT, "sub_format": "srt"}),
        status=201,
        holds=lambda a: a.json["language"]["code"] == "fr" and a.json["version_number"] == 1,
    ),
    Fact(
        "nytimes",
        "gets a link into the editor for its own account",
        "POST",
        "/api/editor-login/",
        ("X-api-username: STRANGER_NAME", "X-api-key: STRANGER_KEY", FORM),
        form(language_code="en", user="STRANGER_NAME", video_id="VIDEO"),
        key=False,
        status=201,
        holds=lambda a: a.json["url"].startswith("http"),
    ),
    Fact(
        "nytimes",
        "decodes a video",
        "GET",
        DETAIL,
        HEADERS,
        holds=lambda a: fits(a.json, VIDEO) and a.json["created"] and a.json["languages"],
    ),
    Fact(
        "nytimes",
        "decodes a language",
        "GET",
        ENGLISH,
        HEADERS,
        holds=lambda a: fits(a.json, LANGUAGE) and a.json["versions"],
    ),
    Fact(
        "nytimes",
        "decodes subtitles",
        "GET",
        SUBTITLES,
        HEADERS,
        holds=lambda a: fits(a.json, SUBTITLE_INFO) and is_user(a.json["author"]),
    ),
    Fact(
        "nytimes",
        "downloads them raw",
        "GET",
        f"{SUBTITLES}?format=vtt",
        HEADERS,
        holds=lambda a: a.body.startswith(b"WEBVTT"),
    ),
    Fact(
        "nytimes",
        "creates a video for its team with a form",
        "POST",
        VIDEOS,
        HEADERS,
        form(primary_audio_language_code="en", team="COLLAB", title="News", video_url=NEW_URL),
        status=201,
        holds=lambda a: fits(a.json, VIDEO) and a.json["team"] == a.names["COLLAB"],
    ),
    Fact(
        "nytimes",
        "makes a language the one spoken",
        "POST",
        LANGUAGES,
        HEADERS,
        form(is_primary_audio_language="true", language_code="de", subtitles_complete="false"),
        status=201,
        holds=lambda a: fits(a.json, LANGUAGE) and a.json["is_primary_audio_language"] is True,
    ),
    Fact(
        "nytimes",
        "completes a language",
        "PUT",
        ENGLISH,
        HEADERS,
        form(subtitles_complete="true"),
        holds=lambda a: fits(a.json, LANGUAGE) and a.json["subtitles_complete"] is True,
    ),
    Fact(
        "nytimes",
        "decodes what it posted, a string in the posted format",
        "POST",
        SUBTITLES,
        HEADERS,
        form(sub_format="srt", subtitles=SRT),
        status=201,
        holds=lambda a: (
            fits(a.json, SUBTITLE_INFO)
            and isinstance(a.json["subtitles"], str)
            and a.json["sub_format"] == "srt"
            and "-->" in a.json["subtitles"]
        ),
    ),
]
