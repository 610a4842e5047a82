"""Writes edge-vectors.json: further cases in the format of stats-vectors.json, at the edges of what methods take.

Closed forms and one-dimensional integrals with 50 digits (mpmath), whole numbers and fractions exactly; group-sequential designs with
more than two looks by a dense rule in doubles (numpy), good to 1e-10. No line here follows the code under test.

    python3 test/vectors/make-edge-vectors.py > test/vectors/edge-vectors.json
"""

import json
import random
from fractions import Fraction

import numpy as np
from mpmath import mp, mpf

mp.dps = 50
random.seed(20250104)
cases = []


def number(value):
    if isinstance(value, bool) or value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, (list, tuple)):
        return [number(entry) for entry in value]
    if isinstance(value, dict):
        return {key: number(entry) for key, entry in value.items()}
    return float(value)


def case(method, given, expected, relative=1e-10, absolute=0.0, source="mpmath, 50 digits", **fields):
    tolerance = {"relative": relative, "absolute": absolute}
    if fields:
        tolerance["fields"] = {key: {"relative": r, "absolute": float(a)} for key, (r, a) in fields.items()}
    count = sum(1 for other in cases if other["method"] == method) + 1
    cases.append(
        {
            "id": f"{method}-edge-{count:02d}",
            "method": method,
            "input": given,
            "expected": number(expected),
            "source": source,
            "tolerance": tolerance,
        }
    )


def refused(method, given, code):
    case(method, given, {"error": code}, source="definition")


# Distributions


def normal_upper(x):
    return mp.erfc(mpf(x) / mp.sqrt(2)) / 2


def normal_point(upper):
    upper = mpf(upper)
    start = mp.sqrt(-2 * mp.log(upper)) * mpf("0.95") if upper < mpf("0.1") else mpf(0)
    for _ in range(300):
        step = (normal_upper(start) / upper - 1) * upper / mp.npdf(start) if upper > mpf("0.01") else mp.log(normal_upper(start) / upper) * normal_upper(start) / mp.npdf(start)
        start += step
        if abs(step) < mpf(10) ** -45:
            break
    return start


def student_upper(t, df):
    t, df = mpf(t), mpf(df)
    if t < 0:
        return 1 - student_upper(-t, df)
    if df <= 5000:
        return mp.betainc(df / 2, mpf(1) / 2, 0, df / (df + t * t), regularized=True) / 2
    log_scale = mp.loggamma((df + 1) / 2) - mp.loggamma(df / 2) - mp.log(mp.pi * df) / 2
    density = lambda x: mp.exp(log_scale - (df + 1) / 2 * mp.log1p(x * x / df))
    width = 1 / max(1, t)
    return mp.quad(density, [t + width * k for k in [0, 1, 2, 4, 8, 16, 32, 64, 128, 256]])


def student_point(upper, df):
    upper, df = mpf(upper), mpf(df)
    if upper == mpf(1) / 2:
        return mpf(0)
    if upper > mpf(1) / 2:
        return -student_point(1 - upper, df)
    log_scale = mp.loggamma((df + 1) / 2) - mp.loggamma(df / 2) - mp.log(mp.pi * df) / 2
    u = mp.log(normal_point(upper))
    for _ in range(200):
        t = mp.exp(u)
        tail = student_upper(t, df)
        slope = mp.exp(log_scale - (df + 1) / 2 * mp.log1p(t * t / df)) * t / tail
        step = mp.log(tail / upper) / slope
        u += max(min(step, mpf(3)), mpf(-3))
        if abs(step) < mpf(10) ** -30:
            break
    return mp.exp(u)


def chi_square_upper(x, df):
    return mp.gammainc(mpf(df) / 2, mpf(x) / 2, mp.inf, regularized=True)


for x in [-37.0, -5.5, 1e-20, 0.0, 0.67448975, 3.0, 37.5]:
    case("normal_cdf", {"x": x}, {"lower": normal_upper(-x), "upper": normal_upper(x)}, 1e-12)
for x in [-60.0, 1.999999, 2.0, 50.0, 1e4, 1e8]:
    log_tail = mp.log(normal_upper(x)) if x < 1e5 else -mpf(x) ** 2 / 2 - mp.log(mpf(x) * mp.sqrt(2 * mp.pi)) - 1 / mpf(x) ** 2
    case("normal_log_upper", {"x": x}, {"log_upper": log_tail}, 1e-12, 1e-320)
for probability in [1e-300, 1e-100, 1e-16, 0.3, 0.5, 0.9999999]:
    point = normal_point(mpf(probability)) if probability <= 0.5 else -normal_point(1 - mpf(probability))
    case("normal_quantile", {"probability": probability, "tail": "upper"}, {"x": point}, 1e-12, 1e-15)
    case("normal_quantile", {"probability": probability, "tail": "lower"}, {"x": -point}, 1e-12, 1e-15)
for df, t in [(1, 1e6), (1, -0.3), (2.5, 12.0), (4, 1e50), (0.7, 3.0), (120.5, -7.7), (4000, 30.0), (2e9, 2.0), (2e9, 37.0), (1e6, 20.0)]:
    upper, lower = student_upper(t, df), student_upper(-t, df)
    case("student_t_cdf", {"t": t, "degrees_of_freedom": df}, {"lower": lower, "upper": upper, "two_sided": 2 * min(lower, upper)})
for df, p in [(1, 1e-12), (3, 1e-60), (29.5, 0.025), (1e3, 1e-250), (2e9, 0.005), (7, 0.97), (0.5, 0.01)]:
    case("student_t_quantile", {"probability": p, "tail": "upper", "degrees_of_freedom": df}, {"t": student_point(p, df)})
for df, x in [(1, 1400.0), (1, 1e-30), (0.3, 0.2), (57, 60.0), (2000, 1800.0), (99, 900.0)]:
    upper = chi_square_upper(x, df)
    lower = mp.gammainc(mpf(df) / 2, 0, mpf(x) / 2, regularized=True)
    case("chi_square_cdf", {"x": x, "degrees_of_freedom": df}, {"lower": lower, "upper": upper})
    case("gamma_cdf", {"x": x / 2, "shape": df / 2}, {"lower": lower, "upper": upper})
for alpha, beta, x in [(0.1, 0.1, 1e-9), (1, 1e9, 3e-9), (5000, 300, 0.9), (0.5, 80, 0.4), (2, 3, 1.0), (2, 3, 0.0)]:
    lower = mp.betainc(alpha, beta, 0, mpf(x), regularized=True) if alpha != 1 else 1 - mp.exp(beta * mp.log1p(-mpf(x)))
    upper = 1 - lower
    case("beta_cdf", {"x": x, "alpha": alpha, "beta": beta}, {"lower": lower, "upper": upper})
for alpha, p in [(1, 1e-300), (3, 1e-200), (0.5, 0.2)]:
    case("beta_quantile", {"probability": p, "tail": "lower", "alpha": alpha, "beta": 1}, {"x": mpf(p) ** (1 / mpf(alpha))})
for p in [1e-300, 0.3]:
    case("chi_square_quantile", {"probability": p, "tail": "upper", "degrees_of_freedom": 2}, {"x": -2 * mp.log(mpf(p))})

for method, given in [
    ("normal_cdf", {"x": "NaN"}),
    ("normal_cdf", {"x": "Infinity"}),
    ("normal_quantile", {"probability": 0, "tail": "upper"}),
    ("normal_quantile", {"probability": 1, "tail": "lower"}),
    ("student_t_cdf", {"t": 1.0, "degrees_of_freedom": 0}),
    ("student_t_cdf", {"t": "-Infinity", "degrees_of_freedom": 3}),
    ("student_t_quantile", {"probability": "NaN", "tail": "upper", "degrees_of_freedom": 3}),
    ("chi_square_cdf", {"x": -1, "degrees_of_freedom": 3}),
    ("beta_cdf", {"x": 1.5, "alpha": 1, "beta": 1}),
    ("beta_quantile", {"probability": 0.5, "tail": "lower", "alpha": -1, "beta": 1}),
    ("gamma_cdf", {"x": 1, "shape": 0}),
]:
    refused(method, given, "invalid_input")

# Moments


def fraction(value):
    return Fraction(value)


def real(value):
    return mpf(value.numerator) / mpf(value.denominator)


def moments(values):
    exact = [fraction(value) for value in values]
    n = len(exact)
    mean = sum(exact) / n
    return mean, sum((value - mean) ** 2 for value in exact) / (n - 1)


for values in [[7.0] * 50, [1e15 + k for k in range(9)], [-1e-9, 2e-9, 5e-9], [random.lognormvariate(0, 3) for _ in range(200)]]:
    mean, variance = moments(values)
    case("sample_moments", {"values": values}, {"n": len(values), "mean": real(mean), "variance": real(variance)}, 1e-12)
refused("sample_moments", {"values": [1.0, "Infinity"]}, "invalid_input")
refused("sample_moments", {"values": ["NaN"]}, "invalid_input")
refused("sample_moments", {"values": []}, "insufficient_sample")

for parts in [
    [{"n": 0, "mean": 0, "variance": 0}, {"n": 3, "mean": 2.5, "variance": 0.25}],
    [{"n": 10**9, "mean": 1e6, "variance": 4.0}, {"n": 7, "mean": -3.0, "variance": 0.0}, {"n": 1, "mean": 1e6 + 1, "variance": 0.0}],
    [{"n": 1, "mean": 2.0, "variance": 0.0}, {"n": 1, "mean": 4.0, "variance": 0.0}],
]:
    n = sum(part["n"] for part in parts)
    mean = sum(part["n"] * fraction(part["mean"]) for part in parts) / n
    squares = sum(max(0, part["n"] - 1) * fraction(part["variance"]) + part["n"] * (fraction(part["mean"]) - mean) ** 2 for part in parts)
    case("merge_moments", {"parts": parts}, {"n": n, "mean": real(mean), "variance": real(squares / (n - 1))}, 1e-12)
refused("merge_moments", {"parts": [{"n": 1, "mean": 1, "variance": 0}, {"n": 0, "mean": 0, "variance": 0}]}, "insufficient_sample")
refused("merge_moments", {"parts": [{"n": 2.5, "mean": 1, "variance": 0}]}, "invalid_input")
refused("merge_moments", {"parts": [{"n": 3, "mean": 1, "variance": -1e-9}]}, "invalid_input")

for n, total, squares in [(1000000000, "1000000000000000000.5", "1000000000000000006000000000.5678"), (2, "0", "0"), (4, "-40000000000000.04", "400000000000000800000000001.0004")]:
    s, q = Fraction(total), Fraction(squares)
    case("moments_from_sums", {"n": n, "sum": total, "sum_of_squares": squares}, {"n": n, "mean": real(s / n), "variance": real((q - s * s / n) / (n - 1))}, 1e-12)
refused("moments_from_sums", {"n": 3, "sum": "NaN", "sum_of_squares": "1"}, "invalid_input")
refused("moments_from_sums", {"n": -1, "sum": "1", "sum_of_squares": "1"}, "invalid_input")
refused("moments_from_sums", {"n": 0, "sum": "0", "sum_of_squares": "0"}, "insufficient_sample")

# Welch and its kin


def welch(control, treatment, level, null=0.0):
    """Of (n, estimate, variance of the estimate) of each arm."""
    (nc, mc, vc), (nt, mt, vt) = control, treatment
    error = mp.sqrt(vc + vt)
    df = (vc + vt) ** 2 / (vc**2 / (nc - 1) + vt**2 / (nt - 1))
    difference = mt - mc
    t = (difference - mpf(null)) / error
    half = student_point((1 - mpf(level)) / 2, df) * error
    upper, lower = student_upper(t, df), student_upper(-t, df)
    return {
        "difference": difference,
        "standard_error": error,
        "t": t,
        "degrees_of_freedom": df,
        "p_two_sided": 2 * min(upper, lower),
        "p_greater": upper,
        "ci_lower": difference - half,
        "ci_upper": difference + half,
    }


def arm(n, mean, variance):
    return {"n": n, "mean": mean, "variance": variance}


def estimate(moment):
    return moment["n"], mpf(moment["mean"]), mpf(moment["variance"]) / moment["n"]


def near(result, *names):
    return {name: (1e-10, 1e-9 * float(result["standard_error"])) for name in names}


for control, treatment, level, null in [
    (arm(10**9, 5.0, 4.0), arm(10**9, 5.0001, 4.1), 0.95, 0.0),
    (arm(2, 1.0, 0.0), arm(2, 2.0, 0.5), 0.9, 0.0),
    (arm(40, 10.0, 9.0), arm(35, 31.5, 8.0), 0.99, 0.25),
    (arm(3000, 0.5, 0.25), arm(3000, 0.5, 0.25), 0.5, 0.0),
    (arm(2500, 100.0, 1.0), arm(2400, 101.07, 1.1), 0.999, 0.0),
    (arm(1000000, -3.0, 1e-12), arm(5, -3.0, 2.0), 0.95, -1.0),
]:
    result = welch(estimate(control), estimate(treatment), level, null)
    given = {"control": control, "treatment": treatment, "confidence_level": level, "null_difference": null}
    case("welch_t_test", given, result, **near(result, "difference", "ci_lower", "ci_upper"), t=(1e-10, 1e-10))
both_flat = {"control": arm(50, 3.0, 0.0), "treatment": arm(50, 4.0, 0.0)}
refused("welch_t_test", {**both_flat, "confidence_level": 0.95}, "zero_variance")
refused("welch_t_test", {**both_flat, "confidence_level": 1}, "invalid_input")
refused("welch_t_test", {"control": arm(1, 3.0, 0.0), "treatment": arm(50, 4.0, 0.0), "confidence_level": 0}, "invalid_input")
refused("welch_t_test", {"control": arm(1, 3.0, 0.0), "treatment": arm(50, 4.0, "NaN"), "confidence_level": 0.95}, "invalid_input")
refused("welch_t_test", {"control": arm(1, 3.0, 0.0), "treatment": arm(1, 4.0, 0.0), "confidence_level": 0.95}, "insufficient_sample")
refused("welch_t_test", {"control": arm(10.5, 3.0, 1.0), "treatment": arm(10, 4.0, 1.0), "confidence_level": 0.95}, "invalid_input")
refused("welch_t_test", {"control": arm(-10, 3.0, 1.0), "treatment": arm(10, 4.0, 1.0), "confidence_level": 0.95}, "invalid_input")

for pairs in [2, 9, 400]:
    control = [round(random.gauss(1000, 30), 3) for _ in range(pairs)]
    treatment = [round(value + random.gauss(2, 5), 3) for value in control]
    mean, variance = moments([Fraction(t) - Fraction(c) for c, t in zip(control, treatment)])
    error = mp.sqrt(real(variance) / pairs)
    t = real(mean) / error
    result = {"difference": real(mean), "standard_error": error, "t": t, "degrees_of_freedom": pairs - 1}
    result["p_two_sided"] = 2 * student_upper(abs(t), pairs - 1)
    half = student_point((1 - mpf(0.95)) / 2, pairs - 1) * error
    result["ci_lower"], result["ci_upper"] = real(mean) - half, real(mean) + half
    case("paired_t_test", {"control": control, "treatment": treatment, "confidence_level": 0.95}, result, **near(result, "difference", "ci_lower", "ci_upper"))
refused("paired_t_test", {"control": [1.0, 2.0], "treatment": [2.0, 3.0], "confidence_level": 0.95}, "zero_variance")
refused("paired_t_test", {"control": [1.0], "treatment": [2.0], "confidence_level": 0.95}, "insufficient_sample")
refused("paired_t_test", {"control": [1.0], "treatment": ["NaN"], "confidence_level": 0.95}, "invalid_input")


def wilson(s, n, z):
    s, n = mpf(s), mpf(n)
    half = z * mp.sqrt(z * z / 4 + s * (n - s) / n)
    return (s + z * z / 2 - half) / (n + z * z), (s + z * z / 2 + half) / (n + z * z)


for (sc, nc), (st, nt), level in [
    ((10**8, 10**9), (100010000, 10**9), 0.95),
    ((0, 1), (1, 1), 0.95),
    ((3, 7), (70, 7000), 0.8),
    ((50, 100), (50, 100), 0.99),
    ((999999, 10**6), (10**6, 10**6), 0.95),
    ((500, 10000), (3000, 10000), 0.95),
]:
    pc, pt = mpf(sc) / nc, mpf(st) / nt
    pooled = mpf(sc + st) / (nc + nt)
    difference = pt - pc
    se_pooled = mp.sqrt(pooled * (1 - pooled) * (mpf(1) / nc + mpf(1) / nt))
    se = mp.sqrt(pc * (1 - pc) / nc + pt * (1 - pt) / nt)
    z = normal_point((1 - mpf(level)) / 2)
    counts = {"control": {"successes": sc, "trials": nc}, "treatment": {"successes": st, "trials": nt}, "confidence_level": level}
    result = {"rate_control": pc, "rate_treatment": pt, "difference": difference, "standard_error_pooled": se_pooled}
    result |= {"z": difference / se_pooled, "p_two_sided": 2 * normal_upper(abs(difference / se_pooled)), "standard_error_unpooled": se}
    result |= {"ci_lower": difference - z * se, "ci_upper": difference + z * se}
    case("two_proportion_z_test", counts, result, ci_lower=(1e-10, 1e-10 * float(se)), ci_upper=(1e-10, 1e-10 * float(se)))
    (lc, uc), (lt, ut) = wilson(sc, nc, z), wilson(st, nt, z)
    low = difference - mp.sqrt((pt - lt) ** 2 + (uc - pc) ** 2)
    high = difference + mp.sqrt((ut - pt) ** 2 + (pc - lc) ** 2)
    case("newcombe_interval", counts, {"ci_lower": low, "ci_upper": high}, 1e-10, float(1e-10 * (high - low)))
    case("wilson_interval", {"successes": sc, "trials": nc, "confidence_level": level}, {"ci_lower": lc, "ci_upper": uc}, 1e-10, 1e-16)
for method in ["two_proportion_z_test", "newcombe_interval"]:
    refused(method, {"control": {"successes": 0, "trials": 0}, "treatment": {"successes": 6, "trials": 5}, "confidence_level": 0.95}, "invalid_input")
    refused(method, {"control": {"successes": 0, "trials": 0}, "treatment": {"successes": 4, "trials": 5}, "confidence_level": 1.5}, "invalid_input")
    refused(method, {"control": {"successes": 0, "trials": 0}, "treatment": {"successes": 4, "trials": 5}, "confidence_level": 0.95}, "insufficient_sample")
refused("two_proportion_z_test", {"control": {"successes": 9, "trials": 9}, "treatment": {"successes": 5, "trials": 5}, "confidence_level": 0.95}, "zero_variance")
refused("wilson_interval", {"successes": -1, "trials": 5, "confidence_level": 0.95}, "invalid_input")
refused("wilson_interval", {"successes": 1.5, "trials": 5, "confidence_level": 0.95}, "invalid_input")

for control, treatment, level in [
    (arm(400, -8.0, 16.0), arm(380, -7.4, 15.0), 0.95),
    (arm(10**9, 0.02, 0.0196), arm(10**9, 0.020001, 0.0196), 0.99),
    (arm(30, 0.1, 4.0), arm(30, 0.5, 4.0), 0.95),
    (arm(20, 5.0, 0.0), arm(12, 5.5, 1.0), 0.9),
]:
    nc, mc, vc = estimate(control)
    nt, mt, vt = estimate(treatment)
    lift = (mt - mc) / abs(mc)
    error = mp.sqrt(vt / mc**2 + vc * mt**2 / mc**4)
    df = (vc + vt) ** 2 / (vc**2 / (nc - 1) + vt**2 / (nt - 1))
    given = {"control": control, "treatment": treatment, "confidence_level": level}
    for distribution, critical in [("normal", normal_point((1 - mpf(level)) / 2)), ("student_t", student_point((1 - mpf(level)) / 2, df))]:
        result = {"lift": lift, "standard_error": error, "ci_lower": lift - critical * error, "ci_upper": lift + critical * error}
        case("relative_lift_delta_method", {**given, "distribution": distribution}, result, **near(result, "lift", "ci_lower", "ci_upper"))
    z = normal_point((1 - mpf(level)) / 2)
    g = z * z * vc / mc**2
    if g < 1:
        ratio = mt / mc
        spread = z / abs(mc) * mp.sqrt(vt * (1 - g) + ratio**2 * vc)
        bounds = sorted([(ratio - spread) / (1 - g) - 1, (ratio + spread) / (1 - g) - 1])
        if mc < 0:
            bounds = [-bounds[1], -bounds[0]]
        result = {"bounded": True, "g": g, "ci_lower": bounds[0], "ci_upper": bounds[1]}
    else:
        result = {"bounded": False, "g": g}
    case("relative_lift_fieller", given, result, 1e-10, 1e-12)
for method, more in [("relative_lift_delta_method", {"distribution": "normal"}), ("relative_lift_fieller", {})]:
    flat = {"control": arm(10, 0.0, 0.0), "treatment": arm(10, 1.0, 0.0), "confidence_level": 0.95, **more}
    refused(method, flat, "zero_baseline")
    refused(method, {**flat, "control": arm(1, 0.0, 0.0)}, "insufficient_sample")
    refused(method, {**flat, "control": arm(1, 0.0, -1.0)}, "invalid_input")
    refused(method, {**flat, "control": arm(10, 2.0, 0.0)}, "zero_variance")

for control, treatment, margin, kind, higher, alpha in [
    (arm(10**9, 0.02, 0.0196), arm(10**9, 0.02001, 0.0196), 0.001, "relative", False, 0.001),
    (arm(12, 5.0, 2.0), arm(9, 5.5, 3.0), 0.0, "absolute", True, 0.1),
    (arm(120, 50.0, 20.0), arm(90, 30.0, 30.0), 0.1, "relative", True, 0.05),
    (arm(900, 3.0, 1.0), arm(900, 3.0, 1.0), 0.5, "absolute", False, 0.6),
]:
    sign = 1 if higher else -1
    scale = 1 - sign * mpf(margin) if kind == "relative" else mpf(1)
    shift = mpf(margin) if kind == "absolute" else mpf(0)
    nc, mc, vc = estimate(control)
    nt, mt, vt = estimate(treatment)
    shifted = welch((nc, sign * scale * mc - shift, scale**2 * vc), (nt, sign * mt, vt), 0.95)
    plain = welch((nc, sign * mc, vc), (nt, sign * mt, vt), 0.95)
    bound = shifted["difference"] - student_point(mpf(alpha), shifted["degrees_of_freedom"]) * shifted["standard_error"]
    result = {key: shifted[key] for key in ["standard_error", "t", "degrees_of_freedom"]}
    result |= {"estimate": shifted["difference"], "p_value": shifted["p_greater"], "lower_confidence_bound": bound}
    result |= {"non_inferior": bool(shifted["p_greater"] <= alpha), "p_deterioration": student_upper(-plain["t"], plain["degrees_of_freedom"])}
    given = {"control": control, "treatment": treatment, "margin": margin, "margin_type": kind, "higher_is_better": higher, "alpha": alpha}
    case("non_inferiority_test", given, result, 1e-9, 0, **near(result, "estimate", "lower_confidence_bound"), t=(1e-10, 1e-9))
guard = {"control": arm(10, 1.0, 0.0), "treatment": arm(10, 1.0, 0.0), "margin": 0.1, "margin_type": "relative", "higher_is_better": True, "alpha": 0.05}
refused("non_inferiority_test", guard, "zero_variance")
refused("non_inferiority_test", {**guard, "alpha": 0}, "invalid_input")
refused("non_inferiority_test", {**guard, "margin": "NaN"}, "invalid_input")
refused("non_inferiority_test", {**guard, "treatment": arm(0, 0.0, 0.0)}, "insufficient_sample")

for estimated, error, prior, level in [
    (0.0, 1.0, None, 0.95),
    (-30.0, 1.0, None, 0.9),
    (3.0000001, 1.0, None, 0.95),
    (2.9999999, 1.0, None, 0.95),
    (1e-6, 1e-9, {"mean": -2.0, "standard_deviation": 5.0}, 0.95),
    (7.0, 1e6, {"mean": 0.5, "standard_deviation": 0.1}, 0.99),
]:
    if prior:
        precision = 1 / mpf(error) ** 2 + 1 / mpf(prior["standard_deviation"]) ** 2
        mean = (mpf(estimated) / mpf(error) ** 2 + mpf(prior["mean"]) / mpf(prior["standard_deviation"]) ** 2) / precision
        deviation = 1 / mp.sqrt(precision)
    else:
        mean, deviation = mpf(estimated), mpf(error)
    z = mean / deviation
    loss = lambda x: deviation * (mp.npdf(x) - x * normal_upper(x))
    half = normal_point((1 - mpf(level)) / 2) * deviation
    result = {"posterior_mean": mean, "posterior_standard_deviation": deviation, "probability_positive": normal_upper(-z)}
    result |= {"expected_loss_treatment": loss(z), "expected_loss_control": loss(-z), "ci_lower": mean - half, "ci_upper": mean + half}
    spread = (1e-10, 1e-10 * float(deviation))
    given = {"estimate": estimated, "standard_error": error, "prior": prior, "confidence_level": level}
    case("gaussian_effect_posterior", given, result, 1e-9, 1e-300, ci_lower=spread, ci_upper=spread, posterior_mean=(1e-12, 1e-14 * float(deviation)))
refused("gaussian_effect_posterior", {"estimate": 1.0, "standard_error": 0.0, "prior": None, "confidence_level": 0.95}, "zero_variance")
refused("gaussian_effect_posterior", {"estimate": 1.0, "standard_error": 0.0, "prior": None, "confidence_level": 0}, "invalid_input")
refused("gaussian_effect_posterior", {"estimate": 1.0, "standard_error": 1.0, "prior": {"mean": 0, "standard_deviation": 0}, "confidence_level": 0.9}, "invalid_input")

for count in [2, 20]:
    estimates = [round(random.gauss(0.02, 0.03), 4) for _ in range(count)]
    errors = [round(random.uniform(0.005, 0.05), 4) for _ in range(count)]
    weights = [1 / mpf(error) ** 2 for error in errors]
    pooled = sum(w * mpf(e) for w, e in zip(weights, estimates)) / sum(weights)
    q = sum(w * (mpf(e) - pooled) ** 2 for w, e in zip(weights, estimates))
    result = {"pooled_estimate": pooled, "q": q, "degrees_of_freedom": count - 1, "p_value": chi_square_upper(q, count - 1)}
    case("heterogeneity_q", {"estimates": estimates, "standard_errors": errors}, result, 1e-9)
refused("heterogeneity_q", {"estimates": [1.0], "standard_errors": [1.0]}, "insufficient_sample")
refused("heterogeneity_q", {"estimates": [1.0, 2.0], "standard_errors": [1.0, 0.0]}, "zero_variance")
refused("heterogeneity_q", {"estimates": [1.0, 2.0], "standard_errors": [1.0, -1.0]}, "invalid_input")

# Corrections


def adjusted(values, procedure, size):
    known = [(Fraction(value), index) for index, value in enumerate(values) if value is not None]
    result = [None] * len(values)
    if procedure == "bonferroni":
        for value, index in known:
            result[index] = min(Fraction(1), value * size)
    elif procedure == "holm":
        running = Fraction(0)
        for rank, (value, index) in enumerate(sorted(known)):
            running = max(running, min(Fraction(1), (size - rank) * value))
            result[index] = running
    else:
        running = Fraction(1)
        for rank, (value, index) in reversed(list(enumerate(sorted(known), 1))):
            running = min(running, value * size / rank)
            result[index] = running
    return [None if value is None else real(value) for value in result]


for values, size in [
    ([0.0, 1e-300, 1.0, 0.05], None),
    ([None, None], None),
    ([None, None, 0.04], 3),
    ([], None),
    ([round(random.random() ** 3, 6) for _ in range(20)], 25),
    ([0.01] * 7, None),
]:
    for procedure in ["bonferroni", "holm", "benjamini_hochberg"]:
        own = sum(value is not None for value in values) if size is None else size
        given = {"p_values": values, "procedure": procedure, **({} if size is None else {"family_size": size})}
        case("adjust_p_values", given, {"adjusted": adjusted(values, procedure, own)}, 1e-12, source="exact fractions")
case("adjust_p_values", {"p_values": [0.02, 0.5], "procedure": "holm", "family_size": None}, {"adjusted": [0.04, 0.5]}, 1e-12)
for values in [[-0.1], ["NaN", 0.5], ["Infinity"]]:
    refused("adjust_p_values", {"p_values": values, "procedure": "bonferroni"}, "invalid_input")
refused("adjust_p_values", {"p_values": [0.1, 0.2, 0.3], "procedure": "bonferroni", "family_size": 2}, "invalid_input")

# Group sequential


def spent_per_side(spending, alpha, sides, fraction_of):
    own = mpf(alpha) / sides
    if spending == "obrien_fleming":
        return 2 * normal_upper(normal_point(own / 2) / mp.sqrt(mpf(fraction_of)))
    return own * mp.log1p((mp.e - 1) * mpf(fraction_of))


def two_looks(spending, alpha, sides, information, spend):
    first = normal_point(spent_per_side(spending, alpha, sides, spend[0]))
    share = spent_per_side(spending, alpha, sides, spend[1]) - spent_per_side(spending, alpha, sides, spend[0])
    t1, t2 = map(mpf, information)
    step = mp.sqrt(t2 - t1)

    def crossing(z):
        inner = lambda x: mp.npdf(x) * normal_upper((z * mp.sqrt(t2) - x * mp.sqrt(t1)) / step)
        low = -first if sides == 2 else mpf(-14)
        return mp.quad(inner, mp.linspace(low, first, 25))

    z = mp.findroot(lambda x: mp.log(crossing(x) / share), float(normal_point(share)) - 0.1, tol=1e-30)
    return [first, z]


for spending, alpha, sides, information, spend in [
    ("obrien_fleming", 0.05, 2, [0.3, 0.8], None),
    ("pocock", 0.1, 1, [0.25, 1.0], None),
    ("pocock", 0.001, 2, [0.5, 0.501], None),
    ("obrien_fleming", 0.2, 1, [0.9, 1.0], [0.6, 1.0]),
    ("pocock", 0.05, 2, [0.4, 0.41], [0.3, 0.9]),
    ("obrien_fleming", 1e-9, 2, [0.5, 1.0], None),
]:
    boundaries = two_looks(spending, alpha, sides, information, spend or information)
    given = {"spending_function": spending, "alpha": alpha, "sides": sides, "information_fractions": information}
    if spend:
        given["spending_fractions"] = spend
    result = {
        "z_boundaries": boundaries,
        "cumulative_alpha_spent": [sides * spent_per_side(spending, alpha, sides, t) for t in spend or information],
        "nominal_p_values": [sides * normal_upper(z) for z in boundaries],
    }
    case("group_sequential_boundaries", given, result, 1e-9, 0, nominal_p_values=(1e-8, 0))

points, weights_of_points = np.polynomial.legendre.leggauss(700)


def tail(x):
    from scipy.special import ndtr

    return ndtr(-x)


def walk(information, boundaries, sides, drift=0.0):
    """Probabilities of a first crossing above and below at each look, on one dense rule over the whole region."""
    above, below = [], []
    grid, mass = np.array([0.0]), np.array([1.0])
    before = 0.0
    for t, z in zip(information, boundaries):
        step, c = np.sqrt(t - before), z * np.sqrt(t)
        centre = grid + drift * (t - before)
        above.append(float(np.sum(mass * tail((c - centre) / step))))
        below.append(float(np.sum(mass * tail((c + centre) / step))) if sides == 2 else 0.0)
        low = -c if sides == 2 else min(-9 * np.sqrt(t) + drift * t, c - 1)
        new = low + (c - low) * (points + 1) / 2
        density = np.exp(-0.5 * ((new[:, None] - centre[None, :]) / step) ** 2) / (step * np.sqrt(2 * np.pi)) @ mass
        grid, mass, before = new, density * weights_of_points * (c - low) / 2, t
    return above, below


def boundaries_of(spending, alpha, sides, information, spend=None):
    found, before = [], 0.0
    for look, t in enumerate(spend or information):
        now = float(spent_per_side(spending, alpha, sides, t))
        target, low, high = now - before, -6.0, 12.0
        for _ in range(200):
            middle = (low + high) / 2
            above, _ = walk(information[: look + 1], found + [middle], sides)
            low, high = (middle, high) if above[-1] > target else (low, middle)
            if high - low < 1e-14:
                break
        found.append((low + high) / 2)
        before = now
    return found


for spending, alpha, sides, information in [
    ("obrien_fleming", 0.05, 2, [0.25, 0.3, 0.6, 0.95]),
    ("pocock", 0.025, 1, [0.1, 0.5, 0.6, 1.0]),
    ("pocock", 0.1, 2, [k / 10 for k in range(1, 11)]),
]:
    found = boundaries_of(spending, alpha, sides, information)
    given = {"spending_function": spending, "alpha": alpha, "sides": sides, "information_fractions": information}
    dense = "dense Gauss-Legendre rule of 700 points in doubles"
    case("group_sequential_boundaries", given, {"z_boundaries": found}, 1e-8, source=dense)
    for drift in [-1.0, 3.5]:
        above, below = walk(information, found, sides, drift)
        expected = sum(t * (u + d) for t, u, d in zip(information, above, below)) + information[-1] * (1 - sum(above) - sum(below))
        result = {"stop_probability_upper": above, "power_upper": sum(above), "power_two_sided": sum(above) + sum(below)}
        case("group_sequential_power", {**given, "drift": drift}, {**result, "expected_information_fraction": expected}, 1e-7, 1e-12, source=dense)
    low, high = 0.0, 10.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        low, high = (middle, high) if sum(walk(information, found, sides, middle)[0]) < 0.9 else (low, middle)
    fixed = normal_point(mpf(alpha) / sides) + normal_point(mpf(1) - mpf(0.9))
    case("group_sequential_inflation", {**given, "power": 0.9}, {"drift": low, "inflation_factor": (mpf(low) / fixed) ** 2}, 1e-7, source=dense)
    # At its own boundary a look has the p-value alpha, with the looks before well inside theirs.
    statistics = [0.3 * z for z in found[:-1]] + [found[-1]]
    plan = {key: given[key] for key in ["spending_function", "sides", "information_fractions"]}
    case("group_sequential_p_value", {**plan, "z_statistics": statistics}, {"p_value": alpha}, 1e-6, source=dense)
for fractions in [[0.5, 0.5], [0.5, 1.1], [-0.1, 1.0], [], ["NaN"]]:
    refused("group_sequential_boundaries", {"spending_function": "pocock", "alpha": 0.05, "sides": 2, "information_fractions": fractions}, "invalid_input")
plan = {"spending_function": "pocock", "alpha": 0.05, "sides": 2, "information_fractions": [0.5, 1.0]}
refused("group_sequential_boundaries", {**plan, "spending_fractions": [1.0, 0.5]}, "invalid_input")
refused("group_sequential_boundaries", {**plan, "alpha": 1.0}, "invalid_input")
refused("group_sequential_power", {**plan, "drift": "NaN"}, "invalid_input")
refused("group_sequential_inflation", {**plan, "power": 0}, "invalid_input")
case("group_sequential_p_value", {"spending_function": "obrien_fleming", "sides": 2, "z_statistics": [0.01, 0.0], "information_fractions": [0.5, 1.0]}, {"p_value": 1}, 1e-6)
for z in [0.5, 3.0, 12.0, 30.0]:
    # One look alone at full information: a fixed test.
    case("group_sequential_p_value", {"spending_function": "pocock", "sides": 1, "z_statistics": [z], "information_fractions": [1.0]}, {"p_value": normal_upper(z)}, 1e-9)
    case("group_sequential_p_value", {"spending_function": "obrien_fleming", "sides": 2, "z_statistics": [-z], "information_fractions": [1.0]}, {"p_value": 2 * normal_upper(z)}, 1e-9)

# Always valid


def approximate_rho(alpha, target):
    return mp.sqrt((-2 * mp.log(mpf(alpha)) + mp.log(1 - 2 * mp.log(mpf(alpha)))) / target)


for alpha, target in [(1e-12, 1e9), (0.5, 1), (0.049999, 12345)]:
    exact = mp.sqrt((-mp.lambertw(-mpf(alpha) ** 2 / mp.e, -1).real - 1) / target)
    case("confidence_sequence_rho", {"alpha": alpha, "target_n": target}, {"rho_approximate": approximate_rho(alpha, target), "rho_exact": exact}, 1e-12)
for estimated, error, n, alpha, tuning in [
    (0.3, 0.004, 10**9, 0.05, {"target_n": 5000}),
    (-0.02, 0.01, 2, 0.01, {"rho": 0.003}),
    (0.0, 1.0, 77, 0.2, {"target_n": 1e9}),
    (5.0, 0.05, 4000, 0.05, {"rho": 0.02, "target_n": None}),
]:
    both = [("asymptotic_confidence_sequence", mpf(alpha)), ("asymptotic_confidence_sequence_one_sided", 2 * mpf(alpha))]
    for method, own in both:
        rho = mpf(tuning["rho"]) if "rho" in tuning else approximate_rho(own, tuning["target_n"])
        m = n * rho**2
        z = mpf(estimated) / mpf(error)
        exponent = z * z * m / (2 * (m + 1))
        if own == alpha:
            half = mpf(error) * mp.sqrt(2 * (m + 1) / m * mp.log(mp.sqrt(m + 1) / mpf(alpha)))
            log_p = min(mpf(0), mp.log(m + 1) / 2 - exponent)
        else:
            half = mpf(error) * mp.sqrt(2 * (m + 1) / m * mp.log1p(mp.sqrt(m + 1) / (2 * mpf(alpha))))
            log_p = min(mpf(0), mp.log(m + 1) / 2 - mp.log(2) - mp.log(mp.expm1(exponent))) if z > 0 else mpf(0)
        p = mp.exp(log_p)
        result = {"half_width": half, "log_p_value": log_p, "p_value": p if p > mpf(10) ** -300 else 0, "ci_lower": mpf(estimated) - half}
        if own == alpha:
            result["ci_upper"] = mpf(estimated) + half
        spread = (1e-10, 1e-10 * float(half))
        case(method, {"estimate": estimated, "standard_error": error, "n": n, "alpha": alpha, **tuning}, result, 1e-10, 1e-300, ci_lower=spread, ci_upper=spread)
for method in ["asymptotic_confidence_sequence", "asymptotic_confidence_sequence_one_sided"]:
    given = {"estimate": 1.0, "standard_error": 0.0, "n": 100, "alpha": 0.05, "target_n": 5000}
    refused(method, given, "zero_variance")
    refused(method, {**given, "n": 0}, "insufficient_sample")
    refused(method, {**given, "n": 99.5}, "invalid_input")
    refused(method, {**given, "n": -1}, "invalid_input")
    refused(method, {**given, "alpha": 0}, "invalid_input")
    refused(method, {**given, "target_n": 0}, "invalid_input")
    refused(method, {**given, "standard_error": -1}, "invalid_input")
    refused(method, {**given, "estimate": "Infinity"}, "invalid_input")


def mixture(difference, error, tau, alpha):
    v, t2 = mpf(error) ** 2, mpf(tau) ** 2
    log_ratio = mp.log(v / (v + t2)) / 2 + t2 * mpf(difference) ** 2 / (2 * v * (v + t2))
    half = mp.sqrt(2 * v * (v + t2) / t2 * (mp.log((v + t2) / v) / 2 - mp.log(mpf(alpha))))
    return log_ratio, half


for difference, error, tau, alpha in [(1.0, 0.01, 1e-6, 0.05), (1e-9, 1e-3, 50.0, 0.001), (0.37, 0.01, 0.2, 0.05), (3e5, 1e5, 1e5, 0.5)]:
    log_ratio, half = mixture(difference, error, tau, alpha)
    p = min(mpf(1), mp.exp(-log_ratio))
    result = {"log_likelihood_ratio": log_ratio, "p_value": p, "half_width": half, "ci_lower": mpf(difference) - half, "ci_upper": mpf(difference) + half}
    spread = (1e-10, 1e-10 * float(half))
    given = {"difference": difference, "standard_error": error, "mixing_standard_deviation": tau, "alpha": alpha}
    case("msprt_normal", given, result, 1e-10, 1e-300, ci_lower=spread, ci_upper=spread, log_likelihood_ratio=(1e-10, 1e-12))
looks = [{"difference": round(0.05 + random.gauss(0, 0.1 / (k + 1)), 5), "standard_error": round(0.1 / (k + 1), 6)} for k in range(40)]
running, values = mpf(1), []
for look in looks:
    running = min(running, mp.exp(-mixture(look["difference"], look["standard_error"], 0.05, 0.05)[0]))
    values.append(running)
first = next((index for index, value in enumerate(values) if value <= mpf(0.05)), None)
case("msprt_sequence", {"looks": looks, "mixing_standard_deviation": 0.05, "alpha": 0.05}, {"p_values": values, "first_rejection_look": first})
given = {"difference": 1.0, "standard_error": 0.0, "mixing_standard_deviation": 1.0, "alpha": 0.05}
refused("msprt_normal", given, "zero_variance")
refused("msprt_normal", {**given, "mixing_standard_deviation": 0.0}, "invalid_input")
refused("msprt_normal", {**given, "standard_error": -1.0}, "invalid_input")

for alpha, beta in [(1e-300, 0.5), (0.3, 0.3)]:
    upper, lower = (1 - mpf(beta)) / mpf(alpha), mpf(beta) / (1 - mpf(alpha))
    case("sprt_thresholds", {"alpha": alpha, "beta": beta}, {"upper": upper, "lower": lower, "log_upper": mp.log(upper), "log_lower": mp.log(lower)}, 1e-12)
refused("sprt_thresholds", {"alpha": 0.05, "beta": 1.0}, "invalid_input")
refused("sprt_thresholds", {"alpha": "NaN", "beta": 0.1}, "invalid_input")


def decision(log_ratio, alpha, beta):
    if log_ratio >= mp.log((1 - mpf(beta)) / mpf(alpha)):
        return "reject_null"
    return "accept_null" if log_ratio <= mp.log(mpf(beta) / (1 - mpf(alpha))) else "continue"


for null, alternative, s, n in [
    (0.05, 0.0501, 50049000, 10**9),
    (0.05, 0.0501, 50050000, 10**9),
    (0.5, 0.4, 0, 3),
    (1e-6, 2e-6, 40, 10**7),
    (0.9, 0.99, 50, 50),
]:
    ratio = s * mp.log(mpf(alternative) / mpf(null)) + (n - s) * mp.log((1 - mpf(alternative)) / (1 - mpf(null)))
    given = {"null_rate": null, "alternative_rate": alternative, "successes": s, "trials": n, "alpha": 0.05, "beta": 0.2}
    case("sprt_bernoulli", given, {"log_likelihood_ratio": ratio, "decision": decision(ratio, 0.05, 0.2)}, 1e-9)
refused("sprt_bernoulli", {**given, "trials": 0, "successes": 0}, "insufficient_sample")
refused("sprt_bernoulli", {**given, "successes": 51}, "invalid_input")
refused("sprt_bernoulli", {**given, "null_rate": 0}, "invalid_input")
for difference, error, alternative in [(0.0051, 0.0005, 0.01), (-0.4, 0.1, -0.5), (0.3, 1e-3, 0.5999999)]:
    ratio = mpf(alternative) / mpf(error) ** 2 * (mpf(difference) - mpf(alternative) / 2)
    given = {"difference": difference, "standard_error": error, "alternative_difference": alternative, "alpha": 0.01, "beta": 0.05}
    case("sprt_difference", given, {"log_likelihood_ratio": ratio, "decision": decision(ratio, 0.01, 0.05)}, 1e-9)
refused("sprt_difference", {**given, "standard_error": 0}, "zero_variance")
refused("sprt_difference", {**given, "alternative_difference": 0}, "invalid_input")

# Sample ratio


def pearson(observed, weights):
    total, whole = sum(observed), sum(map(Fraction, weights))
    planned = [(o, Fraction(w) / whole * total) for o, w in zip(observed, weights) if w > 0]
    return sum((o - e) ** 2 / e for o, e in planned), len(planned) - 1


for observed, weights in [
    ([500300000, 499700000], [0.5, 0.5]),
    ([0, 40, 60], [0.1, 0.4, 0.5]),
    ([7, 0], [1, 0.001]),
    ([100 + k for k in range(20)], [1] * 20),
    ([90, 0, 110], [0.5, 0, 0.5]),
    ([60000, 40000], [0.5, 0.5]),
]:
    statistic, df = pearson(observed, weights)
    result = {"chi_square": real(statistic), "degrees_of_freedom": df, "p_value": chi_square_upper(real(statistic), df)}
    case("srm_chi_square", {"observed": observed, "expected_weights": weights}, result)
periods = [{"observed": [10, 12, 9], "expected_weights": [1, 1, 1]}, {"observed": [0, 700, 290], "expected_weights": [0, 0.7, 0.3]}]
parts = [pearson(period["observed"], period["expected_weights"]) for period in periods]
statistic, df = real(sum(part[0] for part in parts)), sum(part[1] for part in parts)
case("srm_chi_square_periods", {"periods": periods}, {"chi_square": statistic, "degrees_of_freedom": df, "p_value": chi_square_upper(statistic, df)})
refused("srm_chi_square", {"observed": [1, -2], "expected_weights": [0.5, 0.5]}, "invalid_input")
refused("srm_chi_square", {"observed": [1, 2.5], "expected_weights": [0.5, 0.5]}, "invalid_input")
refused("srm_chi_square", {"observed": [0, 0, 0], "expected_weights": [0.5, 0.5, 0]}, "insufficient_sample")
refused("srm_chi_square_periods", {"periods": [{"observed": [3, 4], "expected_weights": [1, "NaN"]}]}, "invalid_input")
for counts, weights, concentration in [
    ([[499990000, 500010000], [5 * 10**9 + 300000, 5 * 10**9 - 300000]], [0.5, 0.5], 10000),
    ([[0, 0], [1, 0], [500, 0], [5000, 0]], [0.9, 0.1], 10000),
    ([[10 * (k + 1) for k in range(20)]], [k + 1 for k in range(20)], 1),
    ([[30, 0, 70], [300, 0, 800]], [0.3, 0, 0.7], 500.5),
]:
    whole = sum(mpf(weight) for weight in weights)
    logs, values, running = [], [], mpf(1)
    for observed in counts:
        total, a = sum(observed), mpf(concentration)
        value = mp.loggamma(a) - mp.loggamma(a + total)
        for o, weight in zip(observed, weights):
            if weight > 0:
                share = mpf(weight) / whole
                value += mp.loggamma(a * share + o) - mp.loggamma(a * share) - o * mp.log(share)
        running = min(running, mp.exp(-value))
        logs.append(value)
        values.append(running)
    given = {"cumulative_counts": counts, "expected_weights": weights, "prior_concentration": concentration}
    case("srm_sequential", given, {"log_bayes_factors": logs, "p_values": values}, 1e-8, 1e-300, log_bayes_factors=(1e-9, 1e-9))

# Variance reduction, ratios, clusters, series


def covariate(n, my, vy, mx, vx, cov):
    return {"n": n, "mean_y": my, "variance_y": vy, "mean_x": mx, "variance_x": vx, "covariance_xy": cov}


for control, treatment, level in [
    (covariate(10**9, 5.0, 4.0, 3.0, 9.0, 5.5), covariate(10**9, 5.0001, 4.0, 3.0001, 9.1, 5.4), 0.95),
    (covariate(12, 5.0, 4.0, 3.0, 9.0, -5.5), covariate(9, 7.0, 4.2, -2.0, 0.0, 0.0), 0.9),
    (covariate(300, 1e6, 40.0, 1e6, 50.0, 44.0), covariate(500, 1e6 + 1, 44.0, 1e6 + 0.5, 45.0, 44.0), 0.99),
]:
    both = [control, treatment]
    theta = sum((a["n"] - 1) * mpf(a["covariance_xy"]) for a in both) / sum((a["n"] - 1) * mpf(a["variance_x"]) for a in both)
    centre = sum(a["n"] * mpf(a["mean_x"]) for a in both) / sum(a["n"] for a in both)
    means = [mpf(a["mean_y"]) - theta * (mpf(a["mean_x"]) - centre) for a in both]
    variances = [mpf(a["variance_y"]) + theta**2 * mpf(a["variance_x"]) - 2 * theta * mpf(a["covariance_xy"]) for a in both]
    result = welch(*[(a["n"], m, v / a["n"]) for a, m, v in zip(both, means, variances)], level)
    del result["p_greater"]
    result |= {"theta": theta, "adjusted_mean_control": means[0], "adjusted_mean_treatment": means[1]}
    result |= {"adjusted_variance_control": variances[0], "adjusted_variance_treatment": variances[1]}
    result["variance_reduction"] = 1 - result["standard_error"] ** 2 / sum(mpf(a["variance_y"]) / a["n"] for a in both)
    given = {"control": control, "treatment": treatment, "confidence_level": level}
    case("cuped_difference", given, result, 1e-9, 0, **near(result, "difference", "ci_lower", "ci_upper"), t=(1e-9, 1e-8), variance_reduction=(1e-9, 1e-9), p_two_sided=(1e-7, 0))
refused("cuped_difference", {"control": covariate(1, 1.0, 0.0, 1.0, 0.0, 0.0), "treatment": control, "confidence_level": 0.95}, "insufficient_sample")
refused("cuped_difference", {"control": covariate(5, 1.0, 0.0, 1.0, 0.0, 0.0), "treatment": covariate(5, 2.0, 0.0, 1.0, 0.0, 0.0), "confidence_level": 0.95}, "zero_variance")
refused("cuped_difference", {"control": covariate(5, 1.0, 1.0, 1.0, -1.0, 0.0), "treatment": control, "confidence_level": 0.95}, "invalid_input")


def ratio_arm(n, mn, md, vn, vd, cov):
    return {"n": n, "mean_numerator": mn, "mean_denominator": md, "variance_numerator": vn, "variance_denominator": vd, "covariance": cov}


for control, treatment, level in [
    (ratio_arm(10**9, 2.0, 7.0, 1.7, 5.7, 1.5), ratio_arm(10**9, 2.0001, 7.0001, 1.7, 5.7, 1.5), 0.95),
    (ratio_arm(2, -1.0, 3.0, 0.5, 0.2, -0.1), ratio_arm(3, 1.0, 4.0, 0.5, 0.0, 0.0), 0.8),
    (ratio_arm(80, 4.0, -5.0, 2.0, 1.0, 0.3), ratio_arm(90, 4.0, -4.0, 2.0, 1.0, 0.3), 0.95),
]:
    arms = []
    for a in [control, treatment]:
        r = mpf(a["mean_numerator"]) / mpf(a["mean_denominator"])
        v = (mpf(a["variance_numerator"]) - 2 * r * mpf(a["covariance"]) + r**2 * mpf(a["variance_denominator"])) / (mpf(a["mean_denominator"]) ** 2 * a["n"])
        arms.append((a["n"], r, v))
    result = welch(*arms, level)
    del result["p_greater"]
    (_, rc, vc), (_, rt, vt) = arms
    result |= {"ratio_control": rc, "ratio_treatment": rt, "standard_error_control": mp.sqrt(vc), "standard_error_treatment": mp.sqrt(vt)}
    result |= {"lift": (rt - rc) / abs(rc), "lift_standard_error": mp.sqrt(vt / rc**2 + vc * rt**2 / rc**4)}
    given = {"control": control, "treatment": treatment, "confidence_level": level}
    case("ratio_metric_difference", given, result, 1e-9, 0, **near(result, "difference", "ci_lower", "ci_upper"), lift=(1e-9, 1e-13))
flat = ratio_arm(10, 1.0, 0.0, 0.0, 0.0, 0.0)
refused("ratio_metric_difference", {"control": flat, "treatment": {**flat, "n": 1}, "confidence_level": 0.95}, "insufficient_sample")
refused("ratio_metric_difference", {"control": control, "treatment": flat, "confidence_level": 0.95}, "zero_baseline")
refused("ratio_metric_difference", {"control": {**flat, "mean_denominator": 2.0}, "treatment": {**flat, "mean_denominator": 1.0}, "confidence_level": 0.95}, "zero_variance")
refused("ratio_metric_difference", {"control": flat, "treatment": flat, "confidence_level": 2}, "invalid_input")


def stratum(nc, mc, vc, nt, mt, vt, **weight):
    return {"control": arm(nc, mc, vc), "treatment": arm(nt, mt, vt), **weight}


for strata in [
    [stratum(10**9, 0.05, 0.0475, 10**9, 0.05001, 0.0475)],
    [stratum(20 + k, 3.0 + k, 1.0 + k, 30 + k, 3.1 + k, 2.0) for k in range(20)],
    [stratum(50, 1.0, 0.0, 60, 1.5, 0.0), stratum(70, 2.0, 1.0, 80, 2.5, 0.5)],
    [stratum(50, 1.0, 0.4, 60, 1.5, 0.9, weight=30), stratum(70, 2.0, 1.0, 80, 1.9, 0.5, weight=10)],
]:
    own = [mpf(s["weight"]) if "weight" in s else mpf(s["control"]["n"] + s["treatment"]["n"]) for s in strata]
    shares = [w / sum(own) for w in own]
    units = sum(s["control"]["n"] + s["treatment"]["n"] for s in strata)
    differences = [mpf(s["treatment"]["mean"]) - mpf(s["control"]["mean"]) for s in strata]
    variance = sum(w**2 * sum(mpf(s[a]["variance"]) / s[a]["n"] for a in ["control", "treatment"]) for w, s in zip(shares, strata))
    difference = sum(w * d for w, d in zip(shares, differences))
    extra = (sum(w * d * d for w, d in zip(shares, differences)) - difference**2) / units
    result = {"difference": difference, "standard_error": mp.sqrt(variance), "standard_error_random_weights": mp.sqrt(variance + extra)}
    result |= {"z": difference / mp.sqrt(variance), "p_two_sided": 2 * normal_upper(abs(difference / mp.sqrt(variance)))}
    case("stratified_difference", {"strata": strata}, result, 1e-9, 0, **near(result, "difference"), z=(1e-9, 1e-9))
refused("stratified_difference", {"strata": [stratum(50, 1.0, 0.0, 60, 1.5, 0.0)]}, "zero_variance")
refused("stratified_difference", {"strata": [stratum(1, 1.0, 0.0, 60, 1.5, -1.0)]}, "invalid_input")

for sizes in [([1, 1, 1, 1], [1, 1, 1]), ([3, 100000], [7, 8, 9]), ([5] * 30, [5] * 25)]:
    arms = [[{"size": size, "total": round(size * random.gauss(9 + k, 2), 2)} for size in group] for k, group in enumerate(sizes)]
    unit, cluster = [], []
    for group in arms:
        k = len(group)
        units = sum(c["size"] for c in group)
        r = sum(mpf(c["total"]) for c in group) / units
        unit.append((k, r, mpf(k) / (k - 1) * sum((mpf(c["total"]) - r * c["size"]) ** 2 for c in group) / mpf(units) ** 2))
        mean, variance = moments([Fraction(c["total"]) / c["size"] for c in group])
        cluster.append((k, real(mean), real(variance) / k))
    result = {}
    for name, both in [("unit_average", unit), ("cluster_average", cluster)]:
        own = welch(*both, 0.95)
        del own["p_greater"]
        result[name] = {"mean_control": both[0][1], "mean_treatment": both[1][1], **own}
    given = {"control": arms[0], "treatment": arms[1], "confidence_level": 0.95}
    case("cluster_randomised_difference", given, result, 1e-9, 0, difference=(1e-9, 1e-9), ci_lower=(1e-9, 1e-9), ci_upper=(1e-9, 1e-9))
refused("cluster_randomised_difference", {**given, "control": [{"size": 2.5, "total": 1.0}, {"size": 2, "total": 1.0}]}, "invalid_input")
refused("cluster_randomised_difference", {**given, "control": [{"size": -2, "total": 1.0}]}, "invalid_input")
refused("cluster_randomised_difference", {**given, "control": []}, "insufficient_sample")
refused("cluster_randomised_difference", {"control": [{"size": 2, "total": 4.0}] * 3, "treatment": [{"size": 1, "total": 3.0}] * 2, "confidence_level": 0.9}, "zero_variance")

for count, lags in [(4, 0), (9, 3), (60, 59), (200, 12)]:
    treated = [k % 2 for k in range(count)]
    random.shuffle(treated)
    outcomes = [round(50 + 2 * mark + random.gauss(0, 3), 3) for mark in treated]
    groups = {mark: [mpf(y) for y, m in zip(outcomes, treated) if m == mark] for mark in [0, 1]}
    means = {mark: sum(group) / len(group) for mark, group in groups.items()}
    scores = [(mpf(y) - means[m]) / len(groups[m]) * (1 if m else -1) for y, m in zip(outcomes, treated)]
    variance = sum(score**2 for score in scores)
    for lag in range(1, lags + 1):
        variance += 2 * (1 - mpf(lag) / (lags + 1)) * sum(scores[t] * scores[t - lag] for t in range(lag, count))
    z = (means[1] - means[0]) / mp.sqrt(variance)
    result = {"difference": means[1] - means[0], "standard_error": mp.sqrt(variance), "z": z, "p_two_sided": 2 * normal_upper(abs(z))}
    case("switchback_hac", {"outcomes": outcomes, "treated": treated, "lags": lags}, result, 1e-9)
refused("switchback_hac", {"outcomes": [1.0, 2.0, 3.0], "treated": [0, 1, 1], "lags": 0}, "insufficient_sample")
refused("switchback_hac", {"outcomes": [1.0, 2.0, 1.0, 2.0], "treated": [0, 1, 0, 1], "lags": 1}, "zero_variance")
refused("switchback_hac", {"outcomes": [1.0, "NaN", 3.0], "treated": [0, 1, 1], "lags": 0}, "invalid_input")
refused("switchback_hac", {"outcomes": [1.0, 2.0, 3.0, 5.0], "treated": [0, 1, 1, 0], "lags": -1}, "invalid_input")

# Posteriors


def best_of(densities, tails, edges):
    """tails[i](x) is P(X_i <= x)."""
    arms = range(len(densities))

    def over(function):
        return mp.quad(function, edges)

    best = [over(lambda x, i=i: densities[i](x) * mp.fprod(tails[j](x) for j in arms if j != i)) for i in arms]
    beats = [None] + [over(lambda x, i=i: densities[i](x) * tails[0](x)) for i in arms if i > 0]
    loss = [over(lambda x, i=i: tails[i](x) * (1 - mp.fprod(tails[j](x) for j in arms if j != i))) for i in arms]
    return {"probability_best": best, "probability_beats_first": beats, "expected_loss": loss}


mp.dps = 22
for counts, prior in [([(3, 10), (6, 11)], (1, 1)), ([(0, 0), (0, 0), (1, 2)], (0.5, 0.5)), ([(40, 1000), (55, 1000), (90, 1000)], (2, 30)), ([(0, 5), (5, 5)], (1, 1))]:
    shapes = [(mpf(prior[0]) + s, mpf(prior[1]) + n - s) for s, n in counts]
    densities = [lambda x, a=a, b=b: x ** (a - 1) * (1 - x) ** (b - 1) / mp.beta(a, b) for a, b in shapes]
    tails = [lambda x, a=a, b=b: mp.betainc(a, b, 0, x, regularized=True) for a, b in shapes]
    centres = sorted(a / (a + b) for a, b in shapes)
    edges = sorted({mpf(0), mpf(1), *[min(mpf(1), max(mpf(0), c + k * mp.sqrt(c * (1 - c) / (a + b)))) for c, (a, b) in zip(centres, shapes) for k in (-6, -3, -1, 1, 3, 6)]})
    result = best_of(densities, tails, edges)
    result["posterior"] = [{"alpha": a, "beta": b} for a, b in shapes]
    result["mean"] = [a / (a + b) for a, b in shapes]
    arms = [{"successes": s, "trials": n} for s, n in counts]
    case("beta_posterior", {"arms": arms, "prior": {"alpha": prior[0], "beta": prior[1]}, "credible_level": 0.95}, result, 1e-7, 1e-14, source="mpmath, 22 digits, adaptive quadrature")
equal = {"probability_best": [mpf(1) / 20] * 20, "probability_beats_first": [None] + [mpf(1) / 2] * 19}
case("beta_posterior", {"arms": [{"successes": 300000, "trials": 10**9}] * 20, "prior": {"alpha": 1, "beta": 1}, "credible_level": 0.95}, equal, 1e-7, source="symmetry")
case("beta_posterior", {"arms": [{"successes": 3, "trials": 9}], "prior": {"alpha": 1, "beta": 1}, "credible_level": 0.9}, {"probability_best": [1], "probability_beats_first": [None], "expected_loss": [0]}, 1e-10, 1e-12, source="definition")
# Two uniforms: the loss of each is E[max] - 1/2 = 1/6.
case("beta_posterior", {"arms": [{"successes": 0, "trials": 0}] * 2, "prior": None, "credible_level": 0.5}, {"expected_loss": [mpf(1) / 6] * 2, "credible_intervals": [[0.25, 0.75]] * 2}, 1e-9, source="closed form")
refused("beta_posterior", {"arms": [{"successes": 1, "trials": 2}] * 2, "prior": {"alpha": 1, "beta": "Infinity"}, "credible_level": 0.5}, "invalid_input")
refused("beta_posterior", {"arms": [{"successes": 1, "trials": 2}] * 2, "prior": {"alpha": 1, "beta": 1}, "credible_level": 1}, "invalid_input")

for arms, prior in [
    ([arm(10, 1.0, 2.0), arm(12, 2.0, 2.5)], (0.0, 1.0, 2.0, 2.0)),
    ([arm(0, 0.0, 0.0), arm(3, 2.0, 2.5), arm(1, 9.0, 0.0)], (1.0, 0.5, 1.5, 3.0)),
    ([arm(4000, 50.0, 900.0), arm(4100, 51.5, 950.0)], (0.0, 0.001, 1.0, 1.0)),
]:
    m0, k0, a0, b0 = map(mpf, prior)
    posterior, densities, tails, spans, intervals = [], [], [], [], []
    for a in arms:
        n, mean, variance = a["n"], mpf(a["mean"]), mpf(a["variance"])
        kappa = k0 + n
        mu = (k0 * m0 + n * mean) / kappa
        alpha = a0 + mpf(n) / 2
        beta = b0 + (max(0, n - 1) * variance + k0 * n * (mean - m0) ** 2 / kappa) / 2
        scale, df = mp.sqrt(beta / (alpha * kappa)), 2 * alpha
        posterior.append({"mean": mu, "kappa": kappa, "alpha": alpha, "beta": beta})
        constant = mp.exp(mp.loggamma((df + 1) / 2) - mp.loggamma(df / 2)) / mp.sqrt(mp.pi * df) / scale
        densities.append(lambda x, mu=mu, scale=scale, df=df, c=constant: c * mp.exp(-(df + 1) / 2 * mp.log1p(((x - mu) / scale) ** 2 / df)))
        tails.append(lambda x, mu=mu, scale=scale, df=df: student_upper((mu - x) / scale, df))
        spans += [mu + scale * s for s in (-60, -20, -8, -4, -2, 0, 2, 4, 8, 20, 60)]
        half = student_point((1 - mpf(0.9)) / 2, df) * scale
        intervals.append([mu - half, mu + half])
    result = best_of(densities, tails, [-mp.inf] + sorted(spans) + [mp.inf])
    result |= {"posterior": posterior, "credible_intervals": intervals}
    given = {"arms": arms, "prior": dict(zip(["mean", "kappa", "alpha", "beta"], prior)), "credible_level": 0.9}
    case("normal_inverse_gamma_posterior", given, result, 1e-7, 1e-12, source="mpmath, 22 digits, adaptive quadrature")
mp.dps = 50
for shift in [0.1, 3.0, 1e6]:
    # One degree of freedom each: Cauchy, whose difference is Cauchy with the sum of the scales. There is no expected loss.
    prior = {"mean": 0.0, "kappa": 4.0, "alpha": 0.5, "beta": 2.0}
    arms = [{"n": 0, "mean": 0.0, "variance": 0.0}, {"n": 2, "mean": shift, "variance": 1.0}]
    mu = 2 * mpf(shift) / 6
    beta = 2 + (1 + mpf(4) * 2 * mpf(shift) ** 2 / 6) / 2
    upper = {"mean": mu, "kappa": 6, "alpha": 1.5, "beta": beta}
    case("normal_inverse_gamma_posterior", {"arms": arms, "prior": prior, "credible_level": 0.95}, {"posterior": [{"mean": 0, "kappa": 4, "alpha": 0.5, "beta": 2}, upper], "expected_loss": [None, None]}, 1e-11, 1e-12, source="definition: no expectation with 2 alpha <= 1")
refused("normal_inverse_gamma_posterior", {"arms": arms, "prior": {**prior, "kappa": 0}, "credible_level": 0.95}, "invalid_input")
refused("normal_inverse_gamma_posterior", {"arms": [{"n": 1.5, "mean": 0, "variance": 0}], "prior": prior, "credible_level": 0.95}, "invalid_input")

# Bandit


def project(weights, lower, upper):
    w, l, u = ([Fraction(x) for x in values] for values in (weights, lower, upper))
    at = lambda shift: [min(max(a - shift, b), c) for a, b, c in zip(w, l, u)]
    points_of = sorted({a - b for a, b in zip(w, l)} | {a - c for a, c in zip(w, u)})
    for low, high in zip(points_of, points_of[1:]):
        if sum(at(low)) >= 1 >= sum(at(high)):
            fall = sum(at(low)) - sum(at(high))
            shift = low if fall == 0 else low + (high - low) * (sum(at(low)) - 1) / fall
            return at(shift)
    raise ValueError("no such weights")


for weights, lower, upper in [
    ([5.0, -3.0, 0.2, 0.1], [0.05] * 4, [0.9] * 4),
    ([1 / 20] * 20, [0.01] * 20, [0.5] * 20),
    ([random.random() for _ in range(20)], [0.02] * 20, [0.3] * 20),
    ([0.3, 0.3, 0.4], [0.25, 0.25, 0.25], [0.5, 0.5, 0.5]),
    ([0.9, 0.1], [0.0, 0.5], [1.0, 1.0]),
]:
    case("bounded_simplex_projection", {"weights": weights, "lower": lower, "upper": upper}, {"projected": [real(v) for v in project(weights, lower, upper)]}, 1e-12, 1e-15, source="exact fractions")
refused("bounded_simplex_projection", {"weights": [0.5, 0.5], "lower": [0.6, 0.0], "upper": [0.5, 1.0]}, "infeasible_constraints")
refused("bounded_simplex_projection", {"weights": [0.5, 0.5], "lower": ["NaN", 0.9], "upper": [0.5, 1.0]}, "invalid_input")
for share in [0.0, 0.3, 1.0]:
    current, target = [0.25] * 4, [0.97, 0.01, 0.01, 0.01]
    mixed = [Fraction(share) * a + (1 - Fraction(share)) * Fraction(b) for a, b in zip(project(target, [0.05] * 4, [0.8] * 4), current)]
    expected = [real(value) for value in project(mixed, [0.05] * 4, [0.8] * 4)]
    for lower, upper in [(0.05, 0.8), ([0.05] * 4, [0.8] * 4)]:
        case("bandit_weight_update", {"current": current, "target": target, "smoothing": share, "lower": lower, "upper": upper}, {"weights": expected}, 1e-12, source="exact fractions")
refused("bandit_weight_update", {"current": [0.5, 0.5], "target": [0.9, 0.1], "smoothing": 1.2, "lower": 0.1, "upper": 0.9}, "invalid_input")
refused("bandit_weight_update", {"current": [0.5, "NaN"], "target": [0.9, 0.1], "smoothing": 0.2, "lower": 0.6, "upper": 0.9}, "invalid_input")
refused("bandit_weight_update", {"current": [0.5, 0.5], "target": [0.9, 0.1], "smoothing": 0.2, "lower": 0.6, "upper": 0.9}, "infeasible_constraints")

for batches in [[stratum(500, 0.05, 0.0475, 500, 0.05, 0.0475)], [stratum(100 + k, 3.0, 2.0 + k, 90 + k, 3.2 + k / 50, 1.0) for k in range(30)]]:
    zs = []
    for batch in batches:
        variance = sum(mpf(batch[a]["variance"]) / batch[a]["n"] for a in ["control", "treatment"])
        zs.append((mpf(batch["treatment"]["mean"]) - mpf(batch["control"]["mean"])) / mp.sqrt(variance))
    z = sum(zs) / mp.sqrt(len(zs))
    case("batched_z_test", {"batches": batches}, {"batch_z": zs, "z": z, "p_two_sided": 2 * normal_upper(abs(z))}, 1e-10, 1e-300, z=(1e-10, 1e-11), batch_z=(1e-10, 1e-11))
refused("batched_z_test", {"batches": [stratum(5, 1.0, 0.0, 5, 2.0, 0.0)]}, "zero_variance")
refused("batched_z_test", {"batches": [stratum(5, 1.0, 1.0, 1, 2.0, 0.0)]}, "insufficient_sample")

for periods in [
    [[(100, 1.0, 2.0, 0.25), (90, 1.5, 2.0, 0.25), (205, 0.5, 1.0, 0.5)], [(10**9, 2.0, 2.0, 0.9), (5, 3.0, 1.0, 0.05), (1, 1.0, 0.0, 0.05)]],
    [[(7, 0.5, 0.25, 1 / 3), (14, 0.25, 0.2, 2 / 3)]],
]:
    units = sum(cell[0] for period in periods for cell in period)
    totals, means, errors = [], [], []
    for index in range(len(periods[0])):
        cells = [(n, mpf(mean), mpf(variance), mpf(propensity)) for n, mean, variance, propensity in (period[index] for period in periods)]
        total, weight = sum(n * m / e for n, m, _, e in cells), sum(n / e for n, _, _, e in cells)
        hajek = total / weight
        squares = sum(((n - 1) * v + n * (m - hajek) ** 2) / e**2 for n, m, v, e in cells)
        totals.append(total / units)
        means.append(hajek)
        errors.append(mp.sqrt(squares) / weight)
    given = {"periods": [{"arms": [dict(zip(["n", "mean", "variance", "propensity"], cell)) for cell in period]} for period in periods]}
    case("inverse_propensity_means", given, {"horvitz_thompson": totals, "hajek": means, "hajek_standard_error": errors}, 1e-9)
refused("inverse_propensity_means", {"periods": [{"arms": [{"n": 5, "mean": 1.0, "variance": 1.0, "propensity": 0}]}]}, "invalid_input")
refused("inverse_propensity_means", {"periods": [{"arms": [{"n": 5, "mean": 1.0, "variance": 1.0, "propensity": 1.5}]}]}, "invalid_input")

# Planning

for baseline, rate, alpha, power, sides, ratio in [(0.05, 0.0501, 0.05, 0.8, 2, 1.0), (0.9, 0.99, 0.001, 0.99, 1, 3.0), (1e-6, 2e-6, 0.05, 0.5, 2, 0.25), (0.0, 0.1, 0.05, 0.8, 2, 1.0)]:
    pc, pt, r = mpf(baseline), mpf(rate), mpf(ratio)
    za, zb = normal_point(mpf(alpha) / sides), -normal_point(mpf(power)) if power < 0.5 else (mpf(0) if power == 0.5 else normal_point(1 - mpf(power)))
    own = pc * (1 - pc) + pt * (1 - pt) / r
    pooled = (pc + r * pt) / (1 + r)
    for kind, null in [("unpooled", own), ("pooled", pooled * (1 - pooled) * (1 + 1 / r))]:
        n = ((za * mp.sqrt(null) + zb * mp.sqrt(own)) / (pt - pc)) ** 2
        given = {"baseline_rate": baseline, "treatment_rate": rate, "alpha": alpha, "power": power, "sides": sides, "allocation_ratio": ratio, "variance": kind}
        case("sample_size_proportions", given, {"control_exact": n, "treatment_exact": n * r, "control": int(mp.ceil(n)), "treatment": int(mp.ceil(n * r))}, 1e-10)
for sc, st, effect, alpha, power, sides, ratio in [(1.0, 0.0, 0.1, 0.05, 0.8, 2, 1.0), (120.0, 80.0, -0.01, 0.05, 0.9, 1, 2.0), (1e-3, 1e-3, 5.0, 0.05, 0.8, 2, 1.0)]:
    n = (mpf(sc) ** 2 + mpf(st) ** 2 / mpf(ratio)) * (normal_point(mpf(alpha) / sides) + normal_point(1 - mpf(power))) ** 2 / mpf(effect) ** 2
    r = mpf(ratio)
    given = {"standard_deviation_control": sc, "standard_deviation_treatment": st, "effect": effect, "alpha": alpha, "power": power, "sides": sides, "allocation_ratio": ratio}
    case("sample_size_means", given, {"control_exact": n, "treatment_exact": n * r, "control": int(mp.ceil(n)), "treatment": int(mp.ceil(n * r))}, 1e-10)
    units = [1000, 1500]
    error = mp.sqrt(mpf(sc) ** 2 / units[0] + mpf(st) ** 2 / units[1])
    za = normal_point(mpf(alpha) / 2)
    result = normal_upper(za - abs(mpf(effect)) / error) + normal_upper(za + abs(mpf(effect)) / error)
    given = {"standard_deviation_control": sc, "standard_deviation_treatment": st, "control": units[0], "treatment": units[1], "effect": effect, "alpha": alpha, "sides": 2}
    case("power_means", given, {"power": result, "minimum_detectable_effect_80": (za + normal_point(1 - mpf(0.8))) * error}, 1e-10)
plan = {"alpha": 0.05, "power": 0.8, "sides": 2, "allocation_ratio": 1.0}
refused("sample_size_proportions", {"baseline_rate": 0.05, "treatment_rate": 1.2, "variance": "pooled", **plan}, "invalid_input")
refused("sample_size_proportions", {"baseline_rate": "NaN", "treatment_rate": 0.2, "variance": "pooled", **plan}, "invalid_input")
refused("sample_size_means", {"standard_deviation_control": 1.0, "standard_deviation_treatment": 1.0, "effect": 0, **plan}, "invalid_input")
refused("sample_size_means", {"standard_deviation_control": 0.0, "standard_deviation_treatment": 0.0, "effect": 1, **plan}, "zero_variance")
refused("sample_size_means", {"standard_deviation_control": -1.0, "standard_deviation_treatment": 1.0, "effect": 1, **plan}, "invalid_input")


def noncentral_upper(t, df, shift):
    df = mpf(df)
    log_scale = mp.log(2) + df / 2 * mp.log(df / 2) - mp.loggamma(df / 2)
    inner = lambda w: mp.exp(log_scale + (df - 1) * mp.log(w) - df * w * w / 2) * normal_upper(t * w - shift) if w > 0 else mpf(0)
    deviation = 1 / mp.sqrt(2 * df)
    edges = sorted({max(mpf(0), 1 + k * deviation) for k in range(-14, 15, 2)} | {e for e in [(shift + k) / t for k in range(-8, 9, 2)] if 0 < e < 1 + 14 * deviation})
    return mp.quad(inner, edges)


mp.dps = 25
for n, effect, sd, alpha, sides in [(2, 3.0, 1.0, 0.05, 2), (3, 0.0, 1.0, 0.05, 2), (5, 0.5, 2.0, 0.001, 1), (20, 1.0, 1.0, 0.05, 2), (20, -1.0, 1.0, 0.05, 2), (5000, 0.1, 2.0, 0.01, 2)]:
    df = 2 * n - 2
    shift = mpf(effect) / mpf(sd) * mp.sqrt(mpf(n) / 2)
    critical = student_point(mpf(alpha) / sides, df)
    power = noncentral_upper(critical, df, shift) + (noncentral_upper(critical, df, -shift) if sides == 2 else 0)
    case("power_t_test", {"n_per_arm": n, "effect": effect, "standard_deviation": sd, "alpha": alpha, "sides": sides}, {"power": power}, 1e-9, source="mpmath, 25 digits, adaptive quadrature")
refused("power_t_test", {"n_per_arm": 1, "effect": 1.0, "standard_deviation": 1.0, "alpha": 0.05, "sides": 2}, "insufficient_sample")
refused("power_t_test", {"n_per_arm": 9, "effect": 1.0, "standard_deviation": 1.0, "alpha": 1.05, "sides": 2}, "invalid_input")

lines = ",\n".join(json.dumps(entry) for entry in cases)
print(f'{{"format": 1, "description": "Cases at the edges; written by make-edge-vectors.py.", "cases": [\n{lines}\n]}}')
