// Plays one loan from application to its first repayment, with nothing but what the API document says.
import createClient from "openapi-fetch";
import type { paths } from "./schema.js";

const { API_URL, EMAIL, PASSWORD } = process.env;
if (!API_URL || !EMAIL || !PASSWORD) throw new Error("API_URL, EMAIL and PASSWORD are needed.");

type Client = ReturnType<typeof createClient<paths>>;

/** The data of a success; a failure ends the play with its code. */
function data<Data>(answer: { data?: { data: Data }; error?: { code?: string; message: string } }): Data {
  if (answer.data === undefined) throw new Error(`${answer.error?.code}: ${answer.error?.message}`);
  return answer.data.data;
}

async function signIn(email: string, password: string): Promise<Client> {
  const nobody = createClient<paths>({ baseUrl: API_URL });
  const tokens = data(await nobody.POST("/api/auth/login", { body: { email, password } }));
  return createClient<paths>({ baseUrl: API_URL, headers: { Authorization: `Bearer ${tokens.accessToken}` } });
}

function expect(what: string, found: unknown, expected: unknown): void {
  if (found !== expected) throw new Error(`${what} is ${found}, but must be ${expected}.`);
}

const run = crypto.randomUUID().slice(0, 8);
const password = `Demo-${crypto.randomUUID()}-1A`;
const admin = await signIn(EMAIL, PASSWORD);

async function takeIn(role: "SUPERVISOR" | "CREDIT_OFFICER", supervisorId?: string) {
  const body = { email: `${role.toLowerCase()}-${run}@demo.local`, firstName: "Ada", lastName: "Obi", role, password };
  const user = data(await admin.POST("/api/users", { body: { ...body, supervisorId: supervisorId ?? null, isActive: true } }));
  return { id: user.id, client: await signIn(user.email, password) };
}

const supervisor = await takeIn("SUPERVISOR");
const officer = await takeIn("CREDIT_OFFICER", supervisor.id);
const union = data(
  await admin.POST("/api/unions", { body: { name: `Market Women ${run}`, creditOfficerId: officer.id } }),
);
const member = data(
  await officer.client.POST("/api/union-members", {
    body: { firstName: "Ngozi", lastName: "Okafor", phone: "08030000001", unionId: union.id },
  }),
);
const draft = data(
  await officer.client.POST("/api/loans", {
    body: { unionMemberId: member.id, principalAmount: "50000.00", termCount: 12, termUnit: "MONTH", submit: false },
  }),
);
expect("the status of a draft", draft.status, "DRAFT");
const ofLoan = { params: { path: { loan_id: draft.id } } };
data(await officer.client.PATCH("/api/loans/{loan_id}/submit", ofLoan));
data(await supervisor.client.PATCH("/api/loans/{loan_id}/approve", { ...ofLoan, body: { notes: "Known for years" } }));
const active = data(
  await supervisor.client.POST("/api/loans/{loan_id}/disburse", {
    ...ofLoan,
    body: { disbursedAt: "2026-03-11", method: "TRANSFER", reference: "TXN123456" },
  }),
);
expect("the status after the disbursement", active.status, "ACTIVE");

const payment = { loanId: draft.id, amount: "5000.00", method: "CASH" as const, paidAt: "2026-04-11" };
const key = { params: { header: { "Idempotency-Key": crypto.randomUUID() } } };
const recorded = data(await officer.client.POST("/api/repayments", { ...key, body: payment }));
const again = await officer.client.POST("/api/repayments", { ...key, body: payment });
expect("the repayment under the same key", data(again).id, recorded.id);
expect("the header of a replay", again.response.headers.get("Idempotent-Replay"), "true");

const schedule = data(await officer.client.GET("/api/loans/{loan_id}/schedule", ofLoan));
expect("the number of instalments", schedule.length, 12);
expect("what is due first", schedule[0]?.totalDue, "4166.67");
expect("the status of the first instalment", schedule[0]?.status, "PAID");
expect("what is paid of the second", schedule[1]?.paidAmount, "833.33");

const refused = await supervisor.client.POST("/api/repayments", { body: payment });
expect("the code of a refusal", refused.error?.code, "role-not-allowed");
console.log(`played ${draft.loanNumber}`);
