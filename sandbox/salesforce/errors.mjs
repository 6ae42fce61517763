// Error bodies (salesforce §2.2): an array of one object, except at the OAuth endpoints (§1.4).

export class ApiError extends Error {
  // `fields` is left out of the body unless given.
  constructor(status, errorCode, message, fields) {
    super(message);
    this.status = status;
    this.errorCode = errorCode;
    this.body = [{ message, errorCode, ...(fields && { fields }) }];
  }
}

export class OAuthError extends Error {
  constructor(error, description, status = 400) {
    super(description);
    this.status = status;
    this.body = { error, error_description: description };
  }
}

export function notFound(message = 'The requested resource does not exist') {
  return new ApiError(404, 'NOT_FOUND', message);
}

export function methodNotAllowed(method, allow) {
  const error = new ApiError(405, 'METHOD_NOT_ALLOWED',
    `HTTP Method '${method}' not allowed. Allowed are ${allow.join(',')}`);
  error.headers = { allow: allow.join(',') };
  return error;
}

export function sessionInvalid() {
  return new ApiError(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
}

export function entityDeleted() {
  return new ApiError(404, 'ENTITY_IS_DELETED', 'entity is deleted', []);
}
