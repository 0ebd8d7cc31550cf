/** What `--filter` takes, in a line of help. */
export const FILTER_HELP = "only those that match, as in 'status:5xx from:stripe' (docs/filters.md)";
