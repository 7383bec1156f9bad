"""What the admin of every app shares: changes go through services, pages cost the same always."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import ClassVar, TypeVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminSplitDateTime
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from amara_api.admin_choices import ChoosesOrTypes, is_key
from amara_api.admin_rows import ServiceInline
from amara_api.kernel import administration
from amara_api.kernel.administration import State, What
from amara_api.kernel.callers import address_of
from amara_api.kernel.errors import Conflict, DomainError, sentences
from amara_api.kernel.models import AdministrativeChange
from amara_api.kernel.redaction import plain
from amara_api.kernel.shapes import Data
from amara_api.kernel.standing import another_transaction

Stored = TypeVar("Stored", bound=models.Model)

admin.site.site_header = "Amara API server"
admin.site.site_title = "Amara API server"
admin.site.index_title = "Everything this server keeps"

_SHOWN_CHANGES = 200
# What an action asks about, and does, at a time.
MOST_ASKED = 200

# What Django's filters of columns with choices, and of booleans, put into an address.
_FILTER_MEANS = {"", "exact", "isnull", "in"}


class Recorded(admin.ModelAdmin):
    """Whatever is changed here is on record: by whom, from where, and each value before and after.

    Django's own hooks for its log tell that something changes; an action of ours says so itself,
    by `recorded`.
    """

    # Urls of this model are secrets by themselves, not only by their query.
    bare_urls = False

    def state_of(self, obj: Data) -> State:
        """What a change may change, as stored; more than the row's own columns if it is more."""
        return administration.state_of(obj, bare_urls=self.bare_urls)

    @contextmanager
    def recorded(self, request: HttpRequest, obj: Data, message: str) -> Iterator[None]:
        """What is done to ``obj`` within this block, as one change or not at all."""
        another_transaction()
        with transaction.atomic():
            before = self.state_of(obj)
            yield
            super().log_change(request, obj, message)
            self._write(request, What.DONE, obj, message, before, self.state_of(obj))

    def do_to_each(
        self, request: HttpRequest, chosen: Iterable[Data], what: str, do: Callable[[Data], str]
    ) -> None:
        """Say what came of it, or why it was refused."""
        for each in chosen:
            try:
                with self.recorded(request, each, what):
                    said = do(each)
            except DomainError as error:
                messages.error(request, f"{each}: {' '.join(sentences(error))}")
            else:
                messages.success(request, said)

    def shown_once(
        self, request: HttpRequest, template: str, *, title: str, **more: Data
    ) -> HttpResponse:
        """A page with secrets. Never a message: those wait in a cookie, in clear."""
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            **more,
        }
        response = TemplateResponse(request, template, context)
        response.headers["Cache-Control"] = "no-store"
        return response

    def ask(
        self,
        request: HttpRequest,
        chosen: models.QuerySet,
        *,
        title: str,
        happens: str,
        button: str,
        done: str,
        now: Callable[[Data], str],
        do: Callable[[Data], str],
        form: forms.Form | None = None,
        column: str = "Now",
    ) -> HttpResponse | None:
        """For an action of a list: a page that says what ``happens``, and how each chosen thing is
        ``now``; then, when its button is pressed, ``do`` to each, on record as ``done``.

        None says that it is over: what came of each thing is told above the list. What is no
        longer as the page said is left alone. The ``form`` asks what else is to be known, and is
        bound once the button is pressed. ``column`` is what ``now`` says, where that is something
        else than how things are.
        """
        things = list(chosen[: MOST_ASKED + 1])
        if not things or len(things) > MOST_ASKED:
            messages.error(request, f"Choose at least one of them, and at most {MOST_ASKED}.")
            return None

        def as_shown(thing: Data) -> str:
            if request.POST.get(f"now_{thing.pk}") != now(thing):
                raise Conflict(
                    f"Meanwhile this has changed: {now(thing).rstrip('.')}. Nothing was done to it."
                )
            return do(thing)

        if "post" in request.POST and (form is None or form.is_valid()):
            self.do_to_each(request, things, done, as_shown)
            return None
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "media": self.media,
            "happens": happens,
            "button": button,
            "action": request.POST["action"],
            "form": form,
            "column": column,
            "things": [(thing, now(thing)) for thing in things],
        }
        return TemplateResponse(request, "admin/asked.html", context)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Data:
        found = super().get_object(request, object_id, from_field)
        if found is not None and request.method == "POST":
            request.before = self._with_inlines(request, found)
        return found

    def log_addition(self, request: HttpRequest, obj: Data, message: Data) -> Data:
        self._write(request, What.ADDED, obj, "", {}, self._with_inlines(request, obj))
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Data, message: Data) -> Data:
        said = message if isinstance(message, str) else ""
        rows_before, rows_after = getattr(request, "rows", ({}, {}))
        before = {**getattr(request, "before", {}), **rows_before}
        after = {**self._with_inlines(request, obj), **rows_after}
        self._write(request, What.CHANGED, obj, said, before, after)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Data]) -> Data:
        chosen = list(queryset)
        for obj in chosen:
            self._write(request, What.DELETED, obj, "", self._with_inlines(request, obj), {})
        return super().log_deletions(request, chosen)

    def _with_inlines(self, request: HttpRequest, obj: Data) -> State:
        state = self.state_of(obj)
        for inline in self.get_inlines(request, obj):
            # Of those that services save, only the rows that were changed are looked at.
            if not issubclass(inline, ReadOnlyInline | ServiceInline):
                rows = inline.model._default_manager.filter(**{self.opts.model_name: obj})
                name = str(inline.model._meta.verbose_name_plural)
                states = [administration.state_of(row) for row in rows.order_by("pk")]
                # Whose they are is said already, by a name that may change.
                own = self.opts.model_name
                state[name] = [{k: v for k, v in row.items() if k != own} for row in states]
        return state

    def _write(
        self,
        request: HttpRequest,
        what: What,
        obj: Data,
        message: str,
        before: State,
        after: State,
    ) -> None:
        actor, number = administration.actor_of(request)
        administration.write(
            what,
            actor=actor,
            actor_number=number,
            address=address_of(request),
            via="admin",
            message=message,
            kind=administration.kind_of(obj),
            thing_key=obj.pk,
            thing=plain(str(obj), self.bare_urls),
            before=before,
            after=after,
        )

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Data = None
    ) -> HttpResponse:
        """Above what Django logged before there was this record, the newest of the record."""
        key = unquote(object_id)
        changes = administration.changes_of(self.opts.label_lower, key)
        oldest = changes.order_by("pk").first()
        logged = LogEntry.objects.filter(
            object_id=key, content_type=ContentType.objects.get_for_model(self.model)
        )
        older = logged.filter(action_time__lt=oldest.created) if oldest else logged
        shown = {
            "changes": changes[:_SHOWN_CHANGES],
            "action_list": Paginator(
                older.select_related("user").order_by("-action_time"), _SHOWN_CHANGES
            ).get_page(1),
            "pagination_required": False,
        }
        return super().history_view(request, object_id, {**shown, **(extra_context or {})})


class DateAndTime(AdminSplitDateTime):
    """Django's two fields, each with a name of its own."""

    def __init__(self, attrs: dict[str, Data] | None = None) -> None:
        super().__init__(attrs)
        for widget, name in zip(self.widgets, ("Date", "Time"), strict=True):
            widget.attrs["aria-label"] = name


class PlainAdmin(ChoosesOrTypes, Recorded):
    """Lists whose cost does not grow with the tables, and short confirmations of a deletion."""

    class Media:
        css: ClassVar = {"all": ["amara_api/admin.css"]}

    formfield_overrides: ClassVar = {models.DateTimeField: {"widget": DateAndTime}}
    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def lookup_allowed(
        self, lookup: str, value: str | list[str], request: HttpRequest | None = None
    ) -> bool:
        """Only what the list's filters ask, and by its key the thing that a row belongs to.

        Django lets any column be asked for in an address, by any means: a hidden one could be read
        letter by letter, with ``__regex``.
        """
        field, _, means = lookup.partition("__")
        filters = list(self.list_filter)
        if any(lookup == getattr(each, "parameter_name", None) for each in filters):
            return True
        fields = (each for each in filters if not isinstance(each, type))
        declared = {each if isinstance(each, str) else each[0] for each in fields}
        if lookup in {each.name for each in self.opts.fields if each.many_to_one}:
            return True
        return field in declared and means in _FILTER_MEANS

    def places(self, obj: Data) -> list[tuple[str, str]]:
        """Where else ``obj`` is: its page and what the API says of it, as words and addresses."""
        return []

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Data], *args: Data, **kwargs: Data
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        context["places"] = self.places(obj) if obj is not None else []
        return super().render_change_form(request, context, *args, **kwargs)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        if not all(is_key(each) for each in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            # Django would look for a number that is none.
            messages.error(request, "What was chosen is not in the list. Nothing was done.")
            return HttpResponseRedirect(request.get_full_path())
        return super().changelist_view(request, extra_context)

    def what_goes_with(self, obj: models.Model) -> str:
        """What else is deleted with ``obj``, in words. Listing it could fill megabytes."""
        return ""

    def get_deleted_objects(
        self, objs: Iterable[models.Model], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
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
        extra_context: dict[str, object] | None = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as error:
            # Nothing has been changed: the same form again, now with the reason on it.
            request.refusal = sentences(error)
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(
        self,
        request: HttpRequest,
        obj: models.Model | None = None,
        change: bool = False,
        **kwargs: Data,
    ) -> type[forms.ModelForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, "refusal", None)
        if refusal is None:
            return form

        class Refused(form):
            def clean(self) -> dict[str, Data] | None:
                cleaned = super().clean()
                self.add_error(None, ValidationError(refusal))
                return cleaned

        return Refused

    def save_formset(
        self, request: HttpRequest, form: forms.ModelForm, formset: Data, change: bool
    ) -> None:
        inline = getattr(formset, "rows", None)
        if inline is None:
            super().save_formset(request, form, formset, change)
            return
        name = str(inline.opts.verbose_name_plural)
        was, now = inline.save_rows(request, formset)
        before, after = getattr(request, "rows", ({}, {}))
        request.rows = ({**before, name: was}, {**after, name: now})

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet) -> None:
        for obj in queryset:
            self.delete_model(request, obj)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except DomainError as error:
            return _refused(request, error)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
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


class HidingAdmin(ServiceAdmin):
    """For what people write and can be hidden: then only the admin shows it, until it is shown
    again. Whoever may delete it may hide it."""

    actions = ("hide", "show_again")
    # What happens to it, and what does not, in words.
    hiding: ClassVar[str]

    def set_hidden(self, thing: Data, *, hide: bool) -> None:
        raise NotImplementedError

    @admin.action(description="Hide: nobody but the admin shows them", permissions=["delete"])
    def hide(self, request: HttpRequest, queryset: models.QuerySet) -> HttpResponse | None:
        return self._hide(
            request, queryset, hide=True, title="Hide?", happens=self.hiding, done="Hidden."
        )

    @admin.action(description="Show again what was hidden", permissions=["delete"])
    def show_again(self, request: HttpRequest, queryset: models.QuerySet) -> HttpResponse | None:
        happens = "They are where they were, for whoever may read them."
        return self._hide(
            request,
            queryset,
            hide=False,
            title="Show again?",
            happens=happens,
            done="Shown again.",
        )

    def _hide(
        self, request: HttpRequest, queryset: models.QuerySet, *, hide: bool, **words: str
    ) -> HttpResponse | None:
        def do(thing: Data) -> str:
            self.set_hidden(thing, hide=hide)
            return f"{thing}: {'hidden' if hide else 'shown again'}."

        return self.ask(
            request,
            queryset.order_by("pk"),
            button="Hide them" if hide else "Show them again",
            now=lambda thing: "hidden" if thing.is_hidden else "shown",
            do=do,
            **words,
        )


class _ReadOnly:
    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class ReadOnlyAdmin(_ReadOnly, PlainAdmin):
    """For what may be looked at here and changed only elsewhere, or never."""


class InternalAdmin(ReadOnlyAdmin):
    """What the server keeps for itself: to be looked at by its address, and in no list of lists."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False


class ReadOnlyInline(_ReadOnly, admin.TabularInline):
    """The same on the page of what it belongs to."""

    template = "admin/edit_inline/rows.html"
    extra = 0


class _Words(forms.JSONField):
    """JSON that people write without brackets and quotes, a line for each; or as JSON."""

    widget = forms.Textarea(attrs={"rows": 3})

    def to_python(self, value: Data) -> Data:
        if value in self.empty_values:
            return self.empty()
        if isinstance(value, str) and value.strip()[:1] not in ("[", "{", '"'):
            return self.read([line.strip() for line in value.splitlines() if line.strip()])
        return super().to_python(value)

    def prepare_value(self, value: Data) -> Data:
        return value if isinstance(value, str) else self.written(value or self.empty())

    def bound_data(self, data: Data, initial: Data) -> Data:
        return data

    def empty(self) -> Data:
        return []

    def read(self, lines: list[str]) -> Data:
        raise NotImplementedError

    def written(self, value: Data) -> str:
        raise NotImplementedError


class ListOfWords(_Words):
    """Words, separated by spaces, commas or lines."""

    def read(self, lines: list[str]) -> Data:
        return [word for line in lines for word in line.replace(",", " ").split()]

    def written(self, value: Data) -> str:
        return "\n".join(map(str, value))


class Pairs(_Words):
    """``Name: value``, a line each."""

    def empty(self) -> Data:
        return {}

    def read(self, lines: list[str]) -> Data:
        found = {}
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon:
                raise ValidationError(f"Write Name: value, a line each. This is none: {line}")
            found[name.strip()] = value.strip()
        return found

    def written(self, value: Data) -> str:
        return "\n".join(f"{name}: {said}" for name, said in value.items())


def preformatted(text: str) -> SafeString:
    """Text as it is, line breaks and all, and never as markup."""
    return format_html('<pre dir="auto" style="white-space: pre-wrap; margin: 0">{}</pre>', text)


def changed_fields(form: forms.ModelForm) -> dict[str, Data]:
    """What the form changes, by field, for a service that is told only that."""
    return {
        name: form.cleaned_data[name] for name in form.changed_data if name in form.cleaned_data
    }


def as_stored(obj: Stored) -> Stored:
    """The row without the form's changes: services compare against it."""
    return type(obj)._default_manager.get(pk=obj.pk)


@admin.register(AdministrativeChange)
class AdministrativeChangeAdmin(ReadOnlyAdmin):
    """For superusers: values may be of things that other staff may not see."""

    list_display = ("created", "actor", "address", "via", "what", "kind", "thing")
    list_filter = ("what", "via")
    search_fields = ("=actor", "=address", "=kind", "=thing_key", "thing")
    search_help_text = "Actor, address, kind such as users.user, or name of the thing"
    ordering = ("-pk",)
    fields = (
        *("created", "actor", "actor_number", "address", "via"),
        *("what", "message", "kind", "thing", "thing_key", "values_before", "values_after"),
    )

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Data = None) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def get_actions(self, request: HttpRequest) -> Data:
        return {}

    @admin.display(description="before")
    def values_before(self, obj: AdministrativeChange) -> SafeString:
        return preformatted(json.dumps(obj.before, indent=2, ensure_ascii=False))

    @admin.display(description="after")
    def values_after(self, obj: AdministrativeChange) -> SafeString:
        return preformatted(json.dumps(obj.after, indent=2, ensure_ascii=False))
