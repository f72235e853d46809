"""Parts of pages that are drawn once: nothing of anybody's page can be in them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.urls import NoReverseMatch
from django.utils.safestring import mark_safe
from django.utils.translation import override
from pytest_django.fixtures import Settings

from inhance.templatetags import drawn_once


def part(inner: str, named: str = "") -> Template:
    return Template(
        f"{{% load drawn_once i18n %}}{{% drawn_once {named} %}}{inner}{{% enddrawn_once %}}"
    )


def drawn(template: Template, **values: Any) -> str:
    return template.render(Context(values))


@pytest.mark.parametrize(
    "inner",
    [
        "{{ member }}",
        "{% if member %}Hello{% endif %}",
        '{% if member == "A" %}Hello{% endif %}',
        "{% blocktranslate %}Hello {{ member }}!{% endblocktranslate %}",
        "{% for letter in member %}{{ letter }}{% endfor %}",
    ],
)
def test_may_use_nothing_of_the_page_that_it_does_not_name(inner: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="not named: member"):
        drawn(part(inner), member="A")


def test_a_token_of_a_form_is_no_part_of_it() -> None:
    with pytest.raises(TemplateSyntaxError, match="not named: csrf_token"):
        drawn(part("{% csrf_token %}"), csrf_token="a-token")


@pytest.mark.parametrize("inner", ["{% block title %}{% endblock %}", "{% now 'H:i' %}"])
def test_what_differs_from_page_to_page_is_no_part_of_it(inner: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="cannot be drawn once"):
        part(inner)


@pytest.mark.parametrize(
    "value",
    [
        ["a", "list"],
        Decimal("1.0"),
        datetime(2026, 11, 29, tzinfo=UTC),
        (mark_safe("<b>"),),
        object(),
    ],
)
def test_takes_only_constants(value: object) -> None:
    with pytest.raises(TemplateSyntaxError, match="not plain: named"):
        drawn(part("{{ named }}", "named=value"), value=value)


def test_an_error_within_it_is_told_as_it_is() -> None:
    with pytest.raises(NoReverseMatch, match="nope"):
        drawn(part("{% url 'nope' %}"))


def test_depends_on_what_is_named_and_on_the_language() -> None:
    template = part('{% translate "Sign out" %}{% if here == "home" %}, home{% endif %}', "here=at")
    assert drawn(template, at="home") == "Sign out, home"
    assert drawn(template, at="other") == "Sign out"
    with override("es"):
        assert drawn(template, at="home") == "Cerrar sesión, home"
    assert drawn(template, at="home") == "Sign out, home"


def test_a_text_that_is_safe_does_not_make_another_one_safe() -> None:
    template = part("{{ text }}", "text=text")
    assert drawn(template, text=mark_safe("<b>")) == "<b>"
    assert drawn(template, text="<b>") == "&lt;b&gt;"


@dataclass(frozen=True, eq=False)
class Counter:
    """Tells how often it was drawn."""

    times: list[None] = field(default_factory=list)

    def drawn(self) -> int:
        self.times.append(None)
        return len(self.times)


def test_is_drawn_once_and_in_development_each_time(settings: Settings) -> None:
    template, counter = part("{{ counter.drawn }}", "counter=counter"), Counter()
    assert [drawn(template, counter=counter) for _ in range(3)] == ["1", "1", "1"]
    settings.DEBUG = True
    template = part("{{ counter.drawn }}", "counter=counter")
    assert [drawn(template, counter=counter) for _ in range(3)] == ["2", "3", "4"]


def test_keeps_a_limited_number_of_drawings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawn_once, "MOST", 2)
    template = part("{{ number }}", "number=number")
    assert [drawn(template, number=number) for number in (*range(5), 4)] == list("012344")
    (node,) = template.nodelist.get_nodes_by_type(drawn_once.DrawnOnce)
    assert isinstance(node, drawn_once.DrawnOnce)
    assert len(node._drawn) == 2
