import { type ReactNode, useEffect, useRef } from "react";
import { t } from "@/lib/text";
import { Icon } from "./icon";

/** A question that has to be answered before anything else: a sheet from below on phones, in the middle elsewhere. */
export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => element.current?.showModal(), []);
  return (
    <dialog
      ref={element}
      onClose={onClose}
      aria-label={title}
      className="mx-auto mt-auto mb-0 w-full max-w-lg rounded-t-3xl bg-card p-5 pb-8 text-ink sm:my-auto sm:rounded-3xl"
    >
      <div className="mb-4 flex items-center justify-between gap-3">
        <h2 className="text-lg font-semibold">{title}</h2>
        <button type="button" className="-m-2 p-3" aria-label={t("app.close")} onClick={() => element.current?.close()}>
          <Icon name="close" className="size-5" />
        </button>
      </div>
      {children}
    </dialog>
  );
}
