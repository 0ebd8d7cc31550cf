import type { Children } from "./children.ts";

/** What every part of the benchmark works with. */
export type BenchSetup = {
  readonly children: Children;
  /** the project: where dist/ and node_modules/ are */
  readonly root: string;
  /** the programs of the benchmark itself */
  readonly programs: string;
  /** makes an empty folder that is gone at the end */
  readonly folder: (name: string) => Promise<string>;
  /** tells a person what happens now */
  readonly say: (text: string) => void;
};
