import type { Body, Data } from "@/api/types";
import { t, tOf } from "@/lib/text";
import type { Entry } from "@/ui/entry-form";

export type LoanType = Data<"/api/loan-types/{loan_type_id}", "get">;
type LoanTypeBody = Body<"/api/loan-types", "post">;
export type Condition = LoanType["allowedOverrides"][number];

const TERM_UNITS = ["DAY", "WEEK", "MONTH"] as const;
const METHODS = ["FLAT", "DECLINING_BALANCE"] as const;
const AMORTIZATIONS = ["EQUAL_INSTALMENTS", "EQUAL_PRINCIPAL", "LEVEL_TOTAL"] as const;
const DAY_COUNTS = ["EQUAL_PERIODS", "THIRTY_360", "ACTUAL_360", "ACTUAL_364", "ACTUAL_365", "ACTUAL_ACTUAL"] as const;
const ROUNDINGS = ["HALF_UP", "HALF_EVEN"] as const;
const PENALTY_MODES = ["SHOWN", "CHARGED"] as const;

/** What an application may ask for otherwise than its kind of loan says. */
export const CONDITIONS: readonly Condition[] = [
  "interestRate",
  "interestMethod",
  "amortization",
  "dayCount",
  "repayEvery",
  "firstDueDate",
  "principalGrace",
  "interestGrace",
  "instalmentMultiple",
  "rounding",
  "processingFeeAmount",
  "processingFeePercent",
  "penaltyFeePerDayAmount",
  "penaltyGraceDays",
  "penaltyMode",
  "deductFeeFromDisbursement",
  "rebateUnearnedInterest",
];

const NEW = {
  name: "",
  description: "",
  minAmount: "",
  maxAmount: "",
  termUnit: "MONTH",
  minTerm: 1,
  maxTerm: 12,
  repayEvery: 1,
  interestRate: "0",
  interestMethod: "FLAT",
  amortization: "EQUAL_INSTALMENTS",
  dayCount: "EQUAL_PERIODS",
  principalGrace: 0,
  interestGrace: 0,
  instalmentMultiple: "",
  rounding: "HALF_UP",
  processingFeeAmount: "0",
  processingFeePercent: "0",
  deductFeeFromDisbursement: false,
  penaltyFeePerDayAmount: "0",
  penaltyGraceDays: 0,
  penaltyMode: "SHOWN",
  rebateUnearnedInterest: false,
};
export type LoanTypeValues = typeof NEW;

/** What the form begins with: a kind of loan, or the usual. */
export function valuesOf(type: LoanType | null): LoanTypeValues {
  if (!type) return NEW;
  const known = Object.keys(NEW).map(name => [name, type[name as keyof LoanTypeValues] ?? ""]);
  return Object.fromEntries(known) as LoanTypeValues;
}

function oneOf<T extends string>(known: readonly T[], value: string): T {
  const found = known.find(each => each === value);
  if (!found) throw new Error(`Not offered: ${value}`);
  return found;
}

/** What the API is sent of the form. */
export function bodyOf(values: LoanTypeValues, allowed: ReadonlySet<Condition>): LoanTypeBody {
  return {
    ...values,
    termUnit: oneOf(TERM_UNITS, values.termUnit),
    interestMethod: oneOf(METHODS, values.interestMethod),
    amortization: oneOf(AMORTIZATIONS, values.amortization),
    dayCount: oneOf(DAY_COUNTS, values.dayCount),
    rounding: oneOf(ROUNDINGS, values.rounding),
    penaltyMode: oneOf(PENALTY_MODES, values.penaltyMode),
    instalmentMultiple: values.instalmentMultiple || null,
    allowedOverrides: CONDITIONS.filter(name => allowed.has(name)),
  };
}

type Field = Entry<keyof LoanTypeValues & string>;

const choices = (known: readonly string[], words: (value: string) => string) =>
  known.map(value => [value, words(value)] as const);
const money = (name: Field["name"], label: string): Field => ({ name, label, hint: t("admin.inNaira") });

/** The fields of the form, in the order that people think of them. */
export function entries(): readonly Field[] {
  return [
    { name: "name", label: t("admin.staff.name") },
    { name: "description", label: t("admin.description"), optional: true },
    money("minAmount", t("admin.loanTypes.minAmount")),
    money("maxAmount", t("admin.loanTypes.maxAmount")),
    {
      name: "termUnit",
      label: t("admin.loanTypes.termUnit"),
      choices: choices(TERM_UNITS, value => tOf("terms", value)),
    },
    { name: "repayEvery", label: t("admin.loanTypes.repayEvery"), least: 1 },
    { name: "minTerm", label: t("admin.loanTypes.minTerm"), least: 1 },
    { name: "maxTerm", label: t("admin.loanTypes.maxTerm"), least: 1 },
    { name: "interestRate", label: t("admin.loanTypes.interestRate") },
    {
      name: "interestMethod",
      label: t("admin.loanTypes.interestMethod"),
      choices: choices(METHODS, value => tOf("admin.method", value)),
    },
    {
      name: "amortization",
      label: t("admin.loanTypes.amortization"),
      choices: choices(AMORTIZATIONS, value => tOf("admin.parts", value)),
    },
    {
      name: "dayCount",
      label: t("admin.loanTypes.dayCount"),
      choices: choices(DAY_COUNTS, value => tOf("admin.days", value)),
    },
    { name: "principalGrace", label: t("admin.loanTypes.principalGrace") },
    { name: "interestGrace", label: t("admin.loanTypes.interestGrace") },
    {
      name: "rounding",
      label: t("admin.loanTypes.rounding"),
      choices: choices(ROUNDINGS, value => tOf("admin.rounding", value)),
    },
    {
      name: "instalmentMultiple",
      label: t("admin.loanTypes.instalmentMultiple"),
      hint: t("admin.loanTypes.multipleHint"),
      optional: true,
    },
    money("processingFeeAmount", t("admin.loanTypes.processingFeeAmount")),
    { name: "processingFeePercent", label: t("admin.loanTypes.processingFeePercent") },
    money("penaltyFeePerDayAmount", t("admin.loanTypes.penaltyFeePerDayAmount")),
    { name: "penaltyGraceDays", label: t("admin.loanTypes.penaltyGraceDays") },
    {
      name: "penaltyMode",
      label: t("admin.loanTypes.penaltyMode"),
      choices: choices(PENALTY_MODES, value => tOf("admin.penalty", value)),
    },
    { name: "deductFeeFromDisbursement", label: t("admin.loanTypes.deductFeeFromDisbursement") },
    { name: "rebateUnearnedInterest", label: t("admin.loanTypes.rebateUnearnedInterest") },
  ];
}
