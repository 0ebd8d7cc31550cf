import { signingText } from "../../../shared/catalogue/describe.ts";
import { allHeaders } from "../../../shared/http/headers.ts";
import { placeText } from "../../../shared/signatures/reasons.ts";
import type { Place } from "../../../shared/signatures/scheme.ts";
import { secretHint, secretText } from "../../output/words/secret-hint.ts";
import { verificationWords } from "../../output/words/verification-words.ts";
import { keyed } from "../frame/keyed.ts";
import type { Look } from "../model.ts";
import { answerPieces, attemptOf } from "./answer-line.ts";
import type { DetailContent } from "./content.ts";
import { headerRoles, schemesOf } from "./header-rows.ts";
import { type Piece, piece } from "./piece.ts";
import { EMPTY, fact, facts, heading, type Row, sentence } from "./rows.ts";
import { verdictPieces } from "./verdict-line.ts";

/** Reasons where what stands in the place of the signature is the secret itself, or may be. */
const TELLING_REASONS = new Set(["secret-sent", "secret-kind"]);
/** Reasons that another secret mends. */
const SECRET_REASONS = /^(?:no-secret|no-match|other-secret|secret-)/;

/** What the signature check found, why, by what, and what to do. */
export function signatureRows(content: DetailContent, look: Look): readonly Row[] {
  const { head, verification, provider, secrets } = content;
  const attempt = attemptOf(head, undefined);
  const answer = attempt === undefined ? [] : [EMPTY, sentence(piece("your app: ", "dim"), ...answerPieces(attempt, look))];
  if (verification === undefined) {
    return [
      sentence(...verdictPieces(undefined, look)),
      ...facts([
        [
          "why",
          head.state === "pending"
            ? "it has not been checked yet, or its sender is not known"
            : "nobody whose signatures devhook knows sent it",
        ],
        ["hint", `devhook verify ${head.id} --provider NAME checks it as a delivery of NAME`],
      ]),
      ...answer,
    ];
  }
  const words = verificationWords(verification, { provider, secrets, clock: "receipt" });
  return [
    sentence(...verdictPieces(verification, look), ...senderPieces(content, look)),
    ...facts([
      ["why", words.why],
      ["hint", words.hint],
      ["reason", words.code],
    ]),
    EMPTY,
    heading("what was checked", look),
    ...facts([
      ["scheme", words.from],
      ["signature", words.signature],
      ["covers", words.covers ?? (verification.covers === "whole" ? "the whole body" : undefined)],
      ["time", words.time],
    ]),
    ...receivedRows(content),
    ...secretRows(content, look),
    ...facts([
      ["event", words.event],
      ["handshake", words.handshake],
    ]),
    ...actionRows(content, look),
    ...answer,
  ];
}

/** Who signs, and how. */
function senderPieces(content: DetailContent, { theme }: Look): readonly Piece[] {
  const { provider, verification } = content;
  if (provider === undefined) return typeof verification?.provider === "string" ? [piece(`  ${verification.provider}`)] : [];
  const scheme = schemesOf(content).find(({ id }) => id === verification?.scheme);
  const how = scheme === undefined ? "" : ` ${theme.glyphs.dot} ${signingText({ signing: { schemes: [scheme] } })}`;
  return [piece(`  ${provider.name}${how}`)];
}

/** What stood in the places that the scheme reads. What is a secret there is described and not shown. */
function receivedRows(content: DetailContent): readonly Row[] {
  const { head, verification } = content;
  const roles = headerRoles(content);
  const isTelling = TELLING_REASONS.has(verification?.reason?.code ?? "");
  const headers = [...roles.values()].map(({ name, role }) => {
    const values = allHeaders(head.headers, name);
    const isSecret = role === "the secret itself" || (role === "signature" && isTelling);
    const shown = values.map((value) => (isSecret ? secretText(secretHint(value)) : value));
    return fact(
      role === "signature" || isSecret ? "received" : role === "time of signing" ? "signed at" : role,
      piece(shown.length === 0 ? "nothing" : shown.join(", ")),
      piece(`  header ${name}`, "dim"),
    );
  });
  const elsewhere = schemesOf(content)
    .flatMap(({ signature }) => signature)
    .filter((place: Place) => place.in !== "header")
    .map((place) => fact("received", piece(`in ${placeText(place)}`)));
  return [...headers, ...elsewhere];
}

function secretRows({ secrets, provider }: DetailContent, look: Look): readonly Row[] {
  if (secrets === undefined || provider === undefined || provider.signing.schemes.length === 0) return [];
  const { called = "secret", where } = provider.secret ?? {};
  if (secrets.length === 0) {
    const hint = where === undefined ? "" : `: ${where}`;
    return [
      fact("secret", piece(`${look.theme.glyphs.unknown} none is known`, "warn"), piece(`; ${provider.name} calls it ${called}${hint}`)),
    ];
  }
  return secrets.map((secret, index) =>
    fact(index === 0 ? "secret" : "", piece(secretText(secret)), piece(`, from ${secret.origin}`, "dim")),
  );
}

/** The keys that help with this verdict. */
function actionRows({ verification }: DetailContent, look: Look): readonly Row[] {
  const code = verification?.reason?.code ?? "";
  const actions = [
    verification?.verdict === "invalid"
      ? keyed(look, "re-sign", (key) => `${key} signs it anew with your secret and sends it to your app`)
      : "",
    SECRET_REASONS.test(code) ? keyed(look, "secrets", (key) => `${key} adds or changes the secret`) : "",
    verification?.verdict === "valid" ? "" : keyed(look, "copy-menu", (key) => `${key} copies parts of it`),
  ].filter((text) => text !== "");
  return actions.length === 0 ? [] : [EMPTY, heading("what you can do", look), ...actions.map((text) => sentence(piece(`  ${text}`)))];
}
