import type { Role } from "@/api/session";
import { t } from "@/lib/text";

const ROLES: readonly Role[] = ["CREDIT_OFFICER", "SUPERVISOR", "ADMIN"];

/** The roles with their words. */
export function roleChoices(): readonly (readonly [Role, string])[] {
  return ROLES.map(role => [role, t(`role.${role}`)] as const);
}

/** The role of that name, if there is one. */
export function roleOf(name: string | undefined): Role | undefined {
  return ROLES.find(role => role === name);
}
