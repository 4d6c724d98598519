"""Five assignments of other kinds: right work written another way passes, and what is said of wrong work is true."""

from functools import cache

import pytest
from nbformat import writes
from nbformat.v4 import new_notebook

from grading.course.exam_source import ExamSource
from grading.course.lesson import Lesson
from grading.examiner.exam import Exam, load_exam
from grading.examiner.exam_file import require_sound
from tests.grading.examiner.test_solutions import cell
from tests.grading.examiner.test_solutions import test_cell as tests_of

START = "import math, operator\nimport numpy as np\nfrom grading.examiner import answer, call, check, new, slip\n"
TEXT = """
import re
from collections import Counter
def words(text):
    return re.findall(r"[a-z']+", text.lower())
def counts(text):
    return Counter(words(text))
def top(text, n=3):
    return sorted(counts(text).items(), key=lambda pair: (-pair[1], pair[0]))[:n]
def longest(text):
    return max(words(text), key=len)
"""
TEXT_EXAM = """
WORDS = "the The cat sat on a mat Mat he raised his hand don't".split()
def text(rng, n):
    return " ".join(rng.choice(WORDS, n)) + "."
@check("words", about="words")
def words_cases(rng):
    yield call("He raised his hand.")
    yield call(text(rng, 12))
@check("counts", about="how often each word is there")
def counts_cases(rng):
    yield call(text(rng, 60))
    yield call("")
@check("top", about="the most frequent words")
def top_cases(rng):
    yield call(text(rng, 60))
    yield call("a", n=0)
@check("longest", about="the longest word")
def longest_cases(rng):
    yield call(text(rng, 12))
    yield call("").raises(ValueError)
@slip("counts", hint="Are The and the one word?")
def with_capitals(text):
    import re
    from collections import Counter
    return Counter(re.findall(r"[A-Za-z']+", text))
"""
MATRIX = """
import numpy as np
def linear(x, w, b):
    return x @ w + b
def solve(a, y):
    return np.linalg.solve(a, y)
def scale_rows(x):
    x /= np.linalg.norm(x, axis=1, keepdims=True)
def roots(b, c):
    d = (b * b - 4 * c) ** 0.5
    return {(-b - d) / 2, (-b + d) / 2}
"""
MATRIX_EXAM = """
def normal(rng, *shape):
    return rng.normal(size=shape).astype(np.float32)
@check("linear", about="a linear layer")
def linear_cases(rng):
    yield call(normal(rng, 64, 200), normal(rng, 200, 30), normal(rng, 30))
@check("solve", about="a linear system")
def solve_cases(rng):
    yield call(rng.normal(size=(6, 6)) + 6 * np.eye(6), rng.normal(size=6))
    yield call(np.zeros((2, 2)), np.ones(2)).raises("LinAlgError")
@check("scale_rows", about="rows of length one, in place")
def scale_rows_cases(rng):
    yield call(rng.normal(size=(4, 3)))
@check("roots", about="both roots")
def roots_cases(rng):
    p, q = rng.normal(size=2)
    yield call(-(p + q), p * q)
"""
BANK = '''
class Overdrawn(Exception):
    """The money is not there."""
class Account:
    def __init__(self, owner, balance=0, log=None):
        self.owner, self.balance, self.log = owner, balance, log or []
    def withdraw(self, amount):
        if amount > self.balance:
            raise Overdrawn(self.owner)
        self.balance -= amount
        self.log.append(-amount)
    def __call__(self):
        return self.balance
'''
BANK_EXAM = """
@check("Account", about="an account")
def account_cases(rng):
    yield new("ada", int(rng.integers(10, 99))).call("withdraw", 3).get("balance").again()
    yield new("bob").call("withdraw", 0).get("log")
    yield new("eve").get("log")  # another one, which knows nothing of the first
    yield new("ada", 5).call("withdraw", 6).raises("Overdrawn").get("balance")
    yield new().raises(TypeError)
"""
ACCOUNT = """
class Overdrawn(ValueError): pass
class Account:
    def __init__(self, owner, balance=0):
        self.balance, self.log = balance, []
    def withdraw(self, amount):
        if self.balance < amount: raise Overdrawn
        self.balance, self.log = self.balance - amount, self.log + [-amount]
    def __call__(self):
        return self.balance
"""
RECURSION = """
def flat(tree):
    for item in tree:
        if isinstance(item, list):
            yield from flat(item)
        else:
            yield item
def compose(f, g, x):
    return f(g(x))
def fold(f, items, start):
    for item in items:
        start = f(start, item)
    return start
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
"""
RECURSION_EXAM = """
@check("flat", about="a tree in a row")
def flat_cases(rng):
    yield call([[[[int(rng.integers(9, 99)), 4], [5]], 7], 8])
    yield call([])
@check("compose", about="one function after the other")
def compose_cases(rng):
    yield call(math.sqrt, abs, float(rng.normal()))
    yield call(len, str, 100)
@check("fold", about="a fold")
def fold_cases(rng):
    yield call(operator.add, rng.integers(9, size=4).tolist(), 0)
    yield call(max, [3, 1, 2], 0)
@check("fib", about="Fibonacci's numbers")
def fib_cases(rng):
    yield call(int(rng.integers(10, 20)))
@slip("flat", hint="What of a list in a list in a list?")
def one_level(tree):
    for item in tree:
        if isinstance(item, list):
            yield from item
        else:
            yield item
"""
DATA = """%matplotlib inline
import csv
import matplotlib.pyplot as plt
!ls
def load(path='data/temperatures.csv'):
    with open(path) as file:
        return [(row['city'], float(row['t'])) for row in csv.DictReader(file)]
def plot(city):
    figure, axes = plt.subplots()
    axes.plot([t for place, t in load() if place == city])
    plt.show()
    return axes.lines[0].get_ydata()
"""
DATA_EXAM = """
@check("load", about="the file")
def load_cases(rng):
    yield call()
    yield call("data/none.csv").raises(FileNotFoundError)
@check("plot", about="what is plotted")
def plot_cases(rng):
    yield call("Bern")
@slip("load", hint="Are these numbers?")
def texts(path='data/temperatures.csv'):
    with open(path) as file:
        return [tuple(line.strip().split(",")) for line in file][1:]
"""
FILES = {"data/temperatures.csv": b"city,t\nBern,3.5\nBern,7\nRome,20\n"}
ASSIGNMENTS = {
    "text": (TEXT, TEXT_EXAM, {}),
    "matrix": (MATRIX, MATRIX_EXAM, {}),
    "bank": (BANK, BANK_EXAM, {}),
    "recursion": (RECURSION, RECURSION_EXAM, {}),
    "data": (DATA, DATA_EXAM, FILES),
}


@cache
def exam(name: str) -> Exam:
    solution, text, files = ASSIGNMENTS[name]
    checks = [line.split('"')[1] for line in text.splitlines() if line.startswith("@check")]
    cells = [cell(solution), *(tests_of(f"examine({check!r}, {check})", f"test-{check}") for check in checks)]
    lesson = Lesson(name, name, writes(new_notebook(cells=cells)))
    source = ExamSource(name, "", f"exams/{name}.py", START + text, (lesson,), files)
    found = load_exam(source)
    require_sound(source, found)
    return found


SUBMITTED = [
    ("text", "words", "lambda t: t.lower().replace('.', ' ').split()", ""),
    ("text", "words", "lambda t: t.split()", "item 0 of what it returns is right but for capital letters"),
    ("text", "words", "lambda t: set(t.split())", "should be a list, not a set"),
    ("text", "words", "lambda t: [1 / 0]", "words(<a text of 19 characters>) raised Zero"),
    ("text", "counts", "lambda t: dict((w, t.count(w)) for w in t.split())", "the value of 'a' in|should have no key"),
    ("text", "counts", "lambda t: {w: 1 for w in t.lower()[:-1].split()}", "in what it returns is off by"),
    ("text", "counts", "lambda t: {w: t[:-1].split().count(w) for w in t[:-1].split()}", "Are The and the one word?"),
    ("text", "top", "lambda t, n=3: []", "should have 3 items, and has 0"),
    ("text", "longest", "lambda t: sorted(t.lower()[:-1].split(), key=len)[-1]", "is not the right text|should raise"),
    ("matrix", "linear", "lambda x, w, b: np.einsum('ij,jk->ik', x, w) + b", ""),
    ("matrix", "linear", "lambda x, w, b: sum(x[:, [k]] * w[k] for k in range(200)) + b", ""),
    ("matrix", "linear", "lambda x, w, b: x @ w", "(1920 of 1920 entries are wrong)"),
    ("matrix", "linear", "lambda x, w, b: x.astype(float) @ w + b", "should be float32, yours is float64"),
    ("matrix", "solve", "lambda a, y: np.linalg.inv(a) @ y", ""),
    ("matrix", "solve", "lambda a, y: np.linalg.lstsq(a, y)[0]", "should raise LinAlgError, and did not"),
    ("matrix", "scale_rows", "lambda x: np.divide(x, (x * x).sum(1)[:, None] ** 0.5, out=x) and None", "raised"),
    ("matrix", "scale_rows", "lambda x: x.__itruediv__(x.sum()).fill(0)", "[0, 0] of argument 1 after the call is off"),
    ("matrix", "scale_rows", "lambda x: None", "should change its argument 1, and did not"),
    ("matrix", "roots", "lambda b, c: set(np.roots([1, b, c]))", ""),
    ("matrix", "roots", "lambda b, c: {b, c}", "lacks 2 of its items and has 2 that it should not have"),
    ("bank", "Account", "Account", ""),
    ("bank", "Account", "type('A', (Account,), {'__call__': None})", "... .__call__() raised TypeError"),
    ("bank", "Account", "type('A', (Account,), {'withdraw': lambda self, n: None})", "the attribute balance is off"),
    ("recursion", "flat", "lambda t: iter(eval(f\"[{str(t).replace('[', '').replace(']', '')}]\"))", ""),
    ("recursion", "flat", "lambda t: iter([y for x in t for y in (x if type(x) is list else [x])])", "in a list in a"),
    ("recursion", "flat", "lambda t: __import__('itertools').count()", "not something of more than 100,000 values"),
    ("recursion", "compose", "lambda f, g, x: (lambda y: f(y))(g(x))", ""),
    ("recursion", "fold", "lambda f, xs, s: __import__('functools').reduce(f, xs, s)", ""),
    ("recursion", "fold", "lambda f, xs, s: sum(xs)", "fold(max, [3, 1, 2], 0): what it returns is off by 100%"),
    ("recursion", "fold", "lambda f, xs, s: [s := f(s, xs.pop(0)) for _ in [*xs]][-1]", "has changed its argument 2"),
    ("recursion", "fib", "lambda n: round(((1 + 5**0.5) / 2) ** n / 5**0.5)", ""),
    ("recursion", "fib", "lambda n: print(n)", "should be a number, not None"),
    ("data", "load", "lambda path='': [('Bern', '3.5'), ('Bern', '7'), ('Rome', '20')]", "Are these numbers?"),
    ("data", "plot", "lambda city: np.array([3.5, 7])", ""),
    ("data", "plot", "lambda city: np.array([3.5, 7, 20])", "should be (2,), yours is (3,)"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "check", "source", "said"), SUBMITTED)
def test_right_work_passes_and_wrong_work_is_told_the_truth(name, check, source, said):
    names = {}
    exec(f"import numpy as np\n{ACCOUNT}", names)
    message = exam(name).judge(check, eval(source, names), "ada").message
    if not said:
        assert message == ""
    else:
        assert any(part in message for part in said.split("|")), message
