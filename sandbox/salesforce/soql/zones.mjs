// Time zones: named date literals and convertTimezone() go by the user's (salesforce §5.2, §5.7).

const formats = new Map();

function formatOf(zone) {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric',
      month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
      era: 'short' });
    formats.set(zone, format);
  }
  return format;
}

// The zone's wall clock at an instant, as if it were UTC.
export function localMs(ms, zone) {
  if (zone === 'UTC') return ms;
  const parts = Object.fromEntries(formatOf(zone).formatToParts(ms).map((p) => [p.type, p.value]));
  return Date.UTC(Number(parts.year), parts.month - 1, Number(parts.day), Number(parts.hour),
    Number(parts.minute), Number(parts.second)) + (((ms % 1000) + 1000) % 1000);
}

// The first instant at which the zone's wall clock shows this or something later.
export function instantOf(local, zone) {
  if (zone === 'UTC') return local;
  const guess = local - (localMs(local, zone) - local);
  return guess - (localMs(guess, zone) - local);
}
