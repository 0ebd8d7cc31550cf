import { z } from "zod";
import { isTunnelName } from "../../shared/names.ts";

/** credentials.json: tokens by the origin of their relay. */
export const credentialsSchema = z.object({ version: z.literal(1), tokens: z.record(z.string(), z.string()) });

/** secrets.json: signing secrets by provider id. */
export const secretsSchema = z.object({ version: z.literal(1), secrets: z.record(z.string(), z.array(z.string().min(1)).min(1).max(20)) });

/** tunnels.json: the tunnel of each relay and app, the one used last at the end. */
export const tunnelsSchema = z.object({
  version: z.literal(1),
  tunnels: z.array(
    z.object({
      relay: z.string(),
      target: z.string(),
      name: z.string().refine(isTunnelName),
      url: z.string().optional(),
      port: z.int().min(1).max(65_535).optional(),
    }),
  ),
});
