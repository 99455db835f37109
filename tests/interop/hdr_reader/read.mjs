// Reads histograms with hdr-histogram-js: {"name": ["base64", ...]} on stdin, and for each name the sum of its histograms on
// stdout, as count, quantiles, extremes and the sum of all values that the buckets stand for.
import { readFileSync } from "node:fs";
import hdr from "hdr-histogram-js";

const given = JSON.parse(readFileSync(0, "utf-8"));
const read = {};
for (const [name, texts] of Object.entries(given)) {
  const sum = hdr.build({ lowestDiscernibleValue: 1, highestTrackableValue: 3_600_000_000_000, numberOfSignificantValueDigits: 3, bitBucketSize: 64 });
  for (const text of texts) sum.add(hdr.decodeFromCompressedBase64(text, 64));
  read[name] = { count: sum.totalCount, mean: sum.mean };
  for (const percentile of [50, 90, 99, 99.9, 99.99]) read[name][`p${percentile}`] = sum.getValueAtPercentile(percentile);
}
console.log(JSON.stringify(read));
