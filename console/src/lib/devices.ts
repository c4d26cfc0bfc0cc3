const DEVICES = ["Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux"] as const;
const BROWSERS = ["Edg", "OPR", "Firefox", "Chrome", "Safari"] as const;

/** A device in two words, from what its browser says of itself; empty where that says nothing. */
export function deviceOf(userAgent: string | null): string {
  const names = [DEVICES, BROWSERS].map(known => known.find(name => userAgent?.includes(name)));
  return names.filter(Boolean).join(" · ");
}
