from django.urls import include, path

from accounts.login import views as sign_in
from accounts.mfa import login_stage
from accounts.mfa import views as two_step
from accounts.profile import email_views as email_change
from accounts.profile import password_views as password_change
from accounts.profile import reset_views as credentials
from accounts.profile import views as my_sign_in
from accounts.signup import existing_login_views as existing_login
from accounts.signup import views as signup

app_name = "accounts"
urlpatterns = [
    path("login/", sign_in.login, name="login"),
    path("login/code/", login_stage.enter_code, name="code"),
    path("logout/", sign_in.logout, name="logout"),
    path("confirm/", sign_in.confirm, name="confirm"),
    path("register/", signup.register, name="register"),
    path("register/sent/", signup.sent, name="register_sent"),
    path("register/again/", signup.again, name="register_again"),
    path("finish/<secret>/", signup.finish, name="finish"),
    path("existing-login/", existing_login.begin, name="existing_login"),
    path("existing-login/<secret>/", existing_login.finish, name="existing_login_finish"),
    path("password-reset/", credentials.password_reset, name="password_reset"),
    path("password-reset/sent/", credentials.reset_sent, name="password_reset_sent"),
    path(
        "password-reset/<secret>/",
        credentials.password_reset_confirm,
        name="password_reset_confirm",
    ),
    path("reconnect/", credentials.reconnect_mail, name="reconnect_mail"),
    path("reconnect/<secret>/", credentials.reconnect, name="reconnect"),
    path("sign-in/", my_sign_in.settings, name="sign_in_settings"),
    path("sign-in/everywhere/", my_sign_in.sign_out_everywhere, name="sign_out_everywhere"),
    path("sign-in/two-step/", two_step.turn_on, name="two_step"),
    path("sign-in/two-step/codes/", two_step.new_codes, name="two_step_codes"),
    path("sign-in/two-step/off/", two_step.turn_off, name="two_step_off"),
    path("sign-in/two-step/undo/<secret>/", two_step.undo, name="two_step_undo"),
    path("sign-in/password/", password_change.change, name="change_password"),
    path(
        "sign-in/password/<secret>/",
        credentials.change_password_confirm,
        name="change_password_confirm",
    ),
    path("sign-in/email/", email_change.change, name="change_email"),
    path("sign-in/email/approve/<secret>/", email_change.approve, name="change_email_approve"),
    path("sign-in/email/confirm/<secret>/", email_change.confirm, name="change_email_confirm"),
    path("", include("accounts.linked_accounts.urls")),
]
