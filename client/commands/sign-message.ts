import { DevhookError } from "../../shared/errors.ts";
import { isHeaderValue } from "../../shared/http/headers.ts";
import { holds } from "../../shared/signatures/places.ts";
import type { Provider } from "../../shared/signatures/provider.ts";
import { sign, type Signed, type SignInput } from "../../shared/signatures/sign.ts";
import { secretVariable } from "../settings/secrets.ts";

/**
 * Signs a message; without a scheme by the first one whose conditions the message meets, so that the check picks the same.
 * @throws {DevhookError} `usage`, also for a header that would break the message: some repeat a member of the body
 */
export function signMessage(input: SignInput): Signed {
  const { provider, message } = input;
  const scheme = input.scheme ?? provider.signing.schemes.find(({ when = [] }) => holds(message, when))?.id;
  const signed = sign({ ...input, scheme });
  const broken = signed.headers.findIndex((text, index) => index % 2 === 1 && !isHeaderValue(text));
  if (broken < 0) return signed;
  throw new DevhookError("usage", {
    what: `cannot sign as ${provider.name}`,
    why: `header ${signed.headers[broken - 1]} would hold a character that HTTP does not allow there`,
    fix: "take the line breaks out of the members of the body that stand in headers too",
  });
}

/** Nothing to sign with. */
export function noSecret({ id, name, secret }: Provider): DevhookError {
  const called = secret?.called ?? "secret";
  return new DevhookError("usage", {
    what: `there is no ${called} of ${name} to sign with`,
    ...(secret?.where !== undefined && { why: `where it is found: ${secret.where}` }),
    fix: `store it: devhook secrets set ${id}; or set ${secretVariable(id)}`,
  });
}
