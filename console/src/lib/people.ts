type Named = { firstName?: string | null; lastName?: string | null; email?: string | null };

/** The name of somebody, or their address where no name is known yet. */
export function nameOf({ firstName, lastName, email }: Named): string {
  return [firstName, lastName].filter(Boolean).join(" ") || email || "";
}
