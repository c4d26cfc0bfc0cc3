import type { TextId } from "@/lib/text";

/** The reports by the question that they answer; what is new and not listed here comes last. */
export const GROUPS: readonly { title: TextId; names: readonly string[] }[] = [
  {
    title: "reports.safe",
    names: ["portfolio-at-risk", "arrears-by-age", "arrears-rate", "arrears-list", "vintages", "write-offs"],
  },
  {
    title: "reports.comesIn",
    names: [
      "collections-by-day",
      "collections-by-officer",
      "collections-by-union",
      "on-time-collection",
      "collected",
      "income",
    ],
  },
  { title: "reports.goesOut", names: ["disbursements", "awaiting", "maturing", "loans-by-status"] },
  { title: "reports.teams", names: ["officer-performance", "outreach", "retention", "portfolio-yield"] },
];

type Named = { name: string };

/** The reports of a catalogue, parted into groups; a group without any is left out. */
export function grouped<R extends Named>(reports: readonly R[]): { title: TextId; reports: R[] }[] {
  const known = new Set(GROUPS.flatMap(group => group.names));
  const groups = GROUPS.map(({ title, names }) => ({
    title,
    reports: names.flatMap(name => reports.filter(report => report.name === name)),
  }));
  const others = reports.filter(report => !known.has(report.name));
  return [...groups, { title: "reports.others" as const, reports: others }].filter(group => group.reports.length > 0);
}
