"""Ep-Stats, gbstats and the bare formulas in numpy, each as one call that evaluates everything."""

import gc
import warnings

import numpy as np
import pandas as pd
from scipy import stats

import data

warnings.simplefilter("ignore")


def ep_stats_rows(metrics):
    frame = pd.DataFrame(list(data.rows(metrics)))
    frame["exp_id"] = "shop"
    return frame


def ep_stats_experiment(metrics, **options):
    from epstats.toolkit import Experiment, Metric, SrmCheck

    of = data.request(metrics)
    return Experiment(
        of["id"],
        of["control_variant"],
        [Metric(m["id"], m["name"], m["nominator"], m["denominator"], minimum_effect=m["minimum_effect"]) for m in of["metrics"]],
        [SrmCheck(1, "SRM", "count(user.global.exposure)")],
        unit_type=of["unit_type"],
        **options,
    )


def ep_stats(metrics):
    experiment, frame = ep_stats_experiment(metrics), ep_stats_rows(metrics)
    return lambda: experiment.evaluate_agg(frame)


class NoCollection:
    """statsmodels collects garbage for each metric; here it does not."""

    def __enter__(self):
        self.collect, gc.collect = gc.collect, lambda *_: 0

    def __exit__(self, *_):
        gc.collect = self.collect


def by_unit(units, statistic):
    """A metric of two variants: every unit is exposed, three of ten have a purchase."""
    from epstats.toolkit import Experiment, Metric

    unit = np.arange(units, dtype=np.uint64)
    variant = np.where(unit % 2 == 0, "a", "b")
    bought = unit % 10 < 3
    share = ((unit * np.uint64(2_654_435_761) & np.uint64(0xFFFFFFFF)) >> np.uint64(8)).astype(float) / (1 << 24)
    value = 5.0 / (1.001 - share)
    parts = [(unit, variant, "exposure", np.ones(units)), (unit[bought], variant[bought], "purchase", value[bought])]
    frame = pd.concat(
        pd.DataFrame({
            "exp_id": "shop", "exp_variant_id": variant, "unit_type": "user", "agg_type": "unit", "unit_id": unit,
            "goal": goal, "count": 1.0, "sum_value": values,
        })
        for unit, variant, goal, values in parts
    )  # fmt: skip
    metric = Metric(1, "Revenue", "value(user.unit.purchase)", "count(user.unit.exposure)", statistic=statistic)
    experiment = Experiment("shop", "a", [metric], [], unit_type="user")
    codes = (unit.astype(np.int64), (variant == "b").astype(np.int64), bought, value)
    return (lambda: experiment.evaluate_by_unit(frame.copy())), codes


def gbstats(metrics):
    from gbstats.frequentist.tests import FrequentistConfig, TwoSidedTTest
    from gbstats.models.statistics import SampleMeanStatistic

    config = FrequentistConfig()
    arms = [
        [SampleMeanStatistic(n=data.size(v), sum=data.sums(v, g)[0], sum_squares=data.sums(v, g)[1]) for v in range(4)]
        for g in range(metrics)
    ]
    return lambda: [TwoSidedTTest(a, b, config).compute_result() for a, *rest in arms for b in rest]


def bare_numpy(metrics):
    """The same formulas over arrays of (metric, variant); from sums to everything but texts and tables."""
    total = np.array([[data.sums(v, g)[0] for v in range(4)] for g in range(metrics)])
    squares = 3.0 * total
    n = np.broadcast_to(np.array([float(data.size(v)) for v in range(4)]), total.shape)

    def evaluate():
        mean = total / n
        var = (squares - total**2 / n) / (n - 1)
        std = np.sqrt(var)
        mc, vc, nc = mean[:, :1], var[:, :1], n[:, :1]
        a, b = vc / nc, var / n
        df = np.trunc(np.round((a + b) ** 2 / (a**2 / (nc - 1) + b**2 / (n - 1)), 5))
        diff = (mean - mc) / np.abs(mc)
        se = np.sqrt(mean**2 * vc / (mc**2 * nc) + var / n) / mc
        t = diff / se
        p = 2 * (1 - stats.t.cdf(np.abs(t), df))
        # Holm over the treatments.
        order = np.argsort(p[:, 1:], axis=1)
        ranked = np.take_along_axis(p[:, 1:], order, axis=1) * np.array([3, 2, 1])
        adjusted = np.minimum(np.maximum.accumulate(ranked, axis=1), 1)
        back = np.empty_like(adjusted)
        np.put_along_axis(back, order, adjusted, axis=1)
        with np.errstate(all="ignore"):
            ratio = np.where(back > 0, p[:, 1:] / back, 1.0)
        alpha = np.concatenate([np.full((len(p), 1), 0.05), ratio * 0.05], axis=1)
        interval = se * stats.t.ppf(1 - alpha + alpha / 2, df)
        z = stats.norm.ppf(1 - 0.05 / 3 / 2) + stats.norm.ppf(0.8)
        required = np.round(z**2 * (vc + var) / (mc * 0.05) ** 2)
        power = stats.norm.cdf(np.sqrt(n / required) * z - stats.norm.ppf(1 - 0.05 / 3 / 2))
        return diff, mean, std, total, np.concatenate([p[:, :1], back], axis=1), interval, n, required, power

    return evaluate


def bare_numpy_by_unit(codes, probability=None, replicates=1000):
    """The same from arrays of units, their variants, and values of those who bought."""
    unit, variant, bought, value = codes

    def mean():
        x = np.where(bought, value, 0.0)
        n = np.bincount(variant, minlength=2).astype(float)
        total = np.bincount(variant, weights=x, minlength=2)
        squares = np.bincount(variant, weights=x * x, minlength=2)
        m, var = total / n, (squares - total**2 / n) / (n - 1)
        diff = (m[1] - m[0]) / abs(m[0])
        se = np.sqrt(m[1] ** 2 * var[0] / (m[0] ** 2 * n[0]) + var[1] / n[1]) / m[0]
        df = (var[0] / n[0] + var[1] / n[1]) ** 2 / ((var[0] / n[0]) ** 2 / (n[0] - 1) + (var[1] / n[1]) ** 2 / (n[1] - 1))
        return diff, 2 * stats.t.sf(abs(diff / se), df), se * stats.t.ppf(0.975, df)

    def quantile():
        x = np.where(bought, value, 0.0)
        random = np.random.default_rng(84)
        drawn = []
        for v in (0, 1):
            of = x[variant == v]
            drawn.append([np.quantile(of[random.integers(0, len(of), len(of))], probability) for _ in range(replicates)])
        relative = (np.array(drawn[1]) - drawn[0]) / np.abs(drawn[0])
        return relative.std(ddof=1)

    return mean if probability is None else quantile
