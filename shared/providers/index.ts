import type { Provider } from "../signatures/provider.ts";
import { agentpost } from "./agentpost.ts";
import { generic } from "./generic.ts";
import { moltify } from "./moltify.ts";
import { moltjobs } from "./moltjobs.ts";
import { upmoltwork } from "./upmoltwork.ts";

/** All providers that devhook knows, by id. */
export const providers: readonly Provider[] = [agentpost, generic, moltify, moltjobs, upmoltwork];
