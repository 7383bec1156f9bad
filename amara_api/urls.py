"""Every route, in the order of the documentation."""

from django.contrib import admin
from django.urls import path, re_path
from drf_spectacular.views import SpectacularSwaggerSplitView

from activity.api.callbacks import CallbackViewSet
from activity.api.legacy import LegacyActivityViewSet
from activity.api.notifications import NotificationViewSet
from activity.api.streams import (
    TeamActivityViewSet,
    UserActivityViewSet,
    VideoActivityViewSet,
)
from amara_api import old_addresses, pages
from amara_api.api_forms import ApiFormPage
from amara_api.demo import pages as demo_pages
from amara_api.kernel.rest import converters
from amara_api.kernel.rest.routes import below
from amara_api.views import (
    DescriptionView,
    IndexViewSet,
    LanguagesViewSet,
    UnknownViewSet,
)
from subtitles.api.actions import ActionViewSet
from subtitles.api.changes import DiffViewSet, RestoreViewSet, TransformViewSet
from subtitles.api.languages import LanguageViewSet
from subtitles.api.notes import NoteViewSet
from subtitles.api.report import ReportViewSet
from subtitles.api.subtitles import SubtitlesViewSet
from subtitles.compare_pages import ComparePage
from subtitles.edit_page import EditPage
from subtitles.embed_pages import EmbedPage, oembed
from subtitles.pages import SubtitlesPage, WorkPage
from teams import pages as team_pages
from teams import work_pages
from teams.api.applications import ApplicationViewSet
from teams.api.coverage import TeamCoverageViewSet
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
from teams.home.activity import TeamActivityPage
from teams.home.coverage import CoverageFile, CoveragePage
from teams.home.overview import TeamPage
from teams.home.people import InvitationsPage, MembersPage
from teams.home.projects import ProjectPage, ProjectsPage
from teams.home.settings import AddTeamPage, SettingsPage
from teams.home.videos import TeamVideosPage
from teams.models import TeamLanguage
from users import pages as user_pages
from users.api.keys import KeyViewSet
from users.api.users import UserViewSet
from videos.api.editor_login import EditorLoginViewSet
from videos.api.video_urls import VideoUrlViewSet
from videos.api.videos import DurationViewSet, VideoViewSet
from videos.pages import AddVideoPage, OpenPage, VideoPage, VideosPage

converters.register()

LIST = {"get": "list"}
ADD = {"post": "create"}
LIST_ADD = {"get": "list", "post": "create"}
READ_CHANGE = {"get": "retrieve", "put": "update", "patch": "partial_update"}
READ_DELETE = {"get": "retrieve", "delete": "destroy"}
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
    path(f"{SUBTITLES}diff/", DiffViewSet.as_view({"get": "retrieve"}), name="subtitle-diff"),
    path(f"{SUBTITLES}report/", ReportViewSet.as_view({"get": "retrieve"}), name="subtitle-report"),
    path(f"{SUBTITLES}restore/", RestoreViewSet.as_view(ADD), name="subtitle-restore"),
    path(f"{SUBTITLES}transform/", TransformViewSet.as_view(ADD), name="subtitle-transform"),
    path(f"{SUBTITLES}notes/", NoteViewSet.as_view(LIST_ADD), name="subtitle-notes"),
    path(f"{VIDEO}activity/", VideoActivityViewSet.as_view(LIST), name="video-activity"),
    path("users/", UserViewSet.as_view(LIST_ADD), name="users"),
    path("users/me/", UserViewSet.as_view({"get": "me"}), name="user-me"),
    path("users/me/keys/", KeyViewSet.as_view(LIST_ADD), name="user-me-keys"),
    path("users/me/keys/<number:number>/", KeyViewSet.as_view(READ_DELETE), name="user-me-key"),
    path("users/<user:identifier>/", UserViewSet.as_view(READ_CHANGE), name="user"),
    path(
        "users/<user:identifier>/activity/",
        UserActivityViewSet.as_view(LIST),
        name="user-activity",
    ),
    path("users/<user:identifier>/keys/", KeyViewSet.as_view(LIST_ADD), name="user-keys"),
    path(
        "users/<user:identifier>/keys/<number:number>/",
        KeyViewSet.as_view(READ_DELETE),
        name="user-key",
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
    path(f"{TEAM}coverage/", TeamCoverageViewSet.as_view(LIST), name="team-coverage"),
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
    path("schema/", DescriptionView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
]
unknown = [re_path(r"^.*$", UnknownViewSet.as_view(ANY))]

urlpatterns = [
    below(
        "api/",
        [*api, *described, *old_addresses.routes(old_addresses.API), *unknown],
        namespace="api",
    ),
    below(
        "api2/partners/",
        [*api, *misprinted, *old_addresses.routes(old_addresses.PARTNERS), *unknown],
        namespace="partners",
    ),
    path("forms/<str:method>/<path:address>", ApiFormPage.as_view(), name="api-form"),
    *old_addresses.routes(old_addresses.AHEAD),
    path("", demo_pages.HomePage.as_view(), name="home"),
    path("account/", user_pages.ProfilePage.as_view(), name="account"),
    path("account/password/", user_pages.PasswordPage.as_view(), name="account-password"),
    path("account/second-factor/", user_pages.FactorPage.as_view(), name="account-factor"),
    path("account/sessions/", user_pages.SessionsPage.as_view(), name="account-sessions"),
    path("account/keys/", user_pages.KeysPage.as_view(), name="account-keys"),
    path("account/mail/", user_pages.MailPage.as_view(), name="account-mail"),
    path("auth/login/", user_pages.LoginPage.as_view(), name="login"),
    path("auth/code/", user_pages.CodePage.as_view(), name="second-factor"),
    path("auth/provider/", user_pages.ToProvider.as_view(), name="to-provider"),
    path("auth/provider/back/", user_pages.BackFromProvider.as_view(), name="from-provider"),
    path("auth/logout/", user_pages.LogoutPage.as_view(), name="logout"),
    path("auth/forgotten/", user_pages.ForgottenPage.as_view(), name="forgotten"),
    path("auth/password/<str:token>/", user_pages.ResetPage.as_view(), name="password-reset"),
    path("auth/sign-up/", user_pages.SignUpPage.as_view(), name="sign-up"),
    path("auth/sign-up/<str:token>/", user_pages.SignUpLinkPage.as_view(), name="sign-up-link"),
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
    path("teams/add/", AddTeamPage.as_view(), name="add-team"),
    path("teams/<slug:slug>/", TeamPage.as_view(), name="team-page"),
    path("teams/<slug:slug>/videos/", TeamVideosPage.as_view(), name="team-videos-page"),
    path("teams/<slug:slug>/coverage/", CoveragePage.as_view(), name="team-coverage-page"),
    path("teams/<slug:slug>/coverage.csv", CoverageFile.as_view(), name="team-coverage-file"),
    path("teams/<slug:slug>/activity/", TeamActivityPage.as_view(), name="team-activity-page"),
    path("teams/<slug:slug>/members/", MembersPage.as_view(), name="team-members-page"),
    path("teams/<slug:slug>/projects/", ProjectsPage.as_view(), name="team-projects-page"),
    path(
        "teams/<slug:slug>/projects/<project:project>/",
        ProjectPage.as_view(),
        name="team-project-page",
    ),
    path("teams/<slug:slug>/invitations/", InvitationsPage.as_view(), name="team-invitations-page"),
    path("teams/<slug:slug>/settings/", SettingsPage.as_view(), name="team-settings-page"),
    path("work/", work_pages.MyWorkPage.as_view(), name="my-work"),
    path("teams/<slug:slug>/tasks/", work_pages.TeamTasksPage.as_view(), name="tasks-page"),
    path(
        "teams/<slug:slug>/tasks/<number:task_id>/",
        work_pages.TaskPage.as_view(),
        name="task-page",
    ),
    path(
        "teams/<slug:slug>/requests/", work_pages.TeamRequestsPage.as_view(), name="requests-page"
    ),
    path(
        "teams/<slug:slug>/requests/<job:job_id>/",
        work_pages.RequestPage.as_view(),
        name="request-page",
    ),
    path("videos/", VideosPage.as_view(), name="videos-page"),
    path("videos/add/", AddVideoPage.as_view(), name="add-video"),
    path("videos/<video:video_id>/open/", OpenPage.as_view(), name="open-subtitles"),
    path("videos/<video:video_id>/work/", WorkPage.as_view(), name="work-page"),
    path(
        "videos/<video:video_id>/<language:language_code>/edit/",
        EditPage.as_view(),
        name="edit-page",
    ),
    path("videos/<video:video_id>/", VideoPage.as_view(), name="video-page"),
    path(
        "videos/<video:video_id>/<language:language_code>/compare/",
        ComparePage.as_view(),
        name="compare-page",
    ),
    path(
        "videos/<video:video_id>/<language:language_code>/<number:language>/<number:version>/",
        SubtitlesPage.as_view(),
        name="subtitles-page",
    ),
    path("embed/", EmbedPage.as_view(), name="embed-by-url"),
    path("embed/<video:video_id>/", EmbedPage.as_view(), name="embed-page"),
    path("oembed/", oembed, name="oembed"),
    path("films/<str:name>", demo_pages.film, name="film"),
    path("admin/login/", user_pages.admin_login),
    path("admin/", admin.site.urls),
    path("healthz", pages.healthz, name="healthz"),
    path("readyz", pages.readyz, name="readyz"),
    path("metrics", pages.metrics, name="metrics"),
    # Last: a page of ours with the same address comes first.
    *old_addresses.routes_of_site(),
]
handler400 = "amara_api.problems.bad_request"
handler403 = "amara_api.problems.forbidden"
handler404 = "amara_api.problems.not_found"
handler500 = "amara_api.problems.server_error"
