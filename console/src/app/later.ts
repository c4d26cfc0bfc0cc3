import { learn } from "@/lib/text";

/** Loads a page together with the texts that only pages of its part of the console have. */
export function later<T>(load: () => Promise<T>, texts: () => Promise<{ default: object }>): () => Promise<T> {
  return async () => {
    const [page, messages] = await Promise.all([load(), texts()]);
    learn(messages.default);
    return page;
  };
}
