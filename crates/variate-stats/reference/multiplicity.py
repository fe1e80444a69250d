#!/usr/bin/env python3
"""Reference values of multiple testing: python3 multiplicity.py > ../tests/data/multiplicity.json

statsmodels 0.15 for the adjusted p-values; for Dunnett's test its definition (the multivariate t as an
integral over the control's deviate and the pooled standard deviation) with scipy 1.17's special functions under fixed
Gauss-Legendre rules of numpy, besides scipy.stats.dunnett, which is Monte Carlo and good to about 1e-4.
"""
import json
import numpy
from scipy.special import gammaln, ndtr
from scipy.stats import dunnett
from statsmodels.stats.multitest import multipletests

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


NODES, WEIGHTS = numpy.polynomial.legendre.leggauss(20)


def rule(low, high, panels):
    edges = numpy.linspace(low, high, panels + 1)
    half = (edges[1:] - edges[:-1])[:, None] / 2
    return (edges[:-1, None] + half * (NODES + 1)).ravel(), (half * WEIGHTS).ravel()


def beyond_known(c, loadings, both):
    z, weights = rule(-14, 14, 150)
    inside = numpy.zeros_like(z)
    for l in loadings:
        g = numpy.sqrt(1 - l * l)
        inside += numpy.log1p(-ndtr((l * z - c) / g) - (ndtr((-l * z - c) / g) if both else 0))
    return float(numpy.sum(weights * numpy.exp(-z * z / 2) / numpy.sqrt(2 * numpy.pi) * -numpy.expm1(inside)))


def beyond(t, control, sizes, degrees, both):
    loadings = [numpy.sqrt(n / (n + control)) for n in sizes]
    if degrees is None:
        return beyond_known(t, loadings, both)
    # u = ln s, s² ν of a chi-squared law
    v = float(degrees)
    spread = 1 / numpy.sqrt(2 * v)
    u, weights = rule(-16 * spread - 30 / v, 10 * spread, 60)
    ln_density = numpy.log(2) + v / 2 * numpy.log(v / 2) - gammaln(v / 2) + v * u - v / 2 * numpy.exp(2 * u)
    return sum(w * numpy.exp(d) * beyond_known(t * numpy.exp(x), loadings, both) for x, w, d in zip(u, weights, ln_density))


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
print('"origin": "reference/multiplicity.py, statsmodels and scipy",')
print(",\n".join(json.dumps(k) + ":\n" + json.dumps(v, separators=(",", ":")) for k, v in out.items()))
print("}")
