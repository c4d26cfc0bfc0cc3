import { mayBeDone } from "@/lib/problem";
import { t } from "@/lib/text";
import { Notice } from "./card";
import { wordsOf } from "./failure";

type WhatWentWrongProps = { error: unknown; fields: Readonly<Record<string, string>>; unknown?: string };

/** Why something was refused, unless a field says so already; or, in the words for it, that it is `unknown` what became
 * of it. */
export function WhatWentWrong({ error, fields, unknown = t("problem.unknown") }: WhatWentWrongProps) {
  if (!error || Object.keys(fields).length) return null;
  const isUnknown = mayBeDone(error);
  return (
    <div role="alert">
      <Notice tone={isUnknown ? "warn" : "bad"}>{isUnknown ? unknown : wordsOf(error)}</Notice>
    </div>
  );
}
