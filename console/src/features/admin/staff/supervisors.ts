import { useQuery } from "@tanstack/react-query";
import { reading } from "@/api/queries";
import { nameOf } from "@/lib/people";

/** Those whom an officer can have as a supervisor, for a choice among them; the one of now also when switched off. */
export function useSupervisors(
  now?: Parameters<typeof nameOf>[0] & { id: string },
): readonly (readonly [string, string])[] {
  const { data } = useQuery(reading("/api/users", { query: { role: "SUPERVISOR", isActive: true } }));
  const active = (data?.data.users ?? []).map(user => [user.id, nameOf(user)] as const);
  return !now || active.some(([id]) => id === now.id) ? active : [...active, [now.id, nameOf(now)] as const];
}
