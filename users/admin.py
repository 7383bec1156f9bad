"""Accounts, keys and login links in the admin. A key is shown once, when it is made."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, SetPasswordMixin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.core.validators import MaxLengthValidator
from django.db import models, transaction
from django.db.models import Count, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.views.decorators.csrf import csrf_protect

from amara_api.admin import (
    HidingAdmin,
    PlainAdmin,
    ReadOnlyAdmin,
    ServiceAdmin,
    as_stored,
    changed_fields,
    preformatted,
)
from amara_api.kernel.administration import What
from amara_api.kernel.errors import DomainError, sentences
from amara_api.kernel.names import kept_name
from amara_api.kernel.shapes import Data
from teams.services import members, moderation
from users import keys, second_factor, services
from users.forms import KeyForm
from users.hashers import MAX_PASSWORD
from users.messages import delete_messages, hide_message
from users.models import ApiKey, Identity, LoginToken, MailKind, Message, SecondFactor, User
from users.policies import may_edit_user, may_moderate

if TYPE_CHECKING:
    from django.forms import Form
    from django.urls import URLPattern

# Whoever may set these may do everything, so they are a superuser's to give.
POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")


class UserAddForm(SetPasswordMixin, forms.ModelForm):
    password1, password2 = SetPasswordMixin.create_password_fields()

    class Meta:
        model = User
        fields = ("username", "email", "full_name", "is_partner")

    def __init__(self, *args: Data, **kwargs: Data) -> None:
        super().__init__(*args, **kwargs)
        for name in ("password1", "password2"):
            self.fields[name].required = False
            self.fields[name].validators.append(MaxLengthValidator(MAX_PASSWORD))
        self.fields[
            "password1"
        ].help_text = "Without one, the account logs in with its API key or by a login link only."

    def clean(self) -> dict[str, Data] | None:
        if self.cleaned_data.get("password1") or self.cleaned_data.get("password2"):
            self.cleaned_data.setdefault("password1", "")
            if self.cleaned_data["password1"] != self.cleaned_data.get("password2"):
                self.add_error("password2", self.error_messages["password_mismatch"])
            self.validate_password_for_user(self.instance)
        return super().clean()


class PasswordForm(AdminPasswordChangeForm):
    """Sets a password through the service, in the name of ``user.edited_by``."""

    def __init__(self, *args: Data, **kwargs: Data) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].validators.append(MaxLengthValidator(MAX_PASSWORD))

    def save(self, commit: bool = True) -> User:
        if not self.cleaned_data["set_usable_password"]:
            return services.update_user(self.user, actor=self.user.edited_by, no_password=True)
        return services.update_user(
            self.user, actor=self.user.edited_by, password=self.cleaned_data["password1"]
        )


@admin.register(User)
class UserAdmin(ServiceAdmin, DjangoUserAdmin):
    list_display = (
        "username",
        "email",
        "is_active",
        "is_partner",
        "is_staff",
        "key_state",
        "date_joined",
    )
    list_filter = ("is_active", "is_partner", "is_staff", "is_superuser")
    search_fields = ("username", "email", "full_name", "first_name", "last_name", "=public_id")
    search_help_text = "User name, e-mail address, name or lasting id"
    ordering = ("username",)
    typed_by = ("username",)
    typed_words = "User name or number"
    actions = ("revoke_keys",)
    add_form = UserAddForm
    form = forms.ModelForm
    change_password_form = PasswordForm
    add_form_template = None
    filter_horizontal = ("groups", "user_permissions")
    add_fieldsets = (
        (None, {"fields": ("username", "email", "full_name", "is_partner")}),
        ("Password", {"fields": ("password1", "password2")}),
    )
    fieldsets = (
        (None, {"fields": ("username", "identifier", "password_state", "key_state", "is_active")}),
        (
            "Mail",
            {
                "fields": (
                    "email",
                    "email_confirmed",
                    "wants_mail",
                    "mails_daily",
                    *(kind.switch for kind in MailKind),
                )
            },
        ),
        (
            "Person",
            {
                "fields": (
                    "full_name",
                    "first_name",
                    "last_name",
                    "biography",
                    "homepage",
                    "avatar",
                    "languages",
                    "follows_own_videos",
                )
            },
        ),
        ("May", {"fields": ("is_partner", "can_send_messages", *POWERS)}),
        (
            "When and by whom",
            {"fields": ("date_joined", "last_login", "created_by", "is_independent")},
        ),
    )
    kept = (
        "username",
        "identifier",
        "password_state",
        "key_state",
        "email_confirmed",
        "date_joined",
        "last_login",
        "created_by",
        "is_independent",
    )

    def places(self, obj: User) -> list[tuple[str, str]]:
        return [("API", reverse("api:user", args=[obj.identifier]))]

    # --- who may what ----------------------------------------------------------------------------

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Staff may not take over other staff, here as in the API."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or bool(may_edit_user(request.user, obj)))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Staff are deactivated, not deleted: the admin's own history goes with its author."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and not (obj is not None and (obj.is_staff or obj.is_superuser))

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        return self.kept if request.user.is_superuser else (*self.kept, *POWERS)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[User]:
        # Newest and number alone: the digests are nothing that a page needs.
        found = ApiKey.objects.filter(user=OuterRef("pk")).order_by().values("user")
        return (
            super()
            .get_queryset(request)
            .annotate(
                key_count=Coalesce(Subquery(found.annotate(n=Count("pk")).values("n")), 0),
                key_used=Subquery(found.annotate(last=Max("last_used")).values("last")),
            )
        )

    def what_goes_with(self, obj: User) -> str:
        return (
            "with its keys, followed videos and memberships. What it made stays, by the name that "
            "it has now: give it another name first if that one must go."
        )

    # --- columns ---------------------------------------------------------------------------------

    @admin.display(description="API keys", ordering="key_count")
    def key_state(self, obj: User) -> str:
        used = date_format(obj.key_used, "DATE_FORMAT") if obj.key_used else "never"
        return f"{obj.key_count}, last used: {used}" if obj.key_count else "none"

    @admin.display(description="Password")
    def password_state(self, obj: User) -> SafeString:
        state = "is set" if obj.has_usable_password() else "none"
        link = reverse("admin:auth_user_password_change", args=[obj.pk])
        return format_html('{} (<a href="{}">change</a>)', state, link)

    # --- writes ----------------------------------------------------------------------------------

    def save_model(
        self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool
    ) -> None:
        if change:
            fields = {k: v for k, v in changed_fields(form).items() if k in _COLUMNS}
            if fields:
                stored = as_stored(obj)
                had_password = stored.has_usable_password()
                saved = services.update_user(stored, actor=request.user, **fields)
                obj.__dict__.update(saved.__dict__)
                if had_password and not saved.has_usable_password():
                    messages.warning(
                        request,
                        "The password was set by somebody with less power, so it is gone. Set "
                        "another one.",
                    )
            return
        given = form.cleaned_data
        made, key = services.create_user(
            actor=request.user,
            username=given["username"],
            password=given["password1"] or None,
            **{name: given[name] for name in ("email", "full_name", "is_partner")},
        )
        obj.__dict__.update(made.__dict__)
        request.new_key = key

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        with transaction.atomic():
            members.take_out_of_all(obj, actor=request.user)
            services.delete_user(obj, actor=request.user)

    def response_add(
        self, request: HttpRequest, obj: User, post_url_continue: str | None = None
    ) -> HttpResponse:
        if IS_POPUP_VAR in request.POST:
            return super().response_add(request, obj, post_url_continue)
        messages.success(request, f"Added {obj}.")
        return self._key_page(request, obj, key=request.new_key)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> User | None:
        user: User | None = super().get_object(request, object_id, from_field)
        if user is not None:
            user.edited_by = request.user  # for PasswordForm, which is not told the request
        return user

    # --- all keys --------------------------------------------------------------------------------

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perms(["users.change_user", "users.delete_apikey"])

    @admin.action(description="Revoke all API keys", permissions=["revoke"])
    def revoke_keys(
        self, request: HttpRequest, queryset: models.QuerySet[User]
    ) -> HttpResponse | None:
        def revoke(user: User) -> str:
            return f"{user}: {keys.revoke_keys(user, actor=request.user)} keys revoked."

        return self.ask(
            request,
            queryset.order_by("pk"),
            title="Revoke all API keys?",
            happens=(
                "Every API key of these accounts ends, whoever made it, and programs that use one "
                "stop working. It cannot be undone. Passwords, sessions and login links stay."
            ),
            button="Revoke the keys",
            done="Revoked all API keys.",
            now=lambda user: f"API keys: {user.key_count}",
            do=revoke,
        )

    # --- a new key -------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        key, moderate = map(self.admin_site.admin_view, (self.issue_key, self.moderate))
        return [
            path("<id>/key/", key, name="users_user_key"),
            path("<id>/moderate/", moderate, name="users_user_moderate"),
            *super().get_urls(),
        ]

    @method_decorator(csrf_protect)
    def issue_key(self, request: HttpRequest, id: str) -> HttpResponse:
        """GET asks, POST makes the key and shows it this once."""
        user = self.get_object(request, unquote(id))
        if user is None:
            raise Http404
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        form = KeyForm(request.POST) if request.method == "POST" else KeyForm.fresh()
        if not form.is_bound or not form.is_valid():
            return self._key_page(request, user, form=form)
        try:
            with self.recorded(request, user, "Issued a new API key."):
                _, key = keys.add_key(user, actor=request.user, **form.wanted)
        except DomainError as error:
            form.add_error(None, sentences(error))
            return self._key_page(request, user, form=form)
        return self._key_page(request, user, key=key)

    def _key_page(
        self, request: HttpRequest, user: User, *, key: str | None = None, form: Form | None = None
    ) -> HttpResponse:
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "title": f"API key of {user}" if key else f"A new API key for {user}?",
            "opts": self.opts,
            "original": user,
            "key": key,
            "form": form,
            "keys_query": urlencode({"user__id__exact": user.pk}),
            "base_url": request.build_absolute_uri("/").rstrip("/"),
        }
        response = TemplateResponse(request, "admin/users/user/key.html", context)
        response.headers["Cache-Control"] = "no-store"
        return response

    # --- moderation ------------------------------------------------------------------------------

    @method_decorator(csrf_protect)
    def moderate(self, request: HttpRequest, id: str) -> HttpResponse:
        """GET shows what the account made, POST does one step of what is chosen."""
        user = self.get_object(request, unquote(id))
        if user is None:
            raise Http404
        sent = request.POST if request.method == "POST" else None
        form = ModerationForm(sent, actor=request.user)
        if not form.fields["do"].choices or not may_moderate(request.user, user, ()):
            raise PermissionDenied
        if request.method == "POST" and form.is_valid():
            try:
                self._take_a_step(request, user, form.cleaned_data["do"])
            except DomainError as error:
                form.add_error(None, sentences(error))
            else:
                form = ModerationForm(initial=form.cleaned_data, actor=request.user)
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "title": f"What {user} made, and what to do about it",
            "opts": self.opts,
            "original": as_stored(user),
            "made": [
                {
                    "kind": made.kind,
                    "number": made.number,
                    "is_more": made.is_more,
                    "newest": [(str(thing), _page_of(thing)) for thing in made.newest],
                }
                for made in moderation.made_by(user)
                if made.kind in dict(form.fields["do"].choices)
            ],
            "at_once": moderation.AT_ONCE,
            "form": form,
        }
        return TemplateResponse(request, "admin/users/user/moderate.html", context)

    def _take_a_step(self, request: HttpRequest, user: User, choices: list[str]) -> None:
        """What it did goes on record with it, or nothing is done."""
        with transaction.atomic():
            step = moderation.moderate(user, actor=request.user, choices=choices)
            if step.did:
                self._write(request, What.DONE, user, step.told(), {}, dict(step.did))
        messages.success(request, step.told())
        for said in step.refused:
            messages.error(request, said)
        if step.is_last:
            messages.success(request, "Nothing of what was chosen is left.")
        else:
            left = ", ".join(f"{count} {name}" for name, count in step.left.items() if count)
            messages.warning(request, f"Still there: {left}. Press once more to go on.")


def _page_of(thing: models.Model) -> str:
    return reverse(
        f"admin:{thing._meta.app_label}_{thing._meta.model_name}_change", args=[thing.pk]
    )


class ModerationForm(forms.Form):
    do = forms.MultipleChoiceField(
        label="What is to be done",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose what is to be done."},
    )

    def __init__(self, *args: Data, actor: User, **kwargs: Data) -> None:
        super().__init__(*args, **kwargs)
        self.fields["do"].choices = [
            (choice.value, choice.label)
            for choice in moderation.Choice
            if actor.has_perms(moderation.permissions_for([choice]))
        ]


_COLUMNS = {field.name for field in User._meta.concrete_fields}


class SecretAdmin(PlainAdmin):
    """A secret's digest is never shown; that there is one, and since when, is."""

    list_display = ("user", "created")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__email")
    fields = readonly_fields = ("user", "created")
    ordering = ("-created",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[ApiKey | LoginToken]:
        return super().get_queryset(request).defer("digest")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: ApiKey | LoginToken | None = None
    ) -> bool:
        return False


def _told_of_key(key: ApiKey) -> str:
    ends = f"ends {key.expires:%Y-%m-%d %H:%M} UTC" if key.expires else "no end"
    label = f", {key.label}" if key.label else ""
    return f"Key {key.pk} of {key.user}{label}: {key.get_scope_display()}, {ends}"


@admin.register(ApiKey)
class ApiKeyAdmin(ServiceAdmin, SecretAdmin):
    """Deleting one here revokes it, as its owner would."""

    list_display = ("number", "user", "label", "scope", "created", "expires", "last_used")
    list_filter = ("scope", "origin")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__email", "label")
    fields = readonly_fields = (
        *("number", "user", "label", "scope", "created", "expires", "last_used"),
        *("origin", "maker"),
    )

    actions = ("rotate",)

    def has_rotate_permission(self, request: HttpRequest) -> bool:
        """As for issuing a key and for ending one."""
        return request.user.has_perms(["users.change_user", "users.delete_apikey"])

    @admin.action(description="Rotate: a new key in its place", permissions=["rotate"])
    def rotate(
        self, request: HttpRequest, queryset: models.QuerySet[ApiKey]
    ) -> HttpResponse | None:
        made: list[tuple[ApiKey, str]] = []

        def renew(key: ApiKey) -> str:
            made.append(keys.rotate_key(key, actor=request.user))
            return f"Key {key.pk} of {key.user} is replaced by key {made[-1][0].pk}."

        ask = partial(
            self.ask,
            request,
            queryset.select_related("user").order_by("user_id", "pk"),
            title="Rotate API keys?",
            happens=(
                "Each of these keys stops working at once. A new one with the same label, scope "
                "and end stands in for it, and is shown once, on the next page. Give it to those "
                "who use the old one."
            ),
            button="Rotate the keys",
            done="Replaced by a new key.",
            now=_told_of_key,
            do=renew,
        )
        # All or none: of what fails in the middle nobody would see the keys that were made.
        with transaction.atomic():
            asked = ask()
        if not made:
            return asked
        return self.shown_once(
            request, "admin/users/apikey/made.html", title="New API keys", made=made
        )

    @admin.display(description="number", ordering="pk")
    def number(self, obj: ApiKey) -> int:
        return obj.pk

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        """Staff end no keys of other staff, as they change nothing else of them."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or bool(may_edit_user(request.user, obj.user)))

    def delete_model(self, request: HttpRequest, obj: ApiKey) -> None:
        keys.revoke_key(obj, actor=request.user)

    def lookup_allowed(
        self, lookup: str, value: str | list[str], request: HttpRequest | None = None
    ) -> bool:
        return lookup == "user__id__exact" or super().lookup_allowed(lookup, value, request)

    def what_goes_with(self, obj: ApiKey) -> str:
        return "— programs that use it stop working."


@admin.register(LoginToken)
class LoginTokenAdmin(SecretAdmin):
    pass


@admin.register(SecondFactor)
class SecondFactorAdmin(ServiceAdmin, SecretAdmin):
    """Deleting one here is for somebody who has lost the app and the recovery codes."""

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[SecondFactor]:
        return super(SecretAdmin, self).get_queryset(request)

    def has_delete_permission(self, request: HttpRequest, obj: SecondFactor | None = None) -> bool:
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or bool(may_edit_user(request.user, obj.user)))

    def delete_model(self, request: HttpRequest, obj: SecondFactor) -> None:
        second_factor.turn_off(obj.user, actor=request.user)

    def what_goes_with(self, obj: SecondFactor) -> str:
        return "— the account logs in by its password alone then. Be sure who asks for it."


@admin.register(Identity)
class IdentityAdmin(ReadOnlyAdmin):
    list_display = fields = ("user", "issuer", "subject", "created")
    list_select_related = ("user",)
    search_fields = ("user__username", "subject")
    ordering = ("-pk",)


@admin.register(Message)
class MessageAdmin(HidingAdmin):
    """Nobody writes messages here. Deleting one takes it out of the inbox that it is in."""

    hiding = (
        "These messages are in no inbox, no count of what is unread and no mail of the day. What "
        "has been sent by mail already cannot be taken back."
    )

    list_display = ("subject", "kind", "user", "by", "team", "created", "read", "is_hidden")
    list_filter = ("kind", "is_hidden")
    list_select_related = ("user", "sender", "team")
    search_fields = ("=user__username", "=sender__username", "subject")
    search_help_text = "User name of who got it or wrote it, or subject"
    ordering = ("-id",)
    fields = ("subject", "kind", "user", "by", "team", "created", "read", "is_hidden", "text")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return False

    @admin.display(description="sender", ordering="sender__username")
    def by(self, obj: Message) -> str:
        """Nobody, where the server itself wrote it."""
        kept = kept_name(obj.sender_name) if obj.sender_name else "the server, or a deleted account"
        return str(obj.sender or kept)

    @admin.display(description="content")
    def text(self, obj: Message) -> SafeString:
        return preformatted(obj.content)

    def what_goes_with(self, obj: Message) -> str:
        return f"to {obj.user}"

    def set_hidden(self, thing: Message, *, hide: bool) -> None:
        hide_message(thing, hide=hide)

    def delete_model(self, request: HttpRequest, obj: Message) -> None:
        delete_messages([obj.pk])


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(PlainAdmin, DjangoGroupAdmin):
    """Django's own, with changes on record as all others."""
