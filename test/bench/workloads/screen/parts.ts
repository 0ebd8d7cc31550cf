/** Parts of the screen workload; each can be run alone. */
export const SCREEN_PARTS = ["following", "idle", "start", "memory", "stall", "burst", "bodies"] as const;

export type ScreenPart = (typeof SCREEN_PARTS)[number];
