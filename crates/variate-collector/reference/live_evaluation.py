#!/usr/bin/env python3
"""Events of an experiment and what they come to: python3 live_evaluation.py > ../tests/data/live-evaluation.json

The events are simulated with a fixed seed. What they come to is computed from arrays of units, by nothing of ours: statsmodels 0.15 for
rates and for Holm's adjustment, scipy 1.17 for Welch's and the chi-squared test; the delta method, the power of the score test and
the confidence sequence (Waudby-Smith and others 2024, equation 9) by their formulas over numpy.
"""
import json
from math import exp, inf, log, sqrt

import numpy
from scipy import stats
from statsmodels.stats import proportion as sm
from statsmodels.stats.multitest import multipletests

random = numpy.random.default_rng(20261121)
VARIANTS = ["control", "red", "blue"]
SHARES = [0.5, 0.25, 0.25]
ACTIONS = ["assignment", "bought", "clicked", "viewed", "refunded"]
DAY = 86_400_000
FIRST = 20_760  # 2026-11-03
DAYS = 9
ALPHA, POWER, LEAST = 0.05, 0.8, 0.25
TUNED_FOR = 5_000.0

events = []  # unit, variant, action, millis since the first day's midnight, value


def tell(unit, variant, action, at, value=None):
    events.append([unit, variant, ACTIONS.index(action), int(at), value])


RATE = [0.20, 0.29, 0.21]
for unit in range(2_400):
    variant = int(random.choice(3, p=SHARES))
    at = int(random.integers(0, 8 * DAY))
    tell(unit, variant, "assignment", at)
    later = lambda: min(at + int(random.exponential(0.7 * DAY)), DAYS * DAY - 1)
    for _ in range(int(random.poisson(3.0))):
        tell(unit, variant, "viewed", later())
        if random.random() < 0.3 + 0.05 * (variant == 1):
            tell(unit, variant, "clicked", later())
    if random.random() < RATE[variant]:
        for _ in range(1 + int(random.poisson(0.4))):
            tell(unit, variant, "bought", later(), round(float(random.gamma(2.0, 12.0)), 2))
        if random.random() < 0.1:
            tell(unit, variant, "refunded", later())
    if random.random() < 0.03:  # before it met its variant
        tell(unit, variant, "viewed", max(0, at - int(random.integers(1, DAY))))
    if random.random() < 0.004:  # seen in another variant
        tell(unit, (variant + 1) % 3, "assignment", later())


def until(day):
    """Arrays by variant of the units that count at the end of a day (0 is the first one)."""
    end = (day + 1) * DAY
    exposed, seen = {}, {}
    for unit, variant, action, at, _ in events:
        if at < end:
            seen.setdefault(unit, set()).add(variant)
            if action == 0:
                exposed[unit] = min(exposed.get(unit, inf), at)
    arrays = [{} for _ in VARIANTS]
    for unit, variant, action, at, value in events:
        if at >= end or len(seen[unit]) > 1 or unit not in exposed or at < exposed[unit]:
            continue
        row = arrays[variant].setdefault(unit, {})
        count, total = row.get(action, (0, 0.0))
        row[action] = (count + 1, total + (value or 0.0))
    crossovers = sum(len(of) > 1 for of in seen.values())
    result = []
    for of in arrays:
        table = {}
        for number, action in enumerate(ACTIONS):
            table[action] = numpy.array([row.get(number, (0, 0.0)) for row in of.values()], dtype=float).reshape(-1, 2)
        table["units"] = len(of)
        result.append(table)
    return result, crossovers


def sequence(effect, variance, units):
    rho2 = (-2 * log(ALPHA) + log(1 - 2 * log(ALPHA))) / TUNED_FOR
    v = units * rho2
    half = sqrt(units * variance) * sqrt(2 * (v + 1) / (units * v) * log(sqrt(v + 1) / ALPHA))
    p = min(1.0, sqrt(v + 1) * exp(-v * effect**2 / variance / (2 * (v + 1))))
    return {"lower": effect - half, "upper": effect + half, "p": p}


def compared(effect, se, interval, p, units):
    return {"effect": effect, "standard_error": se, "lower": interval[0], "upper": interval[1], "p": p, "sequence": sequence(effect, se**2, units)}


def rates(control, treatment):
    x0, n0 = int((control["bought"][:, 0] > 0).sum()), control["units"]
    x1, n1 = int((treatment["bought"][:, 0] > 0).sum()), treatment["units"]
    difference = sm.test_proportions_2indep(x1, n1, x0, n0, compare="diff", method="wald")
    interval = sm.confint_proportions_2indep(x1, n1, x0, n0, compare="diff", method="wald", alpha=ALPHA)
    se = sqrt(difference.variance)
    ratio = sm.test_proportions_2indep(x1, n1, x0, n0, compare="ratio", method="log")
    lift = sm.confint_proportions_2indep(x1, n1, x0, n0, compare="ratio", method="log", alpha=ALPHA)
    return x0, x1, compared(x1 / n1 - x0 / n0, se, interval, float(difference.pvalue), n0 + n1), {"effect": x1 * n0 / (n1 * x0) - 1, "lower": lift[0] - 1, "upper": lift[1] - 1, "p": float(ratio.pvalue)}


def means(control, treatment):
    test = stats.ttest_ind(treatment, control, equal_var=False)
    interval = test.confidence_interval(1 - ALPHA)
    se = sqrt(treatment.var(ddof=1) / len(treatment) + control.var(ddof=1) / len(control))
    return compared(float(treatment.mean() - control.mean()), se, (float(interval.low), float(interval.high)), float(test.pvalue), len(control) + len(treatment))


def ratios(control, treatment):
    parts = []
    for y, x in (control, treatment):
        ratio = y.sum() / x.sum()
        parts.append((ratio, ((y - ratio * x) / x.mean()).var(ddof=1) / len(y), len(y)))
    (r0, v0, n0), (r1, v1, n1) = parts
    se = sqrt(v0 + v1)
    degrees = (v0 + v1) ** 2 / (v0**2 / (n0 - 1) + v1**2 / (n1 - 1))
    half = stats.t.ppf(1 - ALPHA / 2, degrees) * se
    return r0, r1, compared(r1 - r0, se, (r1 - r0 - half, r1 - r0 + half), float(2 * stats.t.sf(abs(r1 - r0) / se, degrees)), n0 + n1)


def power_of(p0, n0, n1, level):
    """Of the score test, both tails."""
    p1 = p0 * (1 + LEAST)
    r = n1 / n0
    pooled = (p0 + r * p1) / (1 + r)
    assumed = sqrt(pooled * (1 - pooled) * (1 + 1 / r) / n0)
    real = sqrt((p0 * (1 - p0) + p1 * (1 - p1) / r) / n0)
    z = stats.norm.isf(level / 2)
    return float(stats.norm.sf((z * assumed - (p1 - p0)) / real) + stats.norm.sf((z * assumed + (p1 - p0)) / real))


def evaluation(day):
    tables, crossovers = until(day)
    units = [of["units"] for of in tables]
    total = sum(units)
    answer = {"day": FIRST + day, "units": units, "crossovers": crossovers, "comparisons": []}
    answer["split"] = float(stats.chisquare(units, [share * total for share in SHARES]).pvalue)
    control = tables[0]
    primary = []
    for treatment in tables[1:]:
        x0, x1, difference, relative = rates(control, treatment)
        primary.append(difference["p"])
        level = ALPHA / 2  # two comparisons
        r0, r1, clicks = ratios((control["clicked"][:, 0], control["viewed"][:, 0]), (treatment["clicked"][:, 0], treatment["viewed"][:, 0]))
        v0, v1, orders = ratios((control["bought"][:, 1], control["bought"][:, 0]), (treatment["bought"][:, 1], treatment["bought"][:, 0]))
        answer["comparisons"].append({
            "rates": [x0 / units[0], x1 / treatment["units"]],
            "purchases": difference,
            "purchases_relative": relative,
            "power": power_of(x0 / units[0], units[0], treatment["units"], level),
            "views": means(control["viewed"][:, 0], treatment["viewed"][:, 0]),
            "revenue": means(control["bought"][:, 1], treatment["bought"][:, 1]),
            "click rates": [r0, r1],
            "click rate": clicks,
            "order values": [v0, v1],
            "order value": orders,
        })
    answer["holm"] = [float(p) for p in multipletests(primary, alpha=ALPHA, method="holm")[1]]
    answer["holm_always_valid"] = [float(p) for p in multipletests([of["purchases"]["sequence"]["p"] for of in answer["comparisons"]], alpha=ALPHA, method="holm")[1]]
    return answer


per_day = [[now - before for now, before in zip(until(day)[0][v]["units"] and [until(day)[0][v]["units"]], [until(day - 1)[0][v]["units"] if day else 0])][0] for day in range(DAYS) for v in range(3)]
before = sum(1 for unit, _, action, at, _ in events if action == 3 and at < min(e[3] for e in events if e[0] == unit and e[2] == 0))

text = {
    "made_by": "reference/live_evaluation.py",
    "versions": {"numpy": numpy.__version__},
    "variants": VARIANTS,
    "actions": ACTIONS,
    "first_day": FIRST,
    "new_units": [per_day[3 * day:3 * day + 3] for day in range(DAYS)],
    "views_before_exposure": before,
    "looks": [evaluation(4), evaluation(DAYS - 1)],
}
print(json.dumps(text, indent=1)[:-2] + ',\n "events": [')
print(",\n".join("  " + json.dumps(event, separators=(",", ":")) for event in events))
print(" ]\n}")
