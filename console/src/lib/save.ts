const KEPT_MS = 60_000;

/** Hands a file to the browser, which saves it under its name. */
export function save(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The browser may still be reading it.
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}
