import { headerRecord, load, type Oracle, REQUEST, type SentRequest, shared, withHeaders } from "../oracle.ts";

type Canonical = { method: string; path: string; headers: Record<string, string>; body: string };
type Package = {
  verifyRequest(secret: string, request: Canonical): boolean;
  signRequest(secret: string, request: Canonical): Record<string, string>;
};

function canonical(request: SentRequest): Canonical {
  return {
    method: request.method,
    path: request.url.replace(/^https?:\/\/[^/]*/, ""),
    headers: headerRecord(request),
    body: request.body.toString(),
  };
}

export const contentful: Oracle = {
  provider: "contentful",
  package: "@contentful/node-apps-toolkit",
  keys: shared("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"),
  otherKeys: shared("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ--"),
  request: REQUEST,
  accepts: (request, key) => load<Package>("@contentful/node-apps-toolkit").verifyRequest(key, canonical(request)),
  signs: (request, key) =>
    withHeaders(request, Object.entries(load<Package>("@contentful/node-apps-toolkit").signRequest(key, canonical(request))).flat()),
};
