import { DevhookError } from "../../shared/errors.ts";
import { sanitizeLine } from "../inspect/sanitize.ts";
import type { SessionEnd } from "../session/states.ts";

/** What a session that cannot go on means for the user; undefined when it was stopped on request. The relay's own words are shown as text. */
export function sessionFault(
  end: SessionEnd,
  about: { readonly relay: URL; readonly name: string; readonly withheld: boolean },
): DevhookError | undefined {
  const { origin } = about.relay;
  switch (end.kind) {
    case "stopped":
      return undefined;
    case "taken-over":
      return new DevhookError("taken-over", {
        what: `another devhook has taken the tunnel "${about.name}" over`,
        why: sanitizeLine(end.message),
        fix: "to run both at once, give one of them another --name",
      });
    case "revoked":
      return new DevhookError("token-refused", {
        what: `the relay ${origin} has ended this tunnel`,
        why: sanitizeLine(end.message),
        fix: `get a new token from the relay's owner, then run: devhook login ${origin}`,
      });
    case "refused":
      return refusedFault(end.failure, about);
  }
}

function refusedFault(
  { code, message, status }: { readonly code: string; readonly message: string; readonly status: number },
  { relay, name, withheld }: { readonly relay: URL; readonly name: string; readonly withheld: boolean },
): DevhookError {
  const why = sanitizeLine(message);
  const login = `run: devhook login ${relay.origin}`;
  switch (code) {
    case "token-missing":
      return new DevhookError("token-missing", {
        what: `the relay ${relay.origin} admits tokens only`,
        why: withheld ? "DEVHOOK_TOKEN was kept back, because a project file names this relay" : why,
        fix: withheld ? `if you trust it, name it yourself with --server ${relay.origin}, or ${login}` : login,
      });
    case "token-refused":
      return new DevhookError("token-refused", { what: `the relay ${relay.origin} refused the token`, why, fix: login });
    case "token-malformed":
      return new DevhookError("token-malformed", { what: `the relay ${relay.origin} cannot read the token`, why, fix: login });
    case "name-taken":
    case "name-quarantined":
      return new DevhookError("name-taken", {
        what: `the tunnel name "${name}" is not to be had on ${relay.origin}`,
        why,
        fix: "choose another with --name NAME",
      });
    case "name-invalid":
      return new DevhookError("name-invalid", {
        what: `the relay ${relay.origin} does not allow the tunnel name "${name}"`,
        why,
        fix: "leave --name out for a random name, or choose another",
      });
    case "too-many-names":
      return new DevhookError("name-invalid", {
        what: `the relay ${relay.origin} gives this token no further tunnel name`,
        why,
        fix: "reuse one of its names with --name NAME; the relay's owner sees them with: devhook relay name list",
      });
    case "protocol-unsupported":
      return new DevhookError("relay-incompatible", {
        what: `the relay ${relay.origin} speaks another version of the protocol`,
        why,
        fix: "bring devhook here and on the relay to the same version",
      });
    default:
      return new DevhookError("relay-incompatible", { what: `the relay ${relay.origin} refused the tunnel (HTTP ${status})`, why });
  }
}
