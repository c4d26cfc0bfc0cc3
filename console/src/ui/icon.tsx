const DRAWN = {
  today: "M7 3v3M17 3v3M4 9h16M5 5h14a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1ZM8 14l3 3 5-6",
  unions:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 20c.4-4 3-6 6.5-6s6.1 2 6.5 6M16 4.500a3.5 3.5 0 0 1 0 6.500M18 14.500c2.1.8 3.3 2.7 3.5 5.5",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM15.5 15.5 21 21",
  me: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4 21c.5-4.5 3.5-7 8-7s7.5 2.5 8 7",
  manage:
    "M4 7h9M17 7h3M4 17h3M11 17h9M15 9.500a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM9 19.500a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  back: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  phone: "M5 4h4l2 5-2.5 1.500a11 11 0 0 0 5 5L15 13l5 2v4a1 1 0 0 1-1 1A15 15 0 0 1 4 5a1 1 0 0 1 1-1Z",
  add: "M12 5v14M5 12h14",
  done: "M5 12.5 10 17.5 19 7",
  warning: "M12 4 2.5 20h19L12 4ZM12 10v4M12 17v.1",
  offline:
    "M3 3l18 18M8.5 16.500a5 5 0 0 1 7 0M5 13a10 10 0 0 1 5-2.700M19 13a10 10 0 0 0-2.5-1.800M2 9a15 15 0 0 1 4.5-2.800M22 9a15 15 0 0 0-11-3.900M12 20v.1",
  money: "M3 7h18v10H3V7ZM12 14.500a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM6 10v.1M18 14v.1",
  sheet: "M6 3h12v18l-3-2-3 2-3-2-3 2V3ZM9 8h6M9 12h6",
  share: "M12 15V3M8 7l4-4 4 4M5 12v8h14v-8",
  print: "M7 8V3h10v5M7 17H4V9h16v8h-3M7 14h10v7H7v-7Z",
  camera: "M4 8h3.500L9 5h6l1.5 3H20v11H4V8ZM12 16.500a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Z",
  loan: "M4 20h16M6 16V9M12 16V5M18 16v-5",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.400M17.6 17.6 19 19M5 19l1.4-1.400M17.6 6.4 19 5",
  moon: "M20 14.500A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.500Z",
  out: "M14 4H5v16h9M10 12h11M17 8l4 4-4 4",
  decide: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8 12l3 3 5-6",
  team: "M12 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM6.5 19c.3-3.500 2.300-5.500 5.500-5.500s5.200 2 5.500 5.500M5.500 6.500a2.500 2.500 0 0 0 0 5M2 17c.2-2 .9-3.300 2-4M18.500 6.500a2.500 2.500 0 0 1 0 5M22 17c-.2-2-.9-3.300-2-4",
  report: "M4 4v16h16M8.500 16v-3.500M13 16V8M17.500 16v-6",
  download: "M12 4v11M8 11l4 4 4-4M5 19h14",
  close: "M6 6l12 12M18 6 6 18",
} as const;

export type IconName = keyof typeof DRAWN;

/** One of the few icons there are; it says nothing that the words beside it do not. */
export function Icon({ name, className = "size-6" }: { name: IconName; className?: string }) {
  return (
    <svg
      viewBox="0 0 24 24"
      className={`${className} shrink-0`}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={DRAWN[name]} />
    </svg>
  );
}
