"""Accounts, keys and login links in the admin. A key is shown once, when it is made."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, SetPasswordMixin
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.csrf import csrf_protect

from amara_api.admin import (
    PlainAdmin,
    ReadOnlyAdmin,
    ServiceAdmin,
    as_stored,
    changed_fields,
    preformatted,
)
from teams.services import members
from users import keys, services
from users.models import ApiKey, LoginToken, MailKind, Message, User
from users.policies import may_edit_user

# Whoever may set these may do everything, so they are a superuser's to give.
POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")


class UserAddForm(SetPasswordMixin, forms.ModelForm):
    password1, password2 = SetPasswordMixin.create_password_fields()

    class Meta:
        model = User
        fields = ("username", "email", "full_name", "is_partner")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("password1", "password2"):
            self.fields[name].required = False
        self.fields[
            "password1"
        ].help_text = "Without one, the account logs in with its API key or by a login link only."

    def clean(self) -> dict[str, Any] | None:
        if self.cleaned_data.get("password1") or self.cleaned_data.get("password2"):
            self.cleaned_data.setdefault("password1", "")
            if self.cleaned_data["password1"] != self.cleaned_data.get("password2"):
                self.add_error("password2", self.error_messages["password_mismatch"])
            self.validate_password_for_user(self.instance)
        return super().clean()


class PasswordForm(AdminPasswordChangeForm):
    """Sets a password through the service, in the name of ``user.edited_by``."""

    def save(self, commit: bool = True) -> Any:
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
        "key_made",
        "date_joined",
    )
    list_filter = ("is_active", "is_partner", "is_staff", "is_superuser")
    search_fields = ("username", "email", "full_name", "first_name", "last_name", "=public_id")
    search_help_text = "User name, e-mail address, name or lasting id"
    ordering = ("username",)
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
        (None, {"fields": ("username", "identifier", "password_state", "key_made", "is_active")}),
        (
            "Mail",
            {
                "fields": (
                    "email",
                    "email_confirmed",
                    "wants_mail",
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
        ("When and by whom", {"fields": ("date_joined", "last_login", "created_by")}),
    )
    kept = (
        "username",
        "identifier",
        "password_state",
        "key_made",
        "email_confirmed",
        "date_joined",
        "last_login",
        "created_by",
    )

    # --- who may what ----------------------------------------------------------------------------

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Staff may not take over other staff, here as in the API."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or bool(may_edit_user(request.user, obj)))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Staff are deactivated, not deleted: the admin's own history goes with its author."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and not (obj is not None and (obj.is_staff or obj.is_superuser))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ()
        return self.kept if request.user.is_superuser else (*self.kept, *POWERS)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[User]:
        # The date alone: the digest is nothing that a page needs.
        return super().get_queryset(request).annotate(key_created=F("api_key__created"))

    def what_goes_with(self, obj: User) -> str:
        return "with its key, followed videos and memberships. What it made stays, without author."

    # --- columns ---------------------------------------------------------------------------------

    @admin.display(description="API key made", ordering="key_created")
    def key_made(self, obj: Any) -> str:
        return date_format(obj.key_created, "DATETIME_FORMAT") if obj.key_created else "none"

    @admin.display(description="Password")
    def password_state(self, obj: User) -> SafeString:
        state = "is set" if obj.has_usable_password() else "none"
        link = reverse("admin:auth_user_password_change", args=[obj.pk])
        return format_html('{} (<a href="{}">change</a>)', state, link)

    # --- writes ----------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if change:
            fields = {k: v for k, v in changed_fields(form).items() if k in _COLUMNS}
            if fields:
                saved = services.update_user(as_stored(obj), actor=request.user, **fields)
                obj.__dict__.update(saved.__dict__)
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
        return self._key_page(request, obj, request.new_key)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> User | None:
        user: Any = super().get_object(request, object_id, from_field)
        if user is not None:
            user.edited_by = request.user  # for PasswordForm, which is not told the request
        return user

    # --- a new key -------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.issue_key)
        return [path("<id>/key/", view, name="users_user_key"), *super().get_urls()]

    @method_decorator(csrf_protect)
    def issue_key(self, request: HttpRequest, id: str) -> HttpResponse:
        """GET asks, POST makes the key and shows it this once."""
        user = self.get_object(request, unquote(id))
        if user is None:
            raise Http404
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        if request.method != "POST":
            return self._key_page(request, user, None)
        key = keys.issue_key(user, actor=request.user)
        self.log_change(request, user, "Issued a new API key.")
        return self._key_page(request, user, key)

    def _key_page(self, request: HttpRequest, user: User, key: str | None) -> HttpResponse:
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "title": f"API key of {user}" if key else f"A new API key for {user}?",
            "opts": self.opts,
            "original": user,
            "key": key,
            "had_key": ApiKey.objects.filter(user=user).exists(),
            "base_url": request.build_absolute_uri("/").rstrip("/"),
        }
        response = TemplateResponse(request, "admin/users/user/key.html", context)
        response.headers["Cache-Control"] = "no-store"
        return response


_COLUMNS = {field.name for field in User._meta.concrete_fields}


class SecretAdmin(PlainAdmin):
    """A secret's digest is never shown; that there is one, and since when, is."""

    list_display = ("user", "created")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__email")
    fields = readonly_fields = ("user", "created")
    ordering = ("-created",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).defer("digest")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ApiKey)
class ApiKeyAdmin(SecretAdmin):
    def what_goes_with(self, obj: Any) -> str:
        return "— programs that use it stop working."


@admin.register(LoginToken)
class LoginTokenAdmin(SecretAdmin):
    pass


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ("subject", "kind", "user", "sender", "team", "created", "read")
    list_filter = ("kind",)
    list_select_related = ("user", "sender", "team")
    search_fields = ("=user__username", "=sender__username", "subject")
    search_help_text = "User name of who got it or wrote it, or subject"
    ordering = ("-id",)
    fields = ("subject", "kind", "user", "sender", "team", "created", "read", "text")

    @admin.display(description="content")
    def text(self, obj: Message) -> SafeString:
        return preformatted(obj.content)
