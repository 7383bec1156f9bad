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

from activity.types import PRINTED
from amara_api.kernel import languages
from amara_api.kernel.wire import xml_, yaml_
from benchmarks.yardstick.models import Cue, Rendition
from subtitles.models import SubtitleLanguage, SubtitleVersion

JSON = "application/json"
# The same bytes, so the server's own writers make them: what is beyond them is compared.
WRITERS = {"application/yaml": yaml_.dumps, "application/xml": xml_.dumps}
METADATA = ("speaker-name", "location")

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


def answer(request: HttpRequest, body: dict[str, Any]) -> HttpResponse:
    type = request.META.get("HTTP_ACCEPT", JSON)
    return HttpResponse(WRITERS.get(type, _json)(body), content_type=type)


def _json(body: dict[str, Any]) -> bytes:
    return orjson.dumps(body, option=orjson.OPT_APPEND_NEWLINE)


def page(
    request: HttpRequest, limit: int, offset: int, total: int, objects: list[dict[str, Any]]
) -> HttpResponse:
    site = site_of(request)
    meta = {
        "previous": page_url(request, site, limit, max(offset - limit, 0)) if offset else None,
        "next": page_url(request, site, limit, offset + limit) if offset + limit < total else None,
        "offset": offset,
        "limit": limit,
        "total_count": total,
    }
    return answer(request, {"meta": meta, "objects": objects})


def asked(request: HttpRequest) -> tuple[int, int]:
    return int(request.GET["limit"]), int(request.GET.get("offset", 0))


def site_of(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


def iso(moment: Any) -> str | None:
    """SQLite hands out text."""
    return f"{str(moment)[:10]}T{str(moment)[11:19]}Z" if moment else None


# --- videos --------------------------------------------------------------------------------------


def videos(request: HttpRequest) -> HttpResponse:
    caller(request)
    limit, offset = asked(request)
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
    elif url := request.GET.get("video_url"):
        # As the server does it for media files, in any scheme.
        digest = hashlib.sha256(f"H:{url.partition('://')[2]}".encode()).hexdigest()
        rows = fetch(
            COLUMNS + "WHERE v.is_public AND v.id IN "
            "(SELECT video_id FROM videos_videourl WHERE fingerprint = %s) "
            "ORDER BY v.team_id IS NOT NULL, v.created, v.id LIMIT %s",
            digest,
            limit,
        )
        total = len(rows)
    elif code := request.GET.get("primary_audio_language_code"):
        [(total,)] = fetch(
            "SELECT count(*) FROM videos_video "
            "WHERE is_public AND primary_audio_language_code = %s",
            code,
        )
        rows = fetch(
            COLUMNS + "WHERE v.is_public AND v.primary_audio_language_code = %s "
            "ORDER BY v.created DESC, v.id DESC LIMIT %s OFFSET %s",
            code,
            limit,
            offset,
        )
    else:
        rows = fetch(COLUMNS + "WHERE v.is_public ORDER BY v.created DESC, v.id DESC LIMIT 20")
        total = len(rows)
        rows = rows[offset : offset + limit]
    return page(request, limit, offset, total, printed(site_of(request), rows))


def page_url(request: HttpRequest, site: str, limit: int, offset: int) -> str:
    kept = [pair for pair in request.GET.items() if pair[0] not in ("limit", "offset")]
    kept += [("limit", str(limit)), *([("offset", str(offset))] if offset else [])]
    return f"{site}{request.path}?{urlencode(kept)}"


def video(request: HttpRequest, video_id: str) -> HttpResponse:
    caller(request)
    rows = fetch(COLUMNS + "WHERE v.video_id = %s", video_id)
    return answer(request, printed(site_of(request), rows)[0])


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
        "created": iso(created),
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


# --- the work of a team --------------------------------------------------------------------------


def team_of(user: int, slug: str) -> int:
    """The team, of which the caller must be a member."""
    sql = """
        SELECT t.id FROM teams_team t
        JOIN teams_teammember m ON m.team_id = t.id WHERE t.slug = %s AND m.user_id = %s
    """
    [(team,)] = fetch(sql, slug, user)
    return int(team)


def person(site: str, username: str | None, id: str | None) -> dict[str, str] | None:
    if username is None:
        return None
    return {"username": username, "id": str(id), "uri": f"{site}/api/users/id${id}/"}


def tasks(request: HttpRequest, slug: str) -> HttpResponse:
    team = team_of(caller(request), slug)
    limit, offset = asked(request)
    sql = "SELECT count(*) FROM teams_task WHERE team_id = %s AND NOT is_deleted"
    [(total,)] = fetch(sql, team)
    sql = """
        SELECT k.id, v.video_id, k.language_code, k.type, u.username, u.public_id, k.priority,
               k.created, k.modified, k.completed, k.approved, s.version_number
        FROM teams_task k
        JOIN videos_video v ON v.id = k.video_id
        LEFT JOIN users_user u ON u.id = k.assignee_id
        LEFT JOIN subtitles_subtitleversion s ON s.id = k.version_id
        WHERE k.team_id = %s AND NOT k.is_deleted ORDER BY k.id LIMIT %s OFFSET %s
    """
    site = site_of(request)
    here = f"{site}/api/teams/{slug}/tasks/"
    objects = [printed_task(site, here, row) for row in fetch(sql, team, limit, offset)]
    return page(request, limit, offset, total, objects)


TYPES = {10: "Subtitle", 20: "Translate", 30: "Review", 40: "Approve"}
APPROVALS = {10: "In Progress", 20: "Approved", 30: "Rejected"}
PRINTED_TYPES = ",".join(f"'{type}'" for type in sorted(PRINTED))
EXTRAS = {"video-url-added": ("url",), "video-title-changed": ("title",)}


def printed_task(site: str, here: str, row: tuple[Any, ...]) -> dict[str, Any]:
    id, video, code, type, username, public_id, priority, *times, approved, number = row
    created, modified, completed = times
    return {
        "id": id,
        "video_id": video,
        "language": code,
        "type": TYPES[type],
        "assignee": person(site, username, public_id),
        "priority": priority,
        "created": iso(created),
        "modified": iso(modified),
        "completed": iso(completed),
        "approved": APPROVALS.get(approved),
        "version_number": number,
        "resource_uri": f"{here}{id}/",
    }


def activity(request: HttpRequest, slug: str) -> HttpResponse:
    team = team_of(caller(request), slug)
    limit, offset = asked(request)
    which = f"r.team_id = %s AND r.type IN ({PRINTED_TYPES})"
    [(total,)] = fetch(f"SELECT count(*) FROM activity_activityrecord r WHERE {which}", team)
    sql = f"""
        SELECT r.type, r.created, u.username, u.public_id, v.video_id, r.language_code, r.data
        FROM activity_activityrecord r
        LEFT JOIN users_user u ON u.id = r.actor_id
        LEFT JOIN videos_video v ON v.id = r.video_id
        WHERE {which} ORDER BY r.created DESC, r.id DESC LIMIT %s OFFSET %s
    """
    rows = [(*row, orjson.loads(data)) for *row, data in fetch(sql, team, limit, offset)]
    site = site_of(request)
    named = {data["assignee"].removeprefix("id$") for *_, data in rows if data.get("assignee")}
    people = {}
    if named:
        marks = ",".join(["%s"] * len(named))
        found = fetch(
            f"SELECT public_id, username FROM users_user WHERE public_id IN ({marks})", *named
        )
        people = {f"id${id}": person(site, username, id) for id, username in found}
    return page(request, limit, offset, total, [printed_record(site, row, people) for row in rows])


def printed_record(site: str, row: tuple[Any, ...], people: dict[str, Any]) -> dict[str, Any]:
    type, created, username, public_id, video, code, data = row
    uri = f"{site}/api/videos/{video}/" if video else None
    body = {
        "type": type,
        "date": iso(created),
        "user": person(site, username, public_id),
        "video": video,
        "language": code or None if video else None,
        "video_uri": uri,
        "language_uri": f"{uri}languages/{code}/" if uri and code else None,
    }
    if type.startswith("collab-"):
        body["role"], body["state_change"] = data.get("role"), data.get("state_change")
        body["assignee"] = people.get(data.get("assignee"))
    else:
        body |= {name: data.get(name) for name in EXTRAS.get(type, ())}
    return body


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


def keep(request: HttpRequest, video_id: str, language_code: str, format: str) -> HttpResponse:
    """What `subtitles` is to hand out; before anything is measured."""
    Rendition.objects.create(
        video_id=video_id, language_code=language_code, format=format, body=request.body.decode()
    )
    return HttpResponse(status=201)


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
