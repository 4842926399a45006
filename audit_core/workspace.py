"""The one thing a page or a job holds in its hand: settings, store, source, prices and model, opened together."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic_core import to_jsonable_python

from audit_core.actors import Actor
from audit_core.errors import ConfigError
from audit_core.price_lists import kept as price_lists
from audit_core.rules import BY_NAME, RULES, TITLES, PriceList, Rule, load_price_list
from audit_core.rules.added import added_rule
from audit_core.scoring.model import Model
from audit_core.settings import Settings, load_settings
from audit_core.settings.operating import Switch
from audit_core.settings.source import SmartsheetSettings
from audit_core.sheets import LockCalendar, Reopening
from audit_core.signing import open_keys
from audit_core.sources import open_source
from audit_core.sources.protocol import Source
from audit_core.store.database import Database
from audit_core.store.files import sha256_of
from audit_core.store.models import Models
from audit_core.store.sight import Sight
from audit_core.store.snapshots import ScratchSnapshots
from audit_core.store.store import Store
from audit_core.thresholds.limits import configured
from audit_core.thresholds.sets import ThresholdSets

if TYPE_CHECKING:
    from audit_core.sources.smartsheet.client import Client


@dataclass(frozen=True, slots=True)
class Workspace:
    """An installation: what its config.json says, and its store. `rehearsal`: nothing outside may be changed."""

    config: Path
    settings: Settings
    store: Store
    rehearsal: bool = False

    @classmethod
    def open(cls, config: Path, text: str | None = None) -> "Workspace":
        """Read the settings; the store is not touched yet. Raises ConfigError.

        `text`: what stands in `config`, where the caller has read it.
        """
        settings = load_settings(config, text)
        added = [each.name for each in settings.rules.added]
        if twice := [name for place, name in enumerate(added) if name in TITLES or name in added[:place]]:
            raise ConfigError(f'{config}: rules.added: found the name "{twice[0]}" twice, expected a name of its own.')
        names = [*BY_NAME, *added]
        if unknown := set(settings.rules.off) - set(names):
            raise ConfigError(
                f'{config}: rules.off: found "{min(unknown)}", expected names of rules ({", ".join(names)}).'
            )
        if settings.alerts.by_mail and settings.alerts.email.server is None and settings.delivery.smtp is None:
            raise ConfigError(
                f"{config}: alerts.email.smtp_host: found null, expected the name of a mail server here or in "
                "delivery.smtp, because notices go by e-mail."
            )
        return cls(config, settings, Store(settings.data_dir, keys=partial(open_keys, config)))

    def source(self) -> Source:
        """Where the sheets come from."""
        return open_source(self.settings.source, self.settings.zone, self.config, self.store.memory)

    def smartsheet(self, settings: SmartsheetSettings) -> "Client":
        """Access to Smartsheet beside the source's own: a WritingClient, but in a rehearsal one that cannot write."""
        from audit_core.sources.smartsheet import (  # noqa: PLC0415  (the SDK takes half a second)
            open_client,
            open_writing_client,
        )

        return (open_client if self.rehearsal else open_writing_client)(settings, self.config)

    def rules(self) -> tuple[Rule, ...]:
        """Every rule here: those that ship, and after them those that config.json adds."""
        return (*RULES, *map(added_rule, self.settings.rules.added))

    def titles(self) -> dict[str, str]:
        """What screens and reports call each `violation_type` here."""
        return TITLES | {rule.name: rule.title for rule in self.rules()}

    def prices(self) -> PriceList | None:
        """What prices a line of each day: `rates`, and after it the lists that were approved; None where there is none.

        Raises ConfigError for a `rates` that cannot be read, VerificationFailed for an approved list that was altered.
        """
        path = self.settings.rates_path
        return price_lists.in_force(self.store, load_price_list(path) if path else None)

    def in_force(self) -> dict[str, Any]:
        """The settings as JSON values: `judging` decides what is made of a change, `rest` what is read, and how."""
        said = to_jsonable_python(self.settings.model_dump(exclude={"data_dir", "rates"}))
        rates = self.settings.rates_path
        judging = {name: said.pop(name) for name in ("time_zone", "ml", "weeks", "rules", "incidents")}
        # prices by their content: a price list may keep its name and change
        judging["rates_sha256"] = sha256_of(rates) if rates and rates.is_file() else None
        if not self.settings.on(Switch.MODEL):
            judging["model"] = "off"
        if approved := [each for each in price_lists.uploads(self.store) if each.approved_by is not None]:
            judging["price_lists"] = [[each.sha256, each.effective.isoformat()] for each in approved]
        return {"judging": judging, "rest": said}

    def today(self, now: datetime) -> date:
        """The business day of an instant."""
        return now.astimezone(self.settings.zone).date()

    def calendar(self) -> LockCalendar:
        """When weeks lock here."""
        weeks = self.settings.weeks
        reopenings = tuple(Reopening(r.week_ending, r.reason, r.opened, r.until) for r in weeks.reopenings)
        return LockCalendar(self.settings.zone, timedelta(hours=weeks.lock_grace_hours), reopenings)

    def thresholds(self) -> ThresholdSets:
        """The threshold sets, of which one is in force."""
        return ThresholdSets(self.store, configured(self.settings))

    def model(self) -> Model | None:
        """The current model, refitted from its recipe; None before the first retraining, and while it is off."""
        return Models(self.store).current() if self.settings.on(Switch.MODEL) else None

    def seen_by(self, actor: Actor) -> "Workspace":
        """As the actor sees it: itself for who sees all, else with a store that shows no more than their scope."""
        if actor.scope is None:
            return self
        database = self.store.database.seen_with(Sight(actor.scope, actor.email))
        return replace(self, store=Store(self.settings.data_dir, database, self.store.keys))

    @contextmanager
    def scratch(self) -> Iterator["Workspace"]:
        """This workspace on a throw-away copy of its store: a dry run does everything and changes nothing."""
        database = Database.copy_in_memory(self.settings.data_dir / "audit.db")
        with (
            tempfile.TemporaryDirectory(prefix="redline-dry-run-") as folder,
            contextlib.closing(database),
        ):
            for name in ("models", "price_lists", "forecasts", "packets/lines", "access_reviews"):
                if (self.settings.data_dir / name).exists():
                    shutil.copytree(self.settings.data_dir / name, Path(folder) / name)
            store = Store(Path(folder), database, self.store.keys)
            if (live := self.settings.data_dir / store.anchor_file.name).exists():
                shutil.copyfile(live, store.anchor_file)
            store.snapshots = ScratchSnapshots(database, self.settings.data_dir / "snapshots")
            yield Workspace(self.config, self.settings, store, rehearsal=True)
