from django.http import Http404, HttpRequest, HttpResponse


def register(request: HttpRequest) -> HttpResponse:
    raise Http404


def sent(request: HttpRequest) -> HttpResponse:
    raise Http404


def again(request: HttpRequest) -> HttpResponse:
    raise Http404


def finish(request: HttpRequest, secret: str) -> HttpResponse:
    raise Http404
