import type { Role } from "@/api/session";
import type { TextId } from "@/lib/text";
import type { IconName } from "@/ui/icon";

type Place = { to: string; name: TextId; icon: IconName; desktopOnly?: boolean };

const DAY = { to: "/", name: "nav.day", icon: "today" } as const;
const UNIONS = { to: "/unions", name: "nav.unions", icon: "unions" } as const;
const SEARCH = { to: "/search", name: "nav.search", icon: "search" } as const;
const ADMIN = { to: "/admin", name: "nav.admin", icon: "manage" } as const;
const ME = { to: "/me", name: "nav.me", icon: "me" } as const;

const DECISIONS = { to: "/decisions", name: "nav.decisions", icon: "decide" } as const;
const TEAM = { to: "/team", name: "nav.team", icon: "team" } as const;
const REPORTS = { to: "/reports", name: "nav.reports", icon: "report" } as const;

/** Where everybody can go from every page, by role, in the order of their day. The bar of a phone has room for five:
 * of more, the others are `desktopOnly`. */
export const PLACES = {
  CREDIT_OFFICER: [DAY, UNIONS, SEARCH, REPORTS, ME],
  SUPERVISOR: [DECISIONS, TEAM, REPORTS, { ...UNIONS, desktopOnly: true }, SEARCH, ME],
  ADMIN: [
    DAY,
    { ...DECISIONS, desktopOnly: true },
    { ...TEAM, desktopOnly: true },
    { ...REPORTS, desktopOnly: true },
    UNIONS,
    ADMIN,
    SEARCH,
    ME,
  ],
} as const satisfies Record<Role, readonly Place[]>;

/** Whether a place has room on the bar of a phone. */
export function isOnBar(place: Place): boolean {
  return !place.desktopOnly;
}

/** Where somebody's work begins. */
export function homeOf(role: Role) {
  return PLACES[role][0].to;
}
