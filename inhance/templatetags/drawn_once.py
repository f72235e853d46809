"""`{% drawn_once %}…{% enddrawn_once %}`: a part of a page that is the same for everybody, such as
addresses and words of ours, is drawn once in each language, and not for each request.

It may use nothing of the page but what it names: `{% drawn_once here=view_name %}`. So it cannot
show anything of somebody else: whatever else is asked for within it is an error, and so is a named
value that is no plain constant of the code.
"""

from collections.abc import Hashable
from dataclasses import is_dataclass
from typing import Any

from django import template
from django.conf import settings
from django.template import Context, Node, NodeList, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token, token_kwargs
from django.template.defaulttags import NowNode
from django.template.loader_tags import BlockNode
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()
MOST = 200  # drawings of one part that are kept; any further value is drawn anew


class Named(Context):
    """Contains only what is named, and notes what else was asked for: many tags treat a missing
    variable as empty."""

    def __init__(self, values: dict[str, Any], page: Context) -> None:
        super().__init__(values, autoescape=page.autoescape)
        self.template = page.template
        self.render_context.template = page.render_context.template
        self.missing: list[str] = []

    def __contains__(self, key: Any) -> bool:
        known = super().__contains__(key)
        if not known and key != "forloop":  # for which every loop looks
            self.missing.append(key)
        return known

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(key) if key in self else ""

    def get(self, key: Any, otherwise: Any = None) -> Any:
        return super().get(key, otherwise) if key in self else otherwise


class DrawnOnce(Node):
    def __init__(self, nodelist: NodeList, values: dict[str, FilterExpression]) -> None:
        self.nodelist, self.values = nodelist, values
        self._drawn: dict[tuple[Any, ...], SafeString] = {}

    def render(self, context: Context) -> SafeString:
        values = {name: value.resolve(context) for name, value in self.values.items()}
        if not all(map(_is_plain, values.values())):
            raise TemplateSyntaxError(f"drawn once, but not plain: {', '.join(values)}")
        # With their types: a text that is safe equals one that is not.
        key = (get_language(), context.autoescape, *((type(v), v) for v in values.values()))
        if key in self._drawn:
            return self._drawn[key]
        drawn = self._draw(Named(values, context))
        # In development, scripts and templates change while the portal is running.
        if not settings.DEBUG and len(self._drawn) < MOST:
            self._drawn[key] = drawn
        return drawn

    def _draw(self, context: Named) -> SafeString:
        drawn = self.nodelist.render(context)
        if context.missing:
            raise TemplateSyntaxError(f"drawn once, but not named: {', '.join(context.missing)}")
        return drawn


def _is_plain(value: object) -> bool:
    """Whether it is a constant, or a tuple of some: equal ones look alike, whoever sees them."""
    if isinstance(value, tuple):
        return all(_is_plain(each) and not isinstance(each, SafeString) for each in value)
    return value is None or isinstance(value, str | int) or _is_frozen(value)


def _is_frozen(value: object) -> bool:
    return is_dataclass(value) and isinstance(value, Hashable)


@register.tag
def drawn_once(parser: Parser, token: Token) -> DrawnOnce:
    values = token_kwargs(token.split_contents()[1:], parser)
    nodelist = parser.parse(("enddrawn_once",))
    parser.delete_first_token()
    if nodelist.get_nodes_by_type(BlockNode):
        raise TemplateSyntaxError("a block that another page may replace cannot be drawn once")
    if nodelist.get_nodes_by_type(NowNode):
        raise TemplateSyntaxError("the time cannot be drawn once")
    return DrawnOnce(nodelist, values)
