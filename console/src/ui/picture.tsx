import { useState } from "react";

type PictureProps = { of: string; url?: string | null | undefined; size?: string };

/** The picture of somebody, else the first letters of their name. */
export function Picture({ of, url, size = "size-12" }: PictureProps) {
  const [isBroken, setBroken] = useState(false);
  const letters = of
    .split(/\s+/)
    .map(word => word.charAt(0))
    .slice(0, 2)
    .join("")
    .toUpperCase();
  const shape = `${size} shrink-0 rounded-full`;
  if (url && !isBroken) {
    return <img src={ownPath(url)} alt="" className={`${shape} object-cover`} onError={() => setBroken(true)} />;
  }
  return (
    <span
      aria-hidden="true"
      className={`${shape} inline-grid place-items-center bg-brand-soft font-semibold text-brand`}
    >
      {letters}
    </span>
  );
}

/** A file of the platform at the address that this page was opened at, whatever name the platform has for itself. */
export function ownPath(url: string): string {
  const { pathname, search } = new URL(url, location.origin);
  return pathname + search;
}
