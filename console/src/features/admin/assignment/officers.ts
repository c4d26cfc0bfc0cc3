import { useQuery } from "@tanstack/react-query";
import { reading } from "@/api/queries";
import { nameOf } from "@/lib/people";

/** Those who can look after a union, for a choice among them. */
export function useOfficers(): readonly (readonly [string, string])[] {
  const { data } = useQuery(reading("/api/users", { query: { role: "CREDIT_OFFICER", isActive: true } }));
  return (data?.data.users ?? []).map(user => [user.id, `${nameOf(user)} · ${user.email}`] as const);
}
