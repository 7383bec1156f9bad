"""Accounts, API keys and login links. Digests only: no secret can be read back from a table."""

from collections.abc import Iterable, Iterator
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin, UserManager
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import DEFAULT_DB_ALIAS, models
from django.db.models import Exists, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.module_loading import import_string

from amara_api.kernel.compiled import CompiledQuery
from amara_api.kernel.credentials import OWN, Credential
from amara_api.kernel.errors import Conflict
from amara_api.kernel.ids import USER_ID_PREFIX, new_user_id
from amara_api.kernel.shapes import Data
from amara_api.kernel.stamps import Stamp
from amara_api.kernel.standing import Question

LABEL_LENGTH = 60
# What rules ask of an account by itself.
POWERS = ("is_active", "is_staff", "is_superuser", "is_partner", "can_send_messages")
CHANGED = "Your account, or your key or login, has changed at this moment. Nothing was done."


class MailKind(models.TextChoices):
    """What a message is about. Each kind has a switch in `User` of the name that `switch` says."""

    MESSAGE = "message", "Messages from people and teams"
    INVITATION = "invitation", "Invitations to teams"
    ASSIGNMENT = "assignment", "Assignments: tasks, and seats in subtitle requests"
    SENT_BACK = "sent_back", "Work that is sent back"
    APPROVED = "approved", "Subtitles that are approved and published"
    APPLICATION = "application", "Answers to applications"
    NOTE = "note", "Notes about subtitles"
    CALLBACK = "callback", "Callbacks of your teams that are switched off"

    @property
    def switch(self) -> str:
        return f"mail_{self.value}"


class User(AbstractBaseUser, PermissionsMixin):
    """A person or a program. ``public_id`` is the id that the API prints: it never changes, while
    a user name may."""

    username = models.CharField(max_length=30)
    public_id = models.CharField(max_length=43, default=new_user_id, editable=False)
    email = models.EmailField(blank=True)
    email_confirmed = models.BooleanField(default=False)
    first_name = models.CharField(max_length=30, blank=True)
    last_name = models.CharField(max_length=30, blank=True)
    full_name = models.CharField(
        max_length=63, blank=True, help_text="For programs that keep one name for their people."
    )
    biography = models.TextField(blank=True)
    homepage = models.URLField(max_length=500, blank=True)
    avatar = models.URLField(max_length=500, blank=True)
    languages = models.JSONField(
        default=list, blank=True, help_text="Codes of the languages this person speaks, best first."
    )
    is_partner = models.BooleanField(default=False, help_text="May create accounts and teams.")
    is_staff = models.BooleanField(default=False, help_text="May use the admin.")
    is_active = models.BooleanField(default=True)
    follows_own_videos = models.BooleanField(
        default=True, help_text="Follow every video this person adds."
    )
    can_send_messages = models.BooleanField(
        default=True, help_text="May write to people and teams."
    )
    wants_mail = models.BooleanField(
        default=True,
        help_text="Gets by e-mail too what comes into the inbox, of the kinds that are on.",
    )
    mails_daily = models.BooleanField(
        "Once a day",
        default=False,
        db_default=False,
        help_text="All of a day in one mail, instead of each at once.",
    )
    mail_message = models.BooleanField(MailKind.MESSAGE.label, default=True)
    mail_invitation = models.BooleanField(MailKind.INVITATION.label, default=True)
    mail_assignment = models.BooleanField(MailKind.ASSIGNMENT.label, default=True)
    mail_sent_back = models.BooleanField(MailKind.SENT_BACK.label, default=True)
    mail_approved = models.BooleanField(MailKind.APPROVED.label, default=True)
    mail_application = models.BooleanField(MailKind.APPLICATION.label, default=True)
    mail_note = models.BooleanField(MailKind.NOTE.label, default=True)
    mail_callback = models.BooleanField(MailKind.CALLBACK.label, default=True)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="created_users"
    )
    is_independent = models.BooleanField(
        default=False,
        editable=False,
        help_text=(
            "Has confirmed an address, set a password or logged in without the help of others: "
            "from then on, whoever made the account makes no login links for it."
        ),
    )

    password_by = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        help_text="Who set the password, if somebody else did: they know it.",
    )
    seal = models.CharField(
        max_length=32,
        blank=True,
        default="",
        editable=False,
        help_text="Another ends all sessions.",
    )

    confirmed_now = False  # in this request, see `users.mail.confirm`
    came_by: Credential = OWN  # the key or session of this request
    seen: Stamp | None = None  # of the database, when the key was looked up

    objects: ClassVar[UserManager[Self]] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["username"], name="user_username"),
            # Alice and alice are one person to a reader.
            models.UniqueConstraint(Lower("username"), name="user_username_any_case"),
            models.UniqueConstraint(fields=["public_id"], name="user_public_id"),
        )
        # People log in by their address, and several accounts may have one.
        indexes = (models.Index(Lower("email"), name="user_email_any_case"),)

    def __str__(self) -> str:
        return self.username

    def refresh_from_db(
        self,
        using: str | None = None,
        fields: Iterable[str] | None = None,
        from_queryset: models.QuerySet[Self] | None = None,
    ) -> None:
        """Of what was not loaded (`users.keys.owner_of`) all comes with the first."""
        missing = self.get_deferred_fields()
        if fields is not None and not missing.isdisjoint(fields):
            fields = missing.union(fields)
        super().refresh_from_db(using, fields, from_queryset)

    @property
    def identifier(self) -> str:
        return f"{USER_ID_PREFIX}{self.public_id}"

    def get_session_auth_hash(self) -> str:
        """What a session of theirs carries: another password ends it, and another seal."""
        return self._sealed(None)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for secret in settings.SECRET_KEY_FALLBACKS:
            yield self._sealed(secret)

    def _sealed(self, secret: str | bytes | None) -> str:
        # Django's own words, so that sessions from before there were seals go on.
        salt = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
        made = salted_hmac(salt, self.password + self.seal, secret=secret, algorithm="sha256")
        return made.hexdigest()

    def as_now(self) -> Question:
        """For whoever calls: a question to be asked once something is locked. It raises `Conflict`
        if by then the account has lost what it could do now, or its key or session has ended."""
        pk, key, sealed = self.pk, self.came_by.key, (self.password, self.seal)
        had = {name for name in POWERS if getattr(self, name)}

        def ask() -> None:
            stored = _stored_account(using=DEFAULT_DB_ALIAS, user=pk, key=key or 0)
            if not stored:
                raise Conflict(CHANGED)
            password, seal, key_left, *powers = stored[0]
            kept = {name for name, can in zip(POWERS, powers, strict=True) if can}
            if (
                not (key_left if key else (password, seal) == sealed)
                or had - kept
                # Of staff it may have been asked what their groups let them do.
                or (
                    hasattr(self, "_perm_cache")
                    and self._perm_cache - User.objects.get(pk=pk).get_all_permissions()
                )
            ):
                raise Conflict(CHANGED)

        return ask

    def gets_mail(self, kind: MailKind) -> bool:
        """Whether messages of this kind go to the person's address too.

        Never to one that nobody has confirmed: it may be a stranger's.
        """
        wanted: bool = self.wants_mail and getattr(self, kind.switch)
        return wanted and self.is_active and self.email_confirmed and bool(self.email)


@CompiledQuery
def _stored_account(*, user: int, key: int) -> QuerySet[User, tuple[Data, ...]]:
    """What opens an account, whether a key of it is there, and its powers."""
    key_left = Exists(ApiKey.objects.filter(pk=key))
    return User.objects.filter(pk=user).values_list("password", "seal", key_left, *POWERS)


class ApiKey(models.Model):
    """One key of an account, as a keyed digest (see `users.keys`).

    ``once`` names the form that asked for it, so that sending the form again makes no second one.
    """

    class Scope(models.TextChoices):
        ALL = "all", "Reads and writes"
        READ = "read", "Reads only"

    class Origin(models.TextChoices):
        """Who had it made, and so may hold it too."""

        OWN = "own", "The person"
        OTHER = "other", "Somebody else"
        SERVER = "server", "The server's operator"

    user = models.ForeignKey(User, models.CASCADE, related_name="api_keys")
    digest = models.CharField(max_length=64, editable=False)
    label = models.CharField(max_length=LABEL_LENGTH, blank=True)
    scope = models.CharField(max_length=4, choices=Scope.choices, default=Scope.ALL)
    created = models.DateTimeField(default=timezone.now, editable=False)
    expires = models.DateTimeField(null=True, blank=True)
    last_used = models.DateField(null=True, editable=False, help_text="The day, by UTC.")
    origin = models.CharField(max_length=6, choices=Origin.choices, editable=False)
    maker = models.ForeignKey(User, models.SET_NULL, null=True, editable=False, related_name="+")
    once = models.CharField(max_length=32, null=True, editable=False)  # noqa: DJ001 - null: no form

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["digest"], name="api_key_digest"),
            models.UniqueConstraint(fields=["user", "once"], name="api_key_once"),
        )

    def __str__(self) -> str:
        return f"key {self.label or self.pk} of {self.user}"

    @property
    def has_expired(self) -> bool:
        return self.expires is not None and self.expires <= timezone.now()


class LoginToken(models.Model):
    """A link that logs its owner in once, within two hours. A new one replaces the old one.

    ``maker`` is who had it made, null for the server itself. A link lives as long as its maker may
    make one.
    """

    user = models.OneToOneField(User, models.CASCADE, related_name="login_token", primary_key=True)
    maker = models.ForeignKey(User, models.CASCADE, null=True, editable=False, related_name="+")
    digest = models.CharField(max_length=64, editable=False)
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["digest"], name="login_token_digest"),)

    def __str__(self) -> str:
        return f"login link of {self.user}"


class BrowserSession(AbstractBaseSession):
    """A session of a browser, as Django keeps them, with the key of its account beside it, so that
    people can see theirs and end them. No foreign key: a session is written after all else."""

    account = models.BigIntegerField(null=True, db_index=True, editable=False)

    @classmethod
    def get_session_store_class(cls) -> type[DatabaseSessions]:
        found: type[DatabaseSessions] = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
        return found


class SecondFactor(models.Model):
    """An app that shows codes (TOTP, RFC 6238), which a login asks for beside the password.

    The secret is encrypted (see `users.second_factor`), since codes cannot be checked by a digest.
    ``last_step`` is the step of 30 seconds whose code came last: no code is taken twice. Of the
    recovery codes, good once each for whoever has lost the app, digests are kept.
    """

    user = models.OneToOneField(
        User, models.CASCADE, related_name="second_factor", primary_key=True
    )
    secret = models.BinaryField(editable=False)
    last_step = models.BigIntegerField(default=0, editable=False)
    recovery_digests = models.JSONField(default=list, editable=False)
    created = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"second factor of {self.user}"


class Identity(models.Model):
    """Who somebody is to an OpenID Connect provider: its ``issuer``, and the ``subject`` by which
    it calls the person, for good."""

    user = models.ForeignKey(User, models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=500, editable=False)
    subject = models.CharField(max_length=255, editable=False)
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name_plural = "identities"
        constraints = (
            models.UniqueConstraint(fields=["issuer", "subject"], name="identity_of_provider"),
        )

    def __str__(self) -> str:
        return f"{self.user} at {self.issuer}"


class Message(models.Model):
    """What one person reads in the inbox. ``sender`` is null when the server itself speaks;
    ``team`` is the team on whose behalf it was written."""

    user = models.ForeignKey(User, models.CASCADE, related_name="messages", db_index=False)
    sender = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="sent_messages"
    )
    sender_name = models.CharField(  # noqa: DJ001 - null: not gone
        max_length=30,
        null=True,
        editable=False,
        help_text="The user name that the sender had, if the account is gone.",
    )
    team = models.ForeignKey(
        "teams.Team", models.SET_NULL, null=True, blank=True, related_name="messages"
    )
    kind = models.CharField(max_length=20, choices=MailKind.choices, default=MailKind.MESSAGE)
    subject = models.CharField(max_length=100)
    content = models.TextField()
    created = models.DateTimeField(default=timezone.now, editable=False)
    read = models.DateTimeField(null=True, blank=True, editable=False)
    awaits_digest = models.BooleanField(default=False, db_default=False, editable=False)
    is_hidden = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="Staff hid it: only the admin shows it.",
    )

    class Meta:
        indexes = (models.Index(fields=["user", "-id"], name="message_inbox"),)

    def __str__(self) -> str:
        return self.subject
