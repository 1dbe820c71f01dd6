// Records rrule-temporal's instants: its own JavaScript, with the time zones of ICU.
//   npm install --no-save rrule-temporal@2.2.8 @js-temporal/polyfill@0.5.1 && node rrule_temporal.mjs < made.tsv
// In its own arithmetic it leaves out what falls into a gap. So the first digest is of the rule expanded on a
// wall clock, read by Temporal's reference implementation: "compatible" is RFC 5545 3.3.5 to the letter. The
// second is of the rule expanded in its zone. Node 20 with the zones of 2025c made the file that is kept.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Temporal } from "@js-temporal/polyfill";
import { RRuleTemporal } from "rrule-temporal";

const compact = (moment) => moment.toString({ smallestUnit: "second" }).replace(/[-:]/g, "");
const utc = (text) => Temporal.Instant.from(text.replace(/(....)(..)(..)T(..)(..)(..)/, "$1-$2-$3T$4:$5:$6"));
const wallIn = (zone, instant) => instant.toZonedDateTimeISO(zone).toPlainDateTime();

function expand(rule, zone, start, end) {
  const set = new RRuleTemporal({ rruleString: `DTSTART;TZID=${zone}:${start}\nRRULE:${rule}` });
  return set.between(new Date(-1e12), new Date(end.epochMilliseconds), true);
}

function onTheWall(rule, zone, start, end) {
  const [, until] = rule.match(/;UNTIL=(\w+Z)/) ?? [];
  const found = expand(rule.replace(/;UNTIL=\w+Z/, ""), "UTC", start, wallIn(zone, end).toZonedDateTime("UTC"));
  const walls = found.map((moment) => Temporal.PlainDateTime.from(moment.toPlainDateTime().toString()));
  const instants = walls.map((wall) => wall.toZonedDateTime(zone, { disambiguation: "compatible" }).toInstant());
  return instants.filter((instant) => !until || compact(instant) <= until);
}

const inItsZone = (...rule) => expand(...rule).map((moment) => moment.toInstant());

function digest(library, ...rule) {
  const found = [...new Set(library(...rule).map(compact))].sort();
  return createHash("sha256").update(found.join(" ")).digest("hex").slice(0, 8);
}

for (const line of readFileSync(0, "utf8").trim().split("\n")) {
  const [rule, zone, start, last] = line.split("\t");
  const end = Temporal.PlainDateTime.from(`${last}T120000`).toZonedDateTime(zone).toInstant();
  console.log([onTheWall, inItsZone].map((library) => digest(library, rule, zone, start, end)).join("\t"));
}
