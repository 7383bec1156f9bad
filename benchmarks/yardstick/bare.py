"""Plain Django views with hand-written SQL: the least that a Django server can do for an answer.

They answer the same bytes as the server for the requests that are measured, and for those only:
no errors, no other formats, no dialects, no rights but those these requests meet.
"""

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

import orjson
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse

from amara_api import languages
from benchmarks.yardstick.models import Cue
from subtitles.models import SubtitleLanguage, SubtitleVersion

JSON = "application/json"
METADATA = ("speaker-name", "location")
MEMORY: dict[tuple[str, str, str], bytes] = {}

COLUMNS = """
    SELECT v.id, v.video_id, v.title, v.description, v.duration, v.thumbnail, v.created,
           v.primary_audio_language_code, v.metadata, t.slug, p.slug
    FROM videos_video v
    LEFT JOIN teams_team t ON t.id = v.team_id
    LEFT JOIN teams_project p ON p.id = v.project_id
"""


def fetch(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def caller(request: HttpRequest) -> int:
    digest = hmac.new(
        settings.AMARA_KEY_PEPPER.encode(), request.META["HTTP_X_API_KEY"].encode(), hashlib.sha256
    ).hexdigest()
    sql = """
        SELECT u.id, u.is_active FROM users_user u
        JOIN users_apikey k ON k.user_id = u.id WHERE k.digest = %s
    """
    [(user, active)] = fetch(sql, digest)
    assert active
    return int(user)


def videos(request: HttpRequest) -> HttpResponse:
    caller(request)
    limit = int(request.GET["limit"])
    offset = int(request.GET.get("offset", 0))
    if slug := request.GET.get("team"):
        [(team, shown)] = fetch("SELECT id, team_visibility FROM teams_team WHERE slug = %s", slug)
        assert shown == 2
        [(total,)] = fetch("SELECT count(*) FROM videos_video WHERE team_id = %s", team)
        rows = fetch(
            COLUMNS + "WHERE v.team_id = %s ORDER BY v.created DESC, v.id DESC LIMIT %s OFFSET %s",
            team,
            limit,
            offset,
        )
    else:
        rows = fetch(COLUMNS + "WHERE v.is_public ORDER BY v.created DESC, v.id DESC LIMIT 20")
        total = len(rows)
        rows = rows[offset : offset + limit]
    site = f"{request.scheme}://{request.get_host()}"
    meta = {
        "previous": page_url(request, site, limit, max(offset - limit, 0)) if offset else None,
        "next": page_url(request, site, limit, offset + limit) if offset + limit < total else None,
        "offset": offset,
        "limit": limit,
        "total_count": total,
    }
    body = {"meta": meta, "objects": printed(site, rows)}
    return HttpResponse(orjson.dumps(body), content_type=JSON)


def page_url(request: HttpRequest, site: str, limit: int, offset: int) -> str:
    kept = {"team": request.GET["team"]} if "team" in request.GET else {}
    query = urlencode({**kept, "limit": limit, **({"offset": offset} if offset else {})})
    return f"{site}{request.path}?{query}"


def video(request: HttpRequest, video_id: str) -> HttpResponse:
    caller(request)
    rows = fetch(COLUMNS + "WHERE v.video_id = %s", video_id)
    site = f"{request.scheme}://{request.get_host()}"
    return HttpResponse(orjson.dumps(printed(site, rows)[0]), content_type=JSON)


def printed(site: str, rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    keys = [row[0] for row in rows]
    marks = ",".join(["%s"] * len(keys))
    languages_of: dict[int, list[tuple[str, bool]]] = {key: [] for key in keys}
    for key, code, tip in fetch(
        "SELECT video_id, language_code, public_tip_id FROM subtitles_subtitlelanguage "
        f"WHERE video_id IN ({marks}) ORDER BY language_code",
        *keys,
    ):
        languages_of[key].append((code, tip is not None))
    urls_of: dict[int, list[tuple[str, str]]] = {key: [] for key in keys}
    for key, url, kind in fetch(
        "SELECT video_id, url, type FROM videos_videourl "
        f'WHERE video_id IN ({marks}) ORDER BY "primary" DESC, id',
        *keys,
    ):
        urls_of[key].append((url, kind))
    return [printed_video(site, row, languages_of[row[0]], urls_of[row[0]]) for row in rows]


def printed_video(
    site: str, row: tuple[Any, ...], tongues: list[tuple[str, bool]], urls: list[tuple[str, str]]
) -> dict[str, Any]:
    (_, id, title, description, duration, thumbnail, created, code, metadata, team, project) = row
    uri = f"{site}/api/videos/{id}/"
    kinds = {kind for _, kind in urls}
    # PostgreSQL keeps no order of keys.
    metadata = orjson.loads(metadata)
    metadata = {name: metadata[name] for name in METADATA if name in metadata}
    return {
        "id": id,
        "video_type": kinds.pop() if len(kinds) == 1 else "",
        "primary_audio_language_code": code or None,
        "original_language": code or None,
        "title": title,
        "description": description,
        "duration": duration,
        "thumbnail": thumbnail,
        # SQLite hands out text.
        "created": f"{str(created)[:10]}T{str(created)[11:19]}Z",
        "team": team,
        "project": None if project == "_root" else project,
        "all_urls": [url for url, _ in urls],
        "metadata": metadata,
        "languages": [
            {
                "code": code,
                "name": languages.name(code),
                "published": published,
                "dir": languages.direction(code),
                "subtitles_uri": f"{uri}languages/{code}/subtitles/",
                "resource_uri": f"{uri}languages/{code}/",
            }
            for code, published in tongues
        ],
        "activity_uri": f"{uri}activity/",
        "urls_uri": f"{uri}urls/",
        "subtitle_languages_uri": f"{uri}languages/",
        "resource_uri": uri,
    }


# --- subtitles -----------------------------------------------------------------------------------


def subtitles(request: HttpRequest, video_id: str, language_code: str) -> HttpResponse:
    """The ceiling: the whole answer out of one indexed row."""
    caller(request)
    format = request.GET.get("format", "json")
    [(body,)] = fetch(
        "SELECT body FROM yardstick_rendition "
        "WHERE video_id = %s AND language_code = %s AND format = %s",
        video_id,
        language_code,
        format,
    )
    return HttpResponse(body, content_type=JSON if format == "json" else "text/plain")


def subtitles_in_memory(request: HttpRequest, video_id: str, language_code: str) -> HttpResponse:
    """A higher one: a row that says which version it is, and the answer out of memory."""
    caller(request)
    format = request.GET.get("format", "json")
    [(digest,)] = fetch(
        "SELECT s.digest FROM subtitles_subtitleversion s "
        "JOIN subtitles_subtitlelanguage l ON l.public_tip_id = s.id "
        "JOIN videos_video v ON v.id = l.video_id "
        "WHERE v.video_id = %s AND l.language_code = %s",
        video_id,
        language_code,
    )
    key = (video_id, language_code, format)
    body = MEMORY.get(key)
    if body is None:
        sql = (
            "SELECT body FROM yardstick_rendition "
            "WHERE video_id = %s AND language_code = %s AND format = %s"
        )
        body = MEMORY[key] = fetch(sql, *key)[0][0].encode()
    response = HttpResponse(body, content_type=JSON if format == "json" else "text/plain")
    response["ETag"] = f'"{digest}"'
    return response


def add_rows(request: HttpRequest, video_id: str, language_code: str) -> HttpResponse:
    """A version whose cues are rows. It checks nothing."""
    user = caller(request)
    with transaction.atomic():
        language = SubtitleLanguage.objects.select_for_update().get(
            video__video_id=video_id, language_code=language_code
        )
        language.last_number += 1
        cues = json.loads(request.body)["subtitles"]
        # The server program ends a connection whose body was not read beyond its last byte.
        request.META["wsgi.input"].read()
        version = SubtitleVersion.objects.create(
            language=language,
            version_number=language.last_number,
            author_id=user,
            subtitle_count=len(cues),
            fully_synced=True,
            digest="",
            source_format="json",
            cues=b"",
        )
        Cue.objects.bulk_create(
            Cue(version=version, position=i, start=c["start"], end=c["end"], text=c["text"])
            for i, c in enumerate(cues)
        )
        language.tip = language.public_tip = version
        language.save()
    return HttpResponse(
        orjson.dumps({"version_number": version.version_number, "subtitles": cues}),
        content_type=JSON,
        status=201,
    )
