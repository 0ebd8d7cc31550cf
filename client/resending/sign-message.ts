import { DevhookError } from "../../shared/errors.ts";
import { holds } from "../../shared/signatures/places.ts";
import type { Provider } from "../../shared/signatures/provider.ts";
import { sign, type Signed, type SignInput } from "../../shared/signatures/sign.ts";
import { secretVariable } from "../settings/secrets.ts";

/** Signs a message; without a scheme by the first one whose conditions it meets, so that the check picks the same. @throws {DevhookError} `usage` */
export function signMessage(input: SignInput): Signed {
  const { provider, message } = input;
  const scheme = input.scheme ?? provider.signing.schemes.find(({ when = [] }) => holds(message, when))?.id;
  return sign({ ...input, scheme });
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
