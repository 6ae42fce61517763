// Writes one answer to the socket, in the shape a fault asks for, or plainly.

import { createGzip, gzipSync } from 'node:zlib';

export function jsonAnswer(status, text, headers = {}) {
  return { status, headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(text) };
}

function accepts(request, coding) {
  return String(request.headers['accept-encoding'] ?? '').split(',')
    .some((part) => part.trim().split(';')[0].toLowerCase() === coding);
}

function compress(answer, request, allowed) {
  if (!allowed || answer.body.length === 0 || !accepts(request, 'gzip')) return answer;
  const body = (answer.packed ??= gzipSync(answer.body, { level: 1 }));
  return { ...answer, body, headers: { ...answer.headers, 'content-encoding': 'gzip',
    vary: 'Accept, Accept-Encoding' } };
}

function head(res, answer) {
  res.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length });
}

function dripInto(res, body, step, interval) {
  let at = 0;
  const timer = setInterval(() => {
    if (res.destroyed) return clearInterval(timer);
    res.write(body.subarray(at, at + step));
    at += step;
    if (at < body.length) return undefined;
    clearInterval(timer);
    return res.end();
  }, interval);
}

function zipBomb(res, answer, bytes) {
  res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
  const gzip = createGzip({ level: 9 });
  gzip.pipe(res);
  res.on('close', () => gzip.destroy());
  const chunk = Buffer.alloc(1 << 20, ' ');
  let left = bytes;
  const more = () => {
    while (left > 0) {
      const piece = left >= chunk.length ? chunk : chunk.subarray(0, left);
      left -= piece.length;
      if (!gzip.write(piece)) return gzip.once('drain', more);
    }
    return gzip.end(answer.body);
  };
  more();
}

function replaced(answer, action) {
  let body = answer.body;
  const given = action.body;
  if (action.body_base64 !== undefined) body = Buffer.from(action.body_base64, 'base64');
  else if (given !== undefined) {
    body = Buffer.from(typeof given === 'string' ? given : JSON.stringify(given));
  }
  return { status: action.status ?? answer.status, body,
    headers: { ...answer.headers, ...action.headers } };
}

const SHAPES = {
  hang: ({ request, action }) => {
    if (action.ms !== undefined) setTimeout(() => request.socket.destroy(), action.ms);
  },
  hang_body: ({ res, answer, action }) => {
    head(res, answer);
    res.write(answer.body.subarray(0, action.after_bytes));
  },
  reset: ({ request }) => request.socket.resetAndDestroy(),
  cut: ({ res, request, answer, action }) => {
    head(res, answer);
    res.write(answer.body.subarray(0, action.after_bytes) || '', () => request.socket.destroy());
  },
  truncate_gzip: ({ res, answer }) => {
    const packed = gzipSync(answer.body);
    head(res, { ...answer, body: packed.subarray(0, packed.length >> 1),
      headers: { ...answer.headers, 'content-encoding': 'gzip' } });
    res.end(packed.subarray(0, packed.length >> 1));
  },
  drip: ({ res, answer, action }) => {
    head(res, answer);
    dripInto(res, answer.body, action.bytes, action.interval_ms);
  },
  zip_bomb: ({ res, answer, action }) => zipBomb(res, answer, action.bytes),
};

// Returns {status, bytes} for the log; bytes is what the body would be.
export function send({ res, request, answer, action, gzip }) {
  let out = action?.kind === 'replace' ? replaced(answer, action) : answer;
  if (action?.kind !== 'truncate_gzip') out = compress(out, request, gzip);
  const shape = action && SHAPES[action.kind];
  if (shape) shape({ res, request, answer: out, action });
  else {
    head(res, out);
    res.end(request.method === 'HEAD' ? undefined : out.body);
  }
  return { status: out.status, bytes: out.body.length };
}
