from django.http import Http404, HttpRequest, HttpResponse


def password_reset(request: HttpRequest) -> HttpResponse:
    raise Http404


def reset_sent(request: HttpRequest) -> HttpResponse:
    raise Http404


def password_reset_confirm(request: HttpRequest, secret: str) -> HttpResponse:
    raise Http404


def reconnect_mail(request: HttpRequest) -> HttpResponse:
    raise Http404


def reconnect(request: HttpRequest, secret: str) -> HttpResponse:
    raise Http404
