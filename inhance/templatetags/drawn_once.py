"""`{% drawn_once %}…{% enddrawn_once %}`: a part of a page that is the same for everybody, such as
addresses and words of ours, is drawn once in each language, and not for each request.

It may use nothing of the page but what it names: `{% drawn_once here=view_name %}`. So it cannot
show anything of somebody else: whatever else is asked for within it is an error. What is named has
few values, all of them ours.
"""

from typing import Any

from django import template
from django.conf import settings
from django.template import Context, Node, NodeList, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token, token_kwargs
from django.template.loader_tags import BlockNode
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()
MOST = 200  # drawings of one part that are kept; any further value is drawn anew


class Named(Context):
    """Has nothing but what is named, and notes what else was asked for: many a tag takes what is
    missing for empty."""

    def __init__(self, values: dict[str, Any], page: Context) -> None:
        super().__init__(values, autoescape=page.autoescape)
        self.template = page.template
        self.missing: list[str] = []

    def __getitem__(self, key: Any) -> Any:
        if key not in self:
            self.missing.append(key)
        return super().__getitem__(key)

    def get(self, key: Any, otherwise: Any = None) -> Any:
        if key not in self:
            self.missing.append(key)
        return super().get(key, otherwise)


class DrawnOnce(Node):
    def __init__(self, nodelist: NodeList, values: dict[str, FilterExpression]) -> None:
        self.nodelist, self.values = nodelist, values
        self._drawn: dict[tuple[Any, ...], SafeString] = {}

    def render(self, context: Context) -> SafeString:
        values = {name: value.resolve(context) for name, value in self.values.items()}
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


@register.tag
def drawn_once(parser: Parser, token: Token) -> DrawnOnce:
    values = token_kwargs(token.split_contents()[1:], parser)
    nodelist = parser.parse(("enddrawn_once",))
    parser.delete_first_token()
    if nodelist.get_nodes_by_type(BlockNode):
        raise TemplateSyntaxError("another page may replace a block, which is not drawn once")
    return DrawnOnce(nodelist, values)
