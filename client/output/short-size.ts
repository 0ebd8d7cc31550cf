/** `412B`, `12.4kB`, `3.1MB`: bytes in at most six characters, units of 1024. */
export function shortSize(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`;
  const kilo = bytes / 1024;
  if (kilo < 999.95) return `${kilo.toFixed(1)}kB`;
  const mega = kilo / 1024;
  return mega < 999.95 ? `${mega.toFixed(1)}MB` : `${(mega / 1024).toFixed(1)}GB`;
}
