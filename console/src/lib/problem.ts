/** The platform said no, or could not answer: its words, its code, what is wrong with which field, and the request. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly code: string,
    readonly fields: Readonly<Record<string, string>> = {},
    readonly requestId: string | null = null,
  ) {
    super(message);
  }

  /** Whether asking again may help: nobody answered, or whoever did was not able to. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  get isMaintenance(): boolean {
    return this.status === 503 && this.code === "MAINTENANCE";
  }
}

/** There was no answer at all: no line, or it broke. What was asked for may have happened. */
export class Unreachable extends Problem {
  constructor() {
    super(0, "", "unreachable");
  }
}

/** Whether what was asked for may have been done in spite of this: it is to be sent again as it was, under its key. */
export function mayBeDone(error: unknown): boolean {
  return error instanceof Problem && (error.status === 0 || error.status === 408 || error.status >= 500);
}

type Asked = { data: unknown; error: Error | null; failureReason: Error | null };

/** Why there is nothing to show of what was asked for. That nobody answers is known at once, while it is asked again: what
 * is shown without an answer need not wait for that. */
export function faultOf({ data, error, failureReason }: Asked): Error | null {
  if (error || data !== undefined) return error;
  return failureReason instanceof Unreachable ? failureReason : null;
}
