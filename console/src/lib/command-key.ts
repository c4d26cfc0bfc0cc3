import { useState } from "react";
import { mayBeDone } from "./problem";

/** The key of a command that must not happen twice. It stays while nobody knows what became of the command, so that
 * whoever sends it again repeats it; once it was refused, or something else is meant, the next one has another key. */
export class CommandKey {
  current = crypto.randomUUID();

  /** What is sent next is another command. */
  renew(): void {
    this.current = crypto.randomUUID();
  }

  failed(error: unknown): void {
    if (!mayBeDone(error)) this.renew();
  }
}

/** The key of what a form sends, for as long as the form is there. */
export function useCommandKey(): CommandKey {
  return useState(() => new CommandKey())[0];
}
