"""A check of every page: what machines read has no thousands separators."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

# A primary key, a page's number, or cents that were written for people, as `biller=1,001`. Amounts
# of money in a field have decimals.
SEPARATED = re.compile(
    rb"""\s(?:href|src|action|formaction|value|name|id|for|aria-labelledby|data-[a-z-]+|max|min)="""
    rb'"(?:[^"]*[^"\d,.$])?\d{1,3}(?:,\d{3})+(?![\d.,])[^"]*"'
)


class NoSeparators:
    """Middleware of the tests alone. Raises AssertionError with what was found."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        is_page = response.get("Content-Type", "").startswith("text/html")
        if is_page and isinstance(response, HttpResponse):
            found = SEPARATED.search(response.content)
            assert not found, f"{request.path_info}: {found and found[0].decode()}"
        return response
