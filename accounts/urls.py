from django.urls import include, path

from accounts.login import views as sign_in
from accounts.mfa import login_stage, undo_views
from accounts.mfa import views as two_step
from accounts.mfa.passkeys import sign_in_views as passkey_sign_in
from accounts.mfa.passkeys import views as passkeys
from accounts.profile import email_views as email_change
from accounts.profile import password_views as password_change
from accounts.profile import privacy_views as privacy
from accounts.profile import reset_views as credentials
from accounts.profile import views as my_sign_in
from accounts.sessions.views import session
from accounts.signup import existing_login_views as existing_login
from accounts.signup import views as signup

app_name = "accounts"
urlpatterns = [
    path("login/", sign_in.login, name="login"),
    path("login/code/", login_stage.enter_code, name="code"),
    path("login/passkey/", passkey_sign_in.sign_in, name="passkey_sign_in"),
    path("login/passkey/options/", passkey_sign_in.options, name="passkey_options"),
    path("logout/", sign_in.logout, name="logout"),
    path("confirm/", sign_in.confirm, name="confirm"),
    path("session/", session, name="session"),
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
    path("sign-in/end/", my_sign_in.end_sign_in, name="end_sign_in"),
    path("sign-in/data/", privacy.download, name="download_data"),
    path("sign-in/close/", privacy.close, name="close"),
    path("closed/", privacy.closed, name="closed"),
    path("sign-in/two-step/", two_step.turn_on, name="two_step"),
    path("sign-in/two-step/codes/", two_step.new_codes, name="two_step_codes"),
    path("sign-in/two-step/off/", two_step.turn_off, name="two_step_off"),
    path("sign-in/two-step/passkey/", passkeys.second_step, name="two_step_passkey"),
    path("sign-in/passkeys/", passkeys.settings, name="passkeys"),
    path("sign-in/passkeys/add/", passkeys.add, name="passkeys_add"),
    path("sign-in/passkeys/new/", passkeys.make, name="passkeys_new"),
    path("sign-in/passkeys/undo/<secret>/", undo_views.undo_passkey, name="passkeys_undo"),
    path("sign-in/passkeys/<int:pk>/", passkeys.rename, name="passkey"),
    path("sign-in/passkeys/<int:pk>/remove/", passkeys.remove, name="passkey_remove"),
    path("sign-in/two-step/undo/<secret>/", undo_views.undo_two_step, name="two_step_undo"),
    path("sign-in/password/", password_change.change, name="change_password"),
    path(
        "sign-in/password/<secret>/",
        credentials.change_password_confirm,
        name="change_password_confirm",
    ),
    path("sign-in/email/", email_change.change, name="change_email"),
    path("sign-in/email/approve/<secret>/", email_change.approve, name="change_email_approve"),
    path("sign-in/email/confirm/<secret>/", email_change.confirm, name="change_email_confirm"),
    path("helpers/", include("accounts.helpers.urls")),
    path("", include("accounts.linked_accounts.urls")),
]
