"""Who may do what with teams: the rows of `permission_matrix`, for three teams.

Everybody of the cast is in *films*, which all can see, and in *hush*, which is hidden; nobody is in
*others*. All three take members by application.
"""

from tests.api.permission_matrix import Row

TEAMS = ("films", "hush", "others")

TEAM = "teams/{team}/"
OLD = "?api-future=20160801"

# What everybody with an account sees, what members see, what admins do; nobody finds *hush*.
ACCOUNTS = ("!++ ++++ +++", "!?? ++++ ???", "!++ ++++ +++")
MEMBERS = ("!-- ++++ ---", "!?? ++++ ???", "!-- ---- ---")
MEMBERS_OR_SUPER = ("!-- ++++ --+", "!?? ++++ ???", "!-- ---- --+")
ADMINS = ("!-- --++ ---", "!?? --++ ???", "!-- ---- ---")

OWNERS = ("!-- ---+ ---", "!?? ---+ ???", "!-- ---- ---")
SECOND = "/api2/partners/"

MANAGERS = ("!-- -+++ ---", "!?? -+++ ???", "!-- ---- ---")

# Without a team in the address somebody else's request is as good as none.
OWN = ("!?? ++++ ???", "!?? ++++ ???", "!?? ???? ???")
OWN_ADMINS = ("!?? --++ ???", "!?? --++ ???", "!?? ???? ???")

ADDRESS = {"url": "https://hooks.example.com/new"}
CALLBACK = TEAM + "callbacks/{callback}/"
NEW_REQUEST = {"video": "{video}", "language": "fr"}
REQUESTS = TEAM + "subtitle-requests/"
REQUEST = REQUESTS + "{request}/"
DUE = {"due": "2030-01-01T00:00:00Z"}
FREE = {"subtitler": None}

NEW_TASK = {"video_id": "{video}", "type": "Translate", "language": "fr"}
NEW = {"name": "New", "slug": "new"}
JOINING = {"user": "newcomer", "role": "contributor"}
INVITED = {"username": "newcomer", "role": "contributor"}

ROWS = [
    Row("teams", "GET", "teams/", 200, ("!++ ++++ +++",)),
    Row("teams", "POST", "teams/", 201, ("!-- ---- +-+",), NEW),
    Row("team", "GET", TEAM, 200, ACCOUNTS),
    Row("team", "PUT", TEAM, 200, ADMINS, {"description": "New"}),
    Row("team", "PATCH", TEAM, 200, ADMINS, {"is_visible": True}),
    Row("team", "DELETE", SECOND + TEAM, 204, OWNERS),
    Row("team-members", "GET", TEAM + "members/", 200, MEMBERS),
    Row("team-members", "POST", TEAM + "members/", 201, ADMINS, JOINING),
    Row("team-member", "GET", TEAM + "members/veteran/", 200, MEMBERS),
    Row("team-member", "PUT", TEAM + "members/veteran/", 200, ADMINS, {"role": "manager"}),
    Row("team-member", "PATCH", TEAM + "members/veteran/", 200, ADMINS, {"role": "manager"}),
    Row("team-member", "DELETE", TEAM + "members/veteran/", 204, ADMINS),
    Row("safe-members", "GET", TEAM + "safe-members/" + OLD, 200, MEMBERS),
    Row("safe-members", "POST", TEAM + "safe-members/" + OLD, 202, ADMINS, INVITED),
    Row("safe-member", "GET", TEAM + "safe-members/veteran/" + OLD, 200, MEMBERS),
    Row(
        "safe-member", "PUT", TEAM + "safe-members/veteran/" + OLD, 200, ADMINS, {"role": "manager"}
    ),
    Row(
        "safe-member",
        "PATCH",
        TEAM + "safe-members/veteran/" + OLD,
        200,
        ADMINS,
        {"role": "manager"},
    ),
    Row("safe-member", "DELETE", TEAM + "safe-members/veteran/" + OLD, 204, ADMINS),
    Row("team-projects", "GET", TEAM + "projects/", 200, MEMBERS),
    Row("team-projects", "POST", TEAM + "projects/", 201, ADMINS, NEW),
    Row("team-project", "GET", TEAM + "projects/shorts/", 200, MEMBERS),
    Row("team-project", "PUT", TEAM + "projects/shorts/", 200, ADMINS, {"description": "New"}),
    Row("team-project", "PATCH", TEAM + "projects/shorts/", 200, ADMINS, {"description": "New"}),
    Row("team-project", "DELETE", TEAM + "projects/shorts/", 204, ADMINS),
    Row("team-applications", "GET", TEAM + "applications/", 200, ADMINS),
    Row("team-application", "GET", TEAM + "applications/{application}/", 200, ADMINS),
    Row(
        "team-application",
        "PUT",
        TEAM + "applications/{application}/",
        200,
        ADMINS,
        {"status": "Approved"},
    ),
    Row(
        "team-application",
        "PATCH",
        TEAM + "applications/{application}/",
        200,
        ADMINS,
        {"status": "Denied"},
    ),
    Row(
        "team-application",
        "DELETE",
        SECOND + TEAM + "applications/{application}/",
        204,
        ADMINS,
    ),
    Row("team-tasks", "GET", TEAM + "tasks/", 200, MEMBERS),
    Row("team-tasks", "POST", TEAM + "tasks/", 201, MEMBERS, NEW_TASK),
    Row("team-task", "GET", TEAM + "tasks/{task}/", 200, MEMBERS),
    Row("team-task", "PUT", TEAM + "tasks/{task}/", 200, MEMBERS, {"priority": 3}),
    Row("team-task", "PATCH", TEAM + "tasks/{task}/", 200, MEMBERS, {"assignee": None}),
    Row("team-task", "DELETE", TEAM + "tasks/{task}/", 204, MANAGERS),
    Row("team-subtitle-requests", "GET", REQUESTS, 200, MEMBERS),
    Row("team-subtitle-requests", "POST", REQUESTS, 201, ADMINS, NEW_REQUEST),
    Row("team-remote-requests", "GET", REQUESTS + "remote/", 200, MEMBERS),
    Row("team-subtitle-request", "GET", REQUEST, 200, MEMBERS),
    Row("team-subtitle-request", "PUT", REQUEST, 200, ADMINS, DUE),
    Row("team-subtitle-request", "PATCH", REQUEST, 200, MEMBERS, FREE),
    Row("team-subtitle-request", "DELETE", REQUEST, 204, ADMINS),
    Row("subtitle-requests", "GET", "subtitle-requests/", 200, ("!++ ++++ +++",)),
    Row("subtitle-requests", "POST", "subtitle-requests/", 201, ADMINS[:1], NEW_REQUEST),
    Row("subtitle-request", "GET", "subtitle-requests/{request}/", 200, OWN),
    Row("subtitle-request", "PUT", "subtitle-requests/{request}/", 200, OWN_ADMINS, DUE),
    Row("subtitle-request", "PATCH", "subtitle-requests/{request}/", 200, OWN, FREE),
    Row("subtitle-request", "DELETE", "subtitle-requests/{request}/", 204, OWN_ADMINS),
    Row("team-languages", "GET", TEAM + "languages/", 200, ACCOUNTS),
    Row("team-preferred", "GET", TEAM + "languages/preferred/", 200, MEMBERS),
    Row("team-preferred", "PUT", TEAM + "languages/preferred/", 200, ADMINS, ["fr"]),
    Row("team-blacklisted", "GET", TEAM + "languages/blacklisted/", 200, MEMBERS),
    Row("team-blacklisted", "PUT", TEAM + "languages/blacklisted/", 200, ADMINS, ["fr"]),
    Row("team-coverage", "GET", TEAM + "coverage/", 200, ACCOUNTS),
    Row("team-activity", "GET", TEAM + "activity/", 200, ACCOUNTS),
    Row("team-callbacks", "GET", TEAM + "callbacks/", 200, ADMINS),
    Row("team-callbacks", "POST", TEAM + "callbacks/", 201, ADMINS, ADDRESS),
    Row("team-callback", "GET", CALLBACK, 200, ADMINS),
    Row("team-callback", "PUT", CALLBACK, 200, ADMINS, {"is_on": False}),
    Row("team-callback", "PATCH", CALLBACK, 200, ADMINS, {"events": ["video-added"]}),
    Row("team-callback", "DELETE", CALLBACK, 204, ADMINS),
    Row("callback-rotate", "POST", CALLBACK + "rotate/", 200, ADMINS),
    Row("callback-test", "POST", CALLBACK + "test/", 202, ADMINS),
    Row("team-notifications", "GET", TEAM + "notifications/", 200, MEMBERS_OR_SUPER),
    Row("team-notification", "GET", TEAM + "notifications/1/", 200, MEMBERS_OR_SUPER),
    Row("notification-resend", "POST", TEAM + "notifications/1/resend/", 202, ADMINS),
    Row(
        "messages",
        "POST",
        "message/",
        201,
        ("!++ ++++ +++",),
        {"user": "veteran", "subject": "Hello", "content": "There"},
    ),
]

# Who lets applicants in under each membership policy, who invites, and who may simply come in.
DOORS = [
    # policy, decide on applications, invite a contributor, join by oneself
    ("OPEN", "++++", "--++", True),
    ("APPLICATION", "--++", "--++", False),
    ("INVITATION_BY_ANY", "++++", "++++", False),
    ("INVITATION_BY_MANAGER", "-+++", "-+++", False),
    ("INVITATION_BY_ADMIN", "--++", "--++", False),
]

# Who may give whom which role: actor, the member's role, the new one, allowed.
_LADDER = ("contributor", "manager", "admin", "owner")


def role_changes():
    """(actor, member's role, new role, whether that is allowed), all of them."""
    for actor in ("stranger", *_LADDER):
        for old in _LADDER:
            for new in _LADDER:
                owner = actor == "owner" and new != "owner"
                admin = actor == "admin" and {old, new} <= {"contributor", "manager"}
                yield actor, old, new, owner or admin
