import { reading } from "./queries";

/** The credit officers whose work somebody may look at. Refused to who is one. */
export const officersQuery = reading("/api/reports/officers");
