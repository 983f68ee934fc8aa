/** What a bench finds, what is to be reached, and how both are printed. */

/** Median, least and most over the rounds; ratios are medians as well. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly peers: Readonly<Record<string, number>>;
  /** Of ours to each peer's. */
  readonly ratios: Readonly<Record<string, number>>;
  readonly aims: readonly Aim[];
}

/** What is to be reached, as data: it is reported and fails nothing. */
export interface Aim {
  /**
   * Whose ratio is meant; without it the figure itself. `Erlang` stands for all whose names begin so,
   * with one and with two schedulers, and has to be reached against the better.
   */
  readonly peer?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** Undefined where the peer was not measured. */
export function isReached({ value, ratios }: Figure, aim: Aim): boolean | undefined {
  const { peer, atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = aim;
  const found =
    peer === undefined
      ? [value]
      : Object.keys(ratios).flatMap((name) => (name.startsWith(peer) ? (ratios[name] ?? []) : []));
  if (found.length === 0) return undefined;
  return found.every((each) => each >= atLeast && each <= atMost);
}

export function linesOf(figure: Figure): string[] {
  const { name, unit, value } = figure;
  const spread = spreadOf(figure);
  return [
    `  ${name}: ${short(value)} ${unit}${spread && ` (${spread})`}`,
    ...ratiosOf(figure).map((ratio) => `      ${ratio}`),
    ...aimsOf(figure).map((aim) => `      aim: ${aim}`),
  ];
}

export const TABLE_HEAD: readonly string[] = [
  "| bench | figure | value | least to most | beside it | aim |",
  "|---|---|--:|---|---|---|",
];

/** One of a table in Markdown. */
export function rowOf(bench: string, figure: Figure): string {
  const { name, unit, value } = figure;
  const [beside, aims] = [ratiosOf(figure), aimsOf(figure)].map((lines) => lines.join("<br>"));
  return `| ${bench} | ${name} | ${short(value)} ${unit} | ${spreadOf(figure)} | ${beside} | ${aims} |`;
}

const spreadOf = ({ min, max }: Figure): string =>
  min === max ? "" : `${short(min)} to ${short(max)}`;

const ratiosOf = ({ peers, ratios }: Figure): string[] =>
  Object.entries(ratios).map(
    ([peer, ratio]) => `${short(ratio)} x ${peer} (${short(peers[peer] ?? Number.NaN)})`,
  );

/** `15 x nact or more: yes`. */
const aimsOf = (figure: Figure): string[] =>
  figure.aims.map((aim) => {
    const { peer, atLeast, atMost } = aim;
    const bound = `${atLeast ?? atMost}${peer === undefined ? "" : ` x ${peer}`}`;
    const sense = atLeast === undefined ? "less" : "more";
    return `${bound} or ${sense}: ${REACHED[`${isReached(figure, aim)}`]}`;
  });

const REACHED = { true: "yes", false: "no", undefined: "not measured" } as const;

/** Three digits and a thousands' letter: `12.3 M`. */
function short(value: number): string {
  const [scale, letter] = value >= 1e6 ? [1e6, " M"] : value >= 1e3 ? [1e3, " k"] : [1, ""];
  return `${(value / scale).toPrecision(3)}${letter}`;
}
