"""Guards for staff pages: every view in the back office that is not a method of a `ModelAdmin` is a
`staff_page`, which names the permission it requires."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.functional import Promise


class Staff(Protocol):
    """A staff user, as far as the back office is concerned."""

    def managed_billers(self) -> QuerySet[Any]: ...


S = TypeVar("S", bound=Staff)
P = ParamSpec("P")
R = TypeVar("R", bound=HttpRequest)


class StaffRequest(HttpRequest, Generic[S]):
    """The request passed to a staff page.

    staff: the signed-in staff user. billers: those they work for; every query of the page starts
    from these.
    """

    staff: S
    billers: QuerySet[Any]


class StaffPage(Generic[R, P]):
    """A view for staff users who have all of `permissions`. Others get 403, and anyone not signed
    in as staff, including two-step verification, is sent to sign in."""

    def __init__(
        self,
        view: Callable[Concatenate[R, P], HttpResponseBase],
        permission: str,
        *others: str,
    ) -> None:
        self.view, self.permissions = view, (permission, *others)
        update_wrapper(self, view)

    def __call__(
        self, request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponseBase:
        guarded: Callable[..., HttpResponseBase] = admin.site.admin_view(self._check_and_call)
        return guarded(request, *args, **kwargs)

    def _check_and_call(
        self, request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponseBase:
        if not all(request.user.has_perm(permission) for permission in self.permissions):
            raise PermissionDenied
        known = cast(StaffRequest[Staff], request)
        known.staff = cast(Staff, request.user)
        known.billers = known.staff.managed_billers()
        return self.view(cast(R, request), *args, **kwargs)


def staff_page(
    permission: str, *others: str
) -> Callable[[Callable[Concatenate[R, P], HttpResponseBase]], StaffPage[R, P]]:
    """Decorates a view. Permissions are `app.codename`, and all of them are required."""

    def decorate(view: Callable[Concatenate[R, P], HttpResponseBase]) -> StaffPage[R, P]:
        return StaffPage(view, permission, *others)

    return decorate


def render_page(
    request: HttpRequest,
    template: str,
    *,
    title: str | Promise,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """Renders a page with the context that every admin page has."""
    shared = admin.site.each_context(request)
    return render(request, template, {**shared, "title": title, **context}, status=status)
