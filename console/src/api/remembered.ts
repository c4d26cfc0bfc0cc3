/** Who was signed in on this device when there was last a line, so that the console can start without one. */
const KEY = "me";

/** What is remembered of whoever is signed in, as JSON; null when nobody was. */
export function remembered(): string | null {
  return localStorage.getItem(KEY);
}

export function remember(person: object): void {
  localStorage.setItem(KEY, JSON.stringify(person));
}

export function forget(): void {
  localStorage.removeItem(KEY);
}

/** Call `listener` when in another tab the person signs out, or another one signs in. */
export function onOtherPerson(listener: () => void): void {
  addEventListener("storage", ({ key, oldValue, newValue }) => {
    if (key === KEY && idOf(oldValue) !== idOf(newValue)) listener();
  });
}

function idOf(person: string | null): unknown {
  return person && JSON.parse(person).id;
}
