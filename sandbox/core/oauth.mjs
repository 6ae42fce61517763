// OAuth tokens: access tokens that expire, refresh tokens that rotate with every use.

import { Rand } from './hash.mjs';

export class Tokens {
  constructor() {
    this.rand = new Rand(0, 'oauth');
    this.serial = 0;
    this.access = new Map();
    this.clientId = this.rand.id('oa2client', 0, 22);
    this.clientSecret = this.rand.id('secret', 1, 32);
    this.refreshToken = this.next('rt');
  }

  next(prefix) {
    this.serial++;
    return this.rand.id(prefix, 100 + this.serial, 40);
  }

  knowsClient(id, secret) {
    return id === this.clientId && secret === this.clientSecret;
  }

  // null when the refresh token is not the newest one.
  refresh(token, now, lifeMs) {
    if (token !== this.refreshToken) return null;
    const accessToken = this.next('at');
    this.access.set(accessToken, now + lifeMs);
    this.refreshToken = this.next('rt');
    return { accessToken, refreshToken: this.refreshToken };
  }

  valid(accessToken, now) {
    const until = this.access.get(accessToken);
    return until !== undefined && now < until;
  }

  revokeAccess() {
    this.access.clear();
  }

  revoke(token) {
    this.access.delete(token);
    if (token === this.refreshToken) {
      this.refreshToken = this.next('rt_revoked');
      this.access.clear();
    }
  }
}
