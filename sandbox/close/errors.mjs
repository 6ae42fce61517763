// Error bodies; there is no single envelope (close 1.5).

export class ApiError extends Error {
  constructor(status, body, headers = {}) {
    super(typeof body === 'string' ? body : JSON.stringify(body));
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

export function fieldError(name, text) {
  return new ApiError(400, { errors: [], 'field-errors': { [name]: text } });
}

export function notFound(model) {
  return new ApiError(404, { error: `Empty query: ${model} matching query does not exist.` });
}

export function unknownUrl() {
  return new ApiError(404, { error: 'The requested URL was not found on the server. If you entered '
    + 'the URL manually please check your spelling and try again.' });
}

export function methodNotAllowed(allow) {
  return new ApiError(405, { error: 'The method is not allowed for the requested URL.' },
    { allow: allow.join(', ') });
}

export function unauthorized() {
  return new ApiError(401, { error: 'Unauthorized' });
}

// The string form two connectors match on, or field-errors: which one is unconfirmed.
export function tooDeep(skip, maxSkip, shape) {
  const text = `The skip you set (${skip}) is larger than the maximum skip for this resource `
    + `(max_skip = ${maxSkip}). Please narrow down your filters.`;
  return shape === 'error' ? new ApiError(400, { error: text }) : fieldError('_skip', text);
}

export function searchError(text, shape, field = 'query') {
  return shape === 'error' ? new ApiError(400, { error: text }) : fieldError(field, text);
}
