"""Random designs through Viva and through others: run by scripts/compare-agreement."""

import importlib.metadata
import itertools
import json
import subprocess
import sys
import warnings

import krippendorff
import numpy as np
import pandas as pd
import pingouin
from scipy.stats import f
from sklearn.metrics import cohen_kappa_score

warnings.filterwarnings("ignore")
DESIGNS, LIMIT, SCALE = 200, 1e-6, [1, 2, 3, 4, 5]


def design(seed):
    """Candidates who differ, raters with a bias each, noise; every other design has gaps."""
    draw = np.random.default_rng(seed)
    candidates, raters = int(draw.integers(5, 31)), int(draw.integers(2, 7))
    worth = draw.normal(3, draw.uniform(0.2, 1.5), (candidates, 1))
    bias, noise = draw.normal(0, 0.4, (1, raters)), draw.normal(0, draw.uniform(0.2, 1.2), (candidates, raters))
    table = np.clip(np.rint(worth + bias + noise), 1, 5)
    if seed % 2:
        table[draw.random(table.shape) < 0.25] = np.nan
    return table


def intervals(table):
    """McGraw and Wong's intervals of ICC(A,1), since pingouin rounds its own to two digits."""
    n, k = table.shape
    grand, rows, columns = table.mean(), table.mean(1), table.mean(0)
    msr = k * ((rows - grand) ** 2).sum() / (n - 1)
    msc = n * ((columns - grand) ** 2).sum() / (k - 1)
    mse = ((table - rows[:, None] - columns[None] + grand) ** 2).sum() / ((n - 1) * (k - 1))
    rho = (msr - mse) / (msr + (k - 1) * mse + k * (msc - mse) / n)
    a, b = k * rho / (n * (1 - rho)), 1 + k * rho * (n - 1) / (n * (1 - rho))
    v = (a * msc + b * mse) ** 2 / ((a * msc) ** 2 / (k - 1) + (b * mse) ** 2 / ((n - 1) * (k - 1)))
    up, down = f.ppf(0.975, n - 1, v), f.ppf(0.975, v, n - 1)
    rest = k * msc + (k * n - k - n) * mse
    return n * (msr - up * mse) / (up * rest + n * msr), n * (down * msr - mse) / (rest + n * down * msr)


def main():
    tables = [design(seed) for seed in range(DESIGNS)]
    lines = "\n".join(json.dumps([[None if np.isnan(x) else int(x) for x in row] for row in table]) for table in tables)
    ours = [json.loads(line) for line in subprocess.run([sys.argv[1]], input=lines, capture_output=True, text=True, check=True).stdout.splitlines()]
    worst, count = {}, {}

    def note(name, mine, theirs, limit=LIMIT):
        if mine is None or not np.isfinite(theirs):
            return
        off = abs(mine - theirs)
        worst[name, limit] = max(worst.get((name, limit), 0.0), off)
        count[name, limit] = count.get((name, limit), 0) + 1

    for table, mine in zip(tables, ours):
        reference = krippendorff.alpha(table.T, level_of_measurement="ordinal", value_domain=SCALE)
        gaps = np.isnan(table).any()
        note("ordinal alpha, cells missing" if gaps else "ordinal alpha, complete", mine["alpha"], reference)
        if gaps:
            continue
        note("quadratic kappa", mine["kappa"], cohen_kappa_score(table[:, 0], table[:, 1], weights="quadratic", labels=SCALE))
        if mine["one"] is None:
            continue
        n, k = table.shape
        long = pd.DataFrame([(c, r, table[c, r]) for c, r in itertools.product(range(n), range(k))], columns=["c", "r", "x"])
        theirs = pingouin.intraclass_corr(long, "c", "r", "x")
        column = next(c for c in theirs.columns if c.startswith("CI95"))
        rows = {str(row["Type"]): row for _, row in theirs.iterrows()}
        single, mean = (rows.get(a, rows.get(b)) for a, b in (("ICC2", "ICC(A,1)"), ("ICC2k", "ICC(A,k)")))
        note("ICC(2,1)", mine["one"]["value"], single["ICC"])
        low, high = (float(x) for x in single[column])
        note("ICC(2,1), interval of pingouin (two digits)", mine["one"]["low"], low, 0.00501)
        note("ICC(2,1), interval of pingouin (two digits)", mine["one"]["high"], high, 0.00501)
        low, high = intervals(table)
        note("ICC(2,1), interval by scipy's F", mine["one"]["low"], low)
        note("ICC(2,1), interval by scipy's F", mine["one"]["high"], high)
        if mine["together"] is not None:
            note("ICC(2,k)", mine["together"]["value"], max(mean["ICC"], -1))
            note("ICC(2,k), interval by scipy's F", mine["together"]["high"], k * high / (1 + high * (k - 1)))
            if low > -1 / k:
                note("ICC(2,k), interval by scipy's F", mine["together"]["low"], max(-1, k * low / (1 + low * (k - 1))))

    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("pingouin", "krippendorff", "scikit-learn", "scipy"))
    print(f"{DESIGNS} random designs, 5 to 30 candidates, 2 to 6 raters, every other one with a quarter of its cells missing.\nAgainst {versions}.\n")
    print("| figure | compared | largest difference | limit |\n|---|---|---|---|")
    for (name, limit), off in worst.items():
        print(f"| {name} | {count[name, limit]} | {off:.1e} | {limit:g} |")
    if any(off > limit for (_, limit), off in worst.items()):
        sys.exit("compare-agreement: a figure is off by more than its limit")


main()
