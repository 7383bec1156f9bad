"""What the admin of every app shares: changes go through services, pages cost the same always."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html
from django.utils.safestring import SafeString

from amara_api.errors import DomainError, sentences

admin.site.site_header = "Amara API server"
admin.site.site_title = "Amara API server"
admin.site.index_title = "Everything this server keeps"


class PlainAdmin(admin.ModelAdmin):
    """Lists whose cost does not grow with the tables, and short confirmations of a deletion."""

    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def what_goes_with(self, obj: Any) -> str:
        """What else is deleted with ``obj``, in words. Listing it could fill megabytes."""
        return ""

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        objects = list(objs)
        refused = {
            str(self.opts.verbose_name)
            for obj in objects
            if not self.has_delete_permission(request, obj)
        }
        lines = [" ".join([str(obj), self.what_goes_with(obj)]).strip() for obj in objects]
        return lines, {str(self.opts.verbose_name_plural): len(objects)}, refused, []


class ServiceAdmin(PlainAdmin):
    """For models whose changes are a service's. What a service refuses shows up on the form; a
    refused deletion is said on the page, and leaves everything that was chosen as it is."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as error:
            # Nothing has been changed: the same form again, now with the reason on it.
            request.refusal = sentences(error)
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, "refusal", None)
        if refusal is None:
            return form

        class Refused(form):
            def clean(self) -> Any:
                cleaned = super().clean()
                self.add_error(None, ValidationError(refusal))
                return cleaned

        return Refused

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for obj in queryset:
            self.delete_model(request, obj)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except DomainError as error:
            return _refused(request, error)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if request.method != "POST":
            return super().changelist_view(request, extra_context)
        try:
            with transaction.atomic():
                return super().changelist_view(request, extra_context)
        except DomainError as error:
            return _refused(request, error)


def _refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    for sentence in sentences(error):
        messages.error(request, sentence)
    return HttpResponseRedirect(request.get_full_path())


class _ReadOnly:
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(_ReadOnly, PlainAdmin):
    """For what may be looked at here and changed only elsewhere, or never."""


class ReadOnlyInline(_ReadOnly, admin.TabularInline):
    """The same on the page of what it belongs to."""

    extra = 0


def preformatted(text: str) -> SafeString:
    """Text as it is, line breaks and all, and never as markup."""
    return format_html('<pre dir="auto" style="white-space: pre-wrap; margin: 0">{}</pre>', text)


def changed_fields(form: Any) -> dict[str, Any]:
    """What the form changes, by field, for a service that is told only that."""
    return {
        name: form.cleaned_data[name] for name in form.changed_data if name in form.cleaned_data
    }


def as_stored(obj: models.Model) -> Any:
    """The row without the form's changes: services compare against it."""
    return type(obj)._default_manager.get(pk=obj.pk)
