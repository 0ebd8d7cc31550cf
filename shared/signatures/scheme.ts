/**
 * How a sender signs, as data: the same record verifies and signs. Nothing in it is code, so that a user can write one in
 * devhook.config.json. The facets are explained in docs/signatures.md.
 */
export type Scheme = {
  /** unique within its provider, kebab-case: what a verdict names */
  readonly id: string;
  /** one sentence for people, where the facets do not speak for themselves (a second reading, an older generation) */
  readonly note?: string;
  /** the scheme is looked at only when all of these hold, as where a version header says which of two schemes a signature follows */
  readonly when?: readonly Condition[];
  /** where the signature stands; every value found in any of the places is compared, and one match suffices (rotation) */
  readonly signature: readonly Place[];
  readonly algorithm: Algorithm;
  /** how the signature is written; `text` for `token`, `jwt` for `jwt-…` */
  readonly encoding: "hex" | "base64" | "base64url" | "text" | "jwt";
  /** whether the sender's own verifier takes capital hex digits; `lower` when left out */
  readonly hexCase?: "lower" | "any";
  readonly key: KeyForm;
  /**
   * What is signed: literal text with placeholders, see {@link Template}. A literal brace is written `{{` or `}}`. Empty for `token`,
   * where nothing is signed.
   */
  readonly signed: Template;
  /** value of `{id}` */
  readonly messageId?: Place;
  /** value of `{timestamp}`; absent: the scheme knows no time */
  readonly time?: TimeRule;
  /** a digest of the body that stands elsewhere (a claim of the JWT, a query parameter) and is covered there */
  readonly bodyDigest?: { readonly place: Place; readonly hash: "sha256"; readonly encoding: "hex" | "base64" };
  /** claims that a JWT must hold with these values */
  readonly claims?: Readonly<Record<string, string>>;
  /** seconds from its time to the `exp` that the sender gives a JWT; left out: none */
  readonly lifeSeconds?: number;
  /** spellings of the public URL that the sender's own verifier tries, besides the one that is known; for templates with `{url}` or `{target}` */
  readonly urlVariants?: readonly UrlVariant[];
  /** headers that the sender puts beside the signature, for signing; placeholders as in `signed` */
  readonly extraHeaders?: readonly (readonly [name: string, value: string])[];
  readonly source: Source;
};

/**
 * - `hmac-…`: keyed hash. `sha256`: plain hash of `signed`, which then contains `{secret}`.
 * - `ed25519`, `ecdsa-p256-der`, `ecdsa-p256-p1363` (r and s as 64 bytes), `rsa-sha1`, `rsa-sha256` (PKCS #1 v1.5): public key.
 * - `jwt-hs256`, `jwt-es256`: the signature is a compact JWS whose claims are checked; `signed` is empty.
 * - `token`: the signature place holds the secret itself.
 */
export type Algorithm =
  | "hmac-sha1"
  | "hmac-sha256"
  | "hmac-sha512"
  | "sha256"
  | "ed25519"
  | "ecdsa-p256-der"
  | "ecdsa-p256-p1363"
  | "rsa-sha1"
  | "rsa-sha256"
  | "jwt-hs256"
  | "jwt-es256"
  | "token";

/**
 * How the secret that a user copies becomes a key.
 * - `text`: its UTF-8 bytes as they are.
 * - `base64`: decoded, after `prefix` (taken off when it is there).
 * - `hex`: decoded.
 * - `public`: a public key as hex or base64 of the raw key, base64 of SPKI, PEM (also a certificate), JWK or JWKS, after `prefix` (taken off when it is
 *   there). For signing, the private one as PEM or JWK.
 */
export type KeyForm =
  | { readonly form: "text" }
  | { readonly form: "base64"; readonly prefix?: string }
  | { readonly form: "hex" }
  | { readonly form: "public"; readonly prefix?: string };

/** Where a value stands in a request. */
export type Place = HeaderPlace | BodyPlace | QueryPlace | FormPlace | ClaimPlace;

export type HeaderPlace = {
  readonly in: "header";
  /** any case when reading; written like this when signing */
  readonly name: string;
  /** text before the value, as `sha256=`; a value without it does not count */
  readonly prefix?: string;
  /** whether the prefix may be missing (`Bearer `) */
  readonly prefixOptional?: true;
  /** the value is one member of a list: `t=1,v1=ab` has separator `,`, assign `=` and fields `t` and `v1`. All members of this name count. */
  readonly field?: { readonly name: string; readonly separator: string; readonly assign: string };
  /** the name continues with a number from 1 (DocuSign: X-DocuSign-Signature-1 …): all of them count */
  readonly numbered?: true;
};

/** A member of a JSON body, by names and array indexes joined by dots; texts and numbers are taken as they are written. */
export type BodyPlace = { readonly in: "body"; readonly path: string; readonly prefix?: string };
type QueryPlace = { readonly in: "query"; readonly name: string };
/** A field of a form body. */
type FormPlace = { readonly in: "form"; readonly name: string };
/** A claim of the JWT in the signature place. */
export type ClaimPlace = { readonly in: "claim"; readonly name: string };

/** Something that must hold of a request: the place has a value, or has exactly (one of) these. */
export type Condition = {
  readonly place: Place | { readonly in: "method" };
  readonly equals?: string | readonly string[];
  /** the value begins with this */
  readonly startsWith?: string;
};

export type TimeRule = {
  readonly place: Place;
  readonly unit: "s" | "ms" | "iso" | "http-date";
  /** seconds that a delivery may be older or newer than the clock; null: not limited. Absent: no source names a tolerance. */
  readonly tolerance?: { readonly old: number | null; readonly future: number | null };
  /** whether a delivery of exactly the tolerance's age is still taken; true when left out */
  readonly inclusive?: boolean;
  /** how the sender's own verifier differs, where it does: "checks no time" */
  readonly officialVerifier?: string;
};

/**
 * - `default-port-toggled`: with `:443` or `:80` added, and without any port (Twilio).
 * - `decoded`: percent-escapes of the URL decoded as HubSpot lists them.
 * - `slash-toggled`: with and without a slash at the end.
 */
export type UrlVariant = "default-port-toggled" | "decoded" | "slash-toggled";

/**
 * What may stand in braces in `signed`:
 * `{body}` `{timestamp}` `{id}` `{method}` `{url}` (public URL, whole) `{target}` (path and query) `{path}` `{secret}`
 * `{body-sha256-hex}` `{header:Name}` `{query:name}` `{body:path.to.member}` `{claim:name}`
 * `{form-sorted}` (name and value of each form field, by name, without anything between; Twilio)
 * `{form-sorted-unique}` (the same, repeated values of one name once)
 * `{body-without:member:FORM}`, `{body-as:FORM}` and `{body-only:member:FORM}` (JSON body rewritten, see json-forms.ts)
 * `{sns}` (the field list of AWS SNS) `{contentful}` (the canonical request of Contentful) `{adyen}` (the eight fields of one notification item).
 */
type Template = string;

/** Where a fact comes from. */
export type Source = {
  readonly grade: "official-source" | "official-doc" | "package" | "third-party" | "assumed";
  /** page, package with version, or repository with commit */
  readonly from: string;
  /** when it was read, or the date of the document, ISO */
  readonly date: string;
};
