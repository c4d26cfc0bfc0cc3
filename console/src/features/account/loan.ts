import type { Data } from "@/api/types";

export type Loan = Data<"/api/loans/{loan_id}", "get">;
