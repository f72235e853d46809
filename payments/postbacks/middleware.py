"""The address of a postback, as whoever calls it may write it."""

import re
from collections.abc import Callable
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse

ADDRESS = re.compile(
    r"/+pay/+postback[\s/]+(?P<token>[\w-]+)(?P<rest>.*)", re.ASCII | re.IGNORECASE | re.DOTALL
)


class PostbackAddressMiddleware:
    """Leads a call to the address it is meant for, whatever surrounds the token: nobody guesses
    that. Payment services drop the last slash or add one, double slashes, add blanks or the name of
    a page, and put their fields behind an `&` without a question mark, or behind a second one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if written := ADDRESS.fullmatch(request.path_info):
            request.path_info = request.path = f"/pay/postback/{written['token']}/"
            places = [request.META.get("QUERY_STRING", "")]
            if "=" in written["rest"]:
                places.insert(0, quote(written["rest"].lstrip("/"), safe="?&=+"))
            fields = "&".join(place.lstrip("?&") for place in places).strip("&")
            request.META["QUERY_STRING"] = fields
        return self.get_response(request)
