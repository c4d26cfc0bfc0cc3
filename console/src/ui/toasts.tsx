import { useSyncExternalStore } from "react";
import { t } from "@/lib/text";
import { Icon } from "./icon";

type Toast = { id: number; tone: "good" | "bad"; text: string };

const SHOWN_MS = 6000;
let toasts: readonly Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();

function show(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

/** Say briefly what happened. It lies above the navigation and covers nothing that can be pressed. */
export function toast(tone: Toast["tone"], text: string): void {
  last += 1;
  const id = last;
  show([...toasts.slice(-2), { id, tone, text }]);
  setTimeout(() => dismiss(id), SHOWN_MS);
}

function dismiss(id: number): void {
  show(toasts.filter(each => each.id !== id));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Where toasts appear. */
export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div role="status" className="grid gap-2">
      {shown.map(({ id, tone, text }) => (
        <div
          key={id}
          className={`flex items-center gap-3 rounded-xl px-4 py-2 text-sm font-medium ${tone === "good" ? "bg-good-soft text-good" : "bg-bad-soft text-bad"}`}
        >
          <Icon name={tone === "good" ? "done" : "warning"} className="size-5 shrink-0" />
          <span className="min-w-0 flex-1">{text}</span>
          <button type="button" className="p-2" aria-label={t("app.dismiss")} onClick={() => dismiss(id)}>
            <Icon name="close" className="size-4" />
          </button>
        </div>
      ))}
    </div>
  );
}
