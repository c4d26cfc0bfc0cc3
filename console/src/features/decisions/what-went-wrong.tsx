import { Unreachable } from "@/lib/problem";
import { t } from "@/lib/text";
import { Notice } from "@/ui/card";
import { wordsOf } from "@/ui/failure";

/** Why a decision was refused, unless a field says so already; or that nobody knows what became of it. */
export function WhatWentWrong({ error, fields }: { error: unknown; fields: Readonly<Record<string, string>> }) {
  if (!error || Object.keys(fields).length) return null;
  const isUnknown = error instanceof Unreachable;
  return (
    <div role="alert">
      <Notice tone={isUnknown ? "warn" : "bad"}>{isUnknown ? t("decide.unknown") : wordsOf(error)}</Notice>
    </div>
  );
}
