#!/usr/bin/env python3
"""Reference values of the distributions, by quadrature at 70 digits.

    python3 -m venv venv && venv/bin/pip install mpmath==1.4.1 gmpy2
    venv/bin/python reference/distributions.py > tests/data/distributions.csv   # some minutes on two cores

Every probability is the integral of the density from the argument towards the nearer tail (Gauss-Legendre
panels, in the logarithm of a gamma variable or the logit of a beta variable, where the density is smooth and
log-concave); the other side is its complement. This works for any parameters, where mpmath's own gammainc and
betainc give up. A part of the points is computed a second time, in another way (mpmath's functions, plain sums
of probabilities, the integral over the other side), and the script stops when the two differ by 1e-40.

Columns: function, two parameters, argument, lower and upper probability, their logarithms, the logarithm of the
density (or of the probability of the argument), and the quantiles of the lower and of the upper probability
as rounded to a double. A field is empty where the value leaves the range of doubles or rounding spoils it.
"""
import random
import sys
from multiprocessing import Pool

from mpmath import mp, mpf

mp.dps = 70
DEPTH = 140  # nats below which a density no longer counts: 1e-60


def gauss_legendre(count):
    """Nodes and weights on [0, 1]."""
    rule = []
    for k in range(count):
        x = mp.cos(mp.pi * (k + mpf(3) / 4) / (count + mpf(1) / 2))
        for _ in range(8):
            before, now = mpf(1), x
            for n in range(2, count + 1):
                before, now = now, ((2 * n - 1) * x * now - (n - 1) * before) / n
            slope = count * (x * now - before) / (x * x - 1)
            x -= now / slope
        rule.append(((1 + x) / 2, 1 / ((1 - x * x) * slope * slope)))
    return rule


FINE, COARSE = gauss_legendre(56), gauss_legendre(44)


def tail(height, start, sign):
    """The integral of exp(height(w) - height(start)) from `start` to the infinity of `sign`."""
    top = height(start)
    reach = mpf(1)
    while height(start + sign * reach) - top > -DEPTH:
        reach *= 2
    while height(start + sign * reach / 2) - top < -DEPTH:
        reach /= 2
    low, high = mpf(0), reach
    for _ in range(8):
        middle = (low + high) / 2
        if height(start + sign * middle) - top > -DEPTH:
            low = middle
        else:
            high = middle
    # Twice as wide from panel to panel: what happens near the start may be of another scale.
    edges = [mpf(0)] + [high / 2**k for k in range(8, -1, -1)]

    def integral(rule):
        return mp.fsum(
            (right - left) * weight * mp.exp(height(start + sign * (left + (right - left) * node)) - top)
            for left, right in zip(edges, edges[1:])
            for node, weight in rule
        )

    value, coarse = integral(FINE), integral(COARSE)
    if not abs(coarse - value) < mpf("1e-30") * value:
        raise ArithmeticError(f"quadrature: {value} or {coarse} from {start}")
    return value


class Gamma:
    """The unit gamma distribution in u = ln x."""

    def __init__(self, a):
        self.a = mpf(a)
        self.norm = mp.loggamma(self.a)
        self.mode = mp.log(self.a)

    def height(self, u):
        return self.a * u - mp.exp(u) - self.norm

    def tails(self, u):
        sign = 1 if u > self.mode else -1
        part = mp.exp(self.height(u)) * tail(self.height, u, sign)
        return (1 - part, part) if sign > 0 else (part, 1 - part)

    def other(self, u):
        """The same by mpmath, or by the integral over the other side."""
        if self.a < 300:
            x = mp.exp(u)
            return (
                mp.gammainc(self.a, 0, x, regularized=True),
                mp.gammainc(self.a, x, mp.inf, regularized=True),
            )
        return other_side(self, u)


class Logit:
    """The beta distribution in w = ln(x / (1 - x))."""

    def __init__(self, a, b):
        self.a, self.b = mpf(a), mpf(b)
        self.norm = mp.loggamma(self.a) + mp.loggamma(self.b) - mp.loggamma(self.a + self.b)
        self.mode = mp.log(self.a / self.b)

    def height(self, w):
        # ln x = -ln(1 + e^-w), ln y = -ln(1 + e^w), each from its accurate side.
        if w > 0:
            y = -w - mp.log1p(mp.exp(-w))
            return self.a * (y + w) + self.b * y - self.norm
        x = w - mp.log1p(mp.exp(w))
        return self.a * x + self.b * (x - w) - self.norm

    tails = Gamma.tails

    def other(self, w):
        if self.a + self.b < 200 and abs(w) < 50:
            x, y = 1 / (1 + mp.exp(-w)), 1 / (1 + mp.exp(w))
            return (
                mp.betainc(self.a, self.b, 0, x, regularized=True),
                mp.betainc(self.b, self.a, 0, y, regularized=True),
            )
        return other_side(self, w)


def other_side(of, w):
    """By integrating away from the tail, over the mode: to where the density is 1e-60 of the mode's."""
    sign = -1 if w > of.mode else 1
    beyond = mp.exp(of.height(of.mode)) * tail(of.height, of.mode, sign)
    between = mp.quad(
        lambda v: mp.exp(of.height(v)),
        [w + (of.mode - w) * k / 16 for k in range(17)],
        method="gauss-legendre",
        maxdegree=8,
    )
    part = beyond + abs(between)
    return (part, 1 - part) if sign < 0 else (1 - part, part)


DROPS = [1e-6, 0.004, 0.05, 0.3, 1, 2.5, 5, 9, 16, 30, 55, 100, 170, 300, 450, 600, 690, 900, 5000]


def drops(of):
    """Where the density has fallen by so many nats, on both sides."""
    found = []
    some = random.Random(f"{of.a} {of.mode}")
    top = of.height(of.mode)
    with mp.workdps(30):
        for sign in (-1, 1):
            for drop in DROPS:
                drop *= some.uniform(0.85, 1)
                low, high = mpf(0), mpf(1)
                while of.height(of.mode + sign * high) - top > -drop and high < 1e5:
                    high *= 2
                for _ in range(50):
                    middle = (low + high) / 2
                    if of.height(of.mode + sign * middle) - top > -drop:
                        low = middle
                    else:
                        high = middle
                found.append(of.mode + sign * low)
    return found


def digits(value):
    return mp.nstr(value, 17, min_fixed=0, max_fixed=0) if value else "0"


def row(name, first, second, x, lower, upper, ln_density, continuous=True):
    x_mp = mpf(x)
    cells = [name, repr(first), repr(second), repr(x)]
    smallest = mpf("1e-305")
    cells += [repr(float(p)) if p > smallest else "" for p in (lower, upper)]
    cells += [digits(mp.log(p) if p < 0.5 else mp.log1p(-q)) for p, q in ((lower, upper), (upper, lower))]
    cells.append(digits(ln_density))
    for p, direction in ((lower, 1), (upper, -1)):
        quantile = ""
        rounded = mpf(float(p))
        if continuous and p > smallest and rounded not in (0.5, 1):
            shift = direction * (rounded - p) / mp.exp(ln_density)
            if abs(shift) < abs(x_mp) * mpf("1e-9"):
                quantile = digits(x_mp + shift)
        cells.append(quantile)
    return ",".join(cells)


def cross_check(of, at, lower, upper, chance):
    if random.Random(f"{of.a} {at}").random() > chance:
        return
    other_lower, other_upper = of.other(at)
    if max(abs(other_lower - lower), abs(other_upper - upper)) > mpf("1e-40"):
        raise ArithmeticError(f"{type(of).__name__} {of.a} at {at}: {lower} {upper} != {other_lower} {other_upper}")


def floats(values):
    return sorted({x for x in (float(v) for v in values)})


def chi_squared(df):
    of = Gamma(mpf(df) / 2)
    xs = [2 * mp.exp(u) for u in drops(of)]
    xs += [df, df * (1 + 1e-10), df * (1 - 1e-7), df * 0.999, df * 1.2, df * 0.81, df * 0.79, df * 0.61, df * 0.59, df * 1.39, df * 1.41]
    xs += [1e-300, 1e-100, 1e-20, 1e-3, 3.0, 700.0]
    for x in floats(x for x in xs if 1e-307 < x < 1e300):
        u = mp.log(mpf(x) / 2)
        if of.height(of.mode) - of.height(u) > 20000:
            continue
        lower, upper = of.tails(u)
        cross_check(of, u, lower, upper, 0.2)
        yield row("chi_squared", df, 0.0, x, lower, upper, of.height(u) - mp.log(mpf(x)))


def student_t(df):
    of = Logit(0.5, mpf(df) / 2)  # of t^2 / (df + t^2)
    ts = [mp.sqrt(mpf(df) * mp.exp(w)) for w in drops(of)]
    ts += [1e-300, 1e-150, 1e-20, 1e-8, 1e-4, 0.03, 0.2, 0.5, 0.9, 1.0, 1.1, 1.3, 1.5, 1.65, 1.7, 1.7320508, 1.75, 1.8, 1.96, 2.2, 2.576, 3.3, 5.0, 8.0, 12.0, 1e3, 1e10]
    ts = floats(t for t in ts if 1e-307 < t < 1e300)
    for t in ts + [-t for t in ts[::5]]:
        w = 2 * mp.log(abs(mpf(t))) - mp.log(mpf(df))
        if of.height(of.mode) - of.height(w) > 20000 and abs(t) > 1:
            continue
        inside, outside = of.tails(w)
        cross_check(of, w, inside, outside, 0.2)
        # The density of |t| is that of w times 2 / t.
        ln_density = of.height(w) - mp.log(abs(mpf(t)))
        above, below = outside / 2, (1 + inside) / 2
        lower, upper = (below, above) if t > 0 else (above, below)
        yield row("student_t", df, 0.0, t, lower, upper, ln_density)


def fisher_f(pair):
    first, second = pair
    of = Logit(mpf(first) / 2, mpf(second) / 2)
    ratio = mpf(second) / mpf(first)
    fs = [ratio * mp.exp(w) for w in drops(of)]
    fs += [1.0, 1 + 1e-12, 1 - 1e-9, 1e-200, 1e-50, 1e-6, 0.1, 0.5, 0.97, 1.03, 2.0, 10.0, 1e6, 1e50]
    for f in floats(f for f in fs if 1e-307 < f < 1e300):
        w = mp.log(mpf(f) / ratio)
        if of.height(of.mode) - of.height(w) > 20000:
            continue
        lower, upper = of.tails(w)
        cross_check(of, w, lower, upper, 0.1)
        yield row("fisher_f", first, second, f, lower, upper, of.height(w) - mp.log(mpf(f)))


def beta(pair):
    a, b = pair
    of = Logit(a, b)
    xs = [1 / (1 + mp.exp(-w)) for w in drops(of)]
    mean = a / (a + b)
    xs += [mean, mean * (1 + 1e-9), 1e-300, 1e-60, 1e-9, 0.001, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999, 1 - 1e-9, 1 - 2.0**-53]
    for x in floats(x for x in xs if x > 1e-307):
        if x >= 1:
            continue
        w = mp.log(mpf(x) / (1 - mpf(x)))
        if of.height(of.mode) - of.height(w) > 20000:
            continue
        lower, upper = of.tails(w)
        cross_check(of, w, lower, upper, 0.15)
        yield row("beta", a, b, x, lower, upper, of.height(w) - mp.log(mpf(x)) - mp.log1p(-mpf(x)))


def whole(values, highest=None):
    found = {float(mp.nint(v)) for v in values}
    return sorted(k for k in found if 0 <= k < 2.0**53 and (highest is None or k <= highest))


def poisson(mean):
    m = mpf(mean)
    deviation = mp.sqrt(m)
    ks = [m + deviation * z for z in (-40, -30, -20, -12, -8, -5, -3, -2, -1, -0.3, 0, 0.2, 0.7, 1.5, 2.5, 4, 6, 9, 14, 20, 28, 34, 37.0, 60)]
    ks += [0, 1, 2, 3, 5, 10, 20, 50, 100, 150, 170, m * 0.9, m * 1.1, m * 0.5, m * 1.5]
    for k in whole(ks):
        n = mpf(k)
        ln_pmf = n * mp.log(m) - m - mp.loggamma(n + 1)
        if ln_pmf < -20000:
            continue
        of = Gamma(n + 1)
        u = mp.log(m)
        below, above = of.tails(u)  # of the gamma variable: above m, no more than k have come
        cross_check(of, u, below, above, 0.1)
        if m < 50:
            cumulated = mp.fsum(mp.exp(j * mp.log(m) - m - mp.loggamma(j + 1)) for j in range(int(k) + 1))
            assert abs(cumulated - above) < mpf("1e-45"), (mean, k)
        yield row("poisson", mean, 0.0, k, above, below, ln_pmf, continuous=False)


def binomial(pair):
    trials, probability = pair
    n, p = mpf(trials), mpf(probability)
    mean, deviation = n * p, mp.sqrt(n * p * (1 - p))
    ks = [mean + deviation * z for z in (-38, -36, -25, -15, -9, -6, -4, -2.5, -1.5, -0.7, -0.2, 0, 0.3, 1, 2, 3, 5, 7.5, 12, 18, 26, 33, 37.5, 60)]
    ks += [0, 1, 2, 5, n, n - 1, n - 3, mean * 0.98, mean * 1.02, mean * 0.6, mean * 1.4]
    for k in whole(ks, trials):
        i = mpf(k)
        ln_pmf = (
            mp.loggamma(n + 1) - mp.loggamma(i + 1) - mp.loggamma(n - i + 1)
            + (i * mp.log(p) if i else 0) + ((n - i) * mp.log1p(-p) if n - i else 0)
        )
        if ln_pmf < -20000 or k == trials:
            continue
        of = Logit(i + 1, n - i)
        w = mp.log(p / (1 - p))
        below, above = of.tails(w)
        cross_check(of, w, below, above, 0.1)
        if trials <= 200:
            cumulated = mp.fsum(mp.binomial(trials, j) * p**j * (1 - p) ** (trials - j) for j in range(int(k) + 1))
            assert abs(cumulated - above) < mpf("1e-45"), (pair, k)
        yield row("binomial", trials, probability, k, above, below, ln_pmf, continuous=False)


def normal(_):
    xs = [1e-300, 1e-100, 1e-17, 1e-8, 1e-5, 1e-3] + [k / 8 + 1 / 64 for k in range(0, 80)] + [k / 2 for k in range(20, 75)]
    xs += [36.9, 37.04, 38.0, 45.5, 100.0, 190.0]
    for x in xs + [-x for x in xs[::2]]:
        m = mpf(x)
        upper = mp.erfc(m / mp.sqrt(2)) / 2
        lower = mp.erfc(-m / mp.sqrt(2)) / 2
        if min(lower, upper) > mpf("1e-30"):
            assert abs(lower + upper - 1) < mpf("1e-60")
        yield row("normal", 0.0, 0.0, x, lower, upper, -m * m / 2 - mp.log(2 * mp.pi) / 2)


DFS = [0.5, 1.0, 1.7, 2.0, 3.0, 5.0, 8.3, 15.0, 25.0, 39.0, 40.5, 60.0, 150.0, 399.0, 500.25, 1e3, 1e4, 123456.7, 1e6, 1e7, 1e8, 1e9]
T_DFS = [0.5, 1.0, 1.5, 2.0, 3.0, 4.2, 7.0, 12.5, 20.0, 29.9, 30.1, 50.0, 100.0, 300.0, 1e3, 3333.3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]
PAIRS = [
    (0.5, 0.5), (0.5, 3.0), (0.5, 1e3), (0.5, 1e9), (1.0, 1.0), (1.0, 30.0), (1.0, 1e6), (1.3, 0.9), (2.0, 2.0),
    (2.0, 1e5), (3.0, 0.5), (3.0, 7.7), (4.0, 1e9), (9.0, 9.0), (10.0, 1e4), (17.0, 55.0), (29.0, 1e9), (60.0, 60.0),
    (75.0, 1e7), (120.0, 0.5), (150.0, 150.0), (180.0, 1e5), (199.0, 201.0), (205.0, 208.0), (210.0, 1e9), (400.0, 300.0), (1e3, 1.0), (1e3, 1e3),
    (1e4, 6.5), (3e3, 1e7), (1e5, 1e5), (1e6, 2.0), (1e6, 350.0), (2e6, 1e6), (1e7, 1e9), (1e9, 0.5), (1e9, 30.0), (1e9, 500.0), (1e9, 1e6), (1e9, 1e9),
]
SHAPES = [
    (0.25, 0.25), (0.25, 4.0), (0.25, 5e8), (0.5, 0.5), (0.5, 2e3), (1.0, 1.0), (1.0, 1e6), (1.5, 0.3), (2.0, 5.0), (4.0, 0.25),
    (7.0, 7.0), (12.0, 3e5), (31.0, 90.0), (40.0, 1e9), (95.0, 95.0), (105.0, 110.0), (130.0, 4e4), (500.0, 0.7), (1e3, 9e3), (8503.0, 36199.0),
    (1e5, 3.0), (1e6, 1e6), (5e8, 0.5), (5e8, 20.0), (5e8, 5e8), (2e8, 1e5),
]
TRIALS = [
    (1, 0.3), (2, 0.5), (10, 0.1), (17, 0.9), (50, 0.02), (100, 0.5), (200, 0.99), (1000, 1e-3), (1000, 0.3), (5000, 0.5),
    (44700, 0.19), (45489, 0.182), (100000, 1e-4), (100000, 0.97), (1000000, 0.5), (1000000, 3e-6), (10000000, 0.02), (1000000000, 0.1),
    (1000000000, 1e-8), (1000000000000, 0.5), (1000000000000, 1e-10), (1000000000000, 0.001), (1000000000000000, 0.25),
]
MEANS = [1e-10, 1e-3, 0.1, 0.9, 1.0, 3.3, 8.0, 15.5, 21.0, 40.0, 100.0, 350.0, 999.5, 12345.6, 1e6, 1e8, 1e9, 1e12, 1e15]

WORK = (
    [("normal", None)]
    + [("fisher_f", pair) for pair in PAIRS]
    + [("beta", pair) for pair in SHAPES]
    + [("binomial", pair) for pair in TRIALS]
    + [("student_t", df) for df in T_DFS]
    + [("chi_squared", df) for df in DFS]
    + [("poisson", mean) for mean in MEANS]
)


def rows(job):
    name, parameter = job
    return list(globals()[name](parameter))


def main():
    print("function,first,second,argument,lower,upper,ln_lower,ln_upper,ln_density,quantile_lower,quantile_upper")
    only = sys.argv[1:]
    jobs = [job for job in WORK if not only or job[0] in only]
    with Pool(2) as pool:
        for done, lines in enumerate(pool.imap(rows, jobs), 1):
            print("\n".join(lines))
            print(f"\r{done}/{len(jobs)}", end="", file=sys.stderr)
    print(file=sys.stderr)


if __name__ == "__main__":
    main()
