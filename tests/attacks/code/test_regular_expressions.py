"""ReDoS: the time that our patterns take grows little faster than the text, however malicious the
text is."""

import re
import time
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType

import pytest
from django.urls import get_resolver
from django.urls.resolvers import RegexPattern, RoutePattern, URLPattern, URLResolver

from inhance.logging import redaction
from payments.postbacks import card_numbers as masking

PACKAGES = ("accounts", "icsso", "inhance", "payments")
SIGNS = '0aA-.@/=", '
ENDS = ("", "\x00")
TOO_LITTLE = 0.005  # seconds of the CPU: less than this says nothing about growth


def modules() -> Iterator[ModuleType]:
    for name in PACKAGES:
        package = import_module(name)
        for found in walk_packages(package.__path__, f"{name}."):
            if ".migrations" not in found.name:
                yield import_module(found.name)


def of_addresses(resolver: URLResolver) -> Iterator[re.Pattern[str]]:
    for each in resolver.url_patterns:
        if isinstance(each.pattern, RoutePattern | RegexPattern):
            yield each.pattern.regex
        if not isinstance(each, URLPattern):
            yield from of_addresses(each)


def patterns() -> list[re.Pattern[str]]:
    ours = {
        value
        for module in modules()
        for value in vars(module).values()
        if isinstance(value, re.Pattern) and isinstance(value.pattern, str)
    }
    return sorted(ours | set(of_addresses(get_resolver())), key=lambda each: each.pattern)


def texts(size: int) -> Iterator[str]:
    for sign in SIGNS:
        for other in SIGNS:
            for end in ENDS:
                yield (sign + other) * (size // 2) + end


def spent(pattern: re.Pattern[str], text: str) -> float:
    """Seconds of this thread's own CPU, which a busy machine does not lengthen."""
    started = time.thread_time()
    pattern.fullmatch(text)
    pattern.search(text)
    return time.thread_time() - started


@pytest.mark.parametrize("pattern", patterns(), ids=lambda each: each.pattern[:40])
def test_a_text_of_four_times_the_size_takes_no_forty_times_the_work(
    pattern: re.Pattern[str],
) -> None:
    """Twice is fair, and sixteen times bearable for the short texts these read. Small texts
    first: with one that doubles with every sign, the next size would never come to its end."""
    for small, large in ((12, 18), (16, 24), (100, 400)):
        for short, long in zip(texts(small), texts(large), strict=True):
            took = spent(pattern, long)
            if took > TOO_LITTLE:
                took = min(took, *(spent(pattern, long) for _ in range(3)))
                before = min(spent(pattern, short) for _ in range(3))
                assert took < TOO_LITTLE or took < 40 * before, long


def of_long_texts() -> list[re.Pattern[str]]:
    """Of what reads bodies and lines of the log, and nobody limits to a field's length."""
    return [
        value
        for module in (masking, redaction)
        for value in vars(module).values()
        if isinstance(value, re.Pattern)
    ]


@pytest.mark.parametrize("pattern", of_long_texts(), ids=lambda each: each.pattern[:40])
def test_a_long_text_takes_no_more_than_its_share(pattern: re.Pattern[str]) -> None:
    """Of four times the size four times the work; sixteen times would be a minute for a body."""
    for short, long in zip(texts(2_000), texts(8_000), strict=True):
        took = spent(pattern, long)
        if took > max(TOO_LITTLE, 9 * spent(pattern, short)):  # once may be by accident
            took = min(took, *(spent(pattern, long) for _ in range(3)))
            before = min(spent(pattern, short) for _ in range(3))
            assert took < TOO_LITTLE or took < 9 * before, long[:20]


def test_the_patterns_are_found() -> None:
    found = {each.pattern for each in patterns()}
    assert any(("64" in pattern and "@" in pattern) or "[^\\s<>@]" in pattern for pattern in found)
    assert len(found) > 60


def test_a_pattern_that_runs_away_is_caught() -> None:
    with pytest.raises(AssertionError):
        test_a_text_of_four_times_the_size_takes_no_forty_times_the_work(re.compile(r"(a+)+b"))


def test_a_pattern_that_is_slow_with_long_texts_alone_is_caught() -> None:
    with pytest.raises(AssertionError):
        test_a_long_text_takes_no_more_than_its_share(re.compile(r"a+b"))
