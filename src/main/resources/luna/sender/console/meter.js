/**
 * Counts the events of the last seconds, and measures their lag; pure.
 */
const SLOT = 250;
const SLOTS = 480;
const LAGS = 512;
const LAG_AGE = 10_000;

export class Meter {
  constructor() {
    this.total = 0;
    /** Counts per second, at the second modulo the number of slots; a slot of an earlier round counts as empty. */
    this.counts = new Uint32Array(SLOTS);
    this.slots = new Float64Array(SLOTS).fill(-1);
    /** @type {{at: number, lag: number}[]} */
    this.lags = [];
  }

  add(now, count = 1) {
    const slot = Math.floor(now / SLOT);
    const i = slot % SLOTS;
    if (this.slots[i] !== slot) {
      this.slots[i] = slot;
      this.counts[i] = 0;
    }
    this.counts[i] += count;
    this.total += count;
  }

  late(now, lag) {
    this.lags.push({at: now, lag});
    if (this.lags.length > LAGS) {
      this.lags.shift();
    }
  }

  /** Returns the events per second over the last full slots. */
  rate(now, milliseconds = 3000) {
    const last = Math.floor(now / SLOT);
    const slots = Math.round(milliseconds / SLOT);
    return (this.sum(last - slots, last) * 1000) / (slots * SLOT);
  }

  /** Returns the counts of the last seconds, oldest first; the last second is not complete. */
  series(now, seconds = 60) {
    const perSecond = 1000 / SLOT;
    const end = Math.floor(now / 1000) * perSecond;
    return Array.from({length: seconds}, (_, i) => {
      const from = end - (seconds - 1 - i) * perSecond;
      return this.sum(from, from + perSecond);
    });
  }

  /** Returns median and 95th percentile of the last 10 s; null without events. */
  lag(now) {
    const recent = this.lags.filter(({at}) => at > now - LAG_AGE).map(({lag}) => lag).sort((a, b) => a - b);
    if (recent.length === 0) {
      return null;
    }
    const percentile = share => recent[Math.min(recent.length - 1, Math.floor(share * recent.length))];
    return {median: percentile(0.5), p95: percentile(0.95)};
  }

  sum(from, to) {
    let sum = 0;
    for (let slot = from; slot < to; slot++) {
      const i = ((slot % SLOTS) + SLOTS) % SLOTS;
      sum += this.slots[i] === slot ? this.counts[i] : 0;
    }
    return sum;
  }
}
