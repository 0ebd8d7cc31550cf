/** Set by the build from package.json; absent when the sources run as they are. */
declare const DEVHOOK_VERSION: string | undefined;

/** The version of this devhook, as in package.json; `0.0.0-source` where nothing was built. */
export const version: string = typeof DEVHOOK_VERSION === "string" ? DEVHOOK_VERSION : "0.0.0-source";
