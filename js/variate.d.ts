/** What is published of one experiment. */
export interface Assignment {
  /** The variant; `control` where the unit is excluded or nothing is published. */
  readonly variant: string;
  /** The experience key; without it nothing is tracked. */
  readonly key?: string;
  /** The experiment's full name; none where nothing is published. */
  readonly experiment?: string;
  /** Whether the unit is excluded. */
  readonly excluded: boolean;
  /** The keys that the unit had before. */
  readonly migration_keys?: readonly string[];
}

/** A value of an event's properties, as JSON has it. */
export type Property = string | number | boolean | null | readonly Property[] | { readonly [name: string]: Property };

/**
 * One behaviour for each variant, the control among them. Those of other variants are own properties of the object:
 * what it inherits, as a class's methods, does not run, so that no variant called `constructor` runs what nobody wrote.
 */
export type Behaviours = { readonly control: () => unknown } & { readonly [variant: string]: () => unknown };

/** What an endpoint receives, as JSON. */
export interface EventRecord {
  readonly id: string;
  readonly experiment: string;
  readonly variant: string;
  readonly key: string;
  readonly migration_keys?: readonly string[];
  readonly action: string;
  readonly value?: number;
  readonly properties?: { readonly [name: string]: Property };
  readonly reason: "published";
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/** Says where events go, and, where it is not on the page, what is published. */
export function configure(settings: {
  /** The URL that takes events by POST; without it nothing is tracked. */
  endpoint?: string | URL;
  /** In place of what is on the page. */
  experiments?: { readonly [name: string]: Assignment };
}): void;

/** What is published of an experiment, by its full name; the control where there is nothing. */
export function experiment(name: string): Assignment;

/** Runs the behaviour of the published variant; the control's where there is none. What it throws passes through. */
export function run<B extends Behaviours>(name: string, behaviours: B): ReturnType<B[keyof B]>;

/**
 * Tracks what the unit did. Sends nothing, and answers `false`, under Do Not Track or Global Privacy Control, for
 * who takes no part, without an endpoint, and where the action is not a text of 1 to 255 bytes in UTF-8 or is
 * `assignment`, the exposure, which the server tracks. Never throws.
 */
export function track(
  name: string,
  action: string,
  details?: { readonly value?: number | undefined; readonly [property: string]: Property | undefined },
): boolean;
