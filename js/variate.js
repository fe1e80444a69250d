// What variate published on a page. MIT or Apache-2.0.
const own = Object.hasOwn;
let settings = {};

export const configure = (changed) => {
  settings = { ...settings, ...changed };
};

const read = () => {
  const data = document.querySelector('script#variate-experiments[type="application/json"]');
  return settings.experiments ?? (data ? JSON.parse(data.textContent) : window.gl?.experiments);
};

export const experiment = (name) => {
  try {
    const all = read();
    const found = own(all, name) && all[name];
    if (typeof found.variant === "string") {
      const excluded = !!found.excluded;
      return { ...found, variant: excluded ? "control" : found.variant, excluded };
    }
  } catch {}
  return { variant: "control", excluded: false };
};

export const run = (name, behaviours) => {
  const { variant } = experiment(name);
  return (own(behaviours, variant) ? behaviours[variant] : behaviours.control)();
};

const uuid = () =>
  "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) =>
    (digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (digit / 4)))).toString(16));

export const track = (name, action, details) => {
  try {
    const { value, ...properties } = details ?? {};
    const { variant, key, migration_keys, excluded } = experiment(name);
    const fits = typeof action === "string" && new Blob([action]).size < 256;
    if (!fits || !action || action === "assignment" || !settings.endpoint || !key || excluded ||
      navigator.doNotTrack === "1" || navigator.globalPrivacyControl) return false;
    const event = { id: uuid(), experiment: name, variant, key, migration_keys, action, properties,
      reason: "published", at: Date.now() };
    if (Number.isFinite(value)) event.value = value;
    const body = new Blob([JSON.stringify(event)], { type: "application/json" });
    if (!navigator.sendBeacon?.(settings.endpoint, body))
      fetch(settings.endpoint, { method: "POST", body, keepalive: true }).catch(() => 0);
    return true;
  } catch {
    return false;
  }
};
