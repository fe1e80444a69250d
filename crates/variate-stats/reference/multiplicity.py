#!/usr/bin/env python3
"""Reference values of multiple testing: python3 multiplicity.py > ../tests/data/multiplicity.json

statsmodels 0.15 for the adjusted p-values; for Dunnett's test mpmath 1.4 by the definition with 20 digits (the
multivariate t as an integral over the control's deviate and the pooled standard deviation), besides scipy 1.17's
scipy.stats.dunnett, which is Monte Carlo and good to about 1e-4.
"""
import json
import numpy
from mpmath import mp, mpf, erfc, sqrt, npdf, quad, exp, log, loggamma, inf
from scipy.stats import dunnett
from statsmodels.stats.multitest import multipletests

mp.dps = 20
out = {}
METHODS = {
    "bonferroni": "bonferroni", "sidak": "sidak", "holm": "holm", "holm_sidak": "holm-sidak", "hochberg": "simes-hochberg",
    "hommel": "hommel", "benjamini_hochberg": "fdr_bh", "benjamini_yekutieli": "fdr_by",
}
random = numpy.random.default_rng(5)
families = [
    [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216, 0.222, 0.251, 0.269, 0.275, 0.34, 0.341, 0.384, 0.569,
     0.594, 0.696, 0.762, 0.94, 0.942, 0.975, 0.986],
    [0.03], [0.04, 0.01], [0.02, 0.02, 0.02, 0.5], [1.0, 0.0, 1.0, 1e-300, 1e-20],
    [round(float(p), 3) for p in random.beta(0.5, 2, 40)], [float(p) for p in random.uniform(0, 1, 7)],
]
out["adjusted"] = [
    {"p": p, **{ours: [float(x) for x in multipletests(p, method=theirs)[1]] for ours, theirs in METHODS.items()}} for p in families
]


def ncdf(x):
    return erfc(-x / sqrt(mpf(2))) / 2


def beyond_known(c, loadings, both):
    def f(z):
        inside = mpf(1)
        for l in loadings:
            g = sqrt(1 - l * l)
            inside *= 1 - ncdf((l * z - c) / g) - (ncdf((-l * z - c) / g) if both else 0)
        return npdf(z) * (1 - inside)

    return quad(f, [-14, -8, -5, -3, -1.5, 0, 1.5, 3, 5, 8, 14], maxdegree=5)


def beyond(t, control, sizes, degrees, both):
    loadings = [sqrt(mpf(n) / (n + control)) for n in sizes]
    t = mpf(t)
    if degrees is None:
        return beyond_known(t, loadings, both)
    v = mpf(degrees)
    constant = log(mpf(2)) + v / 2 * log(v / 2) - loggamma(v / 2)
    density = lambda s: exp(constant + (v - 1) * log(s) - v * s * s / 2)
    w = 1 / sqrt(2 * v)
    cuts = [mpf(0)] + [c for c in (1 - 10 * w, 1 - 6 * w, 1 - 3 * w, 1 - w, 1 + w, 1 + 3 * w, 1 + 6 * w, 1 + 12 * w) if c > 0]
    if v < 10:
        cuts.append(1 + 20 * w)
    return quad(lambda s: density(s) * beyond_known(t * s, loadings, both) if s > 0 else mpf(0), cuts, maxdegree=4)


mp.dps = 15
rows = []
for control, sizes, degrees, t in (
    (20, [20, 20], 57, 2.3), (100, [100, 120, 80], 396, 2.6), (10, [5, 40], 52, 3.1), (6, [6, 6, 6, 6], 25, 2.61),
    (1000, [100, 100], None, 2.2), (100, [900, 300], None, 3.0), (4, [4, 4], 3, 2.0), (50, [50, 50, 50], 196, 6.0),
):
    rows.append([control, sizes, degrees, t, float(beyond(t, control, sizes, degrees, True)), float(beyond(t, control, sizes, degrees, False))])
out["dunnett"] = {"columns": "control treatments degrees(null: known variance) t p_both p_greater", "rows": rows}

samples = {
    "control": [7.40, 8.50, 7.20, 8.24, 9.84, 8.32],
    "a": [9.76, 8.80, 7.68, 9.36],
    "b": [12.80, 9.68, 12.16, 9.20, 10.55],
}
result = dunnett(samples["a"], samples["b"], control=samples["control"], random_state=numpy.random.default_rng(1))
interval = result.confidence_interval(0.95)
groups = {k: [len(v), float(numpy.mean(v)), float(numpy.var(v, ddof=1))] for k, v in samples.items()}
exact = [float(beyond(abs(t), 6, [4, 5], 12, True)) for t in result.statistic]
out["scipy"] = {
    "groups": groups, "statistic": [float(x) for x in result.statistic], "p": [float(x) for x in result.pvalue], "exact_p": exact,
    "lower": [float(x) for x in interval.low], "upper": [float(x) for x in interval.high],
}

print("{")
print('"origin": "reference/multiplicity.py, statsmodels, mpmath and scipy",')
print(",\n".join(json.dumps(k) + ":\n" + json.dumps(v, separators=(",", ":")) for k, v in out.items()))
print("}")
