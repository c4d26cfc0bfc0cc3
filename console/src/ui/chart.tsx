import { type PointerEvent, useEffect, useRef, useState } from "react";
import { shownDay } from "@/lib/days";
import { shownFigure } from "@/lib/figures";
import { shownLabels, ticks } from "@/lib/scale";
import { t } from "@/lib/text";
import { Folded } from "./folded";
import { Table } from "./table";

type Line = { name: string; unit: string; values: readonly (number | null)[] };
type ChartProps = { title: string; labels: readonly string[]; lines: readonly Line[] };

const HEIGHT = 240;
const EDGE = { top: 24, right: 12, bottom: 28, left: 12 };
// What a letter of a label takes, and what is left free between two labels.
const LETTER = 7;
const BETWEEN = 28;
// Words stay readable where a line runs through them.
const HALO = "stroke-card [paint-order:stroke]";
const DOT = 3;
// By their stroke as well, so that nobody has to tell colours apart.
const LOOKS = [
  { color: "text-brand", dashes: undefined },
  { color: "text-warn", dashes: "6 4" },
  { color: "text-bad", dashes: "2 4" },
  { color: "text-good", dashes: "10 4 2 4" },
  { color: "text-soft", dashes: "1 3" },
];
const lookOf = (line: number) => LOOKS[line % LOOKS.length] ?? LOOKS[0];

/** Figures along a time as lines, with what they are at the place that is pointed at, and all of them as a table. */
export function Chart({ title, labels: names, lines }: ChartProps) {
  const labels = names.map(shownLabel);
  const [at, setAt] = useState<number | null>(null);
  const shown = Math.min(at ?? labels.length - 1, labels.length - 1);
  if (labels.length === 0) return null;
  return (
    <figure className="grid gap-3">
      <div className="rounded-2xl border border-line bg-card p-4">
        <figcaption className="sr-only">{title}</figcaption>
        <Reading label={labels[shown] ?? ""} lines={lines} at={shown} />
        <Drawing title={title} labels={labels} lines={lines} at={at} onPoint={setAt} />
      </div>
      <Folded title={t("chart.figures")}>
        <Table label={title} columns={columnsOf(lines)} rows={labels.map((label, place) => ({ id: label, place }))} />
      </Folded>
    </figure>
  );
}

const ISO_DAY = /^\d{4}-\d{2}-\d{2}$/;

/** A label for people: most are words already. */
function shownLabel(label: string): string {
  return ISO_DAY.test(label) ? shownDay(label) : label;
}

function columnsOf(lines: readonly Line[]) {
  const when = { name: t("chart.when"), cell: (row: { id: string; place: number }) => row.id };
  const values = lines.map(({ name, unit, values: all }) => ({
    name,
    cell: ({ place }: { place: number }) => shownFigure(unit, all[place]),
    right: true,
  }));
  return [when, ...values];
}

/** Which line is which, with what each says at one place. */
function Reading({ label, lines, at }: { label: string; lines: readonly Line[]; at: number }) {
  return (
    <div className="mb-2">
      <p className="text-sm text-soft">{label}</p>
      <ul className="flex flex-wrap gap-x-6 gap-y-1">
        {lines.map((line, number) => (
          <li key={line.name} className="flex items-center gap-2">
            <svg viewBox="0 0 24 4" className={`h-1 w-6 ${lookOf(number)?.color}`} aria-hidden="true">
              <path d="M0 2H24" stroke="currentColor" strokeWidth="3" strokeDasharray={lookOf(number)?.dashes} />
            </svg>
            <span className="text-sm">{line.name}</span>
            <span className="font-semibold tabular-nums">{shownFigure(line.unit, line.values[at])}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

type DrawingProps = ChartProps & { at: number | null; onPoint: (place: number | null) => void };

function Drawing({ title, labels, lines, at, onPoint }: DrawingProps) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const across = ticks(lines.flatMap(line => line.values.filter(value => value !== null)));
  const [low, high] = [across[0] ?? 0, across.at(-1) ?? 1];
  const step = labels.length > 1 ? (width - EDGE.left - EDGE.right) / (labels.length - 1) : 0;
  const x = (place: number) => EDGE.left + place * step;
  const y = (value: number) => EDGE.top + ((high - value) / (high - low)) * (HEIGHT - EDGE.top - EDGE.bottom);
  const unit = lines[0]?.unit ?? "count";
  const label = Math.max(...labels.map(each => each.length)) * LETTER;
  const room = Math.floor(width / (label + BETWEEN));

  function point(event: PointerEvent<SVGSVGElement>) {
    const { left } = event.currentTarget.getBoundingClientRect();
    const place = step ? Math.round((event.clientX - left - EDGE.left) / step) : 0;
    onPoint(Math.max(0, Math.min(labels.length - 1, place)));
  }

  return (
    <div ref={box}>
      {width > 0 && (
        <svg
          role="img"
          aria-label={t("chart.of", { title, from: labels[0] ?? "", to: labels.at(-1) ?? "" })}
          width={width}
          height={HEIGHT}
          className="block touch-pan-y"
          onPointerMove={point}
          onPointerDown={point}
          onPointerLeave={() => onPoint(null)}
        >
          {across.map(value => (
            <path key={value} d={`M0 ${y(value)}H${width}`} stroke="currentColor" className="text-line" />
          ))}
          {shownLabels(labels.length, room).map(place => (
            <text
              key={place}
              x={x(place)}
              y={HEIGHT - 8}
              textAnchor={anchor(x(place), width, label)}
              className="fill-soft text-xs"
            >
              {labels[place]}
            </text>
          ))}
          {at !== null && (
            <path d={`M${x(at)} ${EDGE.top}V${HEIGHT - EDGE.bottom}`} stroke="currentColor" className="text-soft" />
          )}
          {lines.map((line, number) => (
            <g key={line.name} className={lookOf(number)?.color}>
              <path
                d={pathOf(line.values, x, y)}
                fill="none"
                stroke="currentColor"
                strokeWidth="2.5"
                strokeLinejoin="round"
                strokeDasharray={lookOf(number)?.dashes}
              />
              {line.values.map((value, place) =>
                value !== null && (place === at || isAlone(line.values, place)) ? (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a place is what it is
                  <circle key={place} cx={x(place)} cy={y(value)} r={DOT} fill="currentColor" />
                ) : null,
              )}
            </g>
          ))}
          {across.map(value => (
            <text
              key={value}
              x="0"
              y={y(value) - 5}
              className={`fill-soft text-xs tabular-nums ${HALO}`}
              strokeWidth="4"
            >
              {shownFigure(unit, value)}
            </text>
          ))}
        </svg>
      )}
    </div>
  );
}

/** Labels at the edges grow inwards. */
function anchor(x: number, width: number, label: number): "start" | "middle" | "end" {
  if (x < label / 2) return "start";
  return x > width - label / 2 ? "end" : "middle";
}

/** A line through all values, with a gap where there is none. */
function pathOf(values: Line["values"], x: (place: number) => number, y: (value: number) => number): string {
  let isDrawing = false;
  const parts = values.map((value, place) => {
    if (value === null) {
      isDrawing = false;
      return "";
    }
    const part = `${isDrawing ? "L" : "M"}${x(place)} ${y(value)}`;
    isDrawing = true;
    return part;
  });
  return parts.join("");
}

/** Whether a value has no neighbour that a line could go to. */
function isAlone(values: Line["values"], place: number): boolean {
  return (values[place - 1] ?? null) === null && (values[place + 1] ?? null) === null;
}

/** How wide an element is, as it becomes wider or narrower. */
function useWidth(element: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
