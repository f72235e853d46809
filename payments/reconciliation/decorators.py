"""Access to reconciliation: the permission, and only the lists of the staff user's billers."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from backoffice.scope import billers_of
from payments.models.reconciliation import Reconciliation, ReconciliationLine

PERMISSION = "payments.reconcile"
View = Callable[..., HttpResponse]


def reconciler_required(view: View) -> View:
    """For views inside `admin_view`, which has checked that the user is staff."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def own_reconciliation(view: View) -> View:
    """Passes the list of the address to the view."""

    @reconciler_required
    @wraps(view)
    def guarded(request: HttpRequest, pk: int, **kwargs: Any) -> HttpResponse:
        own = Reconciliation.objects.filter(biller__in=billers_of(request))
        found = get_object_or_404(own.select_related("biller", "uploaded_by"), pk=pk)
        return view(request, found, **kwargs)

    return guarded


def own_line(view: View) -> View:
    """Passes the line of the address to the view."""

    @own_reconciliation
    @wraps(view)
    def guarded(request: HttpRequest, reconciliation: Reconciliation, line: int) -> HttpResponse:
        lines = ReconciliationLine.objects.with_resolved().filter(reconciliation=reconciliation)
        related = lines.select_related(
            "reconciliation__biller", "payment__account", "payment__checkout", "checkout__account"
        )
        return view(request, get_object_or_404(related, pk=line))

    return guarded
