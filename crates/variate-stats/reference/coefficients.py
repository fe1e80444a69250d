#!/usr/bin/env python3
"""The coefficients in src/special/: prints the Rust tables, from their definitions, at 60 digits.

    venv/bin/python reference/coefficients.py
"""
from mpmath import mp, mpf

mp.dps = 60


def number(value):
    return repr(float(value))


def scaled_erfc():
    """Chebyshev coefficients of (1 + 2x) exp(x^2) erfc(x) in (x - 3.75) / (x + 3.75): Shepherd, Laframboise 1981."""
    k, count = mpf("3.75"), 160

    def f(s):
        x = k * (1 + s) / (1 - s)
        if x > 2000:  # by its asymptotic series
            total, term = mpf(0), mpf(1)
            for n in range(1, 12):
                total += term
                term *= -(2 * n - 1) / (2 * x * x)
            return (1 + 2 * x) * total / (x * mp.sqrt(mp.pi))
        with mp.workdps(60):
            return (1 + 2 * x) * mp.exp(x * x) * mp.erfc(x) if x < 60 else (1 + 2 * x) * scaled_by_fraction(x)

    nodes = [mp.cos(mp.pi * (j + mpf(1) / 2) / count) for j in range(count)]
    values = [f(s) for s in nodes]
    coefficients = []
    for n in range(count):
        c = 2 * mp.fsum(v * mp.cos(mp.pi * n * (j + mpf(1) / 2) / count) for j, v in enumerate(values)) / count
        coefficients.append(c / 2 if n == 0 else c)
    last = max(n for n, c in enumerate(coefficients) if abs(c) > mpf("2e-17"))
    return coefficients[: last + 1]


def scaled_by_fraction(x):
    """exp(x^2) erfc(x) by its continued fraction."""
    value = mpf(0)
    for n in range(200, 0, -1):
        value = (mpf(n) / 2) / (x + value)
    return 1 / (x + value) / mp.sqrt(mp.pi)


def stirling(count):
    """g_k of Gamma*(a) ~ sum g_k a^-k, from the logarithm's B_2n / (2n (2n-1) a^(2n-1))."""
    logarithm = [mpf(0)] * (count + 1)
    for n in range(1, count + 1):
        if 2 * n - 1 <= count:
            logarithm[2 * n - 1] = mp.bernoulli(2 * n) / (2 * n * (2 * n - 1))
    g = [mpf(1)] + [mpf(0)] * count
    for k in range(1, count + 1):
        g[k] = mp.fsum(j * logarithm[j] * g[k - j] for j in range(1, k + 1)) / k
    return g


def temme(orders, terms):
    """d[k][n], the Taylor coefficients in eta of c_k of Temme's expansion: DLMF 8.12.10 to 8.12.12."""
    total = terms + 2 * orders + 4
    alpha = [mpf(0), mpf(1)]
    for n in range(2, total + 3):
        # eta (1 + mu) = mu mu', by the coefficient of eta^n.
        known = mp.fsum((n + 1 - i) * alpha[i] * alpha[n + 1 - i] for i in range(2, n))
        alpha.append((alpha[n - 1] - known) / (n + 1))
    d = [[mpf(-1) / 3] + [(n + 2) * alpha[n + 2] for n in range(1, total)]]
    g = stirling(orders)
    for k in range(1, orders):
        previous = d[-1]
        d.append([(-1) ** k * g[k] * d[0][n] + (n + 2) * previous[n + 2] for n in range(len(previous) - 2)])
    rows = []
    for k, row in enumerate(d):
        # What still counts at a = 20, |eta| = 0.48.
        keep = [n for n in range(min(terms, len(row))) if abs(row[n]) * mpf("0.48") ** n / mpf(20) ** k > mpf("1e-18")]
        rows.append(row[: max(keep) + 1] if keep else [])
    return [row for row in rows if row]


def half_step(count):
    """ln[Gamma(z + 1/2) / (Gamma(z) sqrt z)] in odd powers of 1/z: from Stirling's series with B_n(1/2)."""
    found = []
    for k in range(1, 2 * count, 2):
        n = k + 1
        half = mp.bernpoly(n, mpf(1) / 2)
        zero = mp.bernoulli(n)
        found.append((half - zero) / (n * (n - 1)))
    return found


def table(values, indent="    "):
    return "\n".join(f"{indent}{number(v)}," for v in values)


def main():
    e = scaled_erfc()
    print(f"const FIRST: f64 = {number(e[0])};")
    print(f"static CHEBYSHEV: [f64; {len(e) - 1}] = [\n{table(e[1:])}\n];")
    print("const STIRLING: [f64; 8] = [")
    print(table([mp.bernoulli(2 * n) / (2 * n * (2 * n - 1)) for n in range(1, 9)]))
    print("];")
    print("const HALF_STEP: [f64; 8] = [")
    print(table(half_step(8)))
    print("];")
    rows = temme(24, 30)
    print(f"const ORDERS: [&[f64]; {len(rows)}] = [")
    for row in rows:
        print("    &[\n" + table(row, "        ") + "\n    ],")
    print("];")


if __name__ == "__main__":
    main()
