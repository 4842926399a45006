"""The settings about signing in."""

from typing import Annotated

from pydantic import Discriminator, Field, Tag

from audit_core.settings.types import Group, whole


class PasswordComplexity(Group):
    """The predecessor's longer way to ask for good passwords."""

    min_length: Annotated[int, whole(8, 128)] = 12


def _complexity_form(value: object) -> str:
    return "object" if isinstance(value, dict | PasswordComplexity) else "flag"


class SecuritySettings(Group):
    """Signing in."""

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

    @property
    def min_password_length(self) -> int:
        """Shortest password accepted: 12, or what the object says, or 8 when complexity is off."""
        if isinstance(self.password_complexity, PasswordComplexity):
            return self.password_complexity.min_length
        return 12 if self.password_complexity else 8
