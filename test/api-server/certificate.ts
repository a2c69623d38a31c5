import { generate } from 'selfsigned';

/** PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** Signs the certificates of a server and of its users. */
export interface Authority extends Certificate {
  issue(options: IssueOptions): Promise<Certificate>;
}

export interface IssueOptions {
  readonly commonName: string;
  /** The names that a server's certificate is for; an IP address counts as one. */
  readonly names?: readonly string[];
  readonly expired?: boolean;
  /** Valid from tomorrow on. */
  readonly early?: boolean;
}

const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;

export async function createAuthority(commonName: string): Promise<Authority> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: commonName }], {
    algorithm: 'sha256',
    keyType: 'ec',
    notBeforeDate: daysFromNow(-30),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  });
  return { certificate: cert, key, issue: (options) => issue({ cert, key }, options) };
}

/** Signed by itself. */
export function selfSigned(options: IssueOptions): Promise<Certificate> {
  return issue(null, options);
}

async function issue(
  ca: { readonly cert: string; readonly key: string } | null,
  { commonName, names = [], expired = false, early = false }: IssueOptions,
): Promise<Certificate> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: commonName }], {
    algorithm: 'sha256',
    keyType: 'ec',
    notBeforeDate: daysFromNow(early ? 1 : -20),
    notAfterDate: daysFromNow(expired ? -10 : 20),
    ...(ca === null ? {} : { ca: { ...ca } }),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      ...(names.length === 0 ? [] : [{ name: 'subjectAltName' as const, altNames: names.map(altName) }]),
    ],
  });
  return { certificate: cert, key };
}

function altName(name: string): { readonly type: 2; value: string } | { readonly type: 7; ip: string } {
  return /^[\d.]+$|:/.test(name) ? { type: 7, ip: name } : { type: 2, value: name };
}

function daysFromNow(days: number): Date {
  return new Date(Date.now() + days * DAY_MILLISECONDS);
}
