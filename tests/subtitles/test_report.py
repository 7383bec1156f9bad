"""What is wrong with subtitles: every kind is found where it is, and nothing else is."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from hypothesis import given

from subtitles import queries
from subtitles.formats import Cue, Track, json_
from subtitles.models import SubtitleVersion
from subtitles.report import (
    SENTENCES,
    SHORTEST_GAP,
    Kind,
    Limits,
    letters,
    losses,
    measures,
    mojibake,
    report,
)
from subtitles.services import take_back
from tests.factories import (
    SRT,
    TeamFactory,
    TeamMemberFactory,
    UserFactory,
    VideoFactory,
    add_subtitles,
)
from tests.subtitles.formats.formats_strategies import tracks
from tests.subtitles.formats.spoken import SPOKEN
from tests.work import calls_in

CLEAN = (Cue(0, 2000, "A quiet morning."), Cue(2000, 4000, "Nobody\nis up."))
WRONG = {
    Kind.CPS: Cue(5000, 6000, "Far too many words for one second"),
    Kind.CPL: Cue(5000, 9000, "A line that goes on and on and does not end"),
    Kind.LINES: Cue(5000, 8000, "one\ntwo\nthree"),
    Kind.SHORT: Cue(5000, 5100, "!"),
    Kind.LONG: Cue(5000, 20_000, "Still here."),
    Kind.BACKWARDS: Cue(6000, 5000, "Back."),
    Kind.UNTIMED: Cue(None, None, "When?"),
    Kind.EMPTY: Cue(5000, 6000, " \n "),
    Kind.OVERLAP: Cue(3000, 4500, "Now me."),
    Kind.REPEATED: Cue(5000, 7000, "NOBODY is up."),
    Kind.ROLLING: Cue(4000, 6000, "is up.\nOnly the cat."),
    Kind.MOJIBAKE: Cue(5000, 7000, "A cafÃ©, nâ€™est-ce pas?"),
    Kind.INVENTED: Cue(5000, 7000, "♪ Thanks for watching! ♪"),
}


NONE = Limits()


def found(*cues: Cue, limits: Limits = NONE) -> dict[int, set[Kind]]:
    judged = report(Track(cues), limits).cues
    return {each.position: {said.kind for said in each.problems} for each in judged}


@pytest.mark.parametrize("kind", WRONG)
def test_each_kind_is_found_alone(kind: Kind) -> None:
    assert found(*CLEAN, WRONG[kind]) == {3: {kind}}


def test_a_gap_that_flickers_belongs_to_the_cue_before_it() -> None:
    later = Cue(4000 + SHORTEST_GAP, 6000, "Wait.")
    assert found(*CLEAN, later) == {}
    assert found(*CLEAN, later._replace(start=later.start - 1)) == {2: {Kind.GAP}}


def test_every_kind_is_among_them() -> None:
    assert {*WRONG, Kind.GAP} == set(Kind)


def test_a_limit_counts_from_the_first_number_above_it() -> None:
    at = Cue(0, 1000, "x" * 21)
    assert found(at) == {}
    assert found(at._replace(content="x" * 22)) == {1: {Kind.CPS}}
    assert found(at, limits=Limits(cps=20)) == {1: {Kind.CPS}}
    assert found(at._replace(content="x" * 40), limits=Limits(cps=0)) == {}


def test_a_languages_limits_stand_above_its_teams() -> None:
    assert Limits(lines=1).over(Limits(lines=3, cps=9)) == Limits(lines=1, cps=9)


@pytest.mark.parametrize(
    "text",
    ["«CAFÉ»", "ÜBER ALLES", "naïve façade", "Ça va…", "İstanbul", "Слово", "字幕", "NÃO É", "Ö…"],
)
def test_words_of_many_languages_are_no_mojibake(text: str) -> None:
    assert mojibake(text) is None


@pytest.mark.parametrize("text", ["é", "–", "Слово", "字幕", "naïve", "שלום", "’"])
def test_words_in_a_wrong_charset_are_found_and_read(text: str) -> None:
    broken = "".join(
        bytes((byte,)).decode("cp1252", errors="ignore") or chr(byte) for byte in text.encode()
    )
    said = mojibake(f"so {broken} it is")
    assert said is not None
    assert said[1] in text


WRITINGS = (str, str.upper, str.title, "«{}»".format, "“{}…”".format, "–{}".format)


def test_no_line_of_any_language_is_taken_for_mojibake() -> None:
    lines = [line for text in SPOKEN.values() for line in text.split("|")]
    assert len(lines) > 400
    written = {write(line) for line in lines for write in WRITINGS}
    quoted = {f"“{word.upper()}…” –{word}" for line in lines for word in line.split()}
    odd = {
        "la fée…»",
        "NÉ…”",
        "√π + √π",
        "НІ, НІ!",
        "Сі, сі",
        "l’école d’écrire",
        "–écoute\n–étonne",
    }
    assert {text: mojibake(text) for text in written | quoted | odd if mojibake(text)} == {}


@pytest.mark.parametrize("charset", ["cp1252", "cp1250", "cp1251", "iso8859_2", "mac_roman"])
def test_utf_8_that_was_read_in_any_of_these_charsets_is_found(charset: str) -> None:
    missed, misread = [], []
    for line in (line for text in SPOKEN.values() for line in text.split("|")):
        if sum(not each.isascii() for each in line) < 2:
            continue
        parts = (bytes((byte,)) for byte in line.encode())
        broken = "".join(each.decode(charset, errors="ignore") or chr(each[0]) for each in parts)
        found = mojibake(broken)
        if found is None or found[0] not in broken:
            missed.append(line)
        elif found[1] not in line and found[1] != "other letters":
            misread.append((line, *found))
    # Without a sure sign it stays silent: where there is but a letter, or a rare alphabet.
    assert len(missed) < 30, missed
    # What a short word was, in one of two charsets that are much alike.
    assert len(misread) < 10, misread


def test_marks_belong_to_their_letters() -> None:
    assert letters("e\u0301te\u0301\nok") == 5
    assert letters("नमस्ते") == 4
    assert letters("की கா") == 3


def test_what_stands_elsewhere_in_the_picture_hides_no_overlap() -> None:
    sign = Cue(0, 9000, "A sign", region="top")
    assert found(sign, *(cue._replace(start=cue.start + 500) for cue in CLEAN)) == {}
    assert found(sign, *CLEAN, WRONG[Kind.OVERLAP]) == {4: {Kind.OVERLAP}}


def test_a_report_looks_at_each_cue_a_fixed_number_of_times() -> None:
    def work(count: int) -> int:
        # All overlap, roll, and say what was said before: the most there is to find.
        said = [f"line {at // 2}\nline {at // 2 + 1} – é" for at in range(count)]
        track = Track(tuple(Cue(at * 10, at * 10 + 90_000, text) for at, text in enumerate(said)))
        return calls_in(lambda: (report(track, NONE), losses(track)))

    assert work(20_000) < 11 * work(2000)


@given(tracks())
def test_a_report_changes_nothing_and_its_totals_are_what_it_says(track: Track) -> None:
    before = Track(**{name: getattr(track, name) for name in track.__dataclass_fields__})
    judged = report(track, Limits())
    assert track == before
    assert sum(judged.totals.values()) == sum(len(each.problems) for each in judged.cues)
    assert set(losses(track)) == {"dfxp", "json", "sbv", "srt", "ssa", "txt", "vtt"}


# --- the same in the editor ----------------------------------------------------------------------

TABLE = json.loads((Path(__file__).parent / "report_cases.json").read_text())


def test_the_editor_is_handed_what_it_measures_by() -> None:
    """`tests/js/editor/checks.test.mjs` runs the cases against the editor, by this table."""
    assert TABLE["measures"] == measures(NONE)
    assert {kind for each in TABLE["cases"] for _, kind, _ in each["found"]} >= set(SENTENCES)


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: case["name"])
def test_the_report_says_what_the_editor_says(case: dict[str, Any]) -> None:
    sent = [
        {
            "start": start,
            "end": end,
            "text": text,
            "meta": {"region": region[0] if region else None},
        }
        for start, end, text, *region in case["cues"]
    ]
    judged = report(json_.load_list(sent), Limits(**case["limits"])).cues
    said = [[each.position, *problem] for each in judged for problem in each.problems]
    assert said == case["found"]


# --- over the API --------------------------------------------------------------------------------


@pytest.fixture
def film(ana):
    return VideoFactory(user=ana)


@pytest.fixture
def url(film):
    return f"/api/videos/{film.video_id}/languages/en/subtitles/"


@pytest.mark.django_db
def test_a_dry_run_says_what_the_report_of_the_version_would(api, film, url):
    sent = {"subtitles": SRT, "sub_format": "srt"}
    dry = api.post(f"{url}?dry_run=true", sent)
    assert dry.status_code == 200
    assert not SubtitleVersion.objects.exists()
    assert api.post(url, sent).status_code == 201
    stored = api.get(f"{url}report/").json()
    said = dry.json()
    assert said.pop("warnings") == []
    assert said.pop("version_number") is None
    assert {name: stored[name] for name in said} == said


UNTIMED = [{"start": None, "end": None, "text": "Hello"}]


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["body", "address"])
@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"subtitles": "1\nno time\nHello", "sub_format": "srt"}, "subtitles"),
        ({"subtitles": SRT, "sub_format": "srt", "action": "fly"}, None),
        ({"from_language": "de"}, "from_language"),
        ({"from_language": "fr"}, "from_language"),
        ({"from_language": "fr", "translated_from": "fr/1"}, "from_language"),
        ({"subtitles": UNTIMED, "sub_format": "json", "action": "publish"}, None),
    ],
)
def test_a_dry_run_refuses_what_posting_would(api, film, url, where, sent, field):
    for code in ("en", "fr"):
        add_subtitles(film, code)
    real = api.post(url, sent)
    dry = api.post(
        url if where == "body" else f"{url}?dry_run=true",
        {**sent, "dry_run": True} if where == "body" else sent,
    )
    assert dry.status_code == real.status_code == 400
    assert dry.json() == real.json()
    assert field is None or field in dry.json()


@pytest.mark.django_db
def test_limits_are_the_languages_then_the_teams_then_the_usual(ana, api):
    team = TeamFactory(soft_limit_cps=5, soft_limit_lines=0)
    TeamMemberFactory(team=team, user=ana)
    video = VideoFactory(user=ana, team=team)
    address = f"/api/videos/{video.video_id}/languages/en/subtitles/?dry_run=1"
    limits = api.post(address, {"subtitles": SRT, "sub_format": "srt"})
    assert limits.json()["limits"] == {
        "lines": None,
        "min_duration": 700,
        "max_duration": 10_000,
        "cpl": 42,
        "cps": 5,
    }
    add_subtitles(video).language.video.subtitle_languages.update(soft_limit_cps=7)
    assert queries.limits_of(video.pk, "en").cps == 7


@pytest.mark.django_db
class TestMachines:
    """Outside teams what a machine wrote is a draft until somebody publishes it."""

    SENT = {"subtitles": SRT, "sub_format": "srt", "origin": "machine"}

    def test_a_person_reads_it_and_publishes_it(self, api, api_for, anonymous, url):
        bob = api_for(UserFactory(username="bob"))
        assert api.post(url, self.SENT).status_code == 201
        last = f"{url}?version_number=last"
        assert anonymous.get(last).status_code == anonymous.get(url).status_code == 404
        assert bob.get(last).json()["origin"] == "machine"
        listed = [client.get(url.removesuffix("subtitles/")) for client in (bob, anonymous)]
        assert [len(each.json()["versions"]) for each in listed] == [1, 0]
        assert bob.post(f"{url}actions/", {"action": "publish"}).status_code == 200
        assert anonymous.get(url).json()["version_number"] == 1

    def test_it_cannot_be_published_unread(self, api, url):
        refused = api.post(url, {**self.SENT, "action": "publish"})
        assert (refused.status_code, list(refused.json())) == (400, ["action"])
        assert not SubtitleVersion.objects.exists()

    def test_a_team_has_a_workflow_of_its_own(self, ana, api):
        team = TeamFactory()
        TeamMemberFactory(team=team, user=ana)
        video = VideoFactory(user=ana, team=team)
        url = f"/api/videos/{video.video_id}/languages/en/subtitles/"
        assert api.post(url, self.SENT).status_code == 201
        assert SubtitleVersion.objects.get().is_public

    def test_what_is_made_of_a_draft_waits_too(self, api, anonymous, url):
        api.post(url, self.SENT)
        shifted = api.post(f"{url}transform/", {"operation": "shift", "by": 500})
        assert (shifted.status_code, shifted.json()["origin"]) == (201, "machine")
        assert api.post(f"{url}restore/", {"version_number": 1}).status_code == 201
        assert anonymous.get(url).status_code == 404

    def test_nobody_reads_or_publishes_it_once_it_was_hidden(self, api, film, url):
        api.post(url, self.SENT)
        api.post(f"{url}actions/", {"action": "publish"})
        version = SubtitleVersion.objects.get()
        take_back(version.language, [version.pk], actor=film.user, hide=True)
        assert api.get(f"{url}?version_number=last").status_code == 404
        assert api.get(url.removesuffix("subtitles/")).json()["versions"] == []
        assert api.post(f"{url}actions/", {"action": "publish"}).status_code == 400
        assert not SubtitleVersion.objects.get().is_public

    def test_nobody_publishes_again_what_was_hidden(self, api, film, url):
        version = add_subtitles(film)
        take_back(version.language, [version.pk], actor=film.user, hide=True)
        refused = api.post(f"{url}actions/", {"action": "publish"})
        assert refused.status_code == 400
        assert not SubtitleVersion.objects.get().is_public


@pytest.mark.django_db
def test_a_source_is_named_to_those_who_may_read_it(api, anonymous, film, url):
    source = add_subtitles(film, "en")
    sent = {"subtitles": SRT, "sub_format": "srt", "translated_from": "en/1"}
    german = url.replace("/en/", "/de/")
    assert api.post(german, sent).status_code == 201
    assert anonymous.get(german).json()["translated_from"] == {
        "language_code": "en",
        "version_number": 1,
    }
    SubtitleVersion.objects.filter(pk=source.pk).update(is_public=False)
    assert anonymous.get(german).json()["translated_from"] is None
    hidden = api.post(german, sent)
    unknown = api.post(german, {**sent, "translated_from": "en/9"})
    assert hidden.status_code == unknown.status_code == 400
    assert hidden.json() == unknown.json()


@pytest.mark.django_db
def test_a_dry_transformation_refuses_what_a_real_one_would(api, url):
    cues = [{"start": 0, "end": 1500, "text": "Hi"}, *UNTIMED]
    assert api.post(url, {"subtitles": cues, "sub_format": "json"}).status_code == 201
    sent = {"operation": "shift", "by": 1500, "action": "publish"}
    real, dry = (api.post(f"{url}transform/", {**sent, "dry_run": dry}) for dry in (False, True))
    assert (real.status_code, real.json()) == (400, "Subtitles not complete")
    assert (dry.status_code, dry.json()) == (400, "Subtitles not complete")


@pytest.mark.django_db
def test_a_draft_of_a_machine_names_no_source_that_only_staff_read(api, api_for, film, url):
    add_subtitles(film, "en")
    german = url.replace("/en/", "/de/")
    sent = {"subtitles": SRT, "sub_format": "srt", "translated_from": "en/1", "origin": "machine"}
    assert api.post(german, sent).status_code == 201
    named = {"language_code": "en", "version_number": 1}
    bob = api_for(UserFactory())

    def told(client):
        one = client.get(f"{german}?version_number=last").json()
        listed = client.get(german.removesuffix("subtitles/")).json()["versions"][0]
        assert one["origin"] == listed["origin"] == "machine"
        assert one["translated_from"] == listed["translated_from"]
        return one["translated_from"]

    source = SubtitleVersion.objects.filter(language__language_code="en")
    assert told(bob) == named
    source.update(is_public=False)
    assert told(bob) is None


@pytest.mark.django_db
def test_the_page_of_a_version_names_its_source_to_those_who_may_read_it(api, client, film, url):
    add_subtitles(film, "en")
    german = url.replace("/en/", "/de/")
    sent = {"subtitles": SRT, "sub_format": "srt", "translated_from": "en/1"}
    assert api.post(german, sent).status_code == 201
    made = SubtitleVersion.objects.get(language__language_code="de")
    place = [film.video_id, "de", made.language_id, made.pk]
    page = reverse("subtitles-page", args=place)
    assert "English 1" in client.get(page).content.decode()
    SubtitleVersion.objects.exclude(pk=made.pk).update(is_public=False)
    assert "English 1" not in client.get(page).content.decode()
