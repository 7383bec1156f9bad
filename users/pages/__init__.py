"""Pages of an account: coming in, the links in mails, and what people change of their own."""

from users.pages.account import (
    FactorPage,
    KeysPage,
    MailPage,
    PasswordPage,
    ProfilePage,
    SessionsPage,
)
from users.pages.coming_in import (
    BackFromProvider,
    CodePage,
    LoginPage,
    LogoutPage,
    ToProvider,
    admin_login,
)
from users.pages.frame import landing
from users.pages.links import (
    AutoLogin,
    ConfirmEmail,
    ForgottenPage,
    ResetPage,
    SignUpLinkPage,
    SignUpPage,
    UnsubscribePage,
)

__all__ = [
    "AutoLogin",
    "BackFromProvider",
    "CodePage",
    "ConfirmEmail",
    "FactorPage",
    "ForgottenPage",
    "KeysPage",
    "LoginPage",
    "LogoutPage",
    "MailPage",
    "PasswordPage",
    "ProfilePage",
    "ResetPage",
    "SessionsPage",
    "SignUpLinkPage",
    "SignUpPage",
    "ToProvider",
    "UnsubscribePage",
    "admin_login",
    "landing",
]
