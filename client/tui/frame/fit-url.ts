import type { Theme } from "../theme.ts";
import { safeText } from "./safe-text.ts";

/** The whole URL as long as it fits, otherwise its beginning and its end. */
export function fitUrl(url: string, cells: number, theme: Theme): string {
  const whole = safeText(url, theme, cells);
  if (url.length <= cells || !/^[\u0021-\u007e]*$/.test(url)) return whole;
  const head = Math.floor((cells - 1) / 2);
  return `${url.slice(0, head)}${theme.glyphs.cut}${url.slice(url.length - (cells - 1 - head))}`;
}
