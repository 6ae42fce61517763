// login() of the SOAP API, for the older tools that start with it (salesforce §1.3).

import { ORGANIZATION_ID } from './auth.mjs';

const XML = { 'content-type': 'text/xml; charset=utf-8' };

function unescapeXml(text) {
  return text.replace(/&(lt|gt|quot|apos|amp|#(\d+)|#x([0-9a-f]+));/gi, (all, name, ten, hex) => {
    if (ten) return String.fromCodePoint(Number(ten));
    if (hex) return String.fromCodePoint(parseInt(hex, 16));
    return { lt: '<', gt: '>', quot: '"', apos: '\'', amp: '&' }[name];
  });
}

function element(text, name) {
  const found = new RegExp(`<(?:\\w+:)?${name}>([^<]*)</(?:\\w+:)?${name}>`).exec(text);
  return found ? unescapeXml(found[1]) : null;
}

function envelope(inner, namespace) {
  return '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope '
    + 'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    + `xmlns${namespace} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">`
    + `<soapenv:Body>${inner}</soapenv:Body></soapenv:Envelope>`;
}

function fault(code, message) {
  const detail = `<detail><sf:LoginFault xsi:type="sf:LoginFault"><sf:exceptionCode>${code}`
    + `</sf:exceptionCode><sf:exceptionMessage>${message}</sf:exceptionMessage>`
    + '</sf:LoginFault></detail>';
  return { status: 500, headers: XML, raw: Buffer.from(envelope('<soapenv:Fault><faultcode>sf:'
    + `${code}</faultcode><faultstring>${code}: ${message}</faultstring>${detail}</soapenv:Fault>`,
  ':sf="urn:fault.partner.soap.sforce.com"')) };
}

export function soapLogin(request, provider, version) {
  const { accounts, switches } = provider;
  request.logBody = '(login)';
  if (!/<(?:\w+:)?login[\s>]/.test(request.bodyText)) {
    return fault('UNSUPPORTED_API_VERSION', 'only login() is answered here');
  }
  const state = switches.get('user_state');
  const right = element(request.bodyText, 'username') === accounts.username
    && element(request.bodyText, 'password') === accounts.password + accounts.securityToken;
  if (!right || switches.get('soap_login') === 'refuse' || !['approved', 'unapproved'].includes(state)) {
    return fault('INVALID_LOGIN',
      'Invalid username, password, security token; or user locked out.');
  }
  const server = `${provider.instanceUrl(request)}/services/Soap/u/${version}/`
    + ORGANIZATION_ID.slice(0, 15);
  const session = accounts.newSession(provider.clock.now());
  const user = `<userInfo><organizationId>${ORGANIZATION_ID}</organizationId>`
    + `<sessionSecondsValid>${switches.number('token_life')}</sessionSecondsValid>`
    + `<userId>${provider.userId}</userId><userName>${accounts.username}</userName></userInfo>`;
  return { status: 200, headers: XML, raw: Buffer.from(envelope('<loginResponse><result>'
    + `<passwordExpired>false</passwordExpired><sandbox>false</sandbox><serverUrl>${server}`
    + `</serverUrl><sessionId>${session}</sessionId><userId>${provider.userId}</userId>${user}`
    + '</result></loginResponse>', '="urn:partner.soap.sforce.com"')) };
}
