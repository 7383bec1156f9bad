"""Many callers at the same moment, over HTTP, against several worker processes."""

import html
import re
import secrets
from urllib.parse import urlencode

import pytest

from tests.links import button, press_over_http
from tests.server.test_secrets import log_in
from tests.server.web import SRT, Web, at_once, select, sorted_statuses


def languages_of(web, film):
    return web("GET", f"{film}/languages/?limit=100").json["objects"]


def urls_of(web, film):
    return web("GET", f"{film}/urls/?limit=100").json["objects"]


def test_eight_writers_of_one_new_language_get_the_numbers_1_to_200(running, web, film):
    path = f"{film}/languages/en/subtitles/"

    def write(writer):
        bodies = [
            {"subtitles": SRT.replace("Hello", f"Hello {writer}.{n}"), "sub_format": "srt"}
            for n in range(25)
        ]
        return [web("POST", path, body) for body in bodies]

    answers = [answer for mine in at_once(8, write) for answer in mine]
    assert sorted_statuses(answers) == [201] * 200, {a.body for a in answers if a.status != 201}
    assert sorted(answer.json["version_number"] for answer in answers) == list(range(1, 201))
    (language,) = languages_of(web, film)
    assert [v["version_number"] for v in language["versions"]] == list(range(200, 0, -1))
    # What was answered is what was kept: every number holds its own writer's words.
    texts = {answer.json["version_number"]: answer.json["subtitles"] for answer in answers}
    for number in (1, 57, 200):
        kept = web("GET", f"{path}?version_number={number}&sub_format=srt").json
        assert kept["subtitles"] == texts[number]
    video_id = film.removeprefix("videos/")
    parents = select(
        running.environment,
        "SELECT v.version_number, p.version_number FROM subtitles_subtitleversion v "
        "JOIN subtitles_subtitlelanguage l ON l.id = v.language_id "
        "JOIN videos_video f ON f.id = l.video_id "
        "LEFT JOIN subtitles_subtitleversion p ON p.id = v.parent_id "
        f"WHERE f.video_id = '{video_id}'",
    )
    assert sorted(parents) == [(n, n - 1 or None) for n in range(1, 201)]


def test_writers_of_many_languages_and_the_video_itself_do_not_deadlock(web, film):
    """Submitting locks a language and the video, and so do settings, actions and PUT."""
    codes = ("en", "fr")
    web.made(f"{film}/languages/", language_code="en", is_primary_audio_language=True)

    def write(writer):
        code = codes[writer % 2]
        at = f"{film}/languages/{code}"
        answers = []
        for n in range(6):
            body = {"subtitles": SRT, "sub_format": "srt", "title": f"{writer}.{n}"}
            answers += [
                web("POST", f"{at}/subtitles/", body | {"action": "publish"}),
                web("PUT", f"{at}/", {"is_primary_audio_language": True}),
                web("POST", f"{at}/subtitles/actions/", {"action": "publish"}),
                web("PUT", film, {"metadata": {"location": f"{writer}.{n}"}}),
                web("POST", f"{at}/subtitles/notes/", {"body": "Well"}),
            ]
        return answers

    answers = [answer for mine in at_once(6, write) for answer in mine]
    assert {answer.status for answer in answers} == {200, 201}, {
        answer.body for answer in answers if answer.status not in (200, 201)
    }
    assert [language["num_versions"] for language in languages_of(web, film)] == [18, 18]


def test_of_two_urls_made_primary_at_once_exactly_one_is(web, film):
    host = "https://media.example.com"
    for _ in range(4):
        names = [f"{host}/{secrets.token_hex(8)}.mp4" for _ in range(4)]
        ids = [web.made(f"{film}/urls/", url=name)["id"] for name in names[:2]]

        def promote(n, names=names, ids=ids):
            if n < 2:
                return web("PUT", f"{film}/urls/{ids[n]}/", {"primary": True})
            return web("POST", f"{film}/urls/", {"url": names[n], "primary": True})

        assert sorted_statuses(at_once(4, promote)) == [200, 200, 201, 201]
        assert [url["primary"] for url in urls_of(web, film)].count(True) == 1


def test_a_video_never_loses_its_last_url(web, film):
    """Everybody deletes whatever url they see, while others add urls and make them primary."""

    def disturb(n):
        answers = []
        for _ in range(6):
            if n % 2:
                address = f"https://media.example.com/{secrets.token_hex(8)}.mp4"
                answers.append(web("POST", f"{film}/urls/", {"url": address, "primary": n > 2}))
            else:
                answers += [
                    web("DELETE", f"{film}/urls/{url['id']}/") for url in urls_of(web, film)
                ]
        return answers

    answers = [answer for mine in at_once(5, disturb) for answer in mine]
    assert {answer.status for answer in answers} <= {201, 204, 400, 404}, {
        answer.body for answer in answers if answer.status >= 500
    }
    left = urls_of(web, film)
    assert [url["primary"] for url in left].count(True) == 1
    assert web("GET", film).json["all_urls"][0] == left[0]["url"]


def test_the_same_user_name_at_once_is_given_once(web):
    name = f"Twin{secrets.token_hex(4)}"

    def register(n):
        return web("POST", "users/", {"username": name if n % 2 else name.lower()})

    answers = at_once(10, register)
    assert sorted_statuses(answers) == [201] + [400] * 9, {answer.body for answer in answers}
    refused = {answer.json[0] for answer in answers if answer.status == 400}
    assert refused <= {f"Username not unique: {name}", f"Username not unique: {name.lower()}"}


def test_a_slug_at_once_is_taken_once(web):
    """By new teams, by those that are renamed, and by projects of one team."""
    slug = f"twin-{secrets.token_hex(4)}"
    teams = [web.made("teams/", name=f"{slug} {n}", slug=f"{slug}-{n}")["slug"] for n in range(3)]

    def take(n):
        if n % 2:
            return web("PUT", f"teams/{teams[n // 2]}/", {"slug": slug})
        return web("POST", "teams/", {"name": f"{slug} new {n}", "slug": slug})

    answers = at_once(6, take)
    assert len([a for a in answers if a.status in (200, 201)]) == 1, {a.body for a in answers}
    taken = {"slug": ["team with this slug already exists."]}
    assert [a.json for a in answers if a.status not in (200, 201)] == [taken] * 5
    path = f"teams/{slug}/projects/"
    answers = at_once(4, lambda n: web("POST", path, {"name": f"P{n}", "slug": "shorts"}))
    assert sorted_statuses(answers) == [201, 400, 400, 400], {a.body for a in answers}


@pytest.mark.parametrize("name", ["abcdefghijklmnopqrstuvwx", "bob@an.example.com"])
def test_fifty_unique_names_at_once_are_fifty_names(web, name):
    name = f"{name[:10]}{secrets.token_hex(2)}{name[10:]}"[:24]
    body = {"username": name, "find_unique_username": True}
    answers = at_once(50, lambda n: web("POST", "users/", body))
    assert sorted_statuses(answers) == [201] * 50, {a.body for a in answers if a.status != 201}
    names = {answer.json["username"] for answer in answers}
    assert len({given.lower() for given in names}) == 50
    assert max(map(len, names)) <= 30
    before, at, after = name.partition("@")
    assert all(given.startswith(before) and given.endswith(at + after) for given in names)
    # Every answer's key opens the account that the answer names.
    for answer in answers[::10]:
        me = web("GET", "users/me/", key=answer.json["api_key"]).json
        assert me["username"] == answer.json["username"]


def test_a_login_link_opened_many_times_at_once_logs_in_once(running, web):
    for _ in range(3):
        name = f"guest{secrets.token_hex(4)}"
        user = web.made("users/", username=name, create_login_token=True)
        path = user["auto_login_url"].removeprefix(running.url)
        anonymous = Web(running.url)
        body, headers = button(anonymous, path)
        post = {"body": body, "key": None, **headers}
        answers = at_once(
            6, lambda n, web=anonymous, path=path, post=post: web("POST", path, **post)
        )
        assert sorted_statuses(answers) == [302] + [403] * 5
        cookies = [cookie for a in answers for cookie in a.headers.get_all("Set-Cookie", [])]
        assert sum(cookie.startswith("sessionid=") for cookie in cookies) == 1


def test_two_new_login_links_at_once_leave_one_that_works(running, web):
    name = f"guest{secrets.token_hex(4)}"
    user = web.made("users/", username=name)
    ask = {"create_login_token": True}
    answers = at_once(6, lambda n: web("PUT", f"users/id${user['id']}/", ask))
    assert sorted_statuses(answers) == [200] * 6
    paths = {answer.json["auto_login_url"].removeprefix(running.url) for answer in answers}
    assert len(paths) == 6
    opened = [press_over_http(Web(running.url), path).status for path in paths]
    # The newest link is kept; opening an older one does not burn it.
    assert sorted(opened) == [302] + [403] * 5


def test_deleting_a_video_while_its_subtitles_are_written_leaves_nothing_behind(running, web):
    for _ in range(4):
        url = f"https://media.example.com/{secrets.token_hex(8)}.mp4"
        film = f"videos/{web.made('videos/', video_url=url, title='Film')['id']}"
        at = f"{film}/languages"
        web.made(f"{at}/en/subtitles/", subtitles=SRT, sub_format="srt")
        body = {"subtitles": SRT, "sub_format": "srt", "action": "publish"}
        calls = [
            ("POST", f"{at}/en/subtitles/", body),
            ("POST", f"{at}/fr/subtitles/", body),
            ("POST", f"{at}/", {"language_code": "de"}),
            ("POST", f"{at}/en/subtitles/notes/", {"body": "Well"}),
            ("POST", f"{film}/urls/", {"url": f"{url}?again.mp4"}),
            ("PUT", f"{at}/en/", {"is_primary_audio_language": True}),
            ("PUT", film, {"title": "Other"}),
        ]

        def disturb(n, film=film, calls=calls):
            if n == 0:
                web("GET", film)
                return [web("DELETE", film)]
            return [web(*calls[(n + turn) % len(calls)]) for turn in range(14)]

        answers = at_once(7, disturb)
        assert answers[0][0].status == 204, answers[0][0].body
        others = [answer for mine in answers[1:] for answer in mine]
        assert {answer.status for answer in others} <= {200, 201, 400, 404}, {
            answer.body for answer in others if answer.status >= 409
        }
        assert web("GET", film).status == 404
    orphans = (
        "SELECT count(*) FROM subtitles_subtitlelanguage l LEFT JOIN videos_video v "
        "ON v.id = l.video_id WHERE v.id IS NULL"
    )
    assert select(running.environment, orphans) == [(0,)]


def test_a_video_url_added_ten_times_at_once_makes_one_video(web, film):
    unique = secrets.token_hex(8)
    forms = [
        f"https://media.example.com/{unique}.mp4",
        f"http://media.example.com/{unique}.mp4",
        f"HTTPS://MEDIA.example.com:443/{unique}.mp4#t=1",
    ]

    def add(n):
        if n % 5 == 4:
            return web("POST", f"{film}/urls/", {"url": forms[n % 3]})
        return web("POST", "videos/", {"video_url": forms[n % 3]})

    answers = at_once(10, add)
    assert sorted_statuses(answers) == [201] + [400] * 9
    refusals = [str(answer.json) for answer in answers if answer.status == 400]
    assert all("Video already exists" in refusal for refusal in refusals), refusals
    found = web("GET", f"videos/?video_url={forms[0]}").json
    assert found["meta"]["total_count"] == 1


def _person(web, running, team, role):
    """A new account in a team, and requests with its key."""
    made = web.made("users/", username=f"p{secrets.token_hex(8)}")
    web.made(f"{team}/members/", user=made["username"], role=role)
    return made["username"], Web(running.url, made["api_key"])


def _merging(browser, keys):
    """What the page that merges two videos sends, but for which of them stays."""
    path, form = "/admin/videos/video/", {"Content_Type": "application/x-www-form-urlencoded"}
    token = re.search(rb'csrfmiddlewaretoken" value="(\w+)"', browser("GET", path).body)[1].decode()
    body = [("csrfmiddlewaretoken", token), ("action", "merge")]
    body += [("_selected_action", key) for key in keys]
    page = browser("POST", path, urlencode(body), **form)
    assert page.status == 200, page.headers.items()
    told = re.findall(r'name="(told_\d+)" value="([^"]*)"', page.body.decode())
    body += [("post", "yes"), *((name, html.unescape(value)) for name, value in told)]
    return lambda stays: browser("POST", path, urlencode([*body, ("stays", stays)]), **form)


def test_of_two_who_merge_two_videos_into_each_other_one_does(running, web):
    """In their browsers, each keeping the other one. Nobody waits in a circle."""
    browsers = [log_in(running) for _ in range(2)]
    for _ in range(3):
        url = f"https://media.example.com/{secrets.token_hex(8)}"
        films = [
            web.made("videos/", video_url=f"{url}/{n}.mp4", title="Film")["id"] for n in range(2)
        ]
        at = [f"videos/{film}/languages" for film in films]
        for path, code in zip(at, ("fr", "de"), strict=True):
            web.made(f"{path}/{code}/subtitles/", subtitles=SRT, sub_format="srt")
        rows = select(
            running.environment,
            f"SELECT video_id, id FROM videos_video WHERE video_id IN ('{films[0]}', '{films[1]}')",
        )
        keys = [dict(rows)[film] for film in films]
        press = [_merging(browser, keys) for browser in browsers]

        answers = at_once(2, lambda n, keys=keys, press=press: press[n](keys[n]))
        assert sorted_statuses(answers) == [302, 302], [answer.body for answer in answers]
        (left,) = [film for film in films if web("GET", f"videos/{film}/").status == 200]
        codes = [each["language_code"] for each in languages_of(web, f"videos/{left}")]
        assert sorted(codes) == ["de", "fr"]


def test_what_is_sent_while_videos_are_merged_is_kept_or_refused(running, web):
    """Whoever merges looks again until what the page says is still so."""
    browser, codes = log_in(running), ("fr", "de", "es", "it")
    for _ in range(2):
        url = f"https://media.example.com/{secrets.token_hex(8)}"
        stays, goes = (
            web.made("videos/", video_url=f"{url}/{n}.mp4", title="Film")["id"] for n in range(2)
        )
        rows = dict(
            select(
                running.environment,
                f"SELECT video_id, id FROM videos_video WHERE video_id IN ('{stays}', '{goes}')",
            )
        )

        def work(n, stays=stays, goes=goes, rows=rows):
            if n == len(codes):
                for _ in range(200):
                    _merging(browser, list(rows.values()))(rows[stays])
                    if web("GET", f"videos/{goes}/").status == 404:
                        return []
                raise AssertionError("never merged")
            path = f"videos/{goes}/languages/{codes[n]}/subtitles"
            body = {"subtitles": SRT, "sub_format": "srt"}
            sent = [web("POST", f"{path}/", body) for _ in range(4)]
            return [*sent, web("POST", f"{path}/notes/", {"body": "Well"})]

        answers = at_once(len(codes) + 1, work)
        assert {each.status for mine in answers for each in mine} <= {201, 404}, [
            each.body for mine in answers for each in mine if each.status not in (201, 404)
        ]
        kept = {
            each["language_code"]: each["num_versions"]
            for each in languages_of(web, f"videos/{stays}")
        }
        sent = {
            code: sum(each.status == 201 for each in mine[:4])
            for code, mine in zip(codes, answers, strict=False)
        }
        assert kept == {code: number for code, number in sent.items() if number}


def test_of_two_last_owners_who_demote_each_other_one_stays(running, web):
    for _ in range(4):
        slug = f"team-{secrets.token_hex(6)}"
        web.made("teams/", name=slug, slug=slug)
        team = f"teams/{slug}"
        name, second = _person(web, running, team, "owner")
        mine = web("GET", "users/me/").json["username"]
        orders = [
            lambda team=team, name=name: web("PUT", f"{team}/members/{name}/", {"role": "admin"}),
            lambda team=team, second=second, mine=mine: second(
                "PUT", f"{team}/members/{mine}/", {"role": "admin"}
            ),
        ]
        answers = at_once(2, lambda number, orders=orders: orders[number]())
        assert sorted_statuses(answers) in ([200, 400], [200, 403]), [a.body for a in answers]
        roles = [m["role"] for m in web("GET", f"{team}/members/").json["objects"]]
        assert roles.count("owner") == 1


def test_of_eight_who_add_the_same_person_one_succeeds(running, web):
    slug = f"team-{secrets.token_hex(6)}"
    web.made("teams/", name=slug, slug=slug)
    name = web.made("users/", username=f"p{secrets.token_hex(8)}")["username"]
    body = {"user": name, "role": "contributor"}
    answers = at_once(8, lambda _: web("POST", f"teams/{slug}/members/", body))
    assert sorted_statuses(answers) == [201, *[400] * 7]
    taken = at_once(8, lambda _: web("POST", "teams/", {"name": f"{slug}2", "slug": f"{slug}2"}))
    assert sorted_statuses(taken) == [201, *[400] * 7]


def test_a_video_that_is_added_while_its_team_hides_is_hidden(running, web):
    slug = f"team-{secrets.token_hex(6)}"
    web.made("teams/", name=slug, slug=slug)
    host = "https://media.example.com"

    def work(number):
        if number == 0:
            return [web("PUT", f"teams/{slug}/", {"is_visible": False})]
        names = [f"{host}/{secrets.token_hex(8)}.mp4" for _ in range(5)]
        return [web("POST", "videos/", {"video_url": name, "team": slug}) for name in names]

    answers = [answer for mine in at_once(5, work) for answer in mine]
    assert {answer.status for answer in answers} == {200, 201}
    shown = select(
        running.environment,
        "SELECT v.is_public, u.scope = t.id FROM videos_video v "
        "JOIN teams_team t ON t.id = v.team_id JOIN videos_videourl u ON u.video_id = v.id "
        f"WHERE t.slug = '{slug}'",
    )
    assert len(shown) == 20
    assert {tuple(map(bool, row)) for row in shown} == {(False, True)}


def test_of_six_who_add_one_url_to_a_team_at_once_one_does(running, web):
    """And of those who do it in another team, or in none, one each."""
    slugs = [f"team-{secrets.token_hex(6)}" for _ in range(2)]
    for slug in slugs:
        web.made("teams/", name=slug, slug=slug)
    places = [{"team": slugs[0]}, {"team": slugs[1]}, {}]
    for _ in range(3):
        url = f"https://media.example.com/{secrets.token_hex(8)}.mp4"
        bodies = [{"video_url": url, **places[n % 3]} for n in range(18)]
        answers = at_once(18, lambda n, bodies=bodies: web("POST", "videos/", bodies[n]))
        assert sorted_statuses(answers) == [201] * 3 + [400] * 15
        refused = {str(answer.json) for answer in answers if answer.status == 400}
        assert refused == {str({"video_url": [f"Video already exists for {url}"]})}
        found = web("GET", f"videos/?video_url={url}").json["objects"]
        assert found[0]["team"] is None
        assert sorted(video["team"] for video in found[1:]) == sorted(slugs)


def test_of_two_videos_with_one_url_one_gets_into_a_team(running, web):
    """Moved there, added there, or given the url there: whoever is first, the others hear 400."""
    slugs = [f"team-{secrets.token_hex(6)}" for _ in range(3)]
    for slug in slugs:
        web.made("teams/", name=slug, slug=slug)
    for _ in range(4):
        url = f"https://media.example.com/{secrets.token_hex(8)}.mp4"
        films = [web.made("videos/", video_url=url, team=slug)["id"] for slug in slugs[:2]]
        other = web.made("videos/", video_url=f"{url}?other.mp4", team=slugs[2])["id"]
        calls = [
            *(("PUT", f"videos/{film}/", {"team": slugs[2]}) for film in films),
            ("POST", "videos/", {"video_url": url, "team": slugs[2]}),
            ("POST", f"videos/{other}/urls/", {"url": url}),
        ]
        answers = at_once(4, lambda n, calls=calls: web(*calls[n]))
        statuses = sorted_statuses(answers)
        assert statuses[0] in (200, 201), [answer.body for answer in answers]
        assert statuses[1:] == [400] * 3, [answer.body for answer in answers]
        for answer in answers:
            assert answer.status != 400 or f"Video already exists for {url}" in str(answer.json)
        found = web("GET", f"videos/?team={slugs[2]}&video_url={url}").json
        assert found["meta"]["total_count"] == 1


def _film_under_review(web, running):
    """A film in a new team with review by peers: the team, three managers, and a path to the
    English subtitles."""
    slug = f"team-{secrets.token_hex(6)}"
    web.made("teams/", name=slug, slug=slug, workflow_enabled=True, review_allowed="peer")
    people = [_person(web, running, f"teams/{slug}", "manager") for _ in range(3)]
    url = f"https://media.example.com/{secrets.token_hex(8)}.mp4"
    film = web.made("videos/", video_url=url, team=slug, primary_audio_language_code="en")
    return slug, people, f"videos/{film['id']}/languages/en/subtitles/"


def test_of_two_who_approve_the_same_thing_one_does(running, web):
    for _ in range(3):
        slug, people, path = _film_under_review(web, running)
        body = {"subtitles": SRT, "sub_format": "srt", "action": "complete"}
        assert people[0][1]("POST", path, body).status == 201

        def approve(number, people=people, path=f"{path}actions/"):
            return people[1 + number][1]("POST", path, {"action": "approve"})

        answers = at_once(2, approve)
        statuses = sorted_statuses(answers)
        assert statuses[0] == 200, [a.body for a in answers]
        assert statuses[1] in (400, 403), [a.body for a in answers]
        assert _records(running, slug, "version-approved") == 1
        assert web("GET", f"teams/{slug}/tasks/?open").json["meta"]["total_count"] == 0


def test_an_action_and_a_version_at_once_are_one_upon_the_other(running, web, film):
    """Each upon what was read: if both are done, the action came first."""
    path = f"{film}/languages/en/subtitles/"
    query = "?version_number=last&sub_format=json"
    web.made(path, subtitles=SRT, sub_format="srt")
    for _ in range(8):
        tag = web("GET", path + query).headers["ETag"]

        def either(number, tag=tag):
            if number:
                return web("POST", f"{path}actions/{query}", {"action": "publish"}, If_Match=tag)
            body = {"subtitles": SRT, "sub_format": "srt"}
            return web("POST", path + query, body, If_Match=tag)

        version, action = at_once(2, either)
        assert sorted_statuses([version, action]) in ([200, 201], [200, 412], [201, 412])
        if (version.status, action.status) == (201, 200):
            done = select(running.environment, _RECORDS.format(film.removeprefix("videos/")))
            assert [each for (each,) in done][:2] == ["version-added", "action-performed"]


# The newest first.
_RECORDS = (
    "SELECT r.type FROM activity_activityrecord r JOIN videos_video f ON f.id = r.video_id "
    "WHERE f.video_id = '{}' AND r.type IN ('version-added', 'action-performed') "
    "ORDER BY r.id DESC"
)


@pytest.mark.parametrize("asked", [True, False])
def test_of_two_who_take_the_same_task_one_does(running, web, asked):
    """Whoever sends the first draft has the task; the other's is refused and leaves nothing."""
    for _ in range(3):
        slug, people, path = _film_under_review(web, running)
        tasks = f"teams/{slug}/tasks/"
        if asked:
            web.made(tasks, video_id=path.split("/")[1], type="Subtitle", language="en")

        def take(number, people=people, path=path):
            body = {"subtitles": SRT, "sub_format": "srt"}
            return people[number][1]("POST", path, body)

        answers = at_once(2, take)
        assert sorted_statuses(answers) == [201, 403], [a.body for a in answers]
        (task,) = web("GET", tasks).json["objects"]
        winner = people[answers[0].status != 201][0]
        assert (task["assignee"]["username"], task["version_number"]) == (winner, 1)
        assert _records(running, slug, "version-added") == 1


def test_of_two_who_take_and_endorse_the_same_request_one_does(running, web):
    """One has the seat; of two endorsements one hands the request on, and by one stage."""
    for _ in range(3):
        slug = f"team-{secrets.token_hex(6)}"
        web.made("teams/", name=slug, slug=slug, type="collaboration", review_allowed="peer")
        people = [_person(web, running, f"teams/{slug}", "manager") for _ in range(2)]
        url = f"https://media.example.com/{secrets.token_hex(8)}.mp4"
        film = web.made("videos/", video_url=url, team=slug, primary_audio_language_code="en")
        job = web.made("subtitle-requests/", video=film["id"], language="en")["job_id"]
        request = f"teams/{slug}/subtitle-requests/{job}/"

        def take(number, people=people, request=request):
            name, asks = people[number]
            return asks("PUT", request, {"subtitler": name})

        answers = at_once(2, take)
        assert sorted_statuses(answers) == [200, 403], [a.body for a in answers]
        winner, asks = people[answers[0].status != 200]
        assert web("GET", request).json["subtitler"]["username"] == winner
        assert _records(running, slug, "collab-join") == 1

        path = f"videos/{film['id']}/languages/en/subtitles/"
        assert asks("POST", path, {"subtitles": SRT, "sub_format": "srt"}).status == 201

        def endorse(number, asks=asks, path=f"{path}actions/"):
            return asks("POST", path, {"action": "endorse"})

        answers = at_once(2, endorse)
        statuses = sorted_statuses(answers)
        assert statuses[0] == 200, [a.body for a in answers]
        assert statuses[1] in (400, 403), [a.body for a in answers]
        assert web("GET", request).json["work_status"] == "needs-reviewer"
        assert _records(running, slug, "collab-state-change") == 1


def test_a_video_that_moves_leaves_no_work_behind(running, web):
    """While the admin of its old team makes a task, sends subtitles and deletes it."""
    for turn in range(6):
        old, _, path = _film_under_review(web, running)
        film = "/".join(path.split("/")[:2]) + "/"
        new = f"team-{secrets.token_hex(6)}"
        web.made("teams/", name=new, slug=new)
        _, admin = _person(web, running, f"teams/{old}", "admin")
        task = {"video_id": film.split("/")[1], "type": "Subtitle", "language": "en"}
        calls = [
            lambda film=film, new=new: web("PUT", film, {"team": new}),
            lambda admin=admin, old=old, task=task: admin("POST", f"teams/{old}/tasks/", task),
            lambda admin=admin, path=path: admin(
                "POST", path, {"subtitles": SRT, "sub_format": "srt"}
            ),
            lambda admin=admin, film=film: admin("DELETE", film),
        ]
        # In every other turn nobody deletes it, which would mostly be the end of the rest.
        answers = at_once(4 - turn % 2, lambda n, calls=calls: calls[n]())
        statuses = [answer.status for answer in answers]
        assert set(statuses) <= {200, 201, 204, 400, 403, 404, 409}, [a.body for a in answers]
        deleted = 204 in statuses[3:]
        # Whoever deletes it after it has moved has no right to any more.
        assert deleted != (statuses[0] == 200), statuses
        work = (
            "SELECT count(*) FROM teams_task k JOIN teams_team t ON t.id = k.team_id "
            "JOIN videos_video v ON v.id = k.video_id WHERE v.team_id <> k.team_id "
            f"AND NOT k.is_deleted AND t.slug = '{old}'"
        )
        assert select(running.environment, work) == [(0,)], statuses
        drafts = (
            "SELECT count(*) FROM subtitles_subtitleversion s "
            "JOIN subtitles_subtitlelanguage l ON l.id = s.language_id "
            "JOIN videos_video v ON v.id = l.video_id JOIN teams_team t ON t.id = v.team_id "
            f"WHERE t.slug = '{new}' AND NOT s.is_public"
        )
        assert select(running.environment, drafts) == [(0,)], statuses


def test_who_is_put_out_approves_before_it_or_not_at_all(running, web):
    for _ in range(4):
        slug, people, path = _film_under_review(web, running)
        body = {"subtitles": SRT, "sub_format": "srt", "action": "complete"}
        assert people[0][1]("POST", path, body).status == 201
        name, reviewer = people[1]
        calls = [
            lambda web=web, at=f"teams/{slug}/members/{name}/": web("DELETE", at),
            lambda reviewer=reviewer, at=f"{path}actions/": reviewer(
                "POST", at, {"action": "approve"}
            ),
        ]
        gone, approved = at_once(2, lambda n, calls=calls: calls[n]())
        assert gone.status == 204, gone.body
        assert approved.status in (200, 400, 403, 404, 409), approved.body
        log = select(
            running.environment,
            "SELECT a.type FROM activity_activityrecord a JOIN teams_team t ON t.id = a.team_id "
            f"WHERE t.slug = '{slug}' AND a.type IN ('version-approved', 'member-left') "
            "ORDER BY a.id",
        )
        first = ["version-approved"] if approved.status == 200 else []
        assert [type for (type,) in log] == [*first, "member-left"]


def _records(running, slug, type):
    """How many records of a type the log has of a team."""
    ((count,),) = select(
        running.environment,
        "SELECT count(*) FROM activity_activityrecord a JOIN teams_team t ON t.id = a.team_id "
        f"WHERE t.slug = '{slug}' AND a.type = '{type}'",
    )
    return count


def _told_team(web, addresses=2):
    """A team with callbacks; nobody sends what is written down for them."""
    slug = f"team-{secrets.token_hex(6)}"
    web.made("teams/", name=slug, slug=slug)
    ids = [
        web.made(f"teams/{slug}/callbacks/", url=f"https://{n}.example.com/{slug}")["id"]
        for n in range(addresses)
    ]
    return slug, ids


def test_writers_of_a_team_that_is_told_do_not_deadlock(running, web):
    """All want the next number: some hold the team by then, some a video, some an account."""
    slug, (callback, *_) = _told_team(web)
    films = []
    for _ in range(3):
        url = f"https://media.example.com/{secrets.token_hex(8)}.mp4"
        films.append(web.made("videos/", video_url=url, team=slug)["id"])
    name, own = _person(web, running, f"teams/{slug}", "contributor")
    body = {"subtitles": SRT, "sub_format": "srt"}

    def write(writer):
        film = f"videos/{films[writer % 3]}"
        answers = []
        for turn in range(8):
            guest = f"p{secrets.token_hex(8)}"
            answers += [
                own("POST", f"{film}/languages/en/subtitles/", body),
                web("POST", f"teams/{slug}/callbacks/{callback}/test/"),
                own("PUT", f"users/{name}/", {"biography": f"{writer}.{turn}"}),
                web("POST", "users/", {"username": guest}),
                web("POST", f"teams/{slug}/members/", {"user": guest, "role": "contributor"}),
                web("PUT", film, {"team": slug, "description": f"{writer}.{turn}"}),
            ]
        return answers

    answers = [answer for mine in at_once(6, write) for answer in mine]
    assert {answer.status for answer in answers} <= {200, 201, 202}, {
        answer.body for answer in answers if answer.status >= 400
    }
    told = select(
        running.environment,
        "SELECT n.number FROM activity_notification n JOIN teams_team t ON t.id = n.team_id "
        f"WHERE t.slug = '{slug}' ORDER BY 1",
    )
    assert [number for (number,) in told] == list(range(1, len(told) + 1))


def test_two_teams_that_are_told_of_one_change_do_not_deadlock(running, web):
    """Films go to and fro, each move an event of both teams, while a member of both changes."""
    slugs = [_told_team(web)[0] for _ in range(2)]
    name, own = _person(web, running, f"teams/{slugs[0]}", "contributor")
    web.made(f"teams/{slugs[1]}/members/", user=name, role="contributor")
    urls = [f"https://media.example.com/{secrets.token_hex(8)}.mp4" for _ in range(4)]
    films = [web.made("videos/", video_url=url, team=slugs[0])["id"] for url in urls]

    def write(writer):
        if writer >= len(films):
            changes = [{"biography": f"{writer}.{turn}"} for turn in range(24)]
            return [own("PUT", f"users/{name}/", change) for change in changes]
        targets = [slugs[(writer + turn) % 2] for turn in range(12)]
        return [web("PUT", f"videos/{films[writer]}/", {"team": slug}) for slug in targets]

    answers = [answer for mine in at_once(6, write) for answer in mine]
    assert {answer.status for answer in answers} == {200}, {
        answer.body for answer in answers if answer.status != 200
    }


def test_of_eight_who_add_the_same_callback_one_succeeds(running, web):
    slug, _ = _told_team(web, 0)
    path, body = f"teams/{slug}/callbacks/", {"url": "https://hooks.example.com/"}
    answers = at_once(8, lambda _: web("POST", path, body))
    assert sorted_statuses(answers) == [201, *[400] * 7], {a.body for a in answers}
    taken = {"url": ["Another callback of the team has this url."]}
    assert all(answer.json == taken for answer in answers if answer.status == 400)
    # And of two that are changed to the same.
    ids = [web.made(path, url=f"https://{n}.example.com/")["id"] for n in range(2)]
    body = {"url": "https://same.example.com/"}
    answers = at_once(2, lambda n: web("PUT", f"{path}{ids[n]}/", body))
    assert sorted_statuses(answers) == [200, 400], {a.body for a in answers}
    assert _records(running, slug, "callback-changed") == 4


def test_no_more_than_twenty_callbacks_also_at_once(web):
    slug, _ = _told_team(web, 18)
    path = f"teams/{slug}/callbacks/"
    urls = [f"https://hooks.example.com/{n}" for n in range(6)]
    answers = at_once(6, lambda n: web("POST", path, {"url": urls[n]}))
    assert sorted_statuses(answers) == [201] * 2 + [400] * 4, {a.body for a in answers}
    assert web("GET", path).json["meta"]["total_count"] == 20


def test_callbacks_come_and_go_while_the_team_works(running, web):
    """What happens is kept, whether an address is there to be told or not."""
    slug, _ = _told_team(web)
    urls = [f"https://media.example.com/{secrets.token_hex(8)}.mp4" for _ in range(3)]
    films = [web.made("videos/", video_url=url, team=slug)["id"] for url in urls]

    def work(number):
        if number == 3:
            return [web("DELETE", each) for each in _callbacks_one_by_one(web, slug)]
        path = f"videos/{films[number]}/languages/en/subtitles/"
        return [web("POST", path, {"subtitles": SRT, "sub_format": "srt"}) for _ in range(30)]

    answers = [answer for mine in at_once(4, work) for answer in mine]
    assert {answer.status for answer in answers} == {201, 204}, {
        answer.body for answer in answers if answer.status >= 400
    }


def _callbacks_one_by_one(web, slug):
    for turn in range(30):
        made = web.made(f"teams/{slug}/callbacks/", url=f"https://{turn}.example.com/")
        yield f"teams/{slug}/callbacks/{made['id']}/"
