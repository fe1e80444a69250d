"""The experiments that all of them evaluate: benches/evaluation.rs of variate-stats makes the same numbers."""

VARIANTS = ("a", "b", "c", "d")


def size(variant):
    return 100_000 + 137 * variant


def sums(variant, goal):
    """The sum of a goal's values in a variant, and of their squares."""
    rate = 0.05 + 0.001 * (goal % 97)
    effect = 0.004 * variant * ((goal % 7) - 3.0)
    total = float(round(size(variant) * rate * (1.0 + effect)))
    return total, 3.0 * total


def rows(metrics):
    for variant, name in enumerate(VARIANTS):
        n = float(size(variant))
        yield row(name, "global", "exposure", n, n, n)
        for goal in range(metrics):
            total, squares = sums(variant, goal)
            yield row(name, "unit", f"goal_{goal}", total, total, squares)


def row(variant, aggregation, goal, count, total, squares):
    return {
        "exp_variant_id": variant, "unit_type": "user", "agg_type": aggregation, "goal": goal,
        "count": count, "sum_sqr_count": count, "sum_value": total, "sum_sqr_value": squares, "count_unique": count,
    }  # fmt: skip


def request(metrics):
    return {
        "id": "shop",
        "control_variant": "a",
        "unit_type": "user",
        "metrics": [
            {
                "id": at + 1,
                "name": f"Metric {at + 1}",
                "nominator": f"value(user.unit.goal_{at})",
                "denominator": "count(user.global.exposure)",
                "minimum_effect": 0.05,
            }
            for at in range(metrics)
        ],
        "checks": [{"id": 1, "name": "SRM", "denominator": "count(user.global.exposure)"}],
    }
