import { type ReactNode, useState } from "react";
import { Icon } from "./icon";

/** Something that is shown when somebody asks for it, and made only then. */
export function Folded({ title, children }: { title: string; children: ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={event => setOpen(event.currentTarget.open)} className="group grid gap-3">
      <summary className="flex min-h-12 items-center justify-between gap-3 rounded-2xl border border-line bg-card px-4 font-medium">
        {title}
        <Icon name="next" className="size-4 text-soft transition-transform group-open:rotate-90" />
      </summary>
      {isOpen && <div className="mt-3">{children}</div>}
    </details>
  );
}
