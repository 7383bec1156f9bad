"""A film goes through the tasks of its team, into its own language and into three others."""

import pytest

from tests.stories.telling import FOLDER, add_the_film, cue

pytestmark = pytest.mark.django_db
TASKS, FILM = "teams/harbour/tasks/", "videos/V00000000001"
ENGLISH = f"{FILM}/languages/en/"
SUBTITLES = {
    "en": "The harbour at dawn.",
    "de": "Der Hafen im Morgengrauen.",
    "es": "El puerto al amanecer.",
    "fr": "Le port à l'aube.",
}


def sent(code, text=None, **extra):
    return cue(text or SUBTITLES[code], **extra)


def found_a_team(story, **settings):
    """A team with review by peers and approval by managers, its people, and a film."""
    team = {
        "name": "Harbour films",
        "slug": "harbour",
        "workflow_enabled": True,
        "review_allowed": "peer",
        "approve_allowed": "manager",
        "subtitle_policy": "Any team member",
        "translate_policy": "Any team member",
        "task_expiration": 14,
        **settings,
    }
    story("owner", "POST", "teams/", team, 201)
    for name in ("contributor", "reviewer", "manager"):
        role = "manager" if name == "manager" else "contributor"
        body = {"user": name, "role": role}
        story("owner", "POST", "teams/harbour/members/", body, 201)


def as_it_stands(story, outsider):
    """What the team and the world see; ``outsider`` is what somebody outside is answered."""
    story("manager", "GET", TASKS)
    story("manager", "GET", ENGLISH)
    story("outsider", "GET", f"{ENGLISH}subtitles/", status=outsider)


def film(story):
    """A film is subtitled, reviewed, sent back, corrected, approved and published."""
    found_a_team(story)
    add_the_film(story)
    asked = {"video_id": "V00000000001", "type": "Subtitle", "language": "en"}
    story("manager", "POST", TASKS, asked, 201)
    story("contributor", "GET", f"{TASKS}?open")
    story("contributor", "GET", f"{ENGLISH}subtitles/actions/")
    story("contributor", "POST", f"{ENGLISH}subtitles/", sent("en", "The harbor."), 201)
    as_it_stands(story, outsider=404)
    # Whoever has the task may send subtitles, and nobody else.
    story("reviewer", "POST", f"{ENGLISH}subtitles/", sent("en", "Mine!"), 403)
    story("outsider", "POST", f"{ENGLISH}subtitles/", sent("en", "Mine!"), 403)
    story("contributor", "POST", f"{ENGLISH}subtitles/actions/", {"action": "complete"})
    as_it_stands(story, outsider=404)

    story("contributor", "POST", f"{ENGLISH}subtitles/actions/", {"action": "approve"}, 403)
    story("reviewer", "GET", f"{ENGLISH}subtitles/actions/")
    note = {"body": "British spelling, please, and say when it is."}
    story("reviewer", "POST", f"{ENGLISH}subtitles/notes/", note, 201)
    story("reviewer", "POST", f"{ENGLISH}subtitles/actions/", {"action": "send-back"})
    as_it_stands(story, outsider=404)

    story("contributor", "GET", f"{TASKS}?open&assignee=contributor")
    story("contributor", "GET", f"{ENGLISH}subtitles/notes/")
    story("contributor", "POST", f"{ENGLISH}subtitles/", sent("en", action="complete"), 201)
    story("reviewer", "GET", f"{TASKS}?open&assignee=reviewer")
    story("reviewer", "POST", f"{ENGLISH}subtitles/actions/", {"action": "approve"})
    as_it_stands(story, outsider=404)
    story("outsider", "GET", ENGLISH)

    story("reviewer", "POST", f"{ENGLISH}subtitles/actions/", {"action": "approve"}, 403)
    story("manager", "POST", f"{ENGLISH}subtitles/actions/", {"action": "approve"})
    as_it_stands(story, outsider=200)
    story("outsider", "GET", ENGLISH)
    story("manager", "GET", f"{ENGLISH}subtitles/actions/")


def translations(story):
    """It is translated into the preferred languages, each finished in another way."""
    found_a_team(story, autocreate_subtitle=True, autocreate_translate=True)
    story("owner", "PUT", "teams/harbour/languages/preferred/", ["fr", "de", "es"])
    add_the_film(story)
    story("contributor", "GET", f"{TASKS}?open")
    story("contributor", "POST", f"{ENGLISH}subtitles/", sent("en", action="complete"), 201)
    story("reviewer", "POST", f"{ENGLISH}subtitles/actions/", {"action": "approve"})
    story("contributor", "GET", f"{TASKS}?type=Translate")
    story("manager", "POST", f"{ENGLISH}subtitles/actions/", {"action": "approve"})
    as_it_stands(story, outsider=200)

    for code, finish in (("de", by_actions), ("es", by_tasks), ("fr", by_subtitles)):
        at = f"{FILM}/languages/{code}/"
        story("contributor", "GET", f"{TASKS}?open&language={code}")
        finish(story, code, at)
        story("outsider", "GET", f"{at}subtitles/")
        story("outsider", "GET", at)
        story("manager", "GET", f"{TASKS}?language={code}")
    story("manager", "GET", f"{TASKS}?open")
    story("outsider", "GET", f"{FILM}/")


def by_actions(story, code, at):
    story("contributor", "POST", f"{at}subtitles/", sent(code), 201)
    story("contributor", "POST", f"{at}subtitles/actions/", {"action": "complete"})
    story("reviewer", "POST", f"{at}subtitles/actions/", {"action": "approve"})
    story("outsider", "GET", f"{at}subtitles/", status=404)
    story("manager", "POST", f"{at}subtitles/actions/", {"action": "approve"})


def by_tasks(story, code, at):
    story("contributor", "POST", f"{at}subtitles/", sent(code), 201)
    for who in ("contributor", "reviewer", "manager"):
        story("outsider", "GET", f"{at}subtitles/", status=404)
        (task,) = story(who, "GET", f"{TASKS}?open&language={code}")["objects"]
        story(who, "PUT", f"{TASKS}{task['id']}/", {"complete": True})


def by_subtitles(story, code, at):
    """Each corrects the one before."""
    story("contributor", "POST", f"{at}subtitles/", sent(code, "Le port.", action="complete"), 201)
    story("reviewer", "POST", f"{at}subtitles/", sent(code, "Le port a l'aube."), 201)
    story("reviewer", "GET", f"{TASKS}?open&language={code}")
    story("reviewer", "POST", f"{at}subtitles/actions/", {"action": "approve"})
    story("outsider", "GET", f"{at}subtitles/", status=404)
    story("manager", "POST", f"{at}subtitles/", sent(code, action="approve"), 201)


STORIES = (film, translations)


@pytest.mark.parametrize("tell", STORIES, ids=lambda tell: tell.__name__)
def test_story(story, tell):
    tell(story)
    story.keep(tell.__name__)


def test_no_file_is_left_over():
    told = {"request", *(tell.__name__ for tell in STORIES)}
    assert {path.stem for path in FOLDER.iterdir()} == told
