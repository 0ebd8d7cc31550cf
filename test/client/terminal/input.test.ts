import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { InputEvent, Key } from "../../../client/terminal/input-event.ts";
import { createInputParser, PASTE_LIMIT } from "../../../client/terminal/input.ts";
import { createManualTimer } from "./manual-timer.ts";

const key = (name: string, more: Partial<Key> = {}): InputEvent => ({
  type: "key",
  key: { name, ctrl: false, meta: false, shift: false, text: "", ...more },
});
const typed = (text: string): InputEvent => key(text === " " ? "space" : text, { text });
const paste = (text: string): InputEvent => ({ type: "paste", text, cut: false });
const reply = (text: string): InputEvent => ({ type: "reply", text });

/** Events of reads that come one after the other, and of the time that passes then. */
function eventsOf(reads: readonly (string | Buffer)[]): readonly InputEvent[] {
  const events: InputEvent[] = [];
  const { startTimer, fire } = createManualTimer();
  const parser = createInputParser((event) => events.push(event), startTimer);
  for (const read of reads) parser.feed(Buffer.from(read as string));
  fire();
  return events;
}

const KEYS: readonly (readonly [string, string, InputEvent])[] = [
  ["a letter", "r", typed("r")],
  ["a capital", "R", typed("R")],
  ["space", " ", typed(" ")],
  ["a letter of two bytes", "é", typed("é")],
  ["a letter of three bytes", "漢", typed("漢")],
  ["a letter of four bytes", "👍", typed("👍")],
  ["enter", "\r", key("enter")],
  ["enter, as some send it", "\n", key("enter")],
  ["tab", "\t", key("tab")],
  ["backspace", "\u007f", key("backspace")],
  ["backspace, as some send it", "\b", key("backspace")],
  ["delete", "\u001b[3~", key("delete")],
  ["escape", "\u001b", key("esc")],
  ["ctrl and a letter", "\u0003", key("c", { ctrl: true })],
  ["ctrl and space", "\u0000", key("space", { ctrl: true })],
  ["ctrl and a sign", "\u001f", key("_", { ctrl: true })],
  ["alt and a letter", "\u001br", key("r", { meta: true })],
  ["alt and a letter of two bytes", "\u001bé", key("é", { meta: true })],
  ["alt and a bracket", "\u001b[", key("[", { meta: true })],
  ["alt and O", "\u001bO", key("O", { meta: true })],
  ["alt and ]", "\u001b]", key("]", { meta: true })],
  ["alt and backspace", "\u001b\u007f", key("backspace", { meta: true })],
  ["alt and enter", "\u001b\r", key("enter", { meta: true })],
  ["up", "\u001b[A", key("up")],
  ["up in application mode", "\u001bOA", key("up")],
  ["shift and up", "\u001b[1;2A", key("up", { shift: true })],
  ["alt and up", "\u001b[1;3A", key("up", { meta: true })],
  ["alt and up, as some send it", "\u001b\u001b[A", key("up", { meta: true })],
  ["ctrl and right", "\u001b[1;5C", key("right", { ctrl: true })],
  ["shift and up of rxvt", "\u001b[a", key("up", { shift: true })],
  ["home", "\u001b[H", key("home")],
  ["home with a number", "\u001b[1~", key("home")],
  ["end of rxvt", "\u001b[8~", key("end")],
  ["page up", "\u001b[5~", key("pageup")],
  ["ctrl and page down", "\u001b[6;5~", key("pagedown", { ctrl: true })],
  ["ctrl and page down of rxvt", "\u001b[6^", key("pagedown", { ctrl: true })],
  ["shift and tab", "\u001b[Z", key("tab", { shift: true })],
  ["F1", "\u001bOP", key("f1")],
  ["F1 of the Linux console", "\u001b[[A", key("f1")],
  ["ctrl and F3", "\u001b[1;5R", key("f3", { ctrl: true })],
  ["F12", "\u001b[24~", key("f12")],
  ["enter on the keypad", "\u001bOM", key("enter")],
  ["five on the keypad", "\u001bOu", key("5", { text: "5" })],
  ["escape in kitty's encoding", "\u001b[27u", key("esc")],
  ["a shifted letter in kitty's encoding", "\u001b[114;2u", typed("R")],
  ["a shifted sign in kitty's encoding", "\u001b[47:63;2u", typed("?")],
  ["ctrl and a letter in kitty's encoding", "\u001b[99;5u", key("c", { ctrl: true })],
  ["ctrl and enter in xterm's encoding", "\u001b[27;5;13~", key("enter", { ctrl: true })],
];

const OTHERS: readonly (readonly [string, string, InputEvent])[] = [
  ["a paste", "\u001b[200~r\r\nq\u0003 漢\u001b[A\u001b[201~", paste("r\nq\u0003 漢\u001b[A")],
  ["a turn of the wheel", "\u001b[<64;10;5M", { type: "mouse", mouse: { action: "wheel-up", button: -1, column: 9, row: 4 } }],
  ["a click", "\u001b[<0;1;1M", { type: "mouse", mouse: { action: "press", button: 0, column: 0, row: 0 } }],
  ["a button let go", "\u001b[<2;300;200m", { type: "mouse", mouse: { action: "release", button: 2, column: 299, row: 199 } }],
  ["a movement", "\u001b[<35;4;4M", { type: "mouse", mouse: { action: "move", button: -1, column: 3, row: 3 } }],
  ["a click, as old terminals tell it", "\u001b[M !!", { type: "mouse", mouse: { action: "press", button: 0, column: 0, row: 0 } }],
  ["focus", "\u001b[I", { type: "focus", focused: true }],
  ["no focus", "\u001b[O", { type: "focus", focused: false }],
  ["the background colour", "\u001b]11;rgb:0000/0000/0000\u001b\\", reply("]11;rgb:0000/0000/0000\u001b\\")],
  ["the background colour, ended with BEL", "\u001b]11;rgb:0000/0000/0000\u0007", reply("]11;rgb:0000/0000/0000\u0007")],
  ["device attributes", "\u001b[?62;22c", reply("[?62;22c")],
  ["secondary attributes", "\u001b[>0;276;0c", reply("[>0;276;0c")],
  ["the position of the cursor", "\u001b[24;80R", reply("[24;80R")],
  ["the state of a mode", "\u001b[?2026;1$y", reply("[?2026;1$y")],
  ["the name of the terminal", "\u001bP>|tmux 3.3a\u001b\\", reply("P>|tmux 3.3a\u001b\\")],
  ["flags of kitty", "\u001b[?1u", reply("[?1u")],
  ["a key let go, as kitty tells it", "\u001b[114;1:3u", reply("[114;1:3u")],
  ["a sequence that nobody knows", "\u001b[12;34!z", reply("[12;34!z")],
  ["the wheel turned sideways", "\u001b[<66;1;1M", reply("[<66;1;1M")],
];

describe("createInputParser", () => {
  it.each([...KEYS, ...OTHERS])("reads %s", (_name, bytes, event) => {
    expect(eventsOf([bytes])).toEqual([event]);
  });

  it.each([...KEYS, ...OTHERS])("reads %s in pieces, split at each byte", (_name, text, event) => {
    const bytes = Buffer.from(text);
    for (let at = 1; at < bytes.length; at++) {
      expect(eventsOf([bytes.subarray(0, at), bytes.subarray(at)]), `split at ${at}`).toEqual([event]);
    }
    expect(eventsOf(Array.from(bytes, (byte) => Buffer.of(byte)))).toEqual([event]);
  });

  it.each([...KEYS.filter(([, bytes]) => !["\u001b", "\u001b[", "\u001bO", "\u001b]"].includes(bytes)), ...OTHERS])(
    "finds %s between others",
    (_name, bytes, event) => {
      expect(eventsOf([`\u001b[B${bytes}\u001b[B`])).toEqual([key("down"), event, key("down")]);
    },
  );

  it("gives one event for each press of a key that is held", () => {
    expect(eventsOf(["jjjjj"])).toEqual(Array(5).fill(typed("j")));
    expect(eventsOf(["\u001b[B".repeat(3)])).toEqual(Array(3).fill(key("down")));
    expect(eventsOf(["\u0004\u0004"])).toEqual(Array(2).fill(key("d", { ctrl: true })));
    expect(eventsOf(["\r\r\r\r\r"])).toEqual(Array(5).fill(key("enter")));
  });

  it("takes three different keys in one read for typing, and four for a paste", () => {
    expect(eventsOf(["gFr"])).toEqual(["g", "F", "r"].map(typed));
    expect(eventsOf(["gFrq"])).toEqual([paste("gFrq")]);
  });

  it("takes short lines that come at once for a paste: enter in it presses nothing", () => {
    expect(eventsOf(["y\ry\r"])).toEqual([paste("y\ny\n")]);
  });

  it("puts together a paste without brackets that comes in several reads", () => {
    expect(eventsOf(["rm -r", "f", " /"])).toEqual([paste("rm -rf /")]);
  });

  it("ends a burst before the key that follows it", () => {
    expect(eventsOf(["text\u001b[A"])).toEqual([paste("text"), key("up")]);
    expect(eventsOf(["text", "\u0003"])).toEqual([paste("text"), key("c", { ctrl: true })]);
  });

  it("waits 50 ms for what may follow an escape, and longer for what nobody can type", () => {
    const { startTimer, waits, fire } = createManualTimer();
    const events: InputEvent[] = [];
    const parser = createInputParser((event) => events.push(event), startTimer);
    parser.feed(Buffer.from("\u001b"));
    expect([events, waits()]).toEqual([[], [50]]);
    parser.feed(Buffer.from("["));
    expect([events, waits()]).toEqual([[], [50]]);
    parser.feed(Buffer.from("<"));
    expect([events, waits()]).toEqual([[], [500]]);
    parser.feed(Buffer.from("0;1;1M"));
    expect([events.length, waits()]).toEqual([1, []]);
    parser.feed(Buffer.from("\u001b"));
    fire();
    parser.feed(Buffer.from("[A"));
    expect(events.slice(1)).toEqual([key("esc"), typed("["), typed("A")]);
  });

  it("reads two escapes as two presses", () => {
    expect(eventsOf(["\u001b\u001b"])).toEqual([key("esc"), key("esc")]);
    expect(eventsOf(["\u001b\u001bj"])).toEqual([key("esc"), key("j", { meta: true })]);
  });

  it("drops a sequence that ends nowhere, and not what is typed afterwards", () => {
    const events: InputEvent[] = [];
    const { startTimer, fire } = createManualTimer();
    const parser = createInputParser((event) => events.push(event), startTimer);
    for (const begun of ["\u001b]11;rgb:00", "\u001b[<64;1", "\u001bP1$r", "\u001b[200~lost"]) {
      parser.feed(Buffer.from(begun));
      fire();
      parser.feed(Buffer.from("q"));
    }
    const dropped = [reply("]11;rgb:00"), reply("[<64;1"), reply("P1$r"), paste("lost")];
    expect(events).toEqual(dropped.flatMap((event) => [event, typed("q")]));
  });

  it("keeps a paste of any length to its limit, and says so", () => {
    const events = eventsOf(["\u001b[200~", "x".repeat(PASTE_LIMIT), "y", "\u001b[201~", "q"]);
    expect(events.map(({ type }) => type)).toEqual(["paste", "key"]);
    expect(events[0]).toEqual({ type: "paste", text: "x".repeat(PASTE_LIMIT), cut: true });
    expect(eventsOf(["\u001b[200~", "x".repeat(PASTE_LIMIT), "\u001b[201~"])[0]).toMatchObject({ cut: false });
  });

  it("forgets what has begun when the terminal was somebody else's meanwhile", () => {
    const { startTimer, waits } = createManualTimer();
    const events: InputEvent[] = [];
    const parser = createInputParser((event) => events.push(event), startTimer);
    parser.feed(Buffer.from("\u001b[200~ab"));
    parser.reset();
    expect(waits()).toEqual([]);
    parser.feed(Buffer.from("q"));
    expect(events).toEqual([typed("q")]);
  });

  it("takes any bytes, split anywhere, and then still knows the next key", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 12 }).map((array) => Buffer.from(array)),
      fc.constantFrom(...KEYS, ...OTHERS).map(([, text]) => Buffer.from(text)),
      fc.constantFrom("\u001b[", "\u001b]", "\u001b[200~", "\u001bP", "\u001b[M").map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 8 }), (reads) => {
        const events: InputEvent[] = [];
        const { startTimer, waits, fire } = createManualTimer();
        const parser = createInputParser((event) => events.push(event), startTimer);
        for (const read of reads) parser.feed(read);
        // ends a character of several bytes, a sequence, a burst
        parser.feed(Buffer.from("\u0001"));
        while (waits().length > 0) fire();
        events.length = 0;
        parser.feed(Buffer.from("q"));
        expect(events).toEqual([typed("q")]);
      }),
      { numRuns: 1000 },
    );
  });
});
