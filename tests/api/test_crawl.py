"""Whatever an answer offers is there for whoever was offered it, in every form and format; and
nobody is told, anywhere, of what is not theirs to see."""

from __future__ import annotations

import re
from difflib import unified_diff

import pytest

from activity.models import ActivityRecord
from activity.types import MEMBERSHIP, TEAM_PRIVATE
from amara_api.urls import api as routes
from teams.models import Team
from teams.policies import find_team, find_video, may_be_told
from teams.policies.activity import (
    own_records,
    readable_records,
    records_by,
    records_of_team,
    records_of_video,
)
from tests.api import crawling
from tests.api.crawling import DIALECTS, DRAFT, FORMATS, HIDDEN, OUTSIDERS, READERS, Crawl
from tests.photographs import photographed
from users.models import User
from videos.models import Video

pytestmark = pytest.mark.django_db

USUAL = "20161201"
OTHERS = [each for each in DIALECTS if each != USUAL]
# Accounts are known to all who have one; what somebody is or does in a team is not.
OF_PEOPLE = re.compile(r"/api2?/(partners/)?users/")
NAMES = {*crawling.DRAFT_PEOPLE, *crawling.HIDDEN_PEOPLE}

# What they show is shown at another address, which answers lead to.
NEVER_LINKED = {"user-me-key", "safe-member"}


@pytest.fixture
def plain(api_for):
    return photographed("crawled", lambda: crawling.build(api_for))


@pytest.fixture
def world(api_for):
    return photographed("crawled with secrets", lambda: with_secrets(crawling.build(api_for)))


def with_secrets(world):
    crawling.add_draft(world)
    crawling.add_hidden_team(world)
    return world


def crawls(world, who):
    """The usual form with all pages; of the others each role, form and format with each other."""
    yield Crawl(world, who).run()
    turn = READERS.index(who)
    for n, dialect in enumerate(OTHERS):
        output = FORMATS[(n + turn) % len(FORMATS)]
        yield Crawl(world, who, dialect, output, visits=1, pages=False).run()


@pytest.mark.by_halves
@pytest.mark.parametrize("who", READERS)
def test_what_is_offered_is_there_and_no_secret(world, who):
    wrong, told, read = [], [], set()
    secrets = list(HIDDEN.values())
    if who in (*OUTSIDERS, "staff", "superuser"):
        secrets += DRAFT.values()
    for crawl in crawls(world, who):
        wrong += [f"{crawl.dialect}, {crawl.output}: {each}" for each in crawl.wrong]
        told += [f"{crawl.dialect}: {each}" for each in leaks(world, crawl, secrets)]
        read |= {each.partition(":")[2] for each in crawl.routes()}
    assert (wrong, told) == ([], [])
    if who == "owner":
        reading = {each.name for each in routes if "get" in each.callback.actions}
        assert reading - read == NEVER_LINKED


def leaks(world, crawl, secrets):
    """Paths whose answers hold a secret, with it."""
    ids = [world.people[each].public_id for each in secrets if each in NAMES]
    for path, (_, text) in crawl.answers.items():
        known = NAMES if OF_PEOPLE.match(path) else set()
        hidden = [each for each in secrets if each not in known] + ([] if known else ids)
        # An answer may repeat what was asked for.
        yield from (f"{path}: {each}" for each in hidden if each in text and each not in path)


def test_nobody_outside_notices_drafts_and_hidden_teams(plain):
    """Not a byte of what they are told is another with all of it than without: no count, no date,
    no link."""
    dialects = dict(zip(OUTSIDERS, (USUAL, *OTHERS[:2]), strict=True))
    before = {who: Crawl(plain, who, each).run().answers for who, each in dialects.items()}
    with_secrets(plain)
    changed = []
    for who, dialect in dialects.items():
        after = Crawl(plain, who, dialect).run().answers
        changed += [
            f"{who}: {path}: {difference(before[who].get(path), after.get(path))}"
            for path in sorted({*before[who], *after})
            if before[who].get(path) != after.get(path)
        ]
    assert changed == []


def test_who_reads_a_record_may_be_told_of_it(world):
    """The streams have conditions on records, `may_be_told` one on people. They agree."""
    wrong, read = [], 0
    for who in READERS[1:]:
        user = world.people[who]
        teams = [each for each in Team.objects.all() if find_team(user, each.slug)]
        videos = [each for each in Video.objects.all() if find_video(user, each.video_id)]
        streams = [
            own_records(user),
            readable_records(user),
            *(records_of_team(user, each) for each in teams),
            *(records_of_video(user, each) for each in videos),
            *(records_by(user, each) for each in world.people.values()),
        ]
        told = {}
        for condition in streams:
            found = ActivityRecord.objects.filter(condition).select_related("video", "team")
            for each in found:
                team = each.team if each.type in TEAM_PRIVATE | MEMBERSHIP else None
                about = {"team": team, "video": each.video, "drafts": each.draft}
                key = repr(about)
                if key not in told:
                    told[key] = may_be_told(User.objects.filter(pk=user.pk), **about).exists()
                read += 1
                if not told[key]:
                    wrong.append(f"{who}: {each.type} {about}")
    assert read > 100
    assert wrong == []


def difference(before, after):
    """Where two answers part."""
    lines = [str(each).replace("\\n", "\n").splitlines() for each in (before, after)]
    return [each[:200] for each in unified_diff(*lines, n=0, lineterm="")][2:]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ('{"a": [{"b": "http://testserver/api/x/?a=1&b=2"}]}', "json"),
        ("<r><a>http://testserver/api/x/?a=1&amp;b=2</a></r>", "xml"),
        ("a:\n- b: http://testserver/api/x/?a=1&b=2\n", "yaml"),
        ('<a href="http://testserver/api/x/?a=1&amp;b=2">x</a>', "html"),
    ],
)
def test_addresses_are_found_wherever_they_stand(content, kind):
    assert list(crawling.offered(content, kind)) == ["http://testserver/api/x/?a=1&b=2"]
