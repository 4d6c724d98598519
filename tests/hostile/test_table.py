"""``docs/sandbox.md`` says what is so."""

from attack import all_attacks
from table import PAGE, THEMES, here, rows, written

from grading.nbgrader_plugins import ConfinedExecute

ATTACKS = all_attacks()


def test_the_table_lists_exactly_the_attacks():
    assert set(rows(PAGE.read_text())) == {attack.name for attack in ATTACKS}
    assert {attack.theme for attack in ATTACKS} == set(THEMES)
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 55


def test_the_table_says_what_the_tests_assert():
    page = PAGE.read_text()
    stock = {name: cells[1] for name, cells in rows(page).items()}
    assert written(ATTACKS, stock) in page
    assert all(f"{attack.score:g} points" in here(attack) for attack in ATTACKS)


def test_every_attack_was_run_under_stock_nbgrader():
    assert [name for name, (_, stock, _) in rows(PAGE.read_text()).items() if not stock.strip()] == []


def test_the_limits_are_those_of_the_options():
    page = PAGE.read_text()
    traits = ConfinedExecute.class_own_traits(config=True)
    limits = [trait for name, trait in traits.items() if name not in ("enabled", "skip_cells_with_tag")]
    for trait in limits:
        if trait.name != "run_strangers_code_unconfined":
            assert f"| `{trait.name}` | {trait.default_value:g} | {trait.help} |" in page
