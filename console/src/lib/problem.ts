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
