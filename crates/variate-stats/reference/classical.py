#!/usr/bin/env python3
"""Reference values of the tests with a fixed number of units: python3 classical.py > ../tests/data/classical.json

statsmodels 0.15 for intervals and tests of proportions and for power, scipy 1.17 for Fisher's and Welch's tests and the noncentral
t distribution, mpmath 1.4 where counts are large (Fisher's test term by term) and for Fieller's roots; Abba's p-value by
its formula over scipy's binomial, with the arithmetic of its Python edition.
"""
import json
from math import ceil, floor, inf
import numpy
from mpmath import mp, mpf, exp, loggamma, sqrt as msqrt
from scipy import optimize, stats
from statsmodels.stats import power as smp
from statsmodels.stats import proportion as sm

mp.dps = 40
out = {}

# Intervals of one rate.
rows = []
for x, n in ((0, 10), (1, 10), (3, 10), (10, 10), (1, 1), (0, 50), (27, 1000), (8502, 44700), (20119, 45489), (5, 10_000_000), (499_999_999, 10**9), (3 * 10**11, 10**12)):
    for alpha in (0.05, 0.001, 0.3):
        row = [x, n, alpha]
        for method in ("normal", "wilson", "agresti_coull", "jeffreys", "beta"):
            low, high = (float(v) for v in sm.proportion_confint(x, n, alpha, method))
            # As Brown, Cai and DasGupta have it, and as an exact interval must be.
            if method in ("jeffreys", "beta"):
                low, high = (0.0 if x == 0 else low), (1.0 if x == n else high)
            row += [low, high]
        rows.append(row)
out["one"] = {"columns": "successes trials alpha, lower and upper of: wald wilson agresti_coull jeffreys clopper_pearson", "rows": rows}

PAIRS = ((8502, 44700, 8279, 45489), (20034, 44700, 20119, 45489), (100, 1000, 130, 1000), (7, 34, 1, 35), (56, 70, 48, 80), (5, 200, 14, 210),
         (3, 10_000_000, 17, 10_000_000), (499_000, 1_000_000, 501_000, 1_001_000), (1, 20, 19, 20), (90_000_000, 10**9, 90_100_000, 10**9))


def bisect(f, low, high):
    """The root of an increasing function."""
    for _ in range(90):
        middle = (low + high) / 2
        low, high = (middle, high) if f(middle) < 0 else (low, middle)
    return middle


def score_interval(x0, n0, x1, n1, alpha):
    """The differences that the score test does not reject, by mpmath: the cubic for the rates in statsmodels 0.15 has the control's
    successes where its units should be (in the term of difference squared), which is off in the fifth digit."""
    z = mpf(float(stats.norm.isf(alpha / 2)))
    seen = mpf(x1) / n1 - mpf(x0) / n0

    def statistic(difference):
        slope = lambda p: (n0 - x0) / (1 - p) - x0 / p + (n1 - x1) / (1 - p - difference) - x1 / (p + difference)
        p = bisect(slope, max(mpf(0), -difference), min(mpf(1), 1 - difference))
        q = p + difference
        return (difference - seen) / msqrt(p * (1 - p) / n0 + q * (1 - q) / n1)

    ends = [float(bisect(lambda d: statistic(d) + z, mpf(-1), seen)), float(bisect(lambda d: statistic(d) - z, seen, mpf(1)))]
    return ends


# Mee's interval in Newcombe 1998, table II (a).
assert [round(v, 4) for v in score_interval(48, 80, 56, 70, 0.05)] == [0.0533, 0.3377]

rows = []
for x0, n0, x1, n1 in PAIRS:
    for alpha in (0.05, 0.001):
        row = [x0, n0, x1, n1, alpha]
        for method, compare in (("wald", "diff"), ("score", "diff"), ("log", "ratio")):
            for alternative in ("two-sided", "larger", "smaller"):
                row.append(float(sm.test_proportions_2indep(x1, n1, x0, n0, method=method, compare=compare, alternative=alternative, correction=False).pvalue))
        for method, compare in (("wald", "diff"), ("score", "diff"), ("newcomb", "diff"), ("log", "ratio")):
            if method == "score":
                row += score_interval(x0, n0, x1, n1, alpha)
            else:
                row += [float(v) for v in sm.confint_proportions_2indep(x1, n1, x0, n0, method=method, compare=compare, alpha=alpha, correction=False)]
        rows.append(row)
out["two"] = {"columns": "x0 n0 x1 n1 alpha, p both greater less of: wald score log ratio, lower upper of: wald score newcombe ratio", "rows": rows}


# Fisher.
def ln_choose(n, k):
    return loggamma(mpf(n) + 1) - loggamma(mpf(k) + 1) - loggamma(mpf(n - k) + 1)


def fisher(x0, n0, x1, n1):
    hits, everything = x0 + x1, n0 + n1
    low, high = max(0, hits - n0), min(hits, n1)
    pmf = lambda k: exp(ln_choose(n1, k) + ln_choose(n0, hits - k) - ln_choose(everything, hits))
    seen = pmf(x1)

    def tail(k, step):
        term, total = pmf(k), mpf(0)
        while low <= k <= high and term > total * mpf(10) ** -30:
            total += term
            if step > 0:
                term *= mpf(hits - k) * (n1 - k) / ((k + 1) * mpf(n0 - hits + k + 1))
            else:
                term *= mpf(k) * (n0 - hits + k) / ((hits - k + 1) * mpf(n1 - k + 1))
            k += step
        return total

    up, down = tail(x1, 1), tail(x1, -1)
    mode = min(max((n1 + 1) * (hits + 1) // (everything + 2), low), high)
    good = lambda k: pmf(k) <= seen * (1 + mpf("1e-7"))
    if good(mode):
        return 1.0, float(min(up, 1)), float(min(down, 1))
    inner, outer = mode, (high if x1 < mode else low)
    both = down if x1 < mode else up
    if good(outer):
        while abs(outer - inner) > 1:
            middle = (outer + inner) // 2
            inner, outer = (inner, middle) if good(middle) else (middle, outer)
        both += tail(outer, 1 if x1 < mode else -1)
    return float(both), float(up), float(down)


rows = []
for x0, n0, x1, n1 in ((1, 4, 3, 4), (0, 5, 5, 5), (0, 10, 0, 12), (10, 10, 12, 12), (1, 1, 0, 1), (5, 5, 2, 9), (3, 20, 9, 25), (30, 100, 45, 110), (2, 1000, 12, 900), (8502, 44700, 8279, 45489), (20034, 44700, 20119, 45489),
                       (499_000, 1_000_000, 501_000, 1_001_000), (500_000, 1_000_000, 500_010, 1_000_000), (100_000, 1_000_000, 130_000, 1_000_000), (20, 3_000_000, 60, 2_000_000), (1, 10**9, 9, 10**6), (30_000_000, 10**9, 30_020_000, 10**9)):
    both, up, down = fisher(x0, n0, x1, n1)
    if n0 <= 1000:
        table = [[x1, n1 - x1], [x0, n0 - x0]]
        for p, alternative in ((both, "two-sided"), (up, "greater"), (down, "less")):
            theirs = stats.fisher_exact(table, alternative).pvalue
            assert abs(theirs - p) < 1e-10 * p, (table, alternative, theirs, p)
    rows.append([x0, n0, x1, n1, both, up, down])
out["fisher"] = {"columns": "x0 n0 x1 n1, p of both greater less", "rows": rows}


# Abba's p-value, 1e-5 included.
def abba(k, xb, nb, xv, nv):
    pooled = (xb + xv) / (nb + nv)
    base, other = stats.binom(nb, pooled), stats.binom(nv, pooled)
    low, high = (0, nb) if nb < 1000 else (floor(base.ppf(5e-6)), ceil(base.isf(5e-6)))
    apart = abs(xv / nv - xb / nb)
    b = numpy.arange(low, high + 1)
    q = other.cdf(numpy.floor((b / nb - apart) * nv)) + other.sf(numpy.ceil((b / nb + apart) * nv) - 1)
    return 1e-5 + float(numpy.sum(base.pmf(b) * (1 - (1 - q) ** k)))


rows = [[k, *case, abba(k, *case)] for k in (1, 2, 5) for case in ((100, 1000, 130, 1000), (20, 50, 32, 50), (5, 200, 14, 210), (1000, 20000, 1120, 20100), (4870, 40210, 5105, 40180), (8502, 44700, 8279, 45489))]
out["abba"] = {"columns": "treatments x0 n0 x1 n1 p", "rows": rows}

# Means.
rows = []
for n0, m0, s0, n1, m1, s1 in ((2000, 13.7, 6.85, 2100, 14.2, 6.99), (5, 3.1, 0.4, 7, 4.0, 1.9), (2, 0.0, 1.0, 3, 1.0, 2.0), (10**6, -5.0, 30.0, 10**6, -4.9, 31.0), (50, 1e9, 1e-3, 60, 1e9 + 1e-3, 2e-3), (30, 2.0, 0.0, 40, 2.1, 0.3)):
    for alpha in (0.05, 0.001):
        row = [n0, m0, s0, n1, m1, s1, alpha]
        for alternative in ("two-sided", "greater", "less"):
            row.append(float(stats.ttest_ind_from_stats(m1, s1, n1, m0, s0, n0, equal_var=False, alternative=alternative).pvalue))
        v0, v1 = s0**2 / n0, s1**2 / n1
        degrees = (v0 + v1) ** 2 / (v0**2 / (n0 - 1) + v1**2 / (n1 - 1))
        half = stats.t.isf(alpha / 2, degrees) * (v0 + v1) ** 0.5
        row += [degrees, m1 - m0 - half, m1 - m0 + half]
        rows.append(row)
out["welch"] = {"columns": "n0 m0 s0 n1 m1 s1 alpha, p both greater less, degrees lower upper", "rows": rows}

# Fieller: the roots of (m1 - θ m0)² = t² (v1 + θ² v0), by mpmath.
rows = []
for n0, m0, s0, n1, m1, s1 in ((2000, 13.7, 6.85, 2100, 14.2, 6.99), (20, 1.0, 2.5, 25, 2.0, 1.0), (20, 0.2, 2.5, 25, 2.0, 1.0), (20, 0.2, 2.5, 25, 0.1, 1.0), (40, -3.0, 1.0, 40, 2.0, 1.5), (30, 0.0, 1.0, 30, 1.0, 1.0)):
    v0, v1 = mpf(s0) ** 2 / n0, mpf(s1) ** 2 / n1
    degrees = float((v0 + v1) ** 2 / (v0**2 / (n0 - 1) + v1**2 / (n1 - 1)))
    t = mpf(float(stats.t.isf(0.025, degrees)))
    a, b, c = mpf(m0) ** 2 - t**2 * v0, mpf(m1) * m0, mpf(m1) ** 2 - t**2 * v1
    d = b * b - a * c
    if d < 0:
        rows.append([n0, m0, s0, n1, m1, s1, "anything", None, None])
    else:
        ends = sorted(((b - msqrt(d)) / a, (b + msqrt(d)) / a))
        rows.append([n0, m0, s0, n1, m1, s1, "within" if a > 0 else "outside", float(ends[0]), float(ends[1])])
out["fieller"] = {"columns": "n0 m0 s0 n1 m1 s1, kind lower upper at 0.05", "rows": rows}

# Power.
SIDES = ("two-sided", "larger", "smaller")


def welch_power(d, n, ratio, alpha, side):
    """As statsmodels' TTestIndPower with Welch's degrees of freedom, which are its own for arms of one size."""
    v0, v1 = 1 / n, 1 / (n * ratio)
    degrees = (v0 + v1) ** 2 / (v0**2 / (n - 1) + v1**2 / (n * ratio - 1))
    drift = d / (v0 + v1) ** 0.5
    critical = stats.t.isf(alpha / 2 if side == "two-sided" else alpha, degrees)
    found = 0.0
    if side != "smaller":
        found += stats.nct.sf(critical, degrees, drift)
    if side != "larger":
        found += stats.nct.cdf(-critical, degrees, drift)
    if ratio == 1:
        theirs = smp.TTestIndPower().power(d, n, alpha, alternative=side)
        assert abs(theirs - found) < 1e-9 * max(found, 1e-3), (theirs, found)
    return float(found)


rows = []
for effect, sd, n, ratio in ((0.5, 10.0, 3000, 1.0), (0.5, 10.0, 6280, 1.0), (-2.0, 5.0, 40, 2.0), (1.0, 1.0, 3, 1.0), (1.0, 1.0, 17, 0.5), (0.01, 1.0, 10, 1.0), (0.02, 1.0, 60_000, 1.0)):
    for alpha in (0.05, 0.001):
        for side in SIDES:
            # Their first arm is the treatment here.
            t = welch_power(effect / sd, n, ratio, alpha, side)
            z = smp.NormalIndPower().power(effect / sd, n * ratio, alpha, 1 / ratio, alternative=side)
            rows.append([effect, sd, n, ratio, alpha, side, float(t), float(z)])
out["power_mean"] = {"columns": "effect sd units_of_control ratio alpha side, power of the t and the z test", "rows": rows}

rows = []
for d in (0.05, 0.1, 0.5):
    for alpha in (0.05, 0.01):
        for goal in (0.8, 0.9):
            for ratio in (1.0, 3.0):
                z = smp.NormalIndPower().solve_power(d, alpha=alpha, power=goal, ratio=ratio)
                # scipy's noncentral t has no answer far out.
                t = optimize.brentq(lambda n: welch_power(d, n, ratio, alpha, "two-sided") - goal, 0.99 * z, 1.01 * z + 5, xtol=1e-9, rtol=1e-13)
                if ratio == 1:
                    assert abs(smp.TTestIndPower().solve_power(d, alpha=alpha, power=goal) / t - 1) < 1e-6, (d, t)
                rows.append([d, alpha, goal, ratio, float(t), float(z)])
out["size_mean"] = {"columns": "effect by sd, alpha power ratio, units of the control for the t and the z test", "rows": rows}

rows = []
for rate, effect, n, ratio in ((0.1, 0.01, 10_000, 1.0), (0.1, -0.01, 10_000, 2.0), (0.5, 0.1, 200, 1.0), (0.001, 0.0005, 50_000, 0.5), (0.19, -0.0082, 45_000, 1.0)):
    for alpha in (0.05, 0.001):
        for side in SIDES:
            found = sm.power_proportions_2indep(effect, rate, n * ratio, 1 / ratio, alpha, alternative=side, return_results=False)
            rows.append([rate, effect, n, ratio, alpha, side, float(found)])
out["power_rate"] = {"columns": "rate effect units_of_control ratio alpha side power", "rows": rows}



# How often each interval holds the rate, and each test raises a false alarm, at 5 %: summed over all outcomes.
rows = []
for n, expected in ((100, 1), (100, 5), (100, 20), (1000, 1), (1000, 5)):
    x, p = numpy.arange(n + 1), expected / n
    row = [n, expected]
    for method in ("normal", "wilson", "agresti_coull", "jeffreys", "beta"):
        low, high = sm.proportion_confint(x, n, 0.05, method)
        if method == "jeffreys":
            low, high = numpy.where(x == 0, 0, low), numpy.where(x == n, 1, high)
        row.append(float(stats.binom.pmf(x, n, p)[(low <= p) & (p <= high)].sum()))
    rows.append(row)
out["coverage"] = {"columns": "trials expected_successes, coverage of: wald wilson agresti_coull jeffreys clopper_pearson", "rows": rows}


def false_alarms(n0, n1, p):
    total = numpy.zeros(4)
    for x0 in range(n0 + 1):
        for x1 in range(n1 + 1):
            chance = stats.binom.pmf(x0, n0, p) * stats.binom.pmf(x1, n1, p)
            if chance < 1e-9:
                continue
            p_values = [1.0] * 4
            for i, (method, compare) in enumerate((("score", "diff"), ("wald", "diff"), ("log", "ratio"))):
                if 0 < x0 + x1 < n0 + n1 and (method != "log" or (x0 > 0 and x1 > 0)):
                    p_values[i] = sm.test_proportions_2indep(x1, n1, x0, n0, method=method, compare=compare, correction=False).pvalue
            p_values[3] = stats.fisher_exact([[x1, n1 - x1], [x0, n0 - x0]]).pvalue
            total += chance * (numpy.array(p_values) < 0.05)
    return [float(t) for t in total]


rows = [[n0, n1, p, *false_alarms(n0, n1, p)] for n0, n1, p in ((20, 20, 0.5), (60, 20, 0.25), (100, 100, 0.05), (50, 10, 0.5))]
out["false_alarms"] = {"columns": "n0 n1 rate, false alarms of: score wald relative fisher", "rows": rows}

# Group-sequential plans: the drift by that of a single test, squared, from scipy's multivariate normal distribution.
def crossed(bounds, drift):
    times = numpy.arange(1, len(bounds) + 1) / len(bounds)
    correlation = numpy.sqrt(numpy.minimum.outer(times, times) / numpy.maximum.outer(times, times))
    seed = numpy.random.default_rng(1)
    return 1 - stats.multivariate_normal.cdf(bounds, drift * numpy.sqrt(times), correlation, lower_limit=-bounds, abseps=1e-8, releps=1e-8, maxpts=10**7, rng=seed)


rows = []
for shape, constants in ((0.5, {2: 2.178273, 5: 2.413180}), (0.0, {2: 1.977432, 5: 2.040068})):
    for looks, constant in constants.items():
        bounds = constant * (numpy.arange(1, looks + 1) / looks) ** (shape - 0.5)
        for goal in (0.8, 0.9):
            drift = optimize.brentq(lambda x: crossed(bounds, x) - goal, 2, 5, xtol=1e-5)
            rows.append([looks, shape, goal, round(float((drift / (stats.norm.isf(0.025) + stats.norm.ppf(goal))) ** 2), 5)])
out["inflation"] = {"columns": "looks shape power, units by those of a single look; to 1e-5", "rows": rows}

print("{")
for i, (name, table) in enumerate(out.items()):
    body = ",\n".join("   " + json.dumps(row) for row in table["rows"])
    print(f' "{name}": {{"columns": {json.dumps(table["columns"])}, "rows": [\n{body}\n ]}}' + ("," if i + 1 < len(out) else ""))
print("}")
