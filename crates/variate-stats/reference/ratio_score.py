#!/usr/bin/env python3
"""Score intervals of p1/p0 - 1: writes tests/data/ratio_score.json.

    venv/bin/python reference/ratio_score.py

The test is statsmodels' score_test_proportions_2indep(compare="ratio", correction=False); it is inverted here, on its signed statistic,
as statsmodels' own confint_proportions_2indep looks for the end by the p-value in a bracket that need not hold it (100 of 100 against
10,000 of 20,000: it says 1.9901, where its own statistic is 0.70). Where both find one, they are compared.
"""
import json
import pathlib

import numpy
import scipy
import statsmodels
from scipy.optimize import brentq
from scipy.stats import norm
from statsmodels.stats.proportion import confint_proportions_2indep, score_test_proportions_2indep

# x0, n0, x1, n1
CASES = [
    (10000, 20000, 100, 100),
    (10000, 20000, 98, 100),
    (100, 1000, 130, 1000),
    (20, 1000, 5, 1000),
    (1, 1000, 8, 1000),
    (8, 1000, 1, 1000),
    (100, 100, 60, 100),
    (990, 1000, 19, 20),
    (3, 7, 6, 7),
    (1, 5, 3, 3),
    (50, 100000, 1, 300),
    (999990, 1000000, 300, 310),
]


def end(x0, n0, x1, n1, wanted):
    def statistic(logarithm):
        test = score_test_proportions_2indep(x1, n1, x0, n0, value=numpy.exp(logarithm), compare="ratio", correction=False)
        return test.statistic - wanted

    seen = numpy.log((x1 / n1) / (x0 / n0))
    other = seen
    while not statistic(other) * wanted > 0:
        other -= 0.05 * numpy.sign(wanted)
    return numpy.expm1(brentq(statistic, min(seen, other), max(seen, other), xtol=1e-15, rtol=9e-16))


cases = []
for x0, n0, x1, n1 in CASES:
    for alpha in (0.05, 0.001):
        z = norm.isf(alpha / 2)
        lower, upper = end(x0, n0, x1, n1, z), end(x0, n0, x1, n1, -z)
        try:
            ours = confint_proportions_2indep(x1, n1, x0, n0, compare="ratio", method="score", alpha=alpha, correction=False)
            if max(abs(ours[0] - 1 - lower), abs(ours[1] - 1 - upper)) > 1e-6:
                print("statsmodels' own interval of", (x0, n0, x1, n1), alpha, "is", ours, "against", (1 + lower, 1 + upper))
        except ValueError as error:
            print("statsmodels has no interval of", (x0, n0, x1, n1), alpha, error)
        cases.append({"control": [x0, n0], "treatment": [x1, n1], "alpha": alpha, "lower": lower, "upper": upper})
versions = {"numpy": numpy.__version__, "scipy": scipy.__version__, "statsmodels": statsmodels.__version__}
path = pathlib.Path(__file__).parent.parent / "tests/data/ratio_score.json"
path.write_text(json.dumps({"versions": versions, "intervals": cases}, indent=1) + "\n")
