import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useCommandKey } from "@/lib/command-key";
import { t } from "@/lib/text";
import { AskWords } from "@/ui/ask-words";

const MOST_WORDS = 500;

type AskReasonProps = {
  title: string;
  children: ReactNode;
  yes: string;
  /** What is said once it is done. */
  done: string;
  act: (reason: string, key: string) => Promise<unknown>;
  onClose: () => void;
};

/** Asks why money is given up or taken back, which happens once, by its key, however often it is sent. */
export function AskReason({ done, act, ...rest }: AskReasonProps) {
  const queries = useQueryClient();
  const key = useCommandKey();
  async function send(reason: string) {
    try {
      await act(reason, key.current);
      return { message: done };
    } catch (error) {
      key.failed(error);
      // Somebody else may have done it, or the answer was lost on its way.
      void queries.invalidateQueries();
      throw error;
    }
  }
  return (
    <AskWords
      {...rest}
      label={t("reject.reason")}
      required
      most={MOST_WORDS}
      danger
      act={send}
      onDone={() => queries.invalidateQueries()}
    />
  );
}
