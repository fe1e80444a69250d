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
  crypto.randomUUID?.() ??
  "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) =>
    (digit ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (digit / 4)))).toString(16));

export const track = (name, action, details) => {
  try {
    const { value, ...properties } = details ?? {};
    const { variant, key, migration_keys, excluded } = experiment(name);
    const { endpoint } = settings;
    const { doNotTrack, globalPrivacyControl } = navigator;
    if (!endpoint || !key || excluded || doNotTrack === "1" || globalPrivacyControl) return false;
    const event = { id: uuid(), experiment: name, variant, key, migration_keys, action, properties };
    if (Number.isFinite(value)) event.value = value;
    Object.assign(event, { reason: "published", at: Date.now() });
    const type = "application/json";
    const body = new Blob([JSON.stringify(event)], { type });
    if (navigator.sendBeacon?.(endpoint, body)) return true;
    fetch(endpoint, { method: "POST", body, keepalive: true }).catch(() => 0);
    return true;
  } catch {
    return false;
  }
};
