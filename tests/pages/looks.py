"""Where axe-core looks: each route of a page, and the test that looks there; or why none does.

A test that is named here fails in the end when it has not looked (`conftest`)."""

from urllib.parse import urlsplit

from django.urls import Resolver404, resolve

_IN = {
    "test_barriers.py::test_no_barrier_where_no_story_leads": (
        "home",
        "auto-login",
        "confirm-email",
        "embed-page",
        "login",
        "password-reset",
        "sign-up-link",
        "team-invitations-page",
        "team-projects-page",
        "teams-page",
        "tasks-page",
        "unsubscribe",
        "work-page",
    ),
    "test_browsable_in_a_browser.py::test_no_barrier_in_the_browsable_api": (
        "api:index",
        "api-form",
    ),
    "test_compare.py::test_somebody_undoes_what_a_vandal_did": ("compare-page",),
    "test_editor.py::test_one_typo_is_mended_and_nothing_else_changes": ("edit-page",),
    "test_player.py::test_a_member_watches_a_draft_restores_an_older_version_and_sees_that_play": (
        "video-page",
        "subtitles-page",
    ),
    "test_reference_in_a_browser.py::test_no_barrier_in_the_reference": ("api:docs",),
    "test_signing_in.py::test_a_forgotten_password": (
        "account",
        "account-mail",
        "account-password",
        "account-sessions",
        "forgotten",
    ),
    "test_signing_in.py::test_a_second_factor": ("account-factor", "second-factor"),
    "test_signing_in.py::test_by_a_provider": ("from-provider",),
    "test_signing_in.py::test_a_developer_signs_up_and_makes_a_key": ("account-keys", "sign-up"),
    "test_team_pages.py::test_an_owner_sets_up_a_team_of_five_and_a_member_sees_it": (
        "add-team",
        "team-activity-page",
        "team-coverage-page",
        "team-members-page",
        "team-page",
        "team-project-page",
        "team-settings-page",
        "team-videos-page",
    ),
    "test_videos_in_a_browser.py::test_a_member_finds_a_video_mends_a_file_and_publishes": (
        "add-video",
        "videos-page",
    ),
    "test_work.py::test_a_request_goes_from_hand_to_hand": ("request-page", "requests-page"),
    "test_work.py::test_what_comes_of_work_has_no_barrier": ("inbox", "my-work", "task-page"),
}
TEST_OF = {route: test for test, routes in _IN.items() for route in routes}
EXCEPTIONS = {
    "embed-by-url": "The page of `embed-page`, found by another name.",
    "film": "A media file.",
    "healthz": "For programs.",
    "readyz": "For programs.",
    "metrics": "For programs.",
    "oembed": "For programs.",
    "team-coverage-file": "A CSV file.",
    "invitation": "Takes an answer, and leads to the inbox or the team.",
    "logout": "Takes a button, and leads to the first page.",
    "open-subtitles": "Leads to a version or to the work page.",
    "to-provider": "Goes on by itself to the site of others.",
}

_seen: set[str] = set()


def looked_at(url: str) -> None:
    """Said by whatever runs axe."""
    try:
        found = resolve(urlsplit(url).path)
    except Resolver404:
        return
    if found.view_name:
        _seen.add(found.view_name)


def begin() -> None:
    _seen.clear()


def not_seen_by(test: str) -> set[str]:
    """Routes at which the test should have looked."""
    return set(_IN.get(test, ())) - _seen
