/**
 * Whether the terminal may show ASCII only: the locale is not UTF-8 (POSIX: the first of LC_ALL, LC_CTYPE and LANG that is set decides, none means
 * ASCII), or it is the Linux console, whose font has none of our signs. Windows has no such variables, and takes UTF-8.
 */
export function needsAscii(env: Readonly<Record<string, string | undefined>>, platform: string): boolean {
  if (platform === "win32") return false;
  if (env["TERM"] === "linux") return true;
  const locale = [env["LC_ALL"], env["LC_CTYPE"], env["LANG"]].find((value) => value !== undefined && value !== "");
  return !/utf-?8/i.test(locale ?? "");
}
