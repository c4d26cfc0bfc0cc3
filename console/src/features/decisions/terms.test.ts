import { expect, test } from "vitest";
import { type Loan, termsFor } from "./terms";

const LOAN = {
  principalAmount: "50000.00",
  termCount: 12,
  termUnit: "MONTH",
  interestRate: "24",
  processingFeeAmount: "1250.00",
  processingFeePercent: "1.5",
  startDate: "2026-03-11T00:00:00.000Z",
  firstDueDate: null,
} as Loan;

test("for less, only the part of the fee that is of the principal gets less", () => {
  const terms = termsFor(LOAN, 3_000_000);
  expect(terms).toMatchObject({
    principalAmount: "30000.00",
    processingFeeAmount: "500.00",
    processingFeePercent: "1.5",
  });
});

test("the first due day is that of the loan, where it has one", () => {
  expect(termsFor(LOAN, 5_000_000)).not.toHaveProperty("firstDueDate");
  const due = { ...LOAN, firstDueDate: "2026-05-01T00:00:00.000Z" };
  expect(termsFor(due, 5_000_000)).toMatchObject({ startDate: "2026-03-11", firstDueDate: "2026-05-01" });
});
