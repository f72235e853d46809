"""How much is left of a session: asked by session.js, which warns before it ends."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import Member, StaffUser
from accounts.sessions import life
from accounts.sessions.middleware import extend


@life.passive
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def session(request: HttpRequest) -> HttpResponse:
    """GET only reports; POST also extends the session, but never beyond its longest life.

    Returns JSON. token: for the forms of a page that was opened before somebody signed in again.
    """
    user = request.user
    if not isinstance(user, Member | StaffUser):
        return JsonResponse({"signed_in": False})
    if request.method == "POST":
        extend(request, user)
    left = life.left(request, user)
    told = {"signed_in": True, "left": left.seconds, "is_last": left.is_last}
    return JsonResponse({**told, "whose": life.whose(user), "token": get_token(request)})
