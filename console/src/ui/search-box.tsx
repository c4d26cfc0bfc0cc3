import { useEffect, useState } from "react";
import { Icon } from "./icon";

const PAUSE_MS = 300;

type SearchBoxProps = { label: string; value: string; onChange: (value: string) => void; autoFocus?: boolean };

/** A field for words to look for; what was typed is passed on when the typing pauses. */
export function SearchBox({ label, value, onChange, autoFocus = false }: SearchBoxProps) {
  const [text, setText] = useState(value);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <div className="relative">
      <Icon name="search" className="pointer-events-none absolute top-3.5 left-4 size-5 text-soft" />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        // biome-ignore lint/a11y/noAutofocus: on a page whose one purpose is to type into this field
        autoFocus={autoFocus}
        className="min-h-12 w-full rounded-xl border border-line bg-card pr-4 pl-12 text-base placeholder:text-soft"
        value={text}
        onChange={event => setText(event.target.value)}
      />
    </div>
  );
}
