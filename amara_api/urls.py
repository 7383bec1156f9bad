"""Every route, in the order of the documentation."""

from django.contrib import admin
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from activity.api.callbacks import CallbackViewSet
from activity.api.legacy import LegacyActivityViewSet
from activity.api.notifications import NotificationViewSet
from activity.api.streams import (
    TeamActivityViewSet,
    UserActivityViewSet,
    VideoActivityViewSet,
)
from amara_api import pages
from amara_api.rest import converters
from amara_api.views import IndexViewSet, LanguagesViewSet, UnknownViewSet
from subtitles.api.actions import ActionViewSet
from subtitles.api.languages import LanguageViewSet
from subtitles.api.notes import NoteViewSet
from subtitles.api.subtitles import SubtitlesViewSet
from subtitles.pages import SubtitlesPage
from teams import pages as team_pages
from teams.api.applications import ApplicationViewSet
from teams.api.languages import LanguageListViewSet, TeamLanguagesViewSet
from teams.api.members import MemberViewSet
from teams.api.messages import MessageViewSet
from teams.api.projects import ProjectViewSet
from teams.api.safe_members import SafeMemberViewSet
from teams.api.subtitle_requests import (
    RemoteRequestViewSet,
    SubtitleRequestViewSet,
    TeamSubtitleRequestViewSet,
)
from teams.api.tasks import TaskViewSet
from teams.api.teams import TeamViewSet
from teams.models import TeamLanguage
from users import pages as user_pages
from users.api.users import UserViewSet
from videos.api.editor_login import EditorLoginViewSet
from videos.api.video_urls import VideoUrlViewSet
from videos.api.videos import DurationViewSet, VideoViewSet
from videos.pages import VideoPage

converters.register()

LIST = {"get": "list"}
LIST_ADD = {"get": "list", "post": "create"}
READ_CHANGE = {"get": "retrieve", "put": "update", "patch": "partial_update"}
READ_CHANGE_DELETE = {**READ_CHANGE, "delete": "destroy"}
ANY = dict.fromkeys(["get", "post", "put", "patch", "delete"], "unknown")

VIDEO = "videos/<video:video_id>/"
LANGUAGE = f"{VIDEO}languages/<language:language_code>/"
SUBTITLES = f"{LANGUAGE}subtitles/"
TEAM = "teams/<team:slug>/"

api = [
    path("", IndexViewSet.as_view(LIST), name="index"),
    path("languages/", LanguagesViewSet.as_view(LIST), name="languages"),
    path("videos/", VideoViewSet.as_view(LIST_ADD), name="videos"),
    path(VIDEO, VideoViewSet.as_view(READ_CHANGE_DELETE), name="video"),
    path(
        f"{VIDEO}duration/",
        DurationViewSet.as_view({"get": "retrieve", "put": "update"}),
        name="duration",
    ),
    path(f"{VIDEO}urls/", VideoUrlViewSet.as_view(LIST_ADD), name="video-urls"),
    path(
        f"{VIDEO}urls/<number:url_id>/",
        VideoUrlViewSet.as_view(READ_CHANGE_DELETE),
        name="video-url",
    ),
    path(f"{VIDEO}languages/", LanguageViewSet.as_view(LIST_ADD), name="subtitle-languages"),
    path(LANGUAGE, LanguageViewSet.as_view(READ_CHANGE), name="subtitle-language"),
    path(
        SUBTITLES,
        SubtitlesViewSet.as_view({"get": "retrieve", "post": "create", "delete": "destroy"}),
        name="subtitles",
    ),
    path(f"{SUBTITLES}actions/", ActionViewSet.as_view(LIST_ADD), name="subtitle-actions"),
    path(f"{SUBTITLES}notes/", NoteViewSet.as_view(LIST_ADD), name="subtitle-notes"),
    path(f"{VIDEO}activity/", VideoActivityViewSet.as_view(LIST), name="video-activity"),
    path("users/", UserViewSet.as_view(LIST_ADD), name="users"),
    path("users/me/", UserViewSet.as_view({"get": "me"}), name="user-me"),
    path("users/<user:identifier>/", UserViewSet.as_view(READ_CHANGE), name="user"),
    path(
        "users/<user:identifier>/activity/",
        UserActivityViewSet.as_view(LIST),
        name="user-activity",
    ),
    path("teams/", TeamViewSet.as_view(LIST_ADD), name="teams"),
    path(TEAM, TeamViewSet.as_view(READ_CHANGE_DELETE), name="team"),
    path(f"{TEAM}members/", MemberViewSet.as_view(LIST_ADD), name="team-members"),
    path(
        f"{TEAM}members/<user:identifier>/",
        MemberViewSet.as_view(READ_CHANGE_DELETE),
        name="team-member",
    ),
    path(f"{TEAM}safe-members/", SafeMemberViewSet.as_view(LIST_ADD), name="safe-members"),
    path(
        f"{TEAM}safe-members/<user:identifier>/",
        SafeMemberViewSet.as_view(READ_CHANGE_DELETE),
        name="safe-member",
    ),
    path(f"{TEAM}projects/", ProjectViewSet.as_view(LIST_ADD), name="team-projects"),
    path(
        f"{TEAM}projects/<project:project>/",
        ProjectViewSet.as_view(READ_CHANGE_DELETE),
        name="team-project",
    ),
    path(
        f"{TEAM}applications/",
        ApplicationViewSet.as_view({"get": "list"}),
        name="team-applications",
    ),
    path(
        f"{TEAM}applications/<number:application_id>/",
        ApplicationViewSet.as_view(READ_CHANGE_DELETE),
        name="team-application",
    ),
    path(
        f"{TEAM}languages/",
        TeamLanguagesViewSet.as_view({"get": "list"}),
        name="team-languages",
    ),
    *[
        path(
            f"{TEAM}languages/{kind.label}/",
            LanguageListViewSet.as_view({"get": "retrieve", "put": "update"}, kind=kind),
            name=f"team-{kind.label}",
        )
        for kind in TeamLanguage.Kind
    ],
    path(f"{TEAM}tasks/", TaskViewSet.as_view(LIST_ADD), name="team-tasks"),
    path(
        f"{TEAM}tasks/<number:task_id>/",
        TaskViewSet.as_view(READ_CHANGE_DELETE),
        name="team-task",
    ),
    path(
        f"{TEAM}subtitle-requests/",
        TeamSubtitleRequestViewSet.as_view(LIST_ADD),
        name="team-subtitle-requests",
    ),
    path(
        f"{TEAM}subtitle-requests/remote/",
        RemoteRequestViewSet.as_view(LIST),
        name="team-remote-requests",
    ),
    path(
        f"{TEAM}subtitle-requests/<job:job_id>/",
        TeamSubtitleRequestViewSet.as_view(READ_CHANGE_DELETE),
        name="team-subtitle-request",
    ),
    path(
        "subtitle-requests/",
        SubtitleRequestViewSet.as_view(LIST_ADD),
        name="subtitle-requests",
    ),
    path(
        "subtitle-requests/<job:job_id>/",
        SubtitleRequestViewSet.as_view(READ_CHANGE_DELETE),
        name="subtitle-request",
    ),
    path(f"{TEAM}activity/", TeamActivityViewSet.as_view(LIST), name="team-activity"),
    path("activity/", LegacyActivityViewSet.as_view(LIST), name="legacy-activity"),
    path(
        "activity/<number:record_id>/",
        LegacyActivityViewSet.as_view({"get": "retrieve"}),
        name="legacy-activity-item",
    ),
    path(f"{TEAM}callbacks/", CallbackViewSet.as_view(LIST_ADD), name="team-callbacks"),
    path(
        f"{TEAM}callbacks/<number:callback_id>/",
        CallbackViewSet.as_view(READ_CHANGE_DELETE),
        name="team-callback",
    ),
    *[
        path(
            f"{TEAM}callbacks/<number:callback_id>/{action}/",
            CallbackViewSet.as_view({"post": action}),
            name=f"callback-{action}",
        )
        for action in ("rotate", "test")
    ],
    path(f"{TEAM}notifications/", NotificationViewSet.as_view(LIST), name="team-notifications"),
    path(
        f"{TEAM}notifications/<number:number>/",
        NotificationViewSet.as_view({"get": "retrieve"}),
        name="team-notification",
    ),
    path(
        f"{TEAM}notifications/<number:number>/resend/",
        NotificationViewSet.as_view({"post": "resend"}),
        name="notification-resend",
    ),
    path("message/", MessageViewSet.as_view({"post": "create"}), name="messages"),
    path("editor-login/", EditorLoginViewSet.as_view({"post": "create"}), name="editor-login"),
]
# How the documentation of 2011 misprints the paths of urls. Nameless: no link leads here.
misprinted = [
    path("users/<video:video_id>/urls/", VideoUrlViewSet.as_view(LIST_ADD)),
    path(
        "users/<video:video_id>/urls/<number:url_id>/",
        VideoUrlViewSet.as_view(READ_CHANGE_DELETE),
    ),
]
described = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
]
unknown = [re_path(r"^.*$", UnknownViewSet.as_view(ANY))]

urlpatterns = [
    path("api/", include(([*api, *described, *unknown], "api"))),
    path("api2/partners/", include(([*api, *misprinted, *unknown], "api"), namespace="partners")),
    path("", pages.HomePage.as_view(), name="home"),
    path("account/", user_pages.AccountPage.as_view(), name="account"),
    path("auth/login/", user_pages.LoginPage.as_view(), name="login"),
    path("auth/logout/", user_pages.LogoutPage.as_view(), name="logout"),
    path("auth/auto-login/<str:token>/", user_pages.AutoLogin.as_view(), name="auto-login"),
    path(
        "auth/confirm-email/<str:token>/", user_pages.ConfirmEmail.as_view(), name="confirm-email"
    ),
    path("auth/unsubscribe/<str:token>/", user_pages.UnsubscribePage.as_view(), name="unsubscribe"),
    path("messages/", team_pages.InboxPage.as_view(), name="inbox"),
    path(
        "invitations/<number:invitation>/",
        team_pages.InvitationPage.as_view(),
        name="invitation",
    ),
    path("teams/", team_pages.TeamsPage.as_view(), name="teams-page"),
    path("teams/<slug:slug>/", team_pages.TeamPage.as_view(), name="team-page"),
    path("videos/<video:video_id>/", VideoPage.as_view(), name="video-page"),
    path(
        "videos/<video:video_id>/<language:language_code>/<number:language>/<number:version>/",
        SubtitlesPage.as_view(),
        name="subtitles-page",
    ),
    path("admin/", admin.site.urls),
    path("healthz", pages.healthz, name="healthz"),
]
handler400 = "amara_api.problems.bad_request"
handler403 = "amara_api.problems.forbidden"
handler404 = "amara_api.problems.not_found"
handler500 = "amara_api.problems.server_error"
