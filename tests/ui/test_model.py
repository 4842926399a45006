"""The section of Operations that says which model is in use, what the gate found, and offers the way back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from audit_core.scoring.card import recipe
from audit_core.scoring.model import fit
from audit_core.scoring.training import labelled, training_rows
from audit_core.scoring.verdicts import Check, InUse, Verdict
from audit_core.store.models import Models
from tests.exports import Desk, line, two_looks
from tests.scoring.histories import decided, history
from tests.test_retrain import NOW

pytestmark = pytest.mark.in_turn(3)

SCRIPT = """
from pathlib import Path
from audit_core.actors import JOBS, OPERATOR
from audit_core.workspace import Workspace
from ui.operations.model import model_section
workspace = Workspace.open(Path({config!r}))
model_section(workspace, {actor})
workspace.store.database.close()
"""


@pytest.fixture(autouse=True)
def small_forests() -> Iterator[None]:
    """Twenty trees instead of 300: the section is the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("audit_core.scoring.forest.TREES", 20)
        yield


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return two_looks(tmp_path, [line(1)], [line(1, foreman="Foreman 23")])


def shown(desk: Desk, actor: str = "OPERATOR") -> AppTest:
    """The section as it is drawn."""
    drawn = AppTest.from_string(SCRIPT.format(config=str(desk.config), actor=actor), default_timeout=30).run()
    assert not drawn.exception
    return drawn


def text(drawn: AppTest) -> str:
    """What it says, without the escapes of Markdown."""
    return "\n".join(each.value for each in drawn.markdown).replace("\\", "").replace("\u2060", "")


def keep(desk: Desk, seed: int, verdict: Verdict, model_id: str | None = None, *checks: Check) -> str:
    """A model made of a made-up history, and what became of it; `model_id`: what is in use after it, None: itself."""
    told = labelled(history(seed, events=1_200), decided(history(seed, events=1_200), 40))
    rows = training_rows(told, 0)
    made = recipe(rows, fit(rows, 0, 0), 0)
    workspace = desk.workspace()
    Models(workspace.store).keep(made, InUse(verdict, made.model_id, model_id or made.model_id, checks), "run", NOW)
    workspace.store.database.close()
    return made.model_id


def test_before_the_first_retraining_it_says_so(desk: Desk) -> None:
    assert "There is no model yet" in shown(desk).info[0].value


def test_it_tells_the_model_in_use_its_thin_groups_and_the_gates_words(desk: Desk) -> None:
    checks = (
        Check("new alerts", passed=True, words="3 new alerts"),
        Check("highest stories", passed=True, words="98% stay", numbers={"shared": 0.98}),
    )
    model_id = keep(desk, 0, Verdict.PROMOTED, None, *checks)
    told = text(shown(desk))
    assert f"Model **{model_id}** is in use" in told
    assert "and 40 labels" in told
    assert "Thin history, so that novelty counts at most half: machine (" in told
    assert f"At the gate (2026-01-01 18:00) model **{model_id}** passed:" in told
    assert ":gray-badge[:material/hourglass_empty: not judged] **new alerts**: 3 new alerts" in told
    assert ":green-badge[:material/check: passed] **highest stories**: 98% stay" in told


def test_a_refused_model_is_shown_with_the_reason_and_the_other_stays_in_use(desk: Desk) -> None:
    first = keep(desk, 0, Verdict.PROMOTED)
    words = "a confirmed story has the higher risk in 48% of its pairs with a false alarm"
    second = keep(desk, 1, Verdict.REFUSED, first, Check("labels", passed=False, words=words))
    told = text(shown(desk))
    assert f"Model **{first}** is in use" in told
    assert f"model **{second}** was refused:" in told
    assert f":red-badge[:material/close: failed] **labels**: {words}" in told


def test_an_admin_goes_back_with_a_reason_and_nobody_else_is_asked(desk: Desk) -> None:
    first, second = keep(desk, 0, Verdict.PROMOTED), keep(desk, 1, Verdict.PROMOTED)
    assert not shown(desk, "JOBS").selectbox
    drawn = shown(desk)
    assert f"Model **{second}** is in use" in text(drawn)
    drawn.button[0].click().run()
    assert "needs a reason" in drawn.error[0].value
    drawn.text_input[0].input("it was calmer")
    drawn.button[0].click().run()
    assert drawn.success[0].value.startswith(f"Model {first} is in use again")
    assert f"Model **{first}** is in use" in text(shown(desk))


def test_an_altered_card_is_an_error_on_screen_and_the_way_back_is_there_all_the_same(desk: Desk) -> None:
    first, second = keep(desk, 0, Verdict.PROMOTED), keep(desk, 1, Verdict.PROMOTED)
    (desk.root / "data" / "models" / second / "card.json").write_text("{}")
    drawn = shown(desk)
    assert "has another card than was recorded" in drawn.error[0].value.replace("\\", "")
    assert f"Model {second} is in use, and damaged" in drawn.warning[0].value
    table = drawn.dataframe[0].value.set_index("Model")
    assert table["Learned part"].to_dict() == {second: "damaged", first: "not used"}
    assert drawn.selectbox[0].options == [first]
    drawn.text_input[0].input("the other is damaged")
    drawn.button[0].click().run()
    assert drawn.success[0].value.startswith(f"Model {first} is in use again")
