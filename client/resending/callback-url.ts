import { withMember } from "../../shared/signatures/json-text.ts";
import type { Message } from "../../shared/signatures/message.ts";
import { firstValue } from "../../shared/signatures/places.ts";
import type { Provider } from "../../shared/signatures/provider.ts";

/** The URL that the app is to call about this event; undefined when there is none. */
export function callbackUrlOf(message: Message, provider: Provider | undefined): URL | undefined {
  const place = provider?.event.callbackUrl;
  const text = place === undefined ? undefined : firstValue(message, place);
  return text !== undefined && /^https?:/i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
}

/** The body with another URL to call; every other byte stays. @returns undefined when it names none */
export function withCallbackUrl(message: Message, provider: Provider | undefined, url: string): Buffer | undefined {
  const place = provider?.event.callbackUrl;
  if (place === undefined || callbackUrlOf(message, provider) === undefined) return undefined;
  return withMember(message.body, place.path, JSON.stringify((place.prefix ?? "") + url));
}
