// Writes float_texts.json: the bits of floats and how JavaScript (and so RFC 8785) writes them. Run: node float_texts.js
const fs = require("fs");
const path = require("path");

const view = new DataView(new ArrayBuffer(8));
const floatOf = (bits) => (view.setBigUint64(0, bits), view.getFloat64(0));
const bitsOf = (float) => (view.setFloat64(0, float), view.getBigUint64(0));

// Appendix B of RFC 8785.
const appendix = [
  "0000000000000000", "8000000000000000", "0000000000000001", "8000000000000001", "7fefffffffffffff",
  "ffefffffffffffff", "4340000000000000", "c340000000000000", "4430000000000000", "44b52d02c7e14af5",
  "44b52d02c7e14af6", "44b52d02c7e14af7", "444b1ae4d6e2ef4e", "444b1ae4d6e2ef4f", "444b1ae4d6e2ef50",
  "3eb0c6f7a0b5ed8c", "3eb0c6f7a0b5ed8d", "41b3de4355555553", "41b3de4355555554", "41b3de4355555555",
  "41b3de4355555556", "41b3de4355555557", "becbf647612f3696", "43143ff3c1cb0959",
].map((hex) => BigInt("0x" + hex));

const all = new Set(appendix);
const near = (float) => [-2n, -1n, 0n, 1n, 2n].forEach((off) => {
  const bits = bitsOf(float) + off;
  if (Number.isFinite(floatOf(bits))) all.add(bits);
});
for (let power = -12; power <= 24; power += 1) near(Number(`1e${power}`));
for (let power = -1074; power <= 1023; power += 61) near(2 ** power);
for (const float of [0.1, 0.2, 0.3, -0.1, 1 / 3, 2 / 3, 1.5, -1.5, 9.99, 100, 123456789.125, 1e100, 1e-100,
  2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 2 ** 63, 2 ** 64, 1e15, 1e16, 1.7976931348623157e308,
  2.2250738585072014e-308, 2.225073858507201e-308, 4.35, 0.00001, 0.000001234, -1e-7]) near(float);

// Any bits at all: a linear congruential generator, so that each run writes the same file.
let state = 0x9e3779b97f4a7c15n;
while (all.size < 900) {
  state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
  if (Number.isFinite(floatOf(state))) all.add(state);
}

const rows = [...all].map((bits) => JSON.stringify([bits.toString(16).padStart(16, "0"), String(floatOf(bits))]));
fs.writeFileSync(path.join(__dirname, "float_texts.json"), `[\n${rows.join(",\n")}\n]\n`);
