"""Metrics of a contact plan, read from the record that `ilrs links --out` writes."""

from typing import Any

from ilrs.study.metrics import Measurement, one_of
from ilrs.study.run import Run

__all__ = [
    "plan_delivered_fraction", "plan_half_latency_h", "plan_latency_h", "relay_loss_gbit_d",
    "relay_loss_half_latency_h",
]  # fmt: skip

_NONE = Measurement(None, "judged from `ilrs links --out`")


def _rows(plan: dict[str, Any], of: str) -> list[dict[str, Any]]:
    """The makers of data that `of` names, by their own id or their owner's; all where empty."""
    rows: list[dict[str, Any]] = plan["data"]
    if not of:
        return rows
    one_of(of, list(dict.fromkeys(row[key] for row in rows for key in ("id", "owner"))), "maker")
    return [row for row in rows if of in (row["id"], row["owner"])]


def plan_delivered_fraction(run: Run, of: str) -> Measurement:
    """Bits of a contact plan on Earth at its end over bits made, 0-1. [1]"""
    if run.links is None:
        return _NONE
    rows = _rows(run.links, of)
    made, there = (sum(row[f"{key}_bit"] for row in rows) for key in ("made", "delivered"))
    return Measurement(
        there / made if made else None, f"{there / 1e9:.4g} of {made / 1e9:.4g} Gbit"
    )


def plan_half_latency_h(run: Run, of: str) -> Measurement:
    """Hours within which half of a plan's bits are on Earth; of several makers the slowest. [h]"""
    return _latency(run, of, "latency_p50_s")


def plan_latency_h(run: Run, of: str) -> Measurement:
    """Hours within which all of a plan's delivered bits are on Earth. [h]"""
    return _latency(run, of, "latency_worst_s")


def _latency(run: Run, of: str, key: str) -> Measurement:
    if run.links is None:
        return _NONE
    if not of:
        whole_s = run.links["totals"][key]
        return Measurement(None if whole_s is None else whole_s / 3600.0, _span(run.links))
    told = [(row[key], row["id"]) for row in _rows(run.links, of) if row[key] is not None]
    if not told:
        return Measurement(None, "nothing of it reaches Earth")
    slowest_s, who = max(told)
    return Measurement(slowest_s / 3600.0, who)


def _loss(run: Run, of: str) -> dict[str, Any] | None:
    if run.links is None:
        return None
    losses: dict[str, Any] = {loss["relay"]: loss for loss in run.links["losses"]}
    one_of(of, list(losses), "relay")
    found: dict[str, Any] = losses[of]
    return found


def relay_loss_gbit_d(run: Run, of: str) -> Measurement:
    """Data of a day that no longer reach Earth without a relay, planned anew. [Gbit]"""
    loss = _loss(run, of)
    if loss is None:
        return _NONE
    return Measurement(loss["lost_bit_d"] / 1e9, f"a day, without {of}")


def relay_loss_half_latency_h(run: Run, of: str) -> Measurement:
    """Hours within which half of the data are on Earth without a relay, planned anew. [h]"""
    loss = _loss(run, of)
    if loss is None:
        return _NONE
    left = loss["left"]["latency_p50_s"]
    if left is None:
        return Measurement(None, "nothing reaches Earth without it")
    return Measurement(left / 3600.0, f"without {of}")


def _span(plan: dict[str, Any]) -> str:
    return f"{plan['from_utc'][:10]} to {plan['to_utc'][:10]}"
