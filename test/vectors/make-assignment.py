"""Computes test/vectors/assignment.json by a route of its own: hashlib and exact rational arithmetic, no code shared with src/.

Run once, by hand, when a rule of docs/assignment.md changes:  python3 test/vectors/make-assignment.py
The part `growthbook` stays as it is: make-growthbook.ts writes it.
"""

import hashlib
import json
import pathlib
from fractions import Fraction

SLOTS = 10_000


def netstring(text):
    data = text.encode("utf-8")
    return str(len(data)).encode("ascii") + b":" + data + b","


def unit(salt, key, unit_id):
    digest = hashlib.sha256(netstring(salt) + netstring(key) + netstring(unit_id)).digest()
    return {
        "salt": salt,
        "experimentKey": key,
        "unitId": unit_id,
        "digestHex": digest.hex(),
        "u": int.from_bytes(digest[0:6], "big") / 2**48,
        "slot": int.from_bytes(digest[6:12], "big") * SLOTS // 2**48,
    }


def member(group, unit_id):
    digest = hashlib.sha256(netstring(group) + netstring(unit_id)).digest()
    return {"group": group, "unitId": unit_id, "digestHex": digest.hex(), "g": int.from_bytes(digest[0:6], "big") / 2**48}


def slots_of(weights):
    exact = [Fraction(w) * SLOTS for w in weights]
    assert sum(exact) == SLOTS
    slots = [int(x) for x in exact]
    order = sorted(range(len(exact)), key=lambda i: (-(exact[i] - slots[i]), i))
    for i in order[: SLOTS - sum(slots)]:
        slots[i] += 1
    return slots


def first_table(weights):
    table = []
    for variant, count in enumerate(slots_of(weights)):
        table += [(variant, frozenset([variant]))] * count
    return table


def next_table(table, weights):
    target = slots_of(weights)
    surplus = [sum(1 for v, _ in table if v == i) - target[i] for i in range(len(weights))]
    freed = set()
    # Candidates: those that changed hands before the others, then from the highest slot down.
    for slot in sorted(range(SLOTS), key=lambda s: (len(table[s][1]) == 1, -s)):
        if surplus[table[slot][0]] > 0:
            surplus[table[slot][0]] -= 1
            freed.add(slot)
    takers = [v for v, share in enumerate(surplus) for _ in range(-share)]
    after = list(table)
    for slot, taker in zip(sorted(freed), takers, strict=True):
        after[slot] = (taker, table[slot][1] | {taker})
    return after


def runs(table):
    found = []
    for slot, (variant, served) in enumerate(table):
        run = {"end": slot + 1, "variant": variant, "served": sorted(served)}
        if found and found[-1]["variant"] == variant and found[-1]["served"] == run["served"]:
            found[-1]["end"] = slot + 1
        else:
            found.append(run)
    return found


def history(*steps):
    tables = [first_table(steps[0])]
    for weights in steps[1:]:
        tables.append(next_table(tables[-1], weights))
    return [{"weights": weights, "runs": runs(table)} for weights, table in zip(steps, tables, strict=True)]


ids = ["user-1", "user-2", "user-3", "42", "a:b", "b", "a,b", "3:a,b", ",", "zoë", "用户-7", "👩\u200d🚀", "\u00e9", "e\u0301", " x ", "x" * 256]
units = [unit("prod-experiment-2024-q3", "exp-checkout-flow-v3", i) for i in ids]
units += [unit("s", "e:x", "y"), unit("s", "e", "x:y"), unit("s:e", "x", "y"), unit("Salz-ß", "k", "用户-7"), unit("🧂", "k", "1")]
units += [unit("pepper", f"exp-{n % 7}", f"unit-{n}") for n in range(40)]

predicate = lambda text, facts, holds: {"predicate": text, "unit": {"isBot": False, **facts}, "holds": holds}
at = lambda **attributes: {"attributes": attributes}
targeting = [
    predicate("region:US", at(region="US"), True),
    predicate("region:US", at(region="us"), False),
    predicate("region:US", at(region=" US"), False),
    predicate(" region : US ", at(region="US"), True),
    predicate("region:US", at(), False),
    predicate("region:US", {}, False),
    predicate("region:US", at(region=None), False),
    predicate("region:null", at(region=None), False),
    predicate("accountType:free|pro", at(accountType="pro"), True),
    predicate("accountType:free|pro", at(accountType="free|pro"), False),
    predicate("accountType:free | pro", at(accountType="pro"), True),
    predicate("url:http://a:80", at(url="http://a:80"), True),
    predicate("internal:true", at(internal=True), True),
    predicate("internal:true", at(internal="true"), True),
    predicate("internal:true", at(internal=1), False),
    predicate("age:18", at(age=18), True),
    predicate("age:18.0", at(age=18), False),
    predicate("tags:beta", at(tags=["alpha", "beta"]), True),
    predicate("tags:beta", at(tags=[["beta"]]), False),
    predicate("tags:beta", at(tags=[]), False),
    predicate("tags:beta", at(tags={"beta": True}), False),
    predicate("age>=18", at(age=18), True),
    predicate("age>18", at(age=18), False),
    predicate("age<18", at(age=17.5), True),
    predicate("age<=-1e2", at(age=-100), True),
    predicate("age>=18", at(age="18"), False),
    predicate("age<18", at(), False),
    predicate("scores>90", at(scores=[10, 95]), True),
    predicate("userId:u-1|u-2", {"userId": "u-2"}, True),
    predicate("userId:u-1", at(userId="u-1"), False),
    predicate("tenantId:acme", {"tenantId": "acme"}, True),
    predicate("bot:true", {"isBot": True}, True),
    predicate("bot:true", at(userAgent="Mozilla/5.0 (compatible; Googlebot/2.1)"), True),
    predicate("bot:true", {}, False),
    predicate("bot:false", {}, True),
    predicate("bot:true", at(bot=True), True),
    predicate("constructor:x", at(), False),
    predicate("país:x", at(region="x"), None),
    predicate("region", at(region="x"), None),
    predicate("region:", at(region=""), None),
    predicate("region:US|", at(region="US"), None),
    predicate("age>=old", at(age=20), None),
    predicate("age>=0x10", at(age=20), None),
    predicate("age=18", at(age=18), None),
    predicate("", at(), None),
]

target = pathlib.Path(__file__).with_name("assignment.json")
content = {
    "source": "Computed by test/vectors/make-assignment.py: hashlib.sha256 and exact fractions, without code of src/.",
    "units": units,
    "groups": [member(g, i) for g in ["checkout", "a:b", "größe"] for i in ["user-1", "42", "a,b", "zoë", "用户-7"]],
    "allocations": [
        history(["0.5", "0.5"], ["0.1", "0.9"], ["0.5", "0.5"]),
        history(["0.3334", "0.3333", "0.3333"], ["0.3334", "0", "0.6666"], ["0.3334", "0.3333", "0.3333"]),
        history(["1/3", "1/3", "1/3"], ["0.6", "0.3", "0.1"], ["0.05", "0.05", "0.9"], ["0.2", "0.7", "0.1"]),
        history(["0.25", "0.25", "0.25", "0.25"], ["0.4", "0.25", "0.25", "0.1"]),
        history(["1/7", "2/7", "4/7"], ["0.00005", "0.99995", "0"]),
    ],
    # holds: true or false; null where the predicate cannot be read.
    "targeting": targeting,
    "growthbook": json.loads(target.read_text(encoding="utf-8"))["growthbook"],
}
target.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
