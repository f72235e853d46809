"""Testing a destination, and confirming the key of its SFTP server.

Nothing is sent to a server until its fingerprint is confirmed by someone who has compared it with
what the server's operator says.
"""

import os
import re
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from accounts.models import StaffUser
from backoffice.staff_pages import StaffRequest, render_page, staff_page
from posting.files.delivery import server_of
from posting.files.errors import DeliveryError
from posting.files.folders import folder_of
from posting.files.sftp import fingerprint_of, names_in_folder
from posting.models import Destination

PERMISSION = "posting.change_destination"
FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
Request = StaffRequest[StaffUser]


@staff_page(PERMISSION)
def test_connection(request: Request, pk: int) -> HttpResponse:
    own = Destination.objects.filter(biller__in=request.billers).select_related("biller")
    destination = get_object_or_404(own, pk=pk)
    if "fingerprint" in request.POST:
        return _confirmed(request, destination)
    result = _tried(destination) if request.method == "POST" else {}
    return render_page(
        request,
        "admin/posting/test_connection.html",
        title=_("Test the connection"),
        destination=destination,
        **result,
    )


def _confirmed(request: Request, destination: Destination) -> HttpResponse:
    if FINGERPRINT.fullmatch(request.POST["fingerprint"]):
        destination.host_key = request.POST["fingerprint"]
        destination.save(update_fields=["host_key"])
        messages.success(request, _("The server's key is confirmed. Test the connection again."))
    return redirect("admin:posting_destination_test", destination.pk)


def _tried(destination: Destination) -> dict[str, Any]:
    """Returns the page's message about the attempt."""
    try:
        if destination.kind == Destination.Kind.SFTP:
            return _tried_by_sftp(destination)
        if destination.kind == Destination.Kind.FOLDER:
            _check_folder(destination)
        return {"works": True}
    except DeliveryError as problem:
        return {"problem": str(problem)}


def _tried_by_sftp(destination: Destination) -> dict[str, Any]:
    server = server_of(destination)
    found = fingerprint_of(server)
    if found != server.host_key:
        return {"fingerprint": found, "is_other": bool(server.host_key)}
    return {"works": True, "names": names_in_folder(server)}


def _check_folder(destination: Destination) -> None:
    place = folder_of(destination.biller.slug, destination.folder)
    nearest = next(each for each in (place, *place.parents) if each.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        raise DeliveryError(_("The portal can't write there."))
