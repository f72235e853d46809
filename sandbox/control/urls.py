from django.urls import include, path

from . import api, variants, views
from .endpoint import endpoint, with_other_origin

api_urlpatterns = [
    path("reset", endpoint(POST=api.reset)),
    path("state", endpoint(GET=api.show_state)),
    path("billers", endpoint(POST=api.save_biller)),
    path("customers", endpoint(POST=api.save_customers)),
    path("users", endpoint(POST=api.save_user, DELETE=api.delete_user)),
    path("users/check", endpoint(POST=api.check_user)),
    path("users/expire-tokens", endpoint(POST=api.expire_tokens)),
    path("calls", endpoint(GET=api.list_calls, DELETE=api.delete_calls)),
    path("faults", endpoint(GET=api.list_faults, POST=api.add_fault, DELETE=api.clear_faults)),
    path(
        "variants",
        endpoint(
            GET=variants.list_variants,
            POST=variants.switch_variants,
            DELETE=variants.clear_variants,
        ),
    ),
    path(
        "captures",
        endpoint(
            GET=variants.list_captures,
            POST=variants.load_capture,
            DELETE=variants.forget_captures,
        ),
    ),
    path("wire-profile", with_other_origin(endpoint(GET=variants.show_wire_profile))),
    path(
        "postback-settings",
        endpoint(GET=api.show_postback_settings, POST=api.change_postback_settings),
    ),
    path("payments", endpoint(POST=api.pay_hosted)),
    path("postbacks", endpoint(POST=api.send_postback)),
    path("postbacks/<int:postback_id>/send", endpoint(POST=api.send_postback_again)),
    path("clock", endpoint(GET=api.show_clock, POST=api.turn_clock)),
    path("inbox", endpoint(GET=api.list_mails, DELETE=api.delete_mails)),
]

urlpatterns = [
    path("", views.panel),
    path("api/", include(api_urlpatterns)),
    path("reset", views.reset),
    path("faults", views.add_fault),
    path("faults/clear", views.clear_faults),
    path("variants", views.save_variants),
    path("clock", views.turn_clock),
    path("postback-settings", views.save_postback_settings),
    path("billers/<int:pk>/setting-129", views.save_setting_129),
    path("postbacks/<int:pk>/send", views.send_postback),
]
