#!/usr/bin/env python3
"""Reference values of the Bayesian methods and of allocation: python3 bayesian.py > ../tests/data/bayesian.json

mpmath 1.4: the closed sum for the chance to win where a parameter is a whole number; else scipy 1.17's distributions of the
beta and of the normal law under a fixed Gauss-Legendre rule of numpy (400 panels of 20 points, over the log-odds).
"""
import json
import numpy
from mpmath import mp, mpf, exp, loggamma, erfc, sqrt, npdf
from scipy.special import betainc, betaln, ndtr
from scipy.stats import beta as scipy_beta

# Enough for a loss of 1e-80 as a difference.
mp.dps = 130
NODES, WEIGHTS = numpy.polynomial.legendre.leggauss(20)


def ncdf(x):
    return erfc(-x / sqrt(mpf(2))) / 2


def logbeta(a, b):
    return loggamma(a) + loggamma(b) - loggamma(a + b)


def chance(a1, b1, a2, b2):
    """P(Beta(a2, b2) > Beta(a1, b1)); a2 a whole number (Miller 2014); each term from the one before."""
    a1, b1, b2 = mpf(a1), mpf(b1), mpf(b2)
    term = exp(logbeta(a1, b1 + b2) - logbeta(a1, b1))
    total = mpf(0)
    for i in range(int(a2)):
        total += term
        term *= (a1 + i) * (b2 + i) / ((a1 + b1 + b2 + i) * (1 + i))
    return total


def integral(f, low, high):
    edges = numpy.linspace(low, high, 401)
    half = (edges[1:] - edges[:-1])[:, None] / 2
    return float(numpy.sum(f(edges[:-1, None] + half * (NODES + 1)) * half * WEIGHTS))


def rate(y):
    return 1 / (1 + numpy.exp(-y))


def cdf(a, b, y):
    return betainc(a, b, rate(y))


def density(a, b, y):
    return numpy.exp(-a * numpy.log1p(numpy.exp(-y)) - b * numpy.log1p(numpy.exp(y)) - betaln(a, b))


out = {}
rows = []
for a1, b1, a2, b2 in ((1, 1, 1, 1), (11, 91, 21, 81), (120, 880, 121, 881), (8503, 36199, 8280, 37211), (5, 500, 300, 400), (300, 400, 5, 500)):
    win = chance(a1, b1, a2, b2)
    # E[(A − B)+] = E[A] P(A' > B) − E[B] P(A > B'), primes with one success more
    lose = mpf(a1) / (a1 + b1) * chance(a2, b2, a1 + 1, b1) - mpf(a2) / (a2 + b2) * chance(a2 + 1, b2, a1, b1)
    keep = mpf(a2) / (a2 + b2) * chance(a1, b1, a2 + 1, b2) - mpf(a1) / (a1 + b1) * chance(a1 + 1, b1, a2, b2)
    rows.append([a1, b1, a2, b2, float(win), float(keep), float(lose)])
for a1, b1, a2, b2 in ((0.5, 0.5, 1.5, 0.5), (2.5, 30.25, 4.75, 28.5), (0.3, 3.0, 0.6, 2.0), (120.5, 880.5, 150.25, 860.75)):
    low, high = (-6, 1) if a1 > 100 else (-30, 15) if a1 > 1 else (-150, 90)
    win = integral(lambda y: density(a2, b2, y) * cdf(a1, b1, y), low, high)
    lose = integral(lambda y: cdf(a2, b2, y) * cdf(b1, a1, -y) * rate(y) * rate(-y), low, high)
    keep = integral(lambda y: cdf(a1, b1, y) * cdf(b2, a2, -y) * rate(y) * rate(-y), low, high)
    rows.append([a1, b1, a2, b2, win, keep, lose])
out["rates"] = {"columns": "a_control b_control a_treatment b_treatment chance loss_of_control loss_of_treatment", "rows": rows}

rows = []
for a, b in ((1, 1), (0.5, 0.5), (11, 91), (8503, 36199), (0.5, 100000.5), (5e5, 4.5e6)):
    for alpha in (0.05, 0.001):
        rows.append([a, b, alpha, float(scipy_beta.ppf(alpha / 2, a, b)), float(scipy_beta.isf(alpha / 2, a, b))])
out["credible"] = {"columns": "a b alpha lower upper", "rows": rows}

arms = [(11, 91), (21, 81), (15, 85), (2.5, 30)]
best, losses, least = [], [], []
for i, (a, b) in enumerate(arms):
    others = [arm for j, arm in enumerate(arms) if j != i]

    def product(y, f):
        return numpy.prod([f(c, d, y) for c, d in others], axis=0)

    best.append(integral(lambda y: density(a, b, y) * product(y, cdf), -25, 5))
    least.append(integral(lambda y: density(a, b, y) * product(y, lambda c, d, y: cdf(d, c, -y)), -25, 5))
    losses.append(integral(lambda y: cdf(a, b, y) * (1 - product(y, cdf)) * rate(y) * rate(-y), -25, 5))
out["rate_arms"] = {"arms": arms, "best": best, "least": least, "losses": losses}

arms = [(0.0, 1.0), (0.5, 0.3), (1.0, 0.1), (-4.0, 0.5), (0.9, 0.2)]
best, losses = [], []
for i, (m, s) in enumerate(arms):
    others = [arm for j, arm in enumerate(arms) if j != i]

    def product(x):
        return numpy.prod([ndtr((x - c) / d) for c, d in others], axis=0)

    normal = lambda x: numpy.exp(-(((x - m) / s) ** 2) / 2) / s / numpy.sqrt(2 * numpy.pi)
    best.append(integral(lambda x: normal(x) * product(x), -12, 12))
    losses.append(integral(lambda x: ndtr((x - m) / s) * (1 - product(x)), -12, 12))
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
