"""Ep-Stats, gbstats, numpy and variate beside each other, in one run. README.md says what is measured."""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time

import originals
import servers

HEAD = """# How fast evaluations are

The same experiments, evaluated by all of them in one run; medians, in milliseconds.
[benchmarks/evaluation](../benchmarks/evaluation/README.md) says who is measured and what flatters whom. This page is what
`{command}` wrote.
"""


def note(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def median(work, turns=5, warm=True):
    """Milliseconds of the median turn."""
    if warm:
        work()
    took = []
    for _ in range(turns):
        started = time.perf_counter()
        work()
        took.append(1e3 * (time.perf_counter() - started))
    return statistics.median(took)


def bench(executable, only="", cores=None):
    """The rows of our own bench."""
    command = [executable, "--json", *(["--only", only] if only else [])]
    pinned = (lambda: os.sched_setaffinity(0, cores)) if cores else None
    told = subprocess.run(command, capture_output=True, text=True, check=True, preexec_fn=pinned).stdout
    return {name: row["median"] for name, row in json.loads(told).items()}


def agree(ours, theirs, metrics):
    """The largest relative difference of numbers in two answers."""
    worst = 0.0
    for metric, other in zip(ours["metrics"], theirs["metrics"], strict=True):
        for stat, wanted in zip(metric["stats"], other["stats"], strict=True):
            for name, value in wanted.items():
                got = stat[name]
                if isinstance(value, str):
                    assert got == value, (name, got, value)
                elif value != value:
                    assert got != got, (name, got)
                elif abs(got - value) > 1e-14:
                    worst = max(worst, abs(got - value) / abs(value))
    return worst


def ms(value):
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|---" + "|---:" * (len(heads) - 1) + "|"]
    for name, *values in rows:
        lines.append(f"| {name} | " + " | ".join(v if isinstance(v, str) else ms(v) for v in values) + " |")
    return "\n".join(lines)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--variate", required=True)
    arguments.add_argument("--bench", required=True)
    arguments.add_argument("--shipped", type=int, default=1000, help="metrics for Ep-Stats as shipped, which takes a minute for 1,000")
    arguments.add_argument("--units", type=int, default=1_000_000, help="units for the originals' quantiles, which take minutes for 1,000,000")
    options = arguments.parse_args()
    shipped = options.shipped

    note("our server")
    server = servers.ours(options.variate)
    rest = {metrics: median(lambda body=servers.body(metrics, True): server.post(body), 21) for metrics in (1, 10, 100, 1000)}
    answer = json.loads(server.post(servers.body(shipped, True)))
    server.stop()
    note("ours")
    ours = {name: value for only in ("aggregates", "evaluation", "units") for name, value in bench(options.bench, only).items()}
    note("ours, on one core")
    one = bench(options.bench, "aggregates 1", {0})

    note("numpy and gbstats")
    numpy = {metrics: median(originals.bare_numpy(metrics)) for metrics in (1, 10, 100, 1000)}
    gbstats = median(originals.gbstats(1000), 3)

    note("Ep-Stats without collections of garbage")
    with originals.NoCollection():
        patched = {metrics: median(originals.ep_stats(metrics), turns, False) for metrics, turns in ((10, 3), (100, 1), (1000, 1))}
    note("Ep-Stats by unit")
    by_unit, codes = originals.by_unit(1_000_000, "mean")
    unit_mean, numpy_mean = median(by_unit, 1, False), median(originals.bare_numpy_by_unit(codes))
    del by_unit, codes
    by_unit, codes = originals.by_unit(options.units, "p90")
    note("Ep-Stats by unit, quantile")
    unit_quantile = median(by_unit, 1, False)
    numpy_quantile = median(originals.bare_numpy_by_unit(codes, 0.9), 1, False)
    del by_unit, codes

    note(f"Ep-Stats' server, {shipped} metrics")
    server = servers.ep_stats(shipped)
    body = servers.body(shipped, False)
    started = time.perf_counter()
    wanted = json.loads(server.post(body))
    ep_rest = 1e3 * (time.perf_counter() - started)
    server.stop()
    worst = agree(answer, wanted, shipped)
    note(f"Ep-Stats as shipped, {shipped} metrics")
    as_shipped = {metrics: median(originals.ep_stats(metrics), 1, False) for metrics in (10, shipped)}

    command = " ".join(["benchmarks/evaluation/run", *sys.argv[5:], "> docs/evaluation-speed.md"])
    print(HEAD.replace("{command}", command))
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {time.strftime('%Y-%m-%d')}.\n")
    print("## From sums: 4 variants, with Holm's correction, required sample size and power\n")
    rows = [
        ("Ep-Stats 2.5.10 as shipped", "", as_shipped[10], *shipped_cells(shipped, as_shipped[shipped])),
        ("Ep-Stats without `gc.collect`", "", patched[10], patched[100], patched[1000]),
        ("gbstats 0.8.0, t-tests alone", "", "", "", gbstats),
        ("the formulas in numpy", numpy[1], numpy[10], numpy[100], numpy[1000]),
        ("variate", *(ours[f"aggregates {n}"] for n in (1, 10, 100, 1000))),
        ("variate, `corrected`", "", "", "", ours["aggregates 1000 corrected"]),
        ("variate, the dashboard's evaluation", "", "", "", ours["evaluation 1000 means"]),
        ("REST: Ep-Stats as shipped", "", "", *shipped_cells(shipped, ep_rest)),
        ("REST: `variate serve`, goals in the body", rest[1], rest[10], rest[100], rest[1000]),
    ]
    print(table(["metrics", "1", "10", "100", "1,000"], rows))
    print(f"\nFor {shipped:,} metrics, the largest relative difference between variate's answer and that of Ep-Stats' server is {worst:.1g}, where differences below 1e-14 count as none.\n")
    print("## Scale, and two cores\n")
    counts = (1_000, 10_000, 100_000)
    rows = [
        ("variate, one core", *(one.get(f"aggregates {n}", ours[f"aggregates {n}"]) for n in counts)),
        ("variate", *(ours[f"aggregates {n}"] for n in counts)),
        ("µs for each metric", *(f"{1e3 * ours[f'aggregates {n}'] / n:.2f}" for n in counts)),
    ]
    print(table(["metrics from sums", *(f"{n:,}" for n in counts)], rows))
    print("\n## By unit: two variants, three of ten units have a value\n")
    units = f"{options.units:,} units"
    rows = [
        ("Ep-Stats 2.5.10: mean, 1,000,000 units", unit_mean),
        ("numpy, from arrays: mean, 1,000,000 units", numpy_mean),
        (f"Ep-Stats 2.5.10: 90 % quantile, {units}", unit_quantile),
        (f"numpy, from arrays: 90 % quantile, 1,000 replicates, {units}", numpy_quantile),
        *((f"variate: {name}", ours[name]) for name in ours if name.startswith("units ")),
    ]
    print(table(["", "ms"], rows))
    note("done")


def shipped_cells(metrics, value):
    """In the column of 1,000, or before it."""
    return ("", value) if metrics == 1000 else (f"{ms(value)} ({metrics} metrics)", "")


if __name__ == "__main__":
    main()
