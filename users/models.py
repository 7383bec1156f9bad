"""Accounts, API keys and login links. Digests only: no secret can be read back from a table."""

from typing import ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin, UserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from amara_api.ids import USER_ID_PREFIX, new_user_id


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

    confirmed_now = False  # in this request, see `users.mail.confirm`

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

    def __str__(self) -> str:
        return self.username

    @property
    def identifier(self) -> str:
        return f"{USER_ID_PREFIX}{self.public_id}"

    def gets_mail(self, kind: MailKind) -> bool:
        """Whether messages of this kind go to the person's address too."""
        wanted: bool = self.wants_mail and getattr(self, kind.switch)
        return wanted and self.is_active and bool(self.email)


class ApiKey(models.Model):
    """The one key of an account, as a keyed digest (see `users.keys`)."""

    user = models.OneToOneField(User, models.CASCADE, related_name="api_key", primary_key=True)
    digest = models.CharField(max_length=64, editable=False)
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["digest"], name="api_key_digest"),)

    def __str__(self) -> str:
        return f"key of {self.user}"


class LoginToken(models.Model):
    """A link that logs its owner in once, within two hours. A new one replaces the old one."""

    user = models.OneToOneField(User, models.CASCADE, related_name="login_token", primary_key=True)
    digest = models.CharField(max_length=64, editable=False)
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["digest"], name="login_token_digest"),)

    def __str__(self) -> str:
        return f"login link of {self.user}"


class Message(models.Model):
    """What one person reads in the inbox. ``sender`` is null when the server itself speaks;
    ``team`` is the team on whose behalf it was written."""

    user = models.ForeignKey(User, models.CASCADE, related_name="messages", db_index=False)
    sender = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="sent_messages"
    )
    team = models.ForeignKey(
        "teams.Team", models.SET_NULL, null=True, blank=True, related_name="messages"
    )
    kind = models.CharField(max_length=20, choices=MailKind.choices, default=MailKind.MESSAGE)
    subject = models.CharField(max_length=100)
    content = models.TextField()
    created = models.DateTimeField(default=timezone.now, editable=False)
    read = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        indexes = (models.Index(fields=["user", "-id"], name="message_inbox"),)

    def __str__(self) -> str:
        return self.subject
