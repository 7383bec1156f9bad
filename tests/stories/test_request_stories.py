"""A subtitle request goes from hand to hand, and to a second team that evaluates it."""

import pytest

from tests.stories.telling import add_the_film, cue

pytestmark = pytest.mark.django_db
FILM = "videos/V00000000001"
SUBTITLES = f"{FILM}/languages/en/subtitles/"
REQUESTS = "teams/harbour/subtitle-requests/"


def found_teams(story):
    for slug, name, people in (
        ("harbour", "Harbour films", ("contributor", "reviewer")),
        ("critics", "Critics", ("critic",)),
    ):
        team = {"name": name, "slug": slug, "type": "collaboration", "review_allowed": "peer"}
        story("owner", "POST", "teams/", team, 201)
        for person in people:
            body = {"user": person, "role": "contributor"}
            story("owner", "POST", f"teams/{slug}/members/", body, 201)
    add_the_film(story)


def test_a_request_is_taken_endorsed_twice_evaluated_and_complete(story):
    found_teams(story)
    asked = {"video": "V00000000001", "language": "en", "evaluation_teams": ["critics"]}
    job = story("owner", "POST", "subtitle-requests/", asked, 201)["job_id"]
    request, old = f"{REQUESTS}{job}/", f"subtitle-requests/{job}/"
    actions = f"{SUBTITLES}actions/"

    story("outsider", "GET", old, status=404)
    story("contributor", "POST", SUBTITLES, cue("Too early."), 403)
    story("reviewer", "PUT", request, {"reviewer": "reviewer"}, 403)
    taken = story("contributor", "PUT", request, {"subtitler": "contributor"})
    assert taken["work_status"] == "being-subtitled"
    story("contributor", "GET", f"{REQUESTS}?work_status=assigned&assignee=contributor")

    story("contributor", "POST", SUBTITLES, cue("The harbur at dawn."), 201)
    story("outsider", "GET", SUBTITLES, status=404)
    story("contributor", "GET", actions)
    story("contributor", "POST", actions, {"action": "endorse"})
    story("contributor", "POST", SUBTITLES, cue("One more thing."), 403)
    story("contributor", "PUT", request, {"reviewer": "contributor"}, 403)

    story("reviewer", "PUT", old, {"reviewer": "reviewer"})
    corrected = cue("The harbour at dawn.", action="endorse")
    story("reviewer", "POST", SUBTITLES, corrected, 201)
    story("outsider", "GET", SUBTITLES, status=404)

    upcoming = story("critic", "GET", "teams/critics/subtitle-requests/?type=evaluations")
    assert upcoming["objects"][0]["evaluation_status"] == "available"
    story("contributor", "PUT", request, {"evaluator": "contributor"}, 403)
    evaluating = story(
        "critic", "PUT", f"teams/critics/subtitle-requests/{job}/", {"evaluator": "critic"}
    )
    assert evaluating["status"] == "in-evaluation1"
    story("critic", "GET", f"{SUBTITLES}?version=last")
    story("critic", "POST", actions, {"action": "endorse"})

    done = story("owner", "GET", request)
    assert (done["status"], done["work_status"]) == ("complete", "complete")
    story("outsider", "GET", SUBTITLES)
    story("owner", "GET", f"{FILM}/languages/en/")
    story("owner", "PUT", request, {"state": "complete"}, 400)
    story.keep("request")
