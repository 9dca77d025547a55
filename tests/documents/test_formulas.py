"""The formulas of docstrings reach the reference typeset, with the meaning of their plain text."""

import ast
import re
from pathlib import Path

import pytest

from docs.building.expressions import FormulaError, expression
from docs.building.formulas import BLOCK, display, quotation, typeset

ROOT = Path(__file__).parents[2]
DEFINED = {
    node.name: ast.get_docstring(node) or ""
    for path in sorted((ROOT / "keras_snn").rglob("*.py"))
    for node in ast.parse(path.read_text()).body
    if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_")
}
NEURONS = ("LIF", "IF", "LeakyIntegrator", "Synaptic", "AdaptiveLIF", "RecurrentLIF")
SURROGATES = ("ATan", "Sigmoid", "Rectangular", "Tanh", "FastSigmoid", "Gaussian", "Triangular")
LOSSES = ("CountLoss", "FirstSpikeTimeLoss", "MaxMembraneLoss", "RateLoss")
OTHERS = ("TemporalEfficientTraining", "SMA", "AZO", "FSTA", "BatchNormalization", "to_frames")
QUOTED = re.compile("<!-- formula of (.*?) -->")
CODE = ("distribute", "Backup")


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("1 - 1/tau", r"1 - \frac{1}{\tau}"),
        ("i h / N_h", r"\frac{i h}{N_{h}}"),
        ("x * (a + b) / (2 c)", r"x \cdot \frac{a + b}{2 c}"),
        ("8 / 2 / x", r"\frac{\frac{8}{2}}{x}"),
        ("(a / 2) / (1 + u)", r"\frac{\frac{a}{2}}{1 + u}"),
        ("-u^2 / 2", r"- \frac{u^{2}}{2}"),
        ("1 / (1 + u)^2", r"\frac{1}{\left(1 + u\right)^{2}}"),
        ("bound / levels", r"\frac{\text{bound}}{\text{levels}}"),
        ("min(k // n, 3)", r"\text{min}\left(\left\lfloor \frac{k}{n} \right\rfloor , 3\right)"),
        ("v[t-1] - v_threshold", r"v\left[t - 1\right] - v_{\text{threshold}}"),
        ("sum over a, b of x[a, b]", r"\sum_{a , b} x\left[a , b\right]"),
        ("sum_t x[t]", r"\sum_{t} x\left[t\right]"),
        ("the sum over the batch of x", r"\text{the sum over the batch of } x"),
        ("W^C_n relu(b^C)", r"W^{C}_{n} \text{relu}\left(b^{C}\right)"),
        ("Conv_{k_n}(X)", r"\text{Conv}_{k_{n}}\left(X\right)"),
        ("time_steps * mean_c t1", r"\text{time_steps} \cdot \text{mean}_{c} t_{1}"),
        ("abs(u) <= sqrt(2)", r"\left|u\right| \le \sqrt{2}"),
        ('"mse" and `v_reset`', r'\text{"mse"} \text{ and } \text{v_reset}'),
    ],
)
def test_plain_text_becomes_latex(text, latex):
    assert expression(text) == latex


@pytest.mark.parametrize("text", ["(1 + x", "1 + x)", "x[t", "/ 2", "x /", "3 ? 4"])
def test_what_is_no_formula_is_refused(text):
    with pytest.raises(FormulaError, match="This formula cannot be read"):
        display(f"    y = {text}\n")


def test_columns_align_relations_and_cases_have_rows():
    block = "    s = 1 if u >= 0, otherwise 0    fire\n    v   = u                reset\n"
    assert display(block) == (
        r"\[\begin{array}{rll} s & = \begin{cases} 1 & \text{if } u \ge 0 \\ 0 & \text{otherwise}"
        r" \end{cases} & \quad \text{fire} \\ v & = u & \quad \text{reset} \end{array}\]" + "\n"
    )
    labels = display('    "a"  y = 1\n    "b"  y = 2  at once\n')
    rows = r'\text{"a"} & y & = 1 \\ \text{"b"} & y & = 2 & \quad \text{at once}'
    assert labels == rf"\[\begin{{array}}{{lrll}} {rows} \end{{array}}\]" + "\n"


@pytest.mark.parametrize("name", [*NEURONS, *SURROGATES, *LOSSES, *OTHERS])
def test_equations_are_typeset(name):
    assert r"\[\begin{array}" in typeset(DEFINED[name])


@pytest.mark.parametrize("name", [name for name, text in DEFINED.items() if BLOCK.search(text)])
def test_every_formula_can_be_read(name):
    """What stays as it is, is code."""
    assert (not BLOCK.search(typeset(DEFINED[name]))) == (name not in CODE)


def test_pages_quote_a_formula_with_the_sentence_on_its_symbols():
    formula, _, sentence = quotation(DEFINED["LIF"]).partition("\n\n")
    assert formula in typeset(DEFINED["LIF"])
    assert sentence == (
        "with r = v_reset (0 for the soft reset) and g = 1/tau if `decay_input`, otherwise 1."
    )


@pytest.mark.parametrize("page", ["concepts/state.md", "concepts/attention.md"])
def test_what_a_page_quotes_exists(page):
    names = QUOTED.findall((ROOT / "docs" / page).read_text())
    assert names
    assert all(quotation(DEFINED[name]) for name in names)


def test_browsers_get_mathml():
    converter = pytest.importorskip("latex2mathml.converter")
    shown = converter.convert(typeset(DEFINED["LIF"]).partition(r"\[")[2].partition(r"\]")[0])
    assert shown.count("<mtr>") == 4 + 2
    assert "<mfrac><mrow><mn>1</mn></mrow><mrow><mi>&#x003C4;</mi></mrow></mfrac>" in shown
    assert "\\" not in shown
