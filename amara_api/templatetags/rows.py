"""How many rows there are, of which a form shows the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils.html import format_html

if TYPE_CHECKING:
    from django.contrib.admin.helpers import InlineAdminFormSet
    from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def all_rows(inline: InlineAdminFormSet) -> SafeString:
    formset, rows = inline.formset, inline.opts
    link = rows.all_of(formset.instance)
    count, shown, name = formset.count, len(formset.initial_forms), rows.verbose_name_plural
    if count > shown:
        return format_html('The first {} of {}. <a href="{}">All {}</a>', shown, count, link, name)
    return format_html('{} in all. <a href="{}">As a list</a>', count, link)
