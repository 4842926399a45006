"""The settings about signing in."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Discriminator, Field, Tag, ValidationInfo, field_validator

from audit_core.settings.types import Flag, Group, Text, whole


class PasswordComplexity(Group):
    """The predecessor's longer way to ask for good passwords."""

    min_length: Annotated[int, whole(8, 128)] = 12


_ADDRESS = "an address that begins with https:// (http:// only on this machine)"


def _provider(text: str) -> str:
    parts = urlsplit(text)
    local = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and local)):
        raise ValueError("not an address over TLS")
    return text.rstrip("/")


def _complexity_form(value: object) -> str:
    return "object" if isinstance(value, dict | PasswordComplexity) else "flag"


class OidcSettings(Group):
    """Signing in at a provider that speaks OpenID Connect. Its client secret comes from the environment.

    `app_url`: where people reach the app. `role_claim`: what in the provider's word names the roles here by `roles`;
    null: an Admin gives everybody a role here.
    """

    name: Text = "your organisation"
    metadata_url: Annotated[str, AfterValidator(_provider), Field(description=_ADDRESS)]
    client_id: Text
    app_url: Annotated[str, AfterValidator(_provider), Field(description=_ADDRESS)]
    role_claim: Text | None = Field(default=None, description='null or the name of a claim, like "roles"')
    roles: Annotated[
        dict[str, Literal["Admin", "Auditor", "User"]],
        Field(description='an object whose values are roles, like {"redline-auditors": "Auditor"}'),
    ] = Field(default_factory=dict)


class SecuritySettings(Group):
    """Signing in."""

    local_sign_in: Flag = True
    oidc: OidcSettings | None = Field(
        default=None,
        validate_default=True,
        description="null (where local_sign_in is true) or an object with the keys metadata_url, client_id, app_url …",
    )

    session_timeout: Annotated[
        int, Field(ge=1, le=10080, description="a whole number of minutes from 1 to 10080 (a week)")
    ] = 30
    max_login_attempts: Annotated[int, whole(1, 100)] = 5
    password_complexity: Annotated[
        Annotated[bool, Tag("flag")] | Annotated[PasswordComplexity, Tag("object")],
        Field(
            discriminator=Discriminator(_complexity_form),
            description='true, false or an object like {"min_length": 12}',
        ),
    ] = True

    @field_validator("oidc")
    @classmethod
    def _some_way_in(cls, oidc: OidcSettings | None, info: ValidationInfo) -> OidcSettings | None:
        if oidc is None and info.data.get("local_sign_in") is False:
            raise ValueError("nobody could sign in")
        return oidc

    @property
    def min_password_length(self) -> int:
        """Shortest password accepted: 12, or what the object says, or 8 when complexity is off."""
        if isinstance(self.password_complexity, PasswordComplexity):
            return self.password_complexity.min_length
        return 12 if self.password_complexity else 8
