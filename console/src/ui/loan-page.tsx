import { Link, useRouter } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { nameOf } from "@/lib/people";
import { Page } from "./page";
import { LoanStatus } from "./states";

type LoanPageProps = {
  title: string;
  loan: { id: string; loanNumber: string; status: string; unionMember: Parameters<typeof nameOf>[0] };
  children: ReactNode;
};

/** A page about one thing of a loan, with the way to the loan below its title. */
export function LoanPage({ title, loan, children }: LoanPageProps) {
  const router = useRouter();
  return (
    <Page
      title={title}
      below={
        <span className="flex flex-wrap items-center gap-2">
          <Link
            to="/loans/$loanId"
            params={{ loanId: loan.id }}
            className="inline-flex min-h-11 items-center underline underline-offset-4"
          >
            {nameOf(loan.unionMember)}, {loan.loanNumber}
          </Link>
          <LoanStatus status={loan.status} />
        </span>
      }
      onBack={() => router.history.back()}
    >
      {children}
    </Page>
  );
}
