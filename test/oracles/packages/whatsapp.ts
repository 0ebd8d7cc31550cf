import { headerText, load, type Oracle, REQUEST, shared } from "../oracle.ts";

type Package = {
  readonly WhatsAppAPI: new (options: { token: string; appSecret: string; v: string }) => {
    verifyRequestSignature(body: string, signature: string): Promise<boolean>;
  };
};

export const whatsapp: Oracle = {
  provider: "whatsapp",
  package: "whatsapp-api-js",
  by: "Secreto31126",
  keys: shared("meta made up"),
  otherKeys: shared("meta other"),
  // Meta writes everything beyond ASCII as escapes, and the package counts on it
  request: {
    ...REQUEST,
    body: Buffer.from('{"object":"page", "entry":[{"id":"1","changes":[{"field":"messages","value":"J\\u00fcrgen"}]}]}'),
  },
  accepts: (request, key) =>
    new (load<Package>("whatsapp-api-js").WhatsAppAPI)({ token: "made-up", appSecret: key, v: "v25.0" }).verifyRequestSignature(
      request.body.toString(),
      headerText(request, "x-hub-signature-256"),
    ),
  takes: [{ what: /^x-hub-signature-256: with one character more/i, because: "it decodes hex leniently" }],
};
