// Makes rules.jsonl anew: what two libraries, neither of which we use, make of random rules.
//   npm install --no-save rrule-temporal@2.2.8 rrule-rust@3.1.1 && node expand.mjs < rules.jsonl > rules.new.jsonl
// A line: rule, start, until (wall clock), digest of the starts by rrule-temporal, by rrule-rust; null: an error.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { RRuleSet } from "rrule-rust";
import { RRuleTemporal } from "rrule-temporal";

const compact = (text) => text.replace(/[-:]/g, "");

function temporal(rule, start, until) {
  const text = `DTSTART;TZID=UTC:${compact(start)}\nRRULE:${rule}`;
  const found = new RRuleTemporal({ rruleString: text }).between(new Date(start + "Z"), new Date(until + "Z"), true);
  return found.map((moment) => compact(moment.toPlainDateTime().toString({ smallestUnit: "second" })));
}

function rust(rule, start, until) {
  const found = [];
  for (const moment of RRuleSet.fromString(`DTSTART:${compact(start)}Z\nRRULE:${rule}`)) {
    const text = moment.toString().replace(/^.*:/, "").replace("Z", "");
    if (text > compact(until)) break;
    found.push(text);
  }
  return found;
}

function digest(library, ...rule) {
  try {
    return createHash("sha256").update(library(...rule).join(" ")).digest("hex").slice(0, 10);
  } catch {
    return null;
  }
}

for (const line of readFileSync(0, "utf8").trim().split("\n")) {
  const [rule, start, until] = JSON.parse(line);
  const digests = [temporal, rust].map((library) => digest(library, rule, start, until));
  console.log(JSON.stringify([rule, start, until, ...digests]));
}
