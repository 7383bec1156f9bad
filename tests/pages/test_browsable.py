"""The browsable API: its forms hold what is stored, change what was changed, and keep what was
typed; they are sent by a session alone."""

import re
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from activity.models import Callback
from subtitles.models import SubtitleVersion
from teams.models import Project, Task, Team, TeamLanguage
from tests.factories import (
    SRT,
    TeamFactory,
    TeamMemberFactory,
    UserFactory,
    VideoFactory,
    add_subtitles,
)
from tests.pages.html import queries
from tests.photographs import photographed
from users.keys import issue_key

pytestmark = pytest.mark.django_db
HTML = {"Accept": "text/html"}
CODES = ("de", "da", "nl", "sv", "nb", "fi", "pl", "cs", "sk", "hu", "ro", "it")


class _Forms(HTMLParser):
    """What a browser would send of each form, by the form's address."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, dict[str, Any]] = {}
        self._fields: dict[str, Any] | None = None
        self._area = self._select = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        its = {name: value or "" for name, value in attrs}
        if tag == "form":
            # The form by fields comes before the one of the body.
            self._fields = self.found.setdefault(its.get("action", ""), {})
            if self._fields:
                self._fields = {}
            return
        if self._fields is None:
            return
        if tag == "input":
            self._read(its, is_checked="checked" in its)
        elif tag == "textarea":
            self._area = its["name"]
            self._fields[self._area] = ""
        elif tag == "select":
            self._select = its["name"]
        elif tag == "option" and self._select:
            if "selected" in its or self._select not in self._fields:
                self._fields[self._select] = its.get("value", "")

    def _read(self, its: dict[str, str], *, is_checked: bool) -> None:
        assert self._fields is not None
        if its.get("type") != "checkbox":
            if its.get("type") != "file":
                self._fields[its["name"]] = its.get("value", "")
        elif is_checked:
            self._fields.setdefault(its["name"], []).append(its["value"])

    def handle_data(self, data: str) -> None:
        if self._area and self._fields is not None:
            self._fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._fields = None
        elif tag == "textarea":
            if self._fields is not None:
                # The first end of a line is the page's, and a browser sends each as two letters.
                text = self._fields[self._area].removeprefix("\n")
                self._fields[self._area] = text.replace("\n", "\r\n")
            self._area = ""
        elif tag == "select":
            self._select = ""


def forms(page: Any) -> dict[str, dict[str, Any]]:
    reader = _Forms()
    reader.feed(page.content.decode())
    return {name: form for name, form in reader.found.items() if name.startswith("/forms/")}


@pytest.fixture
def world(db: None) -> SimpleNamespace:
    return photographed("browsable", _world)


def _world() -> SimpleNamespace:
    ana = UserFactory(
        username="ana", first_name="Ana", biography="Writes.\nReads.", homepage="https://a.example/"
    )
    team = TeamFactory(slug="films", name="Films", description="All of\nthem")
    Team.objects.update(max_tasks_per_member=5, task_expiration=7, workflow_enabled=True)
    team.refresh_from_db()
    TeamMemberFactory(team=team, user=ana, role_name="owner")
    bob = UserFactory(username="bob")
    TeamMemberFactory(team=team, user=bob)
    project = Project.objects.create(team=team, name="Early", slug="early", guidelines="Be brief.")
    video = VideoFactory(
        user=ana,
        team=team,
        title="Why glaciers sing",
        description="Ice",
        metadata={"speaker-name": "Ana: the voice", "location": "Oslo"},
        primary_audio_language_code="en",
    )
    version = add_subtitles(video, "en")
    task = Task.objects.create(
        team=team, video=video, type=Task.Type.TRANSLATE, language_code="fr", assignee=bob
    )
    TeamLanguage.objects.create(team=team, kind=TeamLanguage.Kind.PREFERRED, language_code="fr")
    return SimpleNamespace(
        ana=ana, bob=bob, team=team, project=project, video=video, version=version, task=task
    )


@pytest.fixture
def browser(world: SimpleNamespace) -> Client:
    client = Client(headers=HTML, enforce_csrf_checks=True)
    client.force_login(world.ana)
    return client


def send(client: Client, address: str, method: str, **changes: Any) -> Any:
    """Opens the page at ``address``, changes some fields of its form and sends it."""
    path = f"/forms/{method}{address}"
    form = forms(client.get(address))[path.replace("/PATCH/", "/PUT/")]
    assert not set(changes) - {*form, "subtitles-file", "events"}, "no such field"
    return client.post(path, {**form, **changes})


def addresses(world: SimpleNamespace) -> dict[str, tuple[str, str, str]]:
    """Where one thing of each kind is, a text field of it, and a new text."""
    video = f"/api/videos/{world.video.video_id}/"
    return {
        "team": ("/api/teams/films/", "name", "Cinema"),
        "project": ("/api/teams/films/projects/early/", "description", "The first ones"),
        "video": (video, "title", "Why glaciers hum"),
        "language": (f"{video}languages/en/", "soft_limit_cpl", "40"),
        "user": ("/api/users/ana/", "last_name", "Lee"),
        "task": (f"/api/teams/films/tasks/{world.task.pk}/", "priority", "3"),
    }


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("kind", ["team", "project", "video", "language", "user", "task"])
def test_a_form_changes_one_field_and_no_other(
    world: SimpleNamespace, browser: Client, kind: str, method: str
) -> None:
    address, name, text = addresses(world)[kind]
    before = browser.get(address, headers={"Accept": "application/json"}).json()
    page = send(browser, address, method, **{name: text})
    assert page.status_code == 200, page.content.decode()
    after = browser.get(address, headers={"Accept": "application/json"}).json()
    changed = {key for key in after if after[key] != before.get(key)}
    assert name in changed
    assert changed <= {name, "modified", "full_name"}
    assert str(after[name]) == text


@pytest.mark.parametrize("kind", ["team", "project", "video", "language", "user", "task"])
def test_a_form_sent_as_it_is_changes_nothing(
    world: SimpleNamespace, browser: Client, kind: str
) -> None:
    address = addresses(world)[kind][0]
    before = browser.get(address, headers={"Accept": "application/json"}).json()
    assert send(browser, address, "PUT").status_code == 200
    after = browser.get(address, headers={"Accept": "application/json"}).json()
    assert {**after, "modified": 0} == {**before, "modified": 0}


def test_what_others_changed_meanwhile_stays(world: SimpleNamespace, browser: Client) -> None:
    form = forms(browser.get("/api/teams/films/"))["/forms/PUT/api/teams/films/"]
    Team.objects.update(description="New", max_tasks_per_member=9)
    browser.post("/forms/PUT/api/teams/films/", {**form, "name": "Cinema"})
    team = Team.objects.get()
    assert (team.name, team.description, team.max_tasks_per_member) == ("Cinema", "New", 9)


def test_an_emptied_field_is_emptied(world: SimpleNamespace, browser: Client) -> None:
    changes = {"max_tasks_per_member": "", "description": ""}
    assert send(browser, "/api/teams/films/", "PUT", **changes).status_code == 200
    team = Team.objects.get()
    assert (team.max_tasks_per_member, team.description, team.task_expiration) == (None, "", 7)
    video = f"/api/videos/{world.video.video_id}/"
    assert send(browser, video, "PUT", metadata="location: Bergen").status_code == 200
    world.video.refresh_from_db()
    assert world.video.metadata == {"speaker-name": "", "location": "Bergen"}


def test_lists_and_dictionaries_by_lines(world: SimpleNamespace, browser: Client) -> None:
    path = "/api/teams/films/languages/preferred/"
    assert send(browser, path, "PUT", list="fr\r\nde\r\n").status_code == 200
    codes = TeamLanguage.objects.values_list("language_code", flat=True)
    assert sorted(codes) == ["de", "fr"]
    refused = send(browser, path, "PUT", list="fr\r\nnonsense!")
    assert refused.status_code == 400
    assert "nonsense!" in forms(refused)[f"/forms/PUT{path}"]["list"]
    page = send(
        browser,
        "/api/teams/films/callbacks/",
        "POST",
        url="https://example.com/hook",
        headers="X-One: 1\r\nX-Two: a: b",
        events=["video-added", "test"],
    )
    assert page.status_code == 201, page.content.decode()
    callback = Callback.objects.get()
    assert callback.headers == {"X-One": "1", "X-Two": "a: b"}
    assert set(callback.events) == {"video-added", "test"}
    one = f"/api/teams/films/callbacks/{callback.pk}/"
    assert send(browser, one, "PUT", events=["test"]).status_code == 200
    callback.refresh_from_db()
    assert callback.events == ["test"]
    assert callback.headers == {"X-One": "1", "X-Two": "a: b"}


def test_what_was_refused_is_kept_with_the_errors_beside_it(
    world: SimpleNamespace, browser: Client
) -> None:
    wrong = {"name": "Kept", "slug": "no good", "task_expiration": "soon"}
    page = send(browser, "/api/teams/films/", "PUT", **wrong)
    assert page.status_code == 400
    text = page.content.decode()
    form = forms(page)["/forms/PUT/api/teams/films/"]
    assert {name: form[name] for name in wrong} == wrong
    assert re.search(r'name="slug"[^>]*aria-invalid="true"', text)
    assert "A valid integer is required." in text
    assert Team.objects.get().name == "Films"
    # Mended, it goes through, and still changes only what was changed.
    mended = {**form, "slug": "films", "task_expiration": "8"}
    assert browser.post("/forms/PUT/api/teams/films/", mended).status_code == 200
    team = Team.objects.get()
    assert (team.name, team.task_expiration, team.max_tasks_per_member) == ("Kept", 8, 5)


def test_subtitles_are_pasted_or_chosen(world: SimpleNamespace, browser: Client) -> None:
    address = f"/api/videos/{world.video.video_id}/languages/de/subtitles/"
    path = f"/forms/POST{address}"
    # The page of a language without subtitles has the form.
    page = browser.get(address)
    assert page.status_code == 404
    form = forms(page)[path]
    assert form["sub_format"] == "srt"
    pasted = browser.post(path, {**form, "subtitles": SRT.replace("\n", "\r\n")})
    assert pasted.status_code == 201, pasted.content.decode()
    from django.core.files.uploadedfile import SimpleUploadedFile

    wide = SRT.replace("Hello", "Où").encode("utf-16")
    chosen = browser.post(path, {**form, "subtitles-file": SimpleUploadedFile("a.srt", wide)})
    assert chosen.status_code == 201, chosen.content.decode()
    assert "Où" in chosen.content.decode()
    assert SubtitleVersion.objects.filter(language__language_code="de").count() == 2
    broken = SimpleUploadedFile("a.srt", SRT.replace("00:00:03,000", "soon").encode())
    refused = browser.post(path, {**form, "subtitles-file": broken, "title": "Glaciers"})
    assert refused.status_code == 400
    kept = forms(refused)[path]
    assert "soon" in kept["subtitles"]
    assert kept["title"] == "Glaciers"


def test_a_body_as_it_is(world: SimpleNamespace, browser: Client) -> None:
    page = browser.get("/api/teams/films/")
    raw = re.search(
        r'<textarea[^>]*name="_content"[^>]*>(.*?)</textarea>', page.content.decode(), re.S
    )
    assert raw is not None
    assert "&quot;max_tasks_per_member&quot;: 5" in raw[1]
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())[1]  # type: ignore[index]
    typed = {
        "_content_type": "application/yaml",
        "_content": "name: [",
        "csrfmiddlewaretoken": token,
    }
    refused = browser.post("/forms/PUT/api/teams/films/", typed)
    assert refused.status_code == 400
    assert "name: [</textarea>" in refused.content.decode()
    done = browser.post("/forms/PUT/api/teams/films/", {**typed, "_content": "name: Cinema"})
    assert done.status_code == 200
    assert Team.objects.get().name == "Cinema"


def test_delete_is_a_form_too(world: SimpleNamespace, browser: Client) -> None:
    address = f"/api/teams/films/tasks/{world.task.pk}/"
    page = send(browser, address, "DELETE")
    assert "It is deleted." in page.content.decode()
    assert browser.get(address).status_code == 404
    assert not forms(page)


def test_there_is_no_form_for_what_one_may_not_do(world: SimpleNamespace, browser: Client) -> None:
    visits = Client(headers=HTML)
    video = f"/api/videos/{world.video.video_id}/"
    for address in ("/api/teams/films/", video, f"{video}languages/", "/api/users/ana/"):
        assert forms(browser.get(address)), address
        assert not forms(visits.get(address)), address
    visits.force_login(world.bob)
    assert not forms(visits.get("/api/teams/films/"))
    assert not forms(visits.get("/api/users/ana/"))
    with_a_key = Client(headers={**HTML, "X-api-key": issue_key(world.ana, actor=None)})
    # Sent by whoever is logged in, and not by the key's owner.
    assert not forms(with_a_key.get("/api/teams/films/"))
    # Asked again when it is sent all the same, and what was typed is still there to be copied.
    token = re.search(
        r'name="csrfmiddlewaretoken" value="(\w+)"', visits.get("/api/videos/").content.decode()
    )[1]  # type: ignore[index]
    refused = visits.post(
        "/forms/PUT/api/teams/films/", {"name": "Mine", "csrfmiddlewaretoken": token}
    )
    assert refused.status_code == 403
    assert "name: Mine" in refused.content.decode()
    assert Team.objects.get().name == "Films"


def test_forms_are_for_sessions_of_this_site_alone(world: SimpleNamespace, browser: Client) -> None:
    path = "/forms/PUT/api/teams/films/"
    form = forms(browser.get("/api/teams/films/"))[path]
    changed = {**form, "name": "Taken"}
    token = changed.pop("csrfmiddlewaretoken")
    key = {"X-api-key": issue_key(world.ana, actor=None)}
    stranger = Client(headers={**HTML, **key}, enforce_csrf_checks=True)
    assert stranger.post(path, changed).status_code == 403
    # With a token of one's own a key still opens nothing.
    visit = stranger.get("/auth/login/", headers={"X-api-key": ""})
    own = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', visit.content.decode())[1]  # type: ignore[index]
    answer = stranger.post(path, {**changed, "csrfmiddlewaretoken": own})
    assert answer.status_code == 401
    # Another site has the cookie with it, and no token.
    assert browser.post(path, changed).status_code == 403
    from_elsewhere = {"Origin": "https://elsewhere.example"}
    answer = browser.post(path, {**changed, "csrfmiddlewaretoken": token}, headers=from_elsewhere)
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers
    # The API itself knows no other method than the request's.
    overridden = {**changed, "_method": "DELETE", "csrfmiddlewaretoken": token}
    for headers in ({}, {"X-HTTP-Method-Override": "DELETE"}):
        assert browser.post("/api/teams/films/", overridden, headers=headers).status_code == 405
    for wrong in ("/forms/TRACE/api/teams/films/", "/forms/PUT/teams/films/", "/forms/put/api/x/"):
        assert browser.post(wrong, {**changed, "csrfmiddlewaretoken": token}).status_code == 404
    assert Team.objects.get().name == "Films"


def test_what_cannot_be_read_says_so_and_has_its_form(
    world: SimpleNamespace, browser: Client
) -> None:
    page = browser.get("/api/message/")
    assert page.status_code == 405
    text = page.content.decode()
    assert "This address cannot be read. It takes POST." in text
    assert "/forms/POST/api/message/" in forms(page)
    sent = send(browser, "/api/message/", "POST", user="bob", subject="Hi", content="There")
    assert sent.status_code == 201, sent.content.decode()
    assert "It takes POST." in Client(headers=HTML).get("/api/message/").content.decode()


def test_a_reload_leads_back_to_the_address(world: SimpleNamespace, browser: Client) -> None:
    back = browser.get("/forms/PUT/api/teams/films/?api-future=20200101")
    assert back["Location"] == "/api/teams/films/?api-future=20200101"


def test_an_older_form_of_the_api_keeps_the_forms_right(
    world: SimpleNamespace, browser: Client
) -> None:
    """They are in today's words, whichever the answer beside them is in."""
    before = browser.get("/api/teams/films/", headers={"Accept": "application/json"}).json()
    path = "/api2/partners/teams/films/"
    form = forms(browser.get(path))[f"/forms/PUT{path}"]
    assert form["membership_policy"] == before["membership_policy"]
    assert browser.post(f"/forms/PUT{path}", {**form, "name": "Cinema"}).status_code == 200
    after = browser.get("/api/teams/films/", headers={"Accept": "application/json"}).json()
    assert {**after, "name": ""} == {**before, "name": ""}


def test_pages_ask_as_much_for_many_rows_as_for_one(
    world: SimpleNamespace, browser: Client
) -> None:
    video = f"/api/videos/{world.video.video_id}/"
    tasks = "/api/teams/films/tasks/"
    paths = ("/api/videos/?limit=50", video, f"{video}languages/", "/api/teams/films/", tasks)

    def counted() -> list[int]:
        return [queries(lambda path=path: browser.get(path)) for path in paths]  # type: ignore[misc]

    counted()
    before = counted()
    for number in range(12):
        VideoFactory(user=world.ana, team=world.team, title=f"Film {number}")
        add_subtitles(world.video, CODES[number])
        Task.objects.create(
            team=world.team,
            video=world.video,
            type=Task.Type.TRANSLATE,
            language_code=CODES[number],
            assignee=world.bob,
        )
    assert counted() == before
