"""Parts of pages that are drawn once: nothing of anybody's page can be in them."""

from typing import Any

import pytest
from django.template import Context, Template, TemplateSyntaxError
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
    ["{{ member }}", "{% if member %}Hello{% endif %}", '{% if member == "A" %}Hello{% endif %}'],
)
def test_may_use_nothing_of_the_page_that_it_does_not_name(inner: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="not named: member"):
        drawn(part(inner), member="A")


def test_a_token_of_a_form_is_no_part_of_it() -> None:
    with pytest.raises(TemplateSyntaxError, match="not named: csrf_token"):
        drawn(part("{% csrf_token %}"), csrf_token="a-token")


def test_nor_is_a_block_that_another_page_may_replace() -> None:
    with pytest.raises(TemplateSyntaxError, match="block"):
        part("{% block title %}{% endblock %}")


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


class Counter:
    """Tells how often it was drawn."""

    number = 0

    def drawn(self) -> int:
        self.number += 1
        return self.number


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
