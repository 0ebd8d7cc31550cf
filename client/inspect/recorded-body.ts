import { allHeaders, firstHeader, type HeaderList } from "../../shared/http/headers.ts";
import { shortSize } from "../output/short-size.ts";
import { type BodyContent, type BodyView, openBody } from "./body-view.ts";

/** A body with what is known about it. */
export type RecordedContent = {
  readonly headers: HeaderList;
  /** what is recorded of it, and how many bytes there were */
  readonly body: { readonly bytes: Buffer; readonly total: number; readonly truncated: boolean };
  /** whether it arrived whole */
  readonly complete: boolean;
  /** show it so, whatever it is: as it is written, or by its bytes */
  readonly as?: BodyContent["as"];
};

/** Opens a recorded body by its headers; what is missing of it is the last of its facts. */
export async function openRecordedBody({ headers, body, complete, as }: RecordedContent): Promise<BodyView> {
  const { bytes, total, truncated } = body;
  const view = await openBody({
    contentType: firstHeader(headers, "content-type"),
    contentEncoding: allHeaders(headers, "content-encoding").join(","),
    bytes,
    truncated: truncated || !complete,
    ...(as !== undefined && { as }),
  });
  if (truncated) return { ...view, facts: [...view.facts, `the first ${shortSize(bytes.length)} of ${shortSize(total)} are recorded`] };
  return complete ? view : { ...view, facts: [...view.facts, "not whole"] };
}
