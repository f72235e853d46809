"""The forms that PageResultOptions adds to the payment page."""

from django import forms


class RegisterForm(forms.Form):
    email = forms.EmailField(label="Email", widget=forms.EmailInput({"autocomplete": "email"}))
    password = forms.CharField(
        label="Password",
        min_length=8,
        max_length=128,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )


class RemindForm(forms.Form):
    email = forms.EmailField(label="Email", widget=forms.EmailInput({"autocomplete": "email"}))
