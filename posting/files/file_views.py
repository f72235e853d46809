"""Downloading a built file."""

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from accounts.models import StaffUser
from backoffice.audit import events as audit
from backoffice.audit.events import Event
from backoffice.staff_pages import StaffRequest, staff_page
from posting.files.content import content
from posting.models import PostingFile

DOWNLOAD = "posting.download_postingfile"
Request = StaffRequest[StaffUser]


@staff_page(DOWNLOAD)
def download(request: Request, pk: int) -> HttpResponseBase:
    """Sends the same bytes that are delivered. They are plain data, whatever they contain."""
    own = PostingFile.objects.filter(biller__in=request.billers)
    file = get_object_or_404(own, pk=pk)
    if request.method != "GET":
        return HttpResponse(status=405)
    audit.note(file, Event.DOWNLOADED, request=request)
    response = StreamingHttpResponse(content(file), content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{file.name}"'
    response["Content-Length"] = str(file.size)
    return response
