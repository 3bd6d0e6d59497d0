// Fixes the clock and seeds Math.random, so that pages that use them are the same on every day.
(now, moving) => {
  if (moving.includes(location.host)) return;
  const RealDate = Date;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, values, made) => Reflect.construct(target, values.length ? values : [now], made),
    apply: () => new RealDate(now).toString(),
    get: (target, name) => name === "now" ? () => now : Reflect.get(target, name),
  });
  let seed = 20250303;
  Math.random = () => {
    seed = (seed + 0x6D2B79F5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
