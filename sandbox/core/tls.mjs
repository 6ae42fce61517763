// A throw-away certificate authority for the HTTPS side. Node cannot write X.509 certificates
// itself, so the openssl command does it, in a directory that is removed at exit.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LEAF = `basicConstraints=CA:FALSE
keyUsage=digitalSignature,keyEncipherment
extendedKeyUsage=serverAuth
subjectAltName=DNS:localhost,IP:127.0.0.1
`;

export function makeCertificates() {
  const dir = mkdtempSync(join(tmpdir(), 'crm-sandbox-'));
  const remove = () => rmSync(dir, { recursive: true, force: true });
  const openssl = (...args) => execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' });
  try {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '30',
      '-subj', '/CN=crm_fdw sandbox CA', '-addext', 'keyUsage=critical,keyCertSign,cRLSign');
    openssl('req', ...key, '-keyout', 'leaf.key', '-out', 'leaf.csr', '-subj', '/CN=localhost');
    writeFileSync(join(dir, 'leaf.ext'), LEAF);
    openssl('x509', '-req', '-in', 'leaf.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key',
      '-CAcreateserial', '-out', 'leaf.pem', '-days', '30', '-extfile', 'leaf.ext');
  } catch (error) {
    remove();
    throw new Error(`openssl could not make the certificates: ${error.message}`);
  }
  return {
    dir,
    caFile: join(dir, 'ca.pem'),
    key: readFileSync(join(dir, 'leaf.key')),
    cert: readFileSync(join(dir, 'leaf.pem')),
    remove,
  };
}
