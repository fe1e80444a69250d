#!/usr/bin/env python3
"""Reference values of the methods on values per unit: python3 adjusted.py > ../tests/data/adjusted.json

numpy, scipy and statsmodels (their versions are written into the file). The samples are in the file, so that nothing
depends on a generator; the bootstrap's draws are those of numpy's Philox, mapped to units here as the crate's documentation says,
and its intervals are scipy's over these replicates.
"""
import json
import platform
import warnings

import numpy
import scipy
import statsmodels
import statsmodels.api as sm
from scipy import stats

rng = numpy.random.default_rng(20261121)
out = {}


def listed(*arrays):
    return [[float(x) for x in array] for array in arrays]


def values(n, kind):
    if kind == "normal":
        return numpy.round(rng.normal(10, 3, n), 4)
    if kind == "skewed":
        return numpy.round(rng.lognormal(1, 1, n), 4)
    if kind == "zeros":
        return numpy.round(rng.lognormal(2, 1, n) * (rng.random(n) < 0.3), 2)
    return rng.poisson(2.0, n).astype(float)


# CUPED: numpy's moments; the effect is also the coefficient of an analysis of covariance, the unadjusted one scipy's Welch test.
rows = []
for kind, n, m in (("normal", 40, 55), ("skewed", 60, 30), ("counts", 80, 80)):
    xc, xt = values(n, kind), values(m, kind)
    yc = numpy.round(0.7 * xc + values(n, kind), 4)
    yt = numpy.round(0.7 * xt + values(m, kind) + 0.8, 4)
    dev = lambda a, b: numpy.sum((a - a.mean()) * (b - b.mean()))
    theta = (dev(yc, xc) + dev(yt, xt)) / (dev(xc, xc) + dev(xt, xt))
    design = sm.add_constant(numpy.column_stack([numpy.r_[numpy.zeros(n), numpy.ones(m)], numpy.r_[xc, xt]]))
    effect = sm.OLS(numpy.r_[yc, yt], design).fit().params[1]
    welch = stats.ttest_ind(yt - theta * xt, yc - theta * xc, equal_var=False)
    low, high = welch.confidence_interval(0.95)
    se = (high - low) / 2 / stats.t.isf(0.025, welch.df)
    plain = stats.ttest_ind(yt, yc, equal_var=False)
    rows.append({"control": listed(yc, xc), "treatment": listed(yt, xt), "theta": theta, "effect": effect, "error": se,
                 "df": welch.df, "p": welch.pvalue, "low": low, "high": high, "plain_p": plain.pvalue,
                 "greater_p": stats.ttest_ind(yt - theta * xt, yc - theta * xc, equal_var=False, alternative="greater").pvalue})
out["cuped"] = rows

# Lin's regression: statsmodels' OLS with interactions and robust covariances.
rows = []
for kind, n, m, k in (("normal", 40, 50, 1), ("skewed", 60, 45, 3), ("counts", 30, 90, 4)):
    xc = numpy.column_stack([values(n, kind) for _ in range(k)])
    xt = numpy.column_stack([values(m, kind) for _ in range(k)])
    slopes = rng.normal(0, 1, k)
    yc = numpy.round(xc @ slopes + values(n, "normal"), 4)
    yt = numpy.round(xt @ slopes * 1.3 + values(m, "normal") * 1.5 + 1, 4)
    x = numpy.vstack([xc, xt])
    x = x - x.mean(axis=0)
    t = numpy.r_[numpy.zeros(n), numpy.ones(m)]
    design = numpy.column_stack([numpy.ones(n + m), t, x, t[:, None] * x])
    fits = {}
    for cov in ("HC2", "HC3"):
        fit = sm.OLS(numpy.r_[yc, yt], design).fit(cov_type=cov, use_t=True)
        low, high = fit.conf_int(0.05)[1]
        fits[cov] = [fit.params[1], fit.bse[1], fit.df_resid, fit.pvalues[1], low, high]
    rows.append({"control": {"y": listed(yc)[0], "x": listed(*xc.T)}, "treatment": {"y": listed(yt)[0], "x": listed(*xt.T)}, **fits})
out["regression"] = rows

# Post-stratification: the weighted sum of statsmodels' cell means (a saturated OLS has the same ones), variances by numpy.
rows = []
for kind in ("normal", "skewed"):
    yc, yt = values(50, kind), values(70, kind) + 1
    sc, st = rng.integers(0, 3, 50), rng.integers(0, 3, 70)
    yc, yt = numpy.round(yc + 5 * sc, 4), numpy.round(yt + 5 * st, 4)
    effect = variance = squares = 0.0
    for k in range(3):
        w = (numpy.sum(sc == k) + numpy.sum(st == k)) / 120
        effect += w * (yt[st == k].mean() - yc[sc == k].mean())
        for y in (yt[st == k], yc[sc == k]):
            part = w**2 * y.var(ddof=1) / len(y)
            variance += part
            squares += part**2 / (len(y) - 1)
    df = variance**2 / squares
    se = variance**0.5
    # With all strata's dummies centred and interacted, Lin's regression has the same effect.
    strata = numpy.r_[sc, st]
    dummies = numpy.column_stack([strata == 1, strata == 2]).astype(float)
    dummies -= dummies.mean(axis=0)
    t = numpy.r_[numpy.zeros(50), numpy.ones(70)]
    fit = sm.OLS(numpy.r_[yc, yt], numpy.column_stack([numpy.ones(120), t, dummies, t[:, None] * dummies])).fit(cov_type="HC2")
    assert abs(fit.params[1] - effect) < 1e-12 and abs(fit.bse[1] - se) < 1e-12
    rows.append({"control": listed(sc, yc), "treatment": listed(st, yt), "effect": fit.params[1], "error": fit.bse[1], "df": df,
                 "p": 2 * stats.t.sf(abs(effect) / se, df)})
out["strata"] = rows

# Ratios: statsmodels' clustered weighted mean has the delta method's variance.
y, w = values(60, "counts"), values(60, "counts") + 1
ratio = y.sum() / w.sum()
linear = ratio + (y - ratio * w) / w.mean()
cov = numpy.cov(y, w)
delta = (cov[0, 0] - 2 * ratio * cov[0, 1] + ratio**2 * cov[1, 1]) / 60 / w.mean() ** 2
out["ratio"] = {"values": listed(y, w), "ratio": ratio, "error": delta**0.5}

# Quantiles: numpy's, and the order statistics by a sort.
names = ("inverted_cdf", "hazen", "weibull", "linear", "median_unbiased", "normal_unbiased")
rows = []
for kind, n in (("skewed", 57), ("normal", 100), ("counts", 33), ("zeros", 2), ("normal", 1)):
    x = values(n, kind)
    for p in (0.01, 0.1, 0.25, 0.5, 0.9, 0.99):
        rows.append({"values": listed(x)[0], "p": p, "quantiles": [float(numpy.quantile(x, p, method=name)) for name in names]})
out["quantiles"] = {"methods": names, "rows": rows}

rows = []
for kind, n, p, alpha in (("skewed", 200, 0.5, 0.05), ("skewed", 400, 0.9, 0.05), ("normal", 300, 0.25, 0.01), ("normal", 40, 0.5, 0.1)):
    x = values(n, kind)
    units = rng.integers(0, n // 4, n)
    ordered = numpy.sort(x)
    z = stats.norm.isf(alpha / 2)
    q = numpy.quantile(x, p)

    def interval(sd):
        low = ordered[int(numpy.floor(n * (p - z * sd))) - 1]
        high = ordered[int(numpy.ceil(n * (p + z * sd)))]
        return [q, (high - low) / 2 / z, low, high]

    below = (x <= q).astype(float)
    s = numpy.array([below[units == u].sum() for u in numpy.unique(units)])
    c = numpy.array([(units == u).sum() for u in numpy.unique(units)], dtype=float)
    cov = numpy.cov(s, c)
    r = s.sum() / c.sum()
    sd = ((cov[0, 0] - 2 * r * cov[0, 1] + r * r * cov[1, 1]) / len(s)) ** 0.5 / c.mean()
    rows.append({"values": listed(x)[0], "units": [int(u) for u in units], "p": p, "alpha": alpha,
                 "independent": interval((p * (1 - p) / n) ** 0.5), "clustered": interval(sd)})
out["quantile_intervals"] = rows


# The bootstrap.
def stream(seed, replicate):
    raw = numpy.random.Philox(key=seed, counter=[0, replicate, 0, 0])
    while True:
        word = int(raw.random_raw())
        yield word & 0xFFFFFFFF
        yield word >> 32


def below(numbers, n):
    product = next(numbers) * n
    if product & 0xFFFFFFFF < n:
        threshold = (2**32 - n) % n
        while product & 0xFFFFFFFF < threshold:
            product = next(numbers) * n
    return product >> 32


def poisson(numbers):
    return int(stats.poisson.ppf((next(numbers) + 1) / 2**32 * (1 - 1e-15), 1))


def replicates(seed, count, sizes, statistic):
    found = []
    for replicate in range(count):
        numbers = stream(seed, replicate)
        found.append(statistic(*[[below(numbers, n) for _ in range(n)] for n in sizes]))
    return numpy.array(found)


def intervals(data, statistic, found, **more):
    done = stats.bootstrap(data, statistic, n_resamples=100, method="percentile", rng=1, **more)
    done.bootstrap_distribution = found
    result = []
    for method in ("percentile", "basic", "BCa"):
        for alternative in ("two-sided", "greater", "less"):
            again = stats.bootstrap(data, statistic, n_resamples=0, bootstrap_result=done, method=method, confidence_level=0.95,
                                    alternative=alternative, **more)
            ends = again.confidence_interval
            result.append([None if numpy.isinf(e) else float(e) for e in (ends.low, ends.high)])
    return {"intervals": result, "error": float(again.standard_error)}


c, t = values(25, "skewed"), values(18, "skewed") + 1
mean = lambda x, axis: numpy.mean(x, axis=axis)
difference = lambda a, b, axis: numpy.mean(b, axis=axis) - numpy.mean(a, axis=axis)
found = replicates(7, 400, [25, 18], lambda i, j: t[j].mean() - c[i].mean())
single = replicates(2**63 + 11, 400, [25], lambda i: c[i].mean())
w = values(25, "counts") + 1
ratio = lambda y, w, axis: numpy.sum(y, axis=axis) / numpy.sum(w, axis=axis)
ratios = replicates(7, 400, [25], lambda i: c[i].sum() / w[i].sum())
spread = lambda x, axis: numpy.std(x, axis=axis, ddof=1)
spreads = replicates(5, 400, [25], lambda i: numpy.std(c[i], ddof=1))
with warnings.catch_warnings():
    warnings.simplefilter("error")
    out["bootstrap"] = {
        "control": listed(c)[0], "treatment": listed(t)[0], "denominators": listed(w)[0],
        "difference": {"seed": 7, "first": float(found[0]), **intervals((c, t), difference, found, vectorized=True)},
        # A number that JSON has no exact f64 for.
        "mean": {"seed": str(2**63 + 11), "first": float(single[0]), **intervals((c,), mean, single, vectorized=True)},
        "ratio": {"seed": 7, "first": float(ratios[0]), **intervals((c, w), ratio, ratios, vectorized=True, paired=True)},
        "deviation": {"seed": 5, "first": float(spreads[0]), **intervals((c,), spread, spreads, vectorized=True)},
    }
firsts = []
for replicate in range(5):
    numbers = stream(3, replicate)
    weights = numpy.array([poisson(numbers) for _ in range(25)])
    firsts.append(float((weights * c).sum() / weights.sum()))
out["bootstrap"]["poisson"] = {"seed": 3, "firsts": firsts}

# Ranks: scipy's mannwhitneyu and brunnermunzel; shifts by a sort of all differences.
rows = []
for kind, n, m in (("normal", 8, 9), ("normal", 30, 45), ("skewed", 70, 80), ("counts", 40, 30), ("zeros", 60, 70), ("normal", 2, 12), ("normal", 49, 49)):
    a, b = values(n, kind), values(m, kind)
    b = b + (1.0 if kind in ("normal", "counts") else 0.0) + (b > 0) * 0.25 * (kind in ("skewed", "zeros"))
    tied = len(set(a) | set(b)) < n + m
    exact = not tied and n < 50 and m < 50
    p = [stats.mannwhitneyu(b, a, alternative=alt, method="exact" if exact else "asymptotic") for alt in ("two-sided", "greater", "less")]
    row = {"control": listed(a)[0], "treatment": listed(b)[0], "u": p[0].statistic, "exact": exact, "p": [x.pvalue for x in p]}
    if n > 2:
        bm = [stats.brunnermunzel(a, b, alternative=alt) for alt in ("two-sided", "less", "greater")]
        row["brunner_munzel"] = {"statistic": bm[0].statistic, "p": [x.pvalue for x in bm]}
    differences = numpy.sort((b[:, None] - a[None, :]).ravel())
    row["shift"] = float(numpy.median(differences))
    rows.append(row)
out["ranks"] = rows

print("{")
print(f'"origin": "reference/adjusted.py: Python {platform.python_version()}, numpy {numpy.__version__}, scipy {scipy.__version__}, statsmodels {statsmodels.__version__}",')
print(",\n".join(json.dumps(k) + ":\n" + json.dumps(v, separators=(",", ":"), default=float) for k, v in out.items()))
print("}")
