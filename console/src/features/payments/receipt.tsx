import { Link } from "@tanstack/react-router";
import { shownDay } from "@/lib/days";
import { kobo, naira } from "@/lib/money";
import { t, tOf } from "@/lib/text";
import { Button, buttonClasses } from "@/ui/button";
import { Card, Facts } from "@/ui/card";
import { Icon } from "@/ui/icon";
import { toast } from "@/ui/toasts";
import type { Recorded } from "./page";

type Slip = Recorded["receipt"];

/** What the member is shown, and given as text or on paper. */
export function Receipt({ recorded }: { recorded: Recorded }) {
  const slip = recorded.receipt;
  return (
    <div className="grid gap-4">
      <div role="status" className="flex items-center gap-3 rounded-2xl bg-good-soft p-4 text-good">
        <Icon name="done" className="size-8 shrink-0" />
        <div>
          <p className="text-2xl font-bold tabular-nums">{naira(slip.amount)}</p>
          <p>{t("receipt.from", { name: slip.memberName })}</p>
        </div>
      </div>
      <Card>
        <Facts facts={factsOf(slip)} />
      </Card>
      <div className="grid grid-cols-2 gap-3">
        <Button look="quiet" onClick={() => share(slip)}>
          <Icon name="share" className="size-5" /> {t("receipt.share")}
        </Button>
        <a
          href={`/api/repayments/${recorded.id}/receipt`}
          target="_blank"
          rel="noopener"
          className={buttonClasses("quiet")}
        >
          <Icon name="print" className="size-5" /> {t("receipt.print")}
        </a>
      </div>
      <Link to="/loans/$loanId" params={{ loanId: recorded.loanId }} replace className={buttonClasses("main")}>
        {t("receipt.done")}
      </Link>
    </div>
  );
}

function factsOf(slip: Slip): [string, string | null][] {
  const part = (value: string) => (kobo(value) ? naira(value) : null);
  return [
    [t("receipt.number"), slip.number],
    [t("receipt.loan"), slip.loanNumber],
    [t("receipt.union"), slip.unionName],
    [t("receipt.paidOn"), shownDay(slip.paidOn)],
    [t("pay.method"), tOf("method", slip.method)],
    [t("pay.reference"), slip.reference],
    [t("receipt.penalty"), part(slip.penalty)],
    [t("receipt.fee"), part(slip.fee)],
    [t("receipt.interest"), part(slip.interest)],
    [t("receipt.principal"), part(slip.principal)],
    [t("receipt.outstanding"), naira(slip.outstanding)],
  ];
}

/** Hand the receipt on as text: by what the phone has for that, else by what is pasted next. */
async function share(slip: Slip): Promise<void> {
  const lines = factsOf(slip).flatMap(([name, value]) => (value ? [`${name}: ${value}`] : []));
  const text = [t("receipt.text", { amount: naira(slip.amount), name: slip.memberName }), ...lines].join("\n");
  try {
    if (navigator.share) await navigator.share({ text });
    else {
      await navigator.clipboard.writeText(text);
      toast("good", t("receipt.copied"));
    }
  } catch (error) {
    // Whoever closes the choice of the phone has changed their mind.
    if (!(error instanceof DOMException && error.name === "AbortError")) toast("bad", t("receipt.notShared"));
  }
}
