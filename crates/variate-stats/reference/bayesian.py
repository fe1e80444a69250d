#!/usr/bin/env python3
"""Reference values of the Bayesian methods and of allocation: python3 bayesian.py > ../tests/data/bayesian.json

mpmath 1.4: the closed sum for the chance to win where a parameter is a whole number, quadrature elsewhere; scipy 1.17
for the quantiles of the beta distribution.
"""
import json
from mpmath import mp, mpf, beta, betainc, exp, log, loggamma, quad, erfc, sqrt, npdf, linspace, inf
from scipy.stats import beta as scipy_beta

mp.dps = 30


def ncdf(x):
    return erfc(-x / sqrt(mpf(2))) / 2


def logbeta(a, b):
    return loggamma(a) + loggamma(b) - loggamma(a + b)


def chance(a1, b1, a2, b2):
    """P(Beta(a2, b2) > Beta(a1, b1)); a2 a whole number (Miller 2014)."""
    a1, b1, b2 = mpf(a1), mpf(b1), mpf(b2)
    return sum(exp(logbeta(a1 + i, b1 + b2) - log(b2 + i) - logbeta(1 + i, b2) - logbeta(a1, b1)) for i in range(int(a2)))


def points(cases, reach):
    """Break points of the log-odds around all centres."""
    result = set()
    for a, b in cases:
        centre, scale = log(mpf(a) / b), sqrt(1 / mpf(a) + 1 / mpf(b))
        for k in (-reach, -12, -6, -3, -1.5, 0, 1.5, 3, 6, 12, reach):
            result.add(centre + k * scale)
    return sorted(result)


def rate(y):
    return 1 / (1 + exp(-y))


def cdf(a, b, y):
    return betainc(a, b, 0, rate(y), regularized=True)


def density(a, b, y):
    return exp(-mpf(a) * log(1 + exp(-y)) - mpf(b) * log(1 + exp(y)) - logbeta(mpf(a), mpf(b)))


out = {}
rows = []
for a1, b1, a2, b2 in ((1, 1, 1, 1), (11, 91, 21, 81), (120, 880, 121, 881), (8503, 36199, 8280, 37211), (5, 500, 300, 400), (300, 400, 5, 500)):
    mp.dps = 50
    win = chance(a1, b1, a2, b2)
    # E[(A − B)+] = E[A] P(A' > B) − E[B] P(A > B'), primes with one success more
    lose = mpf(a1) / (a1 + b1) * chance(a2, b2, a1 + 1, b1) - mpf(a2) / (a2 + b2) * chance(a2 + 1, b2, a1, b1)
    keep = mpf(a2) / (a2 + b2) * chance(a1, b1, a2 + 1, b2) - mpf(a1) / (a1 + b1) * chance(a1 + 1, b1, a2, b2)
    mp.dps = 30
    rows.append([a1, b1, a2, b2, float(win), float(keep), float(lose)])
for a1, b1, a2, b2 in ((0.5, 0.5, 1.5, 0.5), (2.5, 30.25, 4.75, 28.5), (0.1, 3.0, 0.2, 2.0), (120.5, 880.5, 150.25, 860.75)):
    mp.dps = 20
    at = points(((a1, b1), (a2, b2)), 60 if min(a1, a2) < 1 else 25)
    win = quad(lambda y: density(a2, b2, y) * cdf(a1, b1, y), at)
    lose = quad(lambda y: cdf(a2, b2, y) * cdf(b1, a1, -y) * rate(y) * rate(-y), at)
    keep = quad(lambda y: cdf(a1, b1, y) * cdf(b2, a2, -y) * rate(y) * rate(-y), at)
    mp.dps = 30
    rows.append([a1, b1, a2, b2, float(win), float(keep), float(lose)])
out["rates"] = {"columns": "a_control b_control a_treatment b_treatment chance loss_of_control loss_of_treatment", "rows": rows}

rows = []
for a, b in ((1, 1), (0.5, 0.5), (11, 91), (8503, 36199), (0.5, 100000.5), (5e5, 4.5e6)):
    for alpha in (0.05, 0.001):
        rows.append([a, b, alpha, float(scipy_beta.ppf(alpha / 2, a, b)), float(scipy_beta.isf(alpha / 2, a, b))])
out["credible"] = {"columns": "a b alpha lower upper", "rows": rows}

mp.dps = 20
arms = [(11, 91), (21, 81), (15, 85), (2.5, 30)]
at = points(arms, 25)
best, losses, least = [], [], []
for i, (a, b) in enumerate(arms):
    others = [arm for j, arm in enumerate(arms) if j != i]

    def product(y, f):
        value = mpf(1)
        for c, d in others:
            value *= f(c, d, y)
        return value

    above = lambda c, d, y: cdf(d, c, -y)
    best.append(float(quad(lambda y: density(a, b, y) * product(y, cdf), at)))
    least.append(float(quad(lambda y: density(a, b, y) * product(y, above), at)))
    losses.append(float(quad(lambda y: cdf(a, b, y) * (1 - product(y, cdf)) * rate(y) * rate(-y), at)))
out["rate_arms"] = {"arms": arms, "best": best, "least": least, "losses": losses}

mp.dps = 30
arms = [(0.0, 1.0), (0.5, 0.3), (1.0, 0.1), (-4.0, 0.5), (0.9, 0.2)]
at = sorted({mpf(m) + k * mpf(s) for m, s in arms for k in (-25, -12, -8, -5, -3, -1.5, 0, 1.5, 3, 5, 8, 12, 25)})
best, losses = [], []
for i, (m, s) in enumerate(arms):
    others = [arm for j, arm in enumerate(arms) if j != i]

    def product(x):
        value = mpf(1)
        for c, d in others:
            value *= ncdf((x - mpf(c)) / d)
        return value

    best.append(float(quad(lambda x: npdf(x, m, s) * product(x), at)))
    losses.append(float(quad(lambda x: ncdf((x - mpf(m)) / s) * (1 - product(x)), at)))
out["normal_arms"] = {"arms": arms, "best": best, "losses": losses}
w = [mpf(b) for b in best]
whole = sum(w)
w = [b / whole for b in w]
out["top_two"] = [float(w[i] * (mpf(1) / 2 + sum(w[j] / (1 - w[j]) for j in range(len(w)) if j != i) / 2)) for i in range(len(w))]

mp.dps = 50
rows = []
for mean, sd in ((0.1, 0.05), (-0.02, 0.05), (0.0, 1.0), (1.0, 0.02), (3.0, 0.1), (1.0, 1.0), (0.37, 0.1)):
    z = mpf(mean) / mpf(sd)
    rows.append([mean, sd, float(ncdf(z)), float(sd * npdf(z) - mean * ncdf(-z)), float(sd * npdf(z) + mean * ncdf(z))])
out["effect"] = {"columns": "mean deviation chance loss_of_shipping loss_of_keeping", "rows": rows}

print("{")
print('"origin": "reference/bayesian.py, mpmath and scipy",')
print(",\n".join(json.dumps(k) + ":\n" + json.dumps(v, separators=(",", ":")) for k, v in out.items()))
print("}")
