"""Writes canonical_keys.json: keys made from the documented bytes, independently of the library.

Run: python3 canonical_keys.py. With `--frozen` it prints the values of tests/it/frozen_keys.rs instead.
"""

import hashlib
import hmac
import json
import pathlib
import struct
import sys
import uuid

SECRET = "sixteen bytes or more"
NAMESPACE = bytes.fromhex("6f1d64f28d8a4c5e9a53766172696174")


def length(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def string(text):
    data = text if isinstance(text, bytes) else text.encode()
    return length(len(data)) + data


def float_text(number):
    """RFC 8785: Python's shortest digits, laid out as ECMAScript does."""
    if number != number:
        return "NaN"
    if number in (float("inf"), float("-inf")):
        return "Infinity" if number > 0 else "-Infinity"
    if number == 0:
        return "0"
    sign = "-" if number < 0 else ""
    mantissa, _, exponent = repr(abs(number)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    point = len(whole) + int(exponent or 0)
    digits = whole + fraction
    point -= len(digits) - len(digits.lstrip("0"))
    digits = digits.strip("0")
    if 0 < point <= 21:
        body = digits.ljust(point, "0")
        body = body if len(digits) <= point else f"{digits[:point]}.{digits[point:]}"
    elif -6 < point <= 0:
        body = "0." + "0" * -point + digits
    else:
        body = digits[0] + ("." + digits[1:] if len(digits) > 1 else "") + f"e{point - 1:+d}"
    return sign + body


def scalar_text(value):
    kind, content = value["t"], value.get("v")
    match kind:
        case "bool":
            return "true" if content else "false"
        case "float":
            return float_text(struct.unpack(">d", bytes.fromhex(content))[0])
        case "repeat":
            return content * value["n"]
        case _:
            return content


def encode(value):
    match value["t"]:
        case "null":
            return b"n"
        case "list":
            return b"l" + length(len(value["v"])) + b"".join(map(encode, value["v"]))
        case "map":
            return entries((scalar_text(key), item) for key, item in value["v"])
        case "nested":
            return b"l\x01" * value["n"] + encode(integer(1))
        case _:
            return b"s" + string(scalar_text(value))


def entries(pairs):
    pairs = sorted((key.encode(), value) for key, value in pairs)
    return b"m" + length(len(pairs)) + b"".join(string(key) + encode(value) for key, value in pairs)


def preimage(case):
    if "sticky" in case:
        return string(case["name"]) + b"t" + encode(case["sticky"])
    return string(case["name"]) + entries(case["context"])


def md5(data):
    return hashlib.md5(data).digest()


def keyed(data):
    return hmac.new(SECRET.encode(), data, hashlib.sha256).digest()[:16]


def text(content):
    return {"t": "str", "v": content}


def integer(number):
    return {"t": "int", "v": str(number)}


def real(number):
    return {"t": "float", "v": struct.pack(">d", number).hex()}


def repeat(content, count):
    return {"t": "repeat", "v": content, "n": count}


def items(*values):
    return {"t": "list", "v": list(values)}


def table(*pairs):
    return {"t": "map", "v": [list(pair) for pair in pairs]}


NULL = {"t": "null"}
YES, NO = {"t": "bool", "v": True}, {"t": "bool", "v": False}
UUID = {"t": "uuid", "v": "6f1d64f2-8d8a-4c5e-9a53-766172696174"}


def nested(levels):
    """`[[..[1]..]]`, written short: JSON readers bound the depth."""
    return {"t": "nested", "n": levels}


def cases():
    scalars = [
        NULL, YES, NO, UUID, text(""), text("a"), text("42"), text("é日本😀"), text("a\0b"), text("n"),
        {"t": "sym", "v": "plan"}, {"t": "gid", "v": "gid://shop/User/42"},
        integer(0), integer(42), integer(-1), integer(-42), integer(9), integer(10), integer(99), integer(100),
        integer(2**63 - 1), integer(-(2**63)), integer(2**63), integer(2**64 - 1), integer(2**127 - 1),
        integer(-(2**127)), integer(2**128 - 1),
        real(0.0), real(-0.0), real(1.0), real(0.1), real(-2.5), real(1e21), real(1e-7), real(5e-324),
        real(1.7976931348623157e308), real(float("nan")), real(float("inf")), real(float("-inf")),
        repeat("x", 127), repeat("x", 128), repeat("xy", 8192), repeat("é", 20000),
        items(), items(NULL), items(text("")), items(integer(1), integer(2)), items(items(integer(1)), integer(2)),
        items(items(integer(1), integer(2))), items(*[integer(n) for n in range(200)]), nested(63),
        table(), table((text("b"), integer(2)), (text("a"), integer(1))),
        table((integer(10), YES), (integer(9), items(NULL, table((text("é"), NULL))))),
        table(*[(text(f"k{n}"), integer(n)) for n in range(150)]),
    ]
    for value in scalars:
        yield {"name": "pill_color", "context": [["v", value]]}
    pair = [["user_id", integer(42)], ["plan", text("pro")]]
    yield {"name": "pill_color", "context": []}
    yield {"name": "é", "context": []}
    yield {"name": "x" * 255, "context": []}
    yield {"name": "pill_color", "context": pair}
    yield {"name": "pill_colour", "context": pair}
    yield {"name": "pill_color", "context": [["", NULL], ["é", text("")], ["z", integer(1)], ["Z", integer(2)]]}
    for count in [3, 4, 5, 8, 9, 130]:
        yield {"name": "wide", "context": [[f"k{n}", integer(n)] for n in range(count)]}
    for size in range(84, 124):
        # The bytes around which the message no longer fits into one buffer, or into one block of the hash.
        yield {"name": "edge", "context": [["v", repeat("x", size)], ["w", integer(-123456)]]}
    for sticky in [text("ann"), text(""), integer(7), items(integer(1), NULL), table((text("a"), integer(1))), UUID, NO]:
        yield {"name": "pill_color", "context": pair, "sticky": sticky}


def high_bits(digest):
    return int.from_bytes(digest[:8], "big")


def frozen():
    for name, context, variant in [
        ("pill_color", [["user_id", integer(42)]], "control"),
        ("pill_color", [["user_id", integer(43)]], "red"),
        ("checkout", [["user_id", text("ann")], ["plan", NULL], ["tags", items(text("a"), real(0.1))]], "candidate"),
        ("shop_é", [["a", YES], ["b", UUID], ["c", table((text("k"), integer(-1)))]], "blue"),
        ("everybody", [], "candidate"),
    ]:
        data = preimage({"name": name, "context": context})
        key = md5(data)
        parts = [NAMESPACE, name, key.hex(), variant]
        exposure = uuid.UUID(bytes=md5(b"".join(map(string, parts))), version=3)
        bits = high_bits(key)
        split = high_bits(md5(string("split") + string(name) + string(f"host/{name}")))
        print(name, key.hex(), keyed(data).hex(), variant, exposure, [bits * n >> 64 for n in (2, 3, 10000)],
              "hashed", [split * n >> 64 for n in (2, 3, 10000)])


def main():
    rows = []
    for case in cases():
        data = preimage(case)
        rows.append(json.dumps(case | {"md5": md5(data).hex(), "hmac": keyed(data).hex()}, ensure_ascii=False))
    path = pathlib.Path(__file__).with_name("canonical_keys.json")
    path.write_text("[\n" + ",\n".join(rows) + "\n]\n")


if __name__ == "__main__":
    frozen() if "--frozen" in sys.argv else main()
