"""How many rows there are, of which a form shows the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.urls import reverse
from django.utils.html import format_html

if TYPE_CHECKING:
    from django.contrib.admin.helpers import InlineAdminFormSet
    from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def all_rows(inline: InlineAdminFormSet) -> SafeString:
    formset, rows = inline.formset, inline.opts
    shown = len(formset.initial_forms)
    count = getattr(formset, "count", shown)
    said = f"The first {shown} of {count}." if count > shown else f"{count} in all."
    if not rows.has_registered_model:
        return format_html("{}", said)
    page = reverse(f"admin:{rows.opts.app_label}_{rows.opts.model_name}_changelist")
    owner = formset.instance
    return format_html(
        '{} <a href="{}?{}={}">All {}</a>',
        said,
        page,
        owner._meta.model_name,
        owner.pk,
        rows.verbose_name_plural,
    )
