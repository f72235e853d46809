"""`{% reminder_line %}`: the reminder above the dashboard's title, if there is no notice."""

from typing import Any

from django import template

from reminders.dashboard import MOST_ACCOUNTS, line_for

register = template.Library()


@register.inclusion_tag("reminders/line.html", takes_context=True)
def reminder_line(context: template.Context) -> dict[str, Any]:
    billing, told = context.get("billing"), context.get("messages")
    announced, request = context.get("announcement"), context["request"]
    if callable(announced):  # as in a template
        announced = announced()
    is_told = announced or (billing and not billing.is_usable)
    # The page has already counted them: no query if the table shows it better.
    has_many = (context.get("number") or 0) > MOST_ACCOUNTS
    is_silent = is_told or has_many or (told is not None and len(told))
    shown = None if context.get("many") else context.get("rows")  # a few are shown as cards
    line = None if is_silent else line_for(request.member, shown)
    return {"line": line, "csrf_token": context.get("csrf_token")}
