"""Pages for people in teams: the inbox with its invitations, and the teams. Those of each team are
in `teams.home`."""

from __future__ import annotations

from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.views.generic import TemplateView, View

from amara_api.kernel.errors import DomainError, sentences
from amara_api.kernel.problems import problem
from amara_api.kernel.shapes import Data
from teams.models import Invitation
from teams.policies import listed_teams, may_create_team, team_ids_of
from teams.services import invitations
from users.messages import inbox_of, mark_read
from users.models import MailKind, User
from videos.pages import status_of

MESSAGES_A_PAGE = 20
TEAMS_A_PAGE = 50
# Kinds that no person sends. The sender of any other has a name, or had one.
OF_THE_SERVER = (MailKind.APPLICATION, MailKind.CALLBACK)

# --- messages and invitations --------------------------------------------------------------------


class InboxPage(LoginRequiredMixin, TemplateView):
    """What was written to a person, newest first, below what they are asked to answer.

    Whatever it shows has been read by that.
    """

    template_name = "teams/inbox.html"

    def get_context_data(self, **kwargs: Data) -> dict[str, Data]:
        user = self.request.user
        assert isinstance(user, User)
        mine = inbox_of(user).select_related("sender", "team")
        page = Paginator(mine.order_by("-pk"), MESSAGES_A_PAGE).get_page(
            self.request.GET.get("page")
        )
        shown = list(page.object_list)
        if self.request.method == "GET":
            mark_read(user, shown)
        asked = Invitation.objects.filter(user=user).select_related("team", "inviter")
        return super().get_context_data(
            page=page,
            shown=shown,
            invitations=list(asked.order_by("-pk")),
            own_teams=set(team_ids_of(user)),
            of_the_server=OF_THE_SERVER,
            **kwargs,
        )


class InvitationPage(LoginRequiredMixin, View):
    """Where the buttons of an invitation lead: accept or decline."""

    http_method_names = ["post"]  # noqa: RUF012 - Django's own name for it

    def handle_no_permission(self) -> HttpResponseRedirect:
        return redirect_to_login(reverse("inbox"))

    def post(self, request: HttpRequest, invitation: int) -> HttpResponse:
        user = request.user
        assert isinstance(user, User)
        own = Invitation.objects.filter(pk=invitation, user=user).select_related("team").first()
        if own is None:
            raise Http404
        answer = request.POST.get("do")
        try:
            if answer == "accept":
                invitations.accept(own, actor=user)
                return redirect("team-page", own.team.slug)
            if answer == "decline":
                invitations.decline(own, actor=user)
                return redirect("inbox")
        except DomainError as error:
            return problem(request, status_of(error), " ".join(sentences(error)))
        return problem(request, 400, "Bad request.")


# --- teams ---------------------------------------------------------------------------------------


class TeamsPage(TemplateView):
    """The teams that the person may find, by name."""

    template_name = "teams/teams.html"

    def get_context_data(self, **kwargs: Data) -> dict[str, Data]:
        user = self.request.user
        page = Paginator(listed_teams(user).order_by("name"), TEAMS_A_PAGE).get_page(
            self.request.GET.get("page")
        )
        return super().get_context_data(
            page=page,
            own_teams=set(team_ids_of(user)),
            may_add=isinstance(user, User) and bool(may_create_team(user)),
            **kwargs,
        )
