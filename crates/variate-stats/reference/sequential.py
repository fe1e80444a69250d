#!/usr/bin/env python3
"""Reference values of the sequential methods: python3 sequential.py > ../tests/data/sequential.json

mpmath 1.4 with 40 digits, each formula written out from its paper, independently of the crate:
mSPRT (Johari et al. 2022), asymptotic confidence sequence (Waudby-Smith et al. 2024), normal and beta-binomial mixtures
(Howard et al. 2021), empirical Bernstein and betting (Waudby-Smith & Ramdas 2024), sequential sample ratio
(Lindon & Malek 2022), classic group-sequential constants by their definition (nested quadrature, few looks).
"""
import json
from mpmath import mp, mpf, log, sqrt, exp, erfc, loggamma, findroot, quad, npdf, inf, pi

mp.dps = 40


def ncdf(x):
    return erfc(-x / sqrt(mpf(2))) / 2


def num(x):
    return float(x)


def logbeta(a, b):
    return loggamma(a) + loggamma(b) - loggamma(a + b)


def bisect(f, low, high):
    """Root of an increasing f."""
    low, high = mpf(low), mpf(high)
    for _ in range(12):
        mid = (low + high) / 2
        if f(mid) < 0:
            low = mid
        else:
            high = mid
    return findroot(f, (low, high), solver="anderson", tol=mpf(10) ** (-2 * mp.dps + 10), verify=False)


def log_incomplete(p, q, end):
    """ln of the incomplete beta function up to the log-odds `end`, by quadrature over the log-odds."""
    ln_f = lambda y: -p * log(1 + exp(-y)) - q * log(1 + exp(y))
    centre, scale = log(p / q), sqrt(1 / p + 1 / q)
    top = min(centre, end)
    peak = ln_f(top)
    # as steep as the slope at the top when the mode lies beyond the end
    slope = abs(p / (1 + exp(top)) - q / (1 + exp(-top)))
    width = min(scale, 1 / slope) if slope > 0 else scale
    cuts = sorted({y for y in [top + k * width for k in (-90, -40, -20, -10, -5, -2, -1, 0, 1, 2, 5, 10, 20, 40)] if y < end}
                  | {top - k / p for k in (100, 50, 20, 8, 3, 1)} | {end - k for k in (1, 3, 7, 15, 30, 60, 120, 300, 800)} | {end})
    return log(quad(lambda y: exp(ln_f(y) - peak), cuts)) + peak


out = {}

rows = []
for alpha in (0.05, 0.001):
    for tau in (1e-3, 0.1, 5.0):
        for effect, variance in ((0.25, 0.004), (-0.01, 1e-6), (0.0, 1.0), (3.0, 0.01), (12.0, 0.01)):
            a, t2, d, v = mpf(alpha), mpf(tau) ** 2, mpf(effect), mpf(variance)
            lam = sqrt(v / (v + t2)) * exp(t2 * d**2 / (2 * v * (v + t2)))
            half = sqrt(v * (v + t2) / t2 * (log((v + t2) / v) - 2 * log(a)))
            rows.append([alpha, tau, effect, variance, num(log(lam)), num(min(1, 1 / lam)), num(d - half), num(d + half)])
out["msprt"] = {"columns": "alpha tau effect variance ln_ratio p lower upper", "rows": rows}

rows = []
for alpha in (0.2, 0.05, 1e-4):
    k = bisect(lambda k: k - log(1 + k) + 2 * log(mpf(alpha)), 0, 200)
    rows.append([alpha, num(k)])
out["msprt_best"] = {"columns": "alpha ratio", "rows": rows}

rows = []
for alpha in (0.05, 0.01):
    for tuned in (5000, 100):
        for effect, variance, units in ((0.7066, 0.0474, 4100), (0.05, 2.5e-4, 4100), (-0.3, 0.01, 90), (0.0, 0.01, 1e6), (1.0, 0.01, 2e7)):
            a, d, v, n = mpf(alpha), mpf(effect), mpf(variance), mpf(units)
            rho = lambda a: sqrt((-2 * log(a) + log(-2 * log(a) + 1)) / tuned)
            r = rho(a)
            half = sqrt(n * v) * sqrt(2 * (n * r**2 + 1) / (n**2 * r**2) * log(sqrt(n * r**2 + 1) / a))
            p = min(1, sqrt(n * r**2 + 1) * exp(-(r**2) * n * (d**2 / v) / (2 * (n * r**2 + 1))))
            r = rho(2 * a)
            reach = lambda a: sqrt(n * v) * sqrt(2 * (n * r**2 + 1) / (n**2 * r**2) * log(1 + sqrt(n * r**2 + 1) / (2 * a)))
            # the level whose bound just touches zero, by search over the logarithm of the level
            greater = mpf(1)
            if d > 0 and reach(mpf(1)) < d:
                greater = exp(bisect(lambda q: d - reach(exp(q)) if q > -2000 else mpf(-1), -2000, 0))
            rows.append([alpha, tuned, effect, variance, units, num(d - half), num(d + half), num(p), num(d - reach(a)), num(greater)])
out["asymptotic"] = {"columns": "alpha tuned effect variance units lower upper p greater_lower greater_p", "rows": rows}


def rho_two(v, a):
    l = 2 * log(1 / a)
    return v / (l + log(1 + l))


rows = []
for alpha in (0.05, 0.01, 1e-6):
    for optimal in (100, 1e4):
        for v in (0, 1, 50, 1e4, 1e8):
            a, w = mpf(alpha), mpf(v)
            r = rho_two(mpf(optimal), a)
            two = sqrt((w + r) * (log(1 + w / r) + 2 * log(1 / a)))
            r = rho_two(mpf(optimal), 2 * a)
            f = lambda s: log(4 * r / (w + r)) / 2 + s**2 / (2 * (w + r)) + log(ncdf(s / sqrt(w + r))) + log(a)
            one = bisect(f, 0, two * 2)
            rows.append([alpha, optimal, v, num(two), num(one)])
out["normal_mixture"] = {"columns": "alpha optimal v two_sided one_sided", "rows": rows}

rows = []
for alpha, optimal, g, h, s, v in (
    (0.05, 25, 0.5, 0.5, 5, 25), (0.05, 25, 0.5, 0.5, 20, 100), (0.05, 100, 0.3, 0.7, -10, 100), (0.05, 100, 0.3, 0.7, 30, 500),
    (0.01, 1000, 0.1, 0.9, 40, 300), (0.05, 10, 0.9, 0.1, 3, 10000), (0.05, 0.1, 0.5, 0.5, 2, 8),
):
    a, g_, h_, s_, v_ = mpf(alpha), mpf(g), mpf(h), mpf(s), mpf(v)

    def ln_m(s_, one):
        rho = rho_two(mpf(optimal), 2 * a if one else a)
        r = max(rho - g_ * h_, g_ * h_ / 1000)
        part = lambda p, q: log_incomplete(p, q, log(h_ / g_)) if one else logbeta(p, q)
        return (
            v_ / (g_ * h_) * log(g_ + h_)
            - (v_ + h_ * s_) / (h_ * (g_ + h_)) * log(g_)
            - (v_ - g_ * s_) / (g_ * (g_ + h_)) * log(h_)
            + part((r + v_ - g_ * s_) / (g_ * (g_ + h_)), (r + v_ + h_ * s_) / (h_ * (g_ + h_)))
            - part(r / (g_ * (g_ + h_)), r / (h_ * (g_ + h_)))
        )

    bound = bisect(lambda s: ln_m(s, False) + log(a), 0, v_ / g_) if ln_m(v_ / g_, False) > -log(a) else v_ / g_
    rows.append([alpha, optimal, g, h, s, v, num(ln_m(s_, False)), num(ln_m(s_, True)), num(bound)])
out["beta_binomial_mixture"] = {"columns": "alpha optimal g h sum v ln_two_sided ln_one_sided bound", "rows": rows}

rows = []
for alpha, a, b, s, n in (
    (0.05, 0.5, 0.5, 120, 1000), (0.05, 0.5, 0.5, 0, 50), (0.05, 0.5, 0.5, 50, 50), (0.01, 0.5, 0.5, 3, 100000),
    (0.05, 2, 30, 4479, 44700), (0.05, 0.5, 0.5, 123456789, 1000000000), (0.001, 1, 1, 1, 1),
):
    a_, b_, s_, n_ = mpf(a), mpf(b), mpf(s), mpf(n)
    ln_k = lambda m: logbeta(a_ + s_, b_ + n_ - s_) - logbeta(a_, b_) - (s_ * log(m) if s else 0) - ((n_ - s_) * log(1 - m) if n > s else 0)
    lower = bisect(lambda m: -(ln_k(m) + log(mpf(alpha))), mpf(10) ** -30, s_ / n_) if s else mpf(0)
    upper = bisect(lambda m: ln_k(m) + log(mpf(alpha)), s_ / n_, 1 - mpf(10) ** -30) if s < n else mpf(1)
    rows.append([alpha, a, b, s, n, num(lower), num(upper), num(min(1, exp(-ln_k(mpf("0.125")))))])
out["bernoulli_mixture"] = {"columns": "alpha a b successes units lower upper p_of_one_eighth", "rows": rows}


def series(name, n):
    """Values in [0, 1] that any program can make again."""
    if name == "spread":
        return [mpf((i * 7919) % 1009) / 1009 for i in range(1, n + 1)]
    return [mpf(1) if (i * 7919) % 1009 < 90 else mpf(0) for i in range(1, n + 1)]


def bets(x, alpha):
    """(x, mean before, bet) with bets that see only what came before."""
    total, squares, result = mpf(0), mpf(0), []
    for i, value in enumerate(x):
        t = mpf(i + 1)
        mean = (mpf(1) / 2 + total) / t
        variance = (mpf(1) / 4 + squares) / t
        result.append((value, mean, sqrt(2 * log(2 / mpf(alpha)) / (variance * t * log(1 + t)))))
        total += value
        squares += (value - (mpf(1) / 2 + total) / (t + 1)) ** 2
    return result


rows = []
for name in ("spread", "rare"):
    x = series(name, 400)
    for n in (1, 10, 50, 400):
        alpha = mpf("0.05")
        free = bets(x[:n], 0.05)
        b = [(value, mean, min(bet, mpf(1) / 2)) for value, mean, bet in free]
        weight = sum(l for _, _, l in b)
        centre = sum(l * v for v, _, l in b) / weight
        half = (log(2 / alpha) + sum((v - m) ** 2 * (-log(1 - l) - l) for v, m, l in b)) / weight
        more = lambda m: sum(log(1 + min(l, 1 / (2 * m)) * (v - m)) for v, _, l in free)
        less = lambda m: sum(log(1 - min(l, 1 / (2 * (1 - m))) * (v - m)) for v, _, l in free)
        target = log(2 / alpha)
        tiny = mpf(10) ** -25
        saved, mp.dps = mp.dps, 25
        low = bisect(lambda m: target - more(m), tiny, 1 - tiny) if more(tiny) > target else mpf(0)
        high = bisect(lambda m: less(m) - target, tiny, 1 - tiny) if less(1 - tiny) > target else mpf(1)
        mp.dps = saved
        p = min(1, exp(-max(more(mpf("0.3")), less(mpf("0.3")))) * 2)
        rows.append([name, n, num(max(0, centre - half)), num(min(1, centre + half)), num(low), num(high), num(p)])
out["bounded"] = {"columns": "series n bernstein_lower bernstein_upper betting_lower betting_upper betting_p_of_0.3", "rows": rows}

rows = []
for weights, counts, k in (
    ([1, 1], [60, 40], 100), ([1, 1], [180, 120], 100), ([1, 1], [680, 550], 100), ([1, 1], [690, 562], 100), ([1, 1], [0, 0], 100),
    ([3, 1, 1], [300, 90, 110], 100), ([9, 1], [123, 0], 10), ([1, 1], [44700, 45489], 100), ([1, 1], [500050000, 499950000], 100),
    ([1, 2, 3, 4], [1e9, 2e9, 3e9, 4.0001e9], 1000),
):
    theta = [mpf(w) / sum(weights) for w in weights]
    n = sum(mpf(c) for c in counts)
    ln = loggamma(mpf(k)) - loggamma(k + n)
    for t, c in zip(theta, counts):
        ln += loggamma(k * t + mpf(c)) - loggamma(k * t) - mpf(c) * log(t)
    rows.append([weights, counts, k, num(ln), num(min(1, exp(-ln)))])
out["sample_ratio"] = {"columns": "weights counts concentration ln_odds p", "rows": rows}

rows = []
z = lambda p: bisect(lambda x: ncdf(x) - (1 - p), -40, 40)
for alpha in (0.05, 0.001):
    a = mpf(alpha)
    for t in (0.01, 0.2, 0.5, 0.9):
        t_ = mpf(t)
        rows.append([
            alpha, t, num(2 * ncdf(-z(a / 2) / sqrt(t_))), num(4 * ncdf(-z(a / 4) / sqrt(t_))), num(a * log(1 + (exp(mpf(1)) - 1) * t_)),
            num(a * t_**3), num(a * (1 - exp(4 * t_)) / (1 - exp(mpf(4)))), num(a * (1 - exp(-t_)) / (1 - exp(mpf(-1)))),
        ])
out["spending"] = {"columns": "alpha t obrien_fleming per_side pocock power3 hsd-4 hsd1", "rows": rows}

# Two looks: P(|Z1| < c1, |Z2| < c2) by one integral.
mp.dps = 25
rows = []
for alpha in (0.05, 0.001):
    for name, delta in (("obrien_fleming", mpf(0)), ("pocock", mpf(1) / 2), ("quarter", mpf(1) / 4)):
        def inside(c):
            c1, c2 = c * mpf("0.5") ** (delta - mpf(1) / 2), c
            f = lambda u: npdf(u) * (ncdf(c2 * sqrt(mpf(2)) - u) - ncdf(-c2 * sqrt(mpf(2)) - u))
            return quad(f, [-c1, -c1 / 2, 0, c1 / 2, c1])

        c = findroot(lambda c: inside(c) - (1 - mpf(alpha)), (mpf(2), mpf(3)) if alpha == 0.05 else (mpf("3.2"), mpf("3.6")), tol=1e-20)
        rows.append([name, alpha, num(c)])
out["two_looks"] = {"columns": "shape alpha constant", "rows": rows}

print("{")
print('"origin": "reference/sequential.py, mpmath 40 digits",')
print(",\n".join(json.dumps(k) + ":\n" + json.dumps(v, separators=(",", ":")) for k, v in out.items()))
print("}")
