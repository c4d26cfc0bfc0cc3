import { type UseMutationResult, useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { t } from "@/lib/text";
import { Button } from "./button";
import { Notice } from "./card";
import { Dialog } from "./dialog";
import { wordsOf } from "./failure";
import { TextField } from "./field";
import { toast } from "./toasts";

type ConfirmProps = {
  title: string;
  children: ReactNode;
  yes: string;
  danger?: boolean;
  /** A word that has to be typed first, where what is done cannot be undone. */
  word?: string;
  /** Whether all is there that it takes. */
  isReady?: boolean;
  act: () => Promise<{ message: string }>;
  onDone: () => unknown;
  /** Hears of a refusal, which is said here already. */
  onRefused?: (error: Error) => void;
  onClose: () => void;
};

/** Asks once more where people, money or everything is concerned; says what came of it. */
export function Confirm(props: ConfirmProps) {
  const { title, children, yes, danger = false, word, isReady = true, act, onDone, onRefused, onClose } = props;
  const [typed, setTyped] = useState("");
  const doing: UseMutationResult<{ message: string }, Error, void> = useMutation({
    mutationFn: act,
    onSuccess: async ({ message }) => {
      await onDone();
      toast("good", message);
      onClose();
    },
    ...(onRefused ? { onError: onRefused } : {}),
  });
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="grid gap-4">
        <div className="grid gap-2">{children}</div>
        {word && (
          <TextField
            label={t("confirm.type", { word })}
            value={typed}
            autoComplete="off"
            onChange={event => setTyped(event.target.value)}
          />
        )}
        {doing.error && <Notice tone="bad">{wordsOf(doing.error)}</Notice>}
        <Button
          look={danger ? "danger" : "main"}
          busy={doing.isPending}
          disabled={!isReady || (word !== undefined && typed !== word)}
          onClick={() => doing.mutate()}
        >
          {yes}
        </Button>
      </div>
    </Dialog>
  );
}
