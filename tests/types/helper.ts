// What the types of `js/variate.d.ts` allow, and what they do not: `tsc --noEmit --strict` must agree with each line.
import { configure, experiment, run, track } from "../../js/variate.js";
import type { Assignment, EventRecord } from "../../js/variate.js";

configure({ endpoint: "/events" });
configure({ endpoint: new URL("https://events.example/"), experiments: window.gl?.experiments ?? {} });
// @ts-expect-error: no such setting
configure({ endpont: "/events" });

const pill: Assignment = experiment("pill");
const variant: string = pill.variant;
const key: string | undefined = pill.key;
// @ts-expect-error: the key may be missing
const always: string = pill.key;
// @ts-expect-error: what is published does not change
pill.variant = "red";

const text: string | number = run("pill", { control: () => "grey", red: () => 1 });
// @ts-expect-error: a behaviour may give a number
const onlyText: string = run("pill", { control: () => "grey", red: () => 1 });
const later: Promise<string> = run("pill", { control: async () => "grey", red: async () => "red" });
// @ts-expect-error: there is no way to run without a control
run("pill", { red: () => "red" });
// @ts-expect-error: a behaviour is a function
run("pill", { control: "grey" });

const sent: boolean = track("pill", "swallowed");
track("pill", "bought", { value: 9.99, currency: "EUR", items: [1, { gift: true }], note: null });
track("pill", "bought", { value: undefined });
// @ts-expect-error: a value is a number
track("pill", "bought", { value: "9.99" });
// @ts-expect-error: a function is no property
track("pill", "bought", { callback: () => 1 });
// @ts-expect-error: an action has a name
track("pill");

export function received(event: EventRecord): [string, Date, number] {
  return [event.experiment, new Date(event.at), event.value ?? 0];
}
export { always, key, later, onlyText, sent, text, variant };

declare global {
  interface Window {
    gl?: { experiments?: { readonly [name: string]: Assignment } };
  }
}
