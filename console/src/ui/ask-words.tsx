import { useMutation } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { mayBeDone, Problem } from "@/lib/problem";
import { Button } from "./button";
import { Dialog } from "./dialog";
import { AreaField } from "./field";
import { toast } from "./toasts";
import { WhatWentWrong } from "./what-went-wrong";

const MOST_WORDS = 2000;

type AskWordsProps = {
  title: string;
  children: ReactNode;
  /** What the words are, and whether nothing is done without any. */
  label: string;
  hint?: string;
  required?: boolean;
  /** How many characters there may be. */
  most?: number;
  yes: string;
  danger?: boolean;
  act: (words: string) => Promise<{ message: string }>;
  onDone: () => unknown;
  onClose: () => void;
};

/** Asks once more, and for words that stay with what is done. */
export function AskWords(props: AskWordsProps) {
  const { title, children, label, hint, required = false, most = MOST_WORDS } = props;
  const { yes, danger = false, act, onDone, onClose } = props;
  const [words, setWords] = useState("");
  const doing = useMutation({
    mutationFn: () => act(words.trim()),
    onSuccess: async ({ message }) => {
      toast("good", message);
      await onDone();
      onClose();
    },
  });
  const fields = doing.error instanceof Problem ? doing.error.fields : {};
  const fault = fields.notes ?? fields.reason;

  function submit(event: FormEvent) {
    event.preventDefault();
    doing.mutate();
  }

  return (
    <Dialog title={title} onClose={onClose}>
      <form className="grid gap-4" onSubmit={submit}>
        {children}
        <AreaField
          label={label}
          hint={hint}
          error={fault}
          required={required}
          maxLength={most}
          // Where nobody knows what became of it, the same can be sent again and nothing else.
          disabled={mayBeDone(doing.error)}
          value={words}
          onChange={({ target }) => setWords(target.value)}
        />
        <WhatWentWrong error={doing.error} fields={fault ? fields : {}} />
        <Button
          type="submit"
          look={danger ? "danger" : "main"}
          disabled={required && !words.trim()}
          busy={doing.isPending}
        >
          {yes}
        </Button>
      </form>
    </Dialog>
  );
}
