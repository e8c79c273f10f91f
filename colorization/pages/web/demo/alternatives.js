// Which colours a place could have: few that differ, of a distribution over the bins.

const MOST = 5;
const APART = 20; // Lab units
const LEAST = 0.005; // share

// The likeliest bin, then the likeliest of those that are far from all before; up to five.
// A share is that of all bins which are nearest to this alternative.
export function alternatives(shares, bins) {
  const order = [...shares.keys()].sort((p, q) => shares[q] - shares[p]);
  const chosen = [];
  for (const q of order) {
    if (chosen.length === MOST) break;
    if (chosen.every((other) => distance(bins[q], bins[other]) >= APART)) chosen.push(q);
  }
  const found = chosen.map((q) => ({ bin: q, a: bins[q][0], b: bins[q][1], share: 0 }));
  bins.forEach((bin, q) => {
    const far = chosen.map((other) => distance(bin, bins[other]));
    found[far.indexOf(Math.min(...far))].share += shares[q];
  });
  return found
    .filter(({ share }) => share >= LEAST)
    .sort((one, other) => other.share - one.share);
}

function distance([a, b], [otherA, otherB]) {
  return Math.hypot(a - otherA, b - otherB);
}
