from django.urls import include, path

from accounts.views import credentials, registration, sign_in

app_name = "accounts"
urlpatterns = [
    path("login/", sign_in.login, name="login"),
    path("logout/", sign_in.logout, name="logout"),
    path("confirm/", sign_in.confirm, name="confirm"),
    path("register/", registration.register, name="register"),
    path("register/sent/", registration.sent, name="register_sent"),
    path("register/again/", registration.again, name="register_again"),
    path("finish/<secret>/", registration.finish, name="finish"),
    path("password-reset/", credentials.password_reset, name="password_reset"),
    path("password-reset/sent/", credentials.reset_sent, name="password_reset_sent"),
    path(
        "password-reset/<secret>/",
        credentials.password_reset_confirm,
        name="password_reset_confirm",
    ),
    path("reconnect/", credentials.reconnect_mail, name="reconnect_mail"),
    path("reconnect/<secret>/", credentials.reconnect, name="reconnect"),
    path("", include("accounts.account_urls")),
]
