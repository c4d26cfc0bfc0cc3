import { kobo, sum } from "@/lib/money";

/** What moves to another officer with a union. */
export type Moving = { members: number; loans: number; running: number; outstanding: number };

type Stats = { totalMembers: number; totalLoans: number; activeLoans: number; totalOutstanding: number };

/** What moves with all of these unions together; amounts in kobo. */
export function totalOf(unions: readonly Stats[]): Moving {
  const count = (of: (stats: Stats) => number) => unions.reduce((total, stats) => total + of(stats), 0);
  return {
    members: count(stats => stats.totalMembers),
    loans: count(stats => stats.totalLoans),
    running: count(stats => stats.activeLoans),
    outstanding: sum(unions.map(stats => kobo(stats.totalOutstanding))),
  };
}
