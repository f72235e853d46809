"""The sandbox's front page, and its static files."""

import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sandbox.models import Biller


def home(request: HttpRequest) -> HttpResponse:
    demo_file = settings.HERE / "demo.json"
    demo = json.loads(demo_file.read_text()) if demo_file.exists() else {}
    return render(
        request, "sandbox/control/home.html", {"demo": demo, "billers": Biller.objects.all()[:50]}
    )
