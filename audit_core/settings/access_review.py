"""The settings about the monthly access review: what counts as unused, and how long reviewers have."""

from typing import Annotated

from pydantic import Field

from audit_core.settings.types import Group, Names, whole


class AccessReviewSettings(Group):
    """Who is looked at how closely when the access of a month is reviewed.

    `inactive_days`: without a sign-in or an edit for so long, access counts as unused. `days_to_decide`: after the day
    on which a review was made it is overdue. `own_domains`: of whose e-mails nobody is an outsider; empty: not judged.
    `shared_names`: what stands before the @ of an address that several people may share.
    """

    inactive_days: Annotated[int, whole(7, 3650)] = 90
    days_to_decide: Annotated[int, whole(1, 90)] = 14
    own_domains: Annotated[Names, Field(description='a list of domains, like ["example.com"]')] = ()
    shared_names: Names = (
        "admin", "api", "audit", "billing", "bot", "crew", "info", "integration", "noreply", "office", "service",
        "shared", "svc", "team",
    )  # fmt: skip
