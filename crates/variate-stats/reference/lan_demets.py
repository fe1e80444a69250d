"""Lan-DeMets boundaries of the first looks of many, by an integration with 60 digits, into tests/data/lan_demets.json.

Nothing is cut off: panels of Gauss-Legendre nodes reach from boundary to boundary, whatever the density is there.

    pip install mpmath && python3 crates/variate-stats/reference/lan_demets.py
"""

import json
import pathlib

from mpmath import erfc, erfinv, exp, findroot, legendre, log, mp, mpf, pi, sqrt

mp.dps = 60
ALPHA = mpf("0.05")


def survival(z):
    return erfc(z / sqrt(2)) / 2


def quantile(tail):
    """The z with this much above it, by the logarithm of the tail."""
    start = sqrt(-2 * log(tail))
    return findroot(lambda z: log(survival(z)) - log(tail), start)


def rule(count):
    """Gauss-Legendre on [-1, 1]."""
    nodes = []
    for number in range(1, count + 1):
        at = mp.cos(pi * (number - mpf(1) / 4) / (count + mpf(1) / 2))
        for _ in range(8):
            slope = count * (at * legendre(count, at) - legendre(count - 1, at)) / (at * at - 1)
            at -= legendre(count, at) / slope
        slope = count * (at * legendre(count, at) - legendre(count - 1, at)) / (at * at - 1)
        nodes.append((at, 2 / ((1 - at * at) * slope * slope)))
    return nodes


RULE = rule(18)
assert abs(sum(weight for _, weight in RULE) - 2) < mpf(10) ** -50


def spent(kind, time):
    if kind == "obrien_fleming":
        return 2 * survival(quantile(ALPHA / 2) / sqrt(time))
    if kind == "obrien_fleming_per_side":
        return 4 * survival(quantile(ALPHA / 4) / sqrt(time))
    raise ValueError(kind)


def first(kind, looks, number):
    """The boundaries of the first `number` of `looks` looks at even distances."""
    step = mpf(1) / looks
    deviation = sqrt(step)
    points = [(mpf(0), mpf(1))]
    before, bounds = mpf(0), []
    for look in range(1, number + 1):
        time = step * look
        total = spent(kind, time)
        share = total - before
        before = total

        def beyond(bound):
            return 2 * sum(mass * survival((bound - at) / deviation) for at, mass in points)

        start = quantile(share / 2) * sqrt(time)
        # Secant on the logarithm, as smooth as a parabola.
        bound = findroot(lambda b: log(beyond(b)) - log(share), (start, start * mpf("0.999")), tol=mpf(10) ** -30)
        bounds.append(bound / sqrt(time))
        if look == number:
            break
        panels = int(mp.ceil(2 * bound / (mpf("1.5") * deviation)))
        half = bound / panels
        scale = 1 / (deviation * sqrt(2 * pi))
        new = []
        for panel in range(panels):
            middle = -bound + (2 * panel + 1) * half
            for node, weight in RULE:
                at = middle + half * node
                if at > 0:
                    continue
                density = sum(mass * exp(-((at - start) / deviation) ** 2 / 2) for start, mass in points) * scale
                new.append((at, density * half * weight))
                new.append((-at, density * half * weight))
        points = new
    return [float(bound) for bound in bounds]


def main():
    cases = [
        ("obrien_fleming", 100, 5),
        ("obrien_fleming", 365, 4),
        ("obrien_fleming_per_side", 365, 6),
        ("obrien_fleming", 5, 5),
    ]
    answers = [
        {"spending": kind, "alpha": float(ALPHA), "looks": looks, "bounds": first(kind, looks, number)}
        for kind, looks, number in cases
    ]
    path = pathlib.Path(__file__).parent.parent / "tests" / "data" / "lan_demets.json"
    path.write_text(json.dumps(answers, indent=1) + "\n")


if __name__ == "__main__":
    main()
