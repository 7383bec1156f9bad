"""The videos as people find, add and work on them: what the pages show, refuse, and cost."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, override_settings

from subtitles.models import SubtitleLanguage, SubtitleVersion
from subtitles.pages import NOT_YOURS
from subtitles.queries import track_of
from teams.models import SubtitlePolicy, Task, Team, Visibility
from tests.factories import SRT, TeamFactory, TeamMemberFactory, VideoFactory, add_subtitles
from tests.pages.html import ALL_HOSTILE, assert_inert, queries, read
from videos import queries as video_queries
from videos.models import Video

pytestmark = pytest.mark.django_db
BROKEN = SRT.replace("00:00:03,000", "soon")


def as_(user: Any) -> Client:
    client = Client(headers={"Accept": "text/html"})
    if user is not None:
        client.force_login(user)
    return client


def titles(client: Client, **asked: str) -> list[str]:
    html = client.get("/videos/", asked).content.decode()
    return re.findall(r"<h2><a [^>]*><bdi>(.*?)</bdi></a></h2>", html)


class TestSearch:
    def test_finds_by_the_beginnings_of_words_in_any_place(self, ana: Any) -> None:
        for title in ("Episode-10: The Harbour wakes", "harbours of Öland", "Charm", "100%_x"):
            VideoFactory(user=ana, title=title)
        for typed, found in {
            "harbour": {"Episode-10: The Harbour wakes", "harbours of Öland"},
            "HARB öl": {"harbours of Öland"},
            "episode 10": {"Episode-10: The Harbour wakes"},
            "arm": set(),
            "charm harbour": set(),
            "100": {"100%_x"},
            "'harbour' & !charm |": set(),
        }.items():
            assert set(titles(as_(None), q=typed)) == found, typed

    @pytest.mark.parametrize("title", ["हिन्दी भाषा", "İstanbul by night", "ΣΊΣΥΦΟΣ"])
    def test_finds_a_title_as_it_is_written(self, ana: Any, title: str) -> None:
        """Marks belong to their letters, and capitals are what the database makes of them."""
        VideoFactory(user=ana, title=title)
        for typed in (title, title.split()[0]):
            assert titles(as_(None), q=typed) == [title]

    @pytest.mark.parametrize("typed", ["a", "%", "''", "\\", "() & | !", "\0"])
    def test_what_is_no_word_is_said_to_be_none(self, ana: Any, typed: str) -> None:
        VideoFactory(user=ana, title="A film")
        page = as_(None).get("/videos/", {"q": typed})
        text = assert_inert(page)
        if typed != "\0":
            assert "Type a word" in text

    def test_finds_an_address_in_any_of_its_forms(self, cast: Any) -> None:
        VideoFactory(user=cast.owner, title="Public", video_url="https://youtu.be/dQw4w9WgXcQ")
        url = "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=3"
        assert titles(as_(None), q=url) == ["Public"]
        VideoFactory(user=cast.owner, team=cast.hush, title="Ours", video_url=url)
        assert titles(as_(None), q=url) == ["Public"]
        assert set(titles(as_(cast.manager), q=url)) == {"Public", "Ours"}

    def test_nobody_finds_what_is_hidden(self, cast: Any) -> None:
        VideoFactory(user=cast.owner, team=cast.hush, title="Secret harbour")
        for asked in ({"q": "secret"}, {}, {"team": "hush"}, {"team": "hush", "q": "secret"}):
            for reader in (None, cast.stranger):
                assert not {"Secret harbour", "Of hush"} & set(titles(as_(reader), **asked))
        assert titles(as_(cast.manager), team="hush") == ["Secret harbour", "Of hush"]
        assert titles(as_(cast.manager), team="hush", q="harb") == ["Secret harbour"]
        hidden, unknown = (
            as_(cast.stranger).get("/videos/", {"team": slug}) for slug in ("hush", "nothing")
        )
        assert assert_inert(hidden) == assert_inert(unknown)

    def test_a_public_team_with_hidden_videos_shows_them_to_members(self, cast: Any) -> None:
        Team.objects.filter(pk=cast.films.pk).update(video_visibility=Visibility.PRIVATE)
        cast.films.refresh_from_db()
        VideoFactory(user=cast.owner, team=cast.films, title="Inside")
        assert "Inside" not in titles(as_(None), team="films")
        assert "Inside" in titles(as_(cast.contributor), team="films")

    def test_filters_orders_and_counts(self, ana: Any) -> None:
        for title, code in (("Beta", "fr"), ("Alpha", "fr"), ("Gamma", "de")):
            VideoFactory(user=ana, title=title, primary_audio_language_code=code)
        page = as_(None).get("/videos/", {"language": "fr", "order": "title"})
        assert "2 videos" in assert_inert(page)
        assert titles(as_(None), language="FR", order="title") == ["Alpha", "Beta"]
        assert titles(as_(None), order="-title") == ["Gamma", "Beta", "Alpha"]
        assert titles(as_(None), order="nonsense") == ["Gamma", "Alpha", "Beta"]

    @pytest.mark.parametrize(
        "asked", [{}, {"q": "film"}, {"team": "films"}, {"language": "fr", "order": "title"}]
    )
    def test_pages_show_each_once_and_cost_the_same(self, cast: Any, asked: dict[str, str]) -> None:
        def more(count: int) -> None:
            for _ in range(count):
                VideoFactory(
                    user=cast.owner,
                    team=cast.films,
                    title="Film of a day",
                    primary_audio_language_code="fr",
                )

        Video.objects.all().delete()
        client = as_(cast.contributor)
        more(1)
        client.get("/videos/", asked)
        few = queries(lambda: client.get("/videos/", asked))
        more(49)
        assert queries(lambda: client.get("/videos/", asked)) == few <= 9
        seen, address = [], "/videos/?" + "&".join(f"{k}={v}" for k, v in asked.items())
        for _ in range(3):
            page = client.get(address)
            links = read(page).links
            seen += [link for link in links if re.fullmatch(r"/videos/[\w-]{12}/", link)]
            following = [link for link in links if "after=" in link]
            assert len(following) == (len(seen) < 50)
            address = f"/videos/{following[0]}" if following else ""
        assert len(seen) == len(set(seen)) == 50
        assert client.get("/videos/", {**asked, "after": "forged"}).status_code == 200

    def test_a_search_is_no_scan_of_the_table(self, ana: Any) -> None:
        """SQLite looks at the newest and says so; PostgreSQL has an index of words."""
        VideoFactory(user=ana, title="An old harbour")
        filter = video_queries.words_filter(["harb"])
        found = video_queries._with_words(Video.objects.order_by(), filter)
        page = assert_inert(as_(None).get("/videos/", {"q": "harbour"}))
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                # Else so small a table is read whole.
                cursor.execute("SET LOCAL enable_seqscan = off")
            assert "video_words" in found.explain()
            assert "were searched" not in page
        else:
            assert f"LIMIT {video_queries.SEARCHED}" in str(found.query)
            assert f"Only the newest {video_queries.SEARCHED} of these videos" in page

    def test_what_is_stored_stays_text(self, ana: Any) -> None:
        VideoFactory(user=ana, title=f"film {ALL_HOSTILE}")
        assert "alert(1)" in assert_inert(as_(None).get("/videos/", {"q": "film"}))
        assert_inert(as_(None).get("/videos/", {"q": ALL_HOSTILE, "language": ALL_HOSTILE}))
        # Found: the words of the address are in the title.
        assert titles(as_(None), q="alert")


class TestAdding:
    def test_needs_a_login(self) -> None:
        answer = as_(None).get("/videos/add/")
        assert answer.headers["Location"] == "/auth/login/?next=/videos/add/"

    def test_adds_to_nobody_or_to_a_team(self, cast: Any) -> None:
        sent = {
            "video_url": "https://media.example.com/new.mp4",
            "title": "New",
            "primary_audio_language_code": "fr",
        }
        as_(cast.stranger).post("/videos/add/", sent)
        video = Video.objects.get(title="New", team=None)
        assert video.primary_audio_language_code == "fr"
        assert video.user == cast.stranger
        done = as_(cast.owner).post("/videos/add/", {**sent, "team": "hush", "title": "Hid"})
        hidden = Video.objects.get(title="Hid")
        assert hidden.team == cast.hush
        assert done.headers["Location"] == f"/videos/{hidden.video_id}/"

    def test_offers_the_teams_where_one_may(self, cast: Any) -> None:
        Team.objects.filter(pk=cast.films.pk).update(video_policy=Team.VideoPolicy.ADMINS)

        def offered(user: Any) -> set[str]:
            html = as_(user).get("/videos/add/").content.decode()
            part = html.partition('name="team"')[2].partition("</select>")[0]
            return set(re.findall(r'value="(\w+)"', part))

        assert "films" in offered(cast.owner)
        assert "films" not in offered(cast.contributor)
        refused = as_(cast.contributor).post(
            "/videos/add/", {"video_url": "https://media.example.com/x.mp4", "team": "films"}
        )
        assert refused.status_code == 403
        assert "managed by" in refused.content.decode()
        assert not Video.objects.filter(urls__url="https://media.example.com/x.mp4").exists()

    def test_a_refusal_keeps_what_was_typed(self, cast: Any) -> None:
        sent = {"video_url": "ftp:/x", "title": 'My "film"', "primary_audio_language_code": "fr"}
        page = as_(cast.owner).post("/videos/add/", {**sent, "team": "films"})
        assert page.status_code == 400
        html = page.content.decode()
        assert "Address: Enter a valid URL." in html
        assert 'value="ftp:/x"' in html
        assert "My &quot;film&quot;" in html
        assert '<option value="fr" selected>' in html
        assert '<option value="films" selected>' in html
        for team in ("hush", "nothing"):
            there = {"video_url": "https://media.example.com/y.mp4", "team": team}
            answer = as_(cast.stranger).post("/videos/add/", there)
            assert f"Unknown team: {team}" in answer.content.decode()


@pytest.fixture
def reviewed(cast: Any) -> Video:
    """A video of a team with review, with a published language, one in review, a draft."""
    video = VideoFactory(user=cast.owner, title="Tide", primary_audio_language_code="fr")
    Team.objects.filter(pk=cast.films.pk).update(
        subtitle_policy=SubtitlePolicy.MEMBERS, translate_policy=SubtitlePolicy.MEMBERS
    )
    for code in ("de", "fr"):
        add_subtitles(video, code, action="publish")
    SubtitleLanguage.objects.create(video=video, language_code="ar")
    Video.objects.filter(pk=video.pk).update(team=cast.films)
    video.refresh_from_db()
    for code in ("sv", "en"):
        version = add_subtitles(video, code)
        SubtitleVersion.objects.filter(pk=version.pk).update(is_public=False)
        SubtitleLanguage.objects.filter(pk=version.language_id).update(public_tip=None)
    Task.objects.create(team=cast.films, video=video, language_code="en", type=Task.Type.REVIEW)
    return video


def languages_on(page: Any) -> list[tuple[str, list[str]]]:
    html = page.content.decode().partition("<h2>Subtitles</h2>")[2]
    return [
        (re.findall(r"<bdi>(.*?)</bdi>", item)[0], re.findall(r'class="tag \w*">(.*?)<', item))
        for item in html.split("<li>")[1:]
    ]


class TestVideo:
    def test_names_languages_the_spoken_one_first_as_the_reader_sees_them(
        self, cast: Any, reviewed: Video
    ) -> None:
        page = as_(cast.contributor).get(f"/videos/{reviewed.video_id}/")
        assert languages_on(page) == [
            ("French", ["published", "complete"]),
            ("Arabic", ["none yet"]),
            ("English", ["in review"]),
            ("German", ["published", "complete"]),
            ("Swedish", ["draft"]),
        ]
        for reader in (None, cast.stranger):
            page = as_(reader).get(f"/videos/{reviewed.video_id}/")
            assert [states for _, states in languages_on(page)] == [
                ["published", "complete"],
                ["none yet"],
                ["none yet"],
                ["published", "complete"],
                ["none yet"],
            ]
            assert "draft" not in assert_inert(page)

    def test_many_languages_are_chosen_from_one_list(self, cast: Any, reviewed: Video) -> None:
        path = f"/videos/{reviewed.video_id}/"
        few = queries(lambda: as_(cast.contributor).get(path))
        for code in ("es", "it", "pt", "nl", "pl", "da", "fi", "cs", "tr", "el"):
            add_subtitles(reviewed, code)
        page = as_(cast.contributor).get(path)
        # Of a few languages each is asked whether the reader may edit it; of many none is.
        assert queries(lambda: as_(cast.contributor).get(path)) <= few
        body = page.content.decode().partition("<h2>Subtitles</h2>")[2].partition("</main>")[0]
        assert len(re.findall(r"<(?:a|button|select|input)\b", body)) <= 5
        for code, where in {"sv": "version_number=last&format=srt", "de": "?format=srt"}.items():
            led = as_(cast.contributor).get(f"{path}open/", {"language": code, "as": "srt"})
            assert where in led.headers["Location"]
            assert as_(cast.contributor).get(led.headers["Location"]).status_code == 200
            led = as_(cast.contributor).get(f"{path}open/", {"language": code}, follow=True)
            assert led.status_code == 200
        for code in ("sv", "ar", "ja", "nothing", ""):
            assert as_(None).get(f"{path}open/", {"language": code}).status_code == 404

    def test_offers_work_to_those_who_may(self, cast: Any, reviewed: Video) -> None:
        path = f"/videos/{reviewed.video_id}/"
        assert f"{path}work/" in read(as_(cast.contributor).get(path)).links
        for reader in (None, cast.stranger):
            assert f"{path}work/" not in read(as_(reader).get(path)).links


class TestWork:
    def send(self, user: Any, video: Video, code: str = "de", **sent: Any) -> Any:
        path = f"/videos/{video.video_id}/work/"
        return as_(user).post(path, {"do": "upload", "language": code, **sent})

    def test_strangers_do_not_learn_how_a_team_shares_work_out(
        self, cast: Any, reviewed: Video
    ) -> None:
        """Whether there is a task, whose it is, or who hands them out: the API tells none of it."""
        for policy in SubtitlePolicy.values:
            Team.objects.filter(pk=cast.films.pk).update(subtitle_policy=policy)
            for assignee in (None, cast.manager):
                Task.objects.filter(video=reviewed).update(assignee=assignee)
                told = {
                    "".join(read(answer).texts)
                    for code in ("en", "sv")
                    if (answer := self.send(cast.stranger, reviewed, code)).status_code == 403
                }
                for text in told:
                    assert NOT_YOURS in text
                    assert not re.search("task|team leaves|handed|assignment", text.lower())

    def file(self, text: str | bytes, name: str = "x.srt") -> SimpleUploadedFile:
        return SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode())

    @pytest.mark.parametrize("where", ["file", "text"])
    def test_uploads_and_tells_the_warnings(self, ana: Any, where: str) -> None:
        video = VideoFactory(user=ana)
        odd = SRT.replace(",500", ".500")
        sent = {"file": self.file(odd)} if where == "file" else {"subtitles": odd}
        client = as_(ana)
        path = f"/videos/{video.video_id}/work/"
        done = client.post(
            path, {"do": "upload", "language": "de", "action": "publish", **sent}, follow=True
        )
        assert done.redirect_chain == [(f"/videos/{video.video_id}/", 302)]
        text = assert_inert(done)
        assert "Version 1 in German is saved. Everybody can read it." in text
        assert "Line 2: a time in another form than 00:00:00,000" in text
        assert languages_on(done) == [("German", ["published", "complete"])]
        assert SubtitleVersion.objects.get().source_format == "srt"
        # Told once.
        assert "is saved" not in assert_inert(client.get(f"/videos/{video.video_id}/"))

    def test_a_refusal_says_the_line_and_keeps_text_and_choices(self, ana: Any) -> None:
        video = VideoFactory(user=ana)
        bad = BROKEN + "<b>ü</b>"
        page = self.send(
            ana, video, file=self.file(bad.encode("latin-1")), action="publish", sub_format="srt"
        )
        assert page.status_code == 400
        html = page.content.decode()
        assert "Invalid subtitle data: line 6: a time that cannot be read" in html
        kept = html.partition("<textarea")[2].partition("</textarea>")[0].partition(">\n")[2]
        assert kept == bad.replace("<", "&lt;").replace(">", "&gt;")
        assert '<option value="publish" selected>' in html
        assert '<option value="srt" selected>' in html
        assert not SubtitleVersion.objects.exists()

    def test_a_refused_file_that_is_too_large_for_a_form_is_not_shown(self, ana: Any) -> None:
        video = VideoFactory(user=ana)
        with override_settings(AMARA_MAX_FORM_BYTES=20_000):
            page = self.send(ana, video, file=self.file(BROKEN + "x\n" * 3000))
            assert page.status_code == 400
            assert "too large to be shown" in page.content.decode()

    def test_says_what_the_api_says(self, ana: Any) -> None:
        video = VideoFactory(user=ana)
        for sent, said in (
            ({}, "Choose a file"),
            ({"subtitles": "Hello", "action": "publish"}, "Subtitles not complete"),
            ({"subtitles": SRT, "action": "approve"}, "No action: approve"),
            ({"subtitles": SRT, "sub_format": "xyz"}, "Unknown format: xyz"),
            ({"subtitles": SRT, "sub_format": "ssa"}, "the file looks like srt"),
        ):
            page = self.send(ana, video, **sent)
            assert page.status_code == 400, sent
            assert said in page.content.decode(), sent
        with override_settings(AMARA_MAX_CUES=1):
            assert self.send(ana, video, subtitles=SRT).status_code == 413
        assert not SubtitleVersion.objects.exists()
        done = self.send(ana, video, subtitles=BROKEN, salvage="true", sub_format="srt")
        assert done.status_code == 302

    def test_rules_are_those_of_the_api(self, cast: Any, reviewed: Video) -> None:
        path = f"/videos/{reviewed.video_id}/work/"
        assert "/auth/login/" in as_(None).get(path).headers["Location"]
        page = as_(cast.stranger).get(path, {"language": "de"})
        assert 'name="do"' not in page.content.decode()
        assert self.send(cast.stranger, reviewed, subtitles=SRT).status_code == 403
        before = SubtitleVersion.objects.count()
        assert self.send(cast.stranger, reviewed, do="translate").status_code == 403
        assert SubtitleVersion.objects.count() == before
        hidden = VideoFactory(user=cast.owner, team=cast.hush)
        for client in (as_(cast.stranger), as_(None)):
            assert client.get(f"/videos/{hidden.video_id}/work/").status_code == 404

    def test_costs_the_same_for_many_languages(self, cast: Any, reviewed: Video) -> None:
        path, client = f"/videos/{reviewed.video_id}/work/?language=de", as_(cast.contributor)
        few = queries(lambda: client.get(path))
        for code in ("es", "it", "pt", "nl", "pl", "da", "fi", "cs", "tr", "el"):
            add_subtitles(reviewed, code)
        assert queries(lambda: client.get(path)) == few

    def test_begins_a_translation_as_a_draft_of_the_team(self, cast: Any, reviewed: Video) -> None:
        done = self.send(cast.contributor, reviewed, "ja", do="translate", from_language="en")
        version = SubtitleVersion.objects.get(language__language_code="ja")
        assert done.headers["Location"].endswith(f"/ja/{version.language_id}/{version.pk}/")
        assert not version.is_public
        assert version.language.translated_from.language_code == "en"
        cues = track_of(version.pk).cues
        assert [(cue.start, cue.end, cue.text) for cue in cues] == [
            (1000, 2500, ""),
            (3000, 4000, ""),
        ]
        assert as_(None).get(done.headers["Location"]).status_code == 404
        again = self.send(cast.contributor, reviewed, "ja", do="translate", from_language="en")
        assert "There are subtitles in Japanese already." in again.content.decode()


def test_a_team_of_many_videos_is_asked_what_a_small_one_is(cast: Any) -> None:
    """The same statements with the same limits; what they cost is in docs/adr/0033-search.md."""
    large, small = TeamFactory(slug="large"), TeamFactory(slug="small")
    for team in (large, small):
        TeamMemberFactory(team=team, user=cast.stranger)
        VideoFactory(user=cast.owner, team=team)
    for _ in range(60):
        VideoFactory(user=cast.owner, team=large)
    client = as_(cast.stranger)
    counts = {
        slug: queries(lambda slug=slug: client.get("/videos/", {"team": slug}))
        for slug in ("large", "small")
    }
    assert counts["large"] == counts["small"]
