import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { ClientCertificate } from './credentials.ts';
import { pemBlocks } from '../config/pem.ts';

/** Reason why a client certificate and a key cannot be used together. */
export interface PairFault {
  /** A clause. */
  readonly why: string;
  /** The field of the kubeconfig, or the fields, with the fault. */
  readonly fields: 'client-certificate' | 'client-key' | 'client-certificate and client-key';
  /** How to mend it, where that is more than to check the fields. */
  readonly advice?: string;
  readonly cause?: unknown;
}

const ENCRYPTED = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

/**
 * Checks that a key belongs to its certificate. Returns null if it does. TLS libraries differ in how they report that it does
 * not. OpenSSL accepts a key of another type (RSA, EC) than the certificate's, and then sends no certificate.
 */
export function pairFault({ certificate, key }: ClientCertificate): PairFault | null {
  const leaf = leafOf(certificate);
  if (leaf === null) return { why: 'the certificate is not in PEM format', fields: 'client-certificate' };
  if (ENCRYPTED.test(key)) {
    const advice = 'Decrypt it, for example with `openssl pkey -in KEY -out KEY.pem`.';
    return { why: 'the key is encrypted', fields: 'client-key', advice };
  }
  const [firstKey] = pemBlocks(key, 'PRIVATE KEY');
  if (firstKey === undefined) return { why: 'the key is not in PEM format', fields: 'client-key' };
  try {
    if (leaf.checkPrivateKey(createPrivateKey(firstKey))) return null;
  } catch (cause) {
    return { why: `the key cannot be read (${tlsReason(cause)})`, fields: 'client-key', cause };
  }
  return { why: 'the key does not belong to the certificate', fields: 'client-certificate and client-key' };
}

/** Returns the valid certificates of a text, as PEM. Like Go, it skips the others. */
export function readableCertificates(text: string): string[] {
  return pemBlocks(text, 'CERTIFICATE').filter((pem) => readCertificate(pem) !== null);
}

/** Returns the client's own certificate, the first of the chain, or null if it is invalid. */
export function leafOf(chain: string): X509Certificate | null {
  const [first = ''] = pemBlocks(chain, 'CERTIFICATE');
  return readCertificate(first);
}

function readCertificate(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}

/** Returns the reason of OpenSSL or BoringSSL in one wording: "ee key too small". */
export function tlsReason(error: unknown): string {
  const { reason, message } = error as Error & { readonly reason?: string };
  return (reason ?? message).replaceAll('_', ' ').toLowerCase();
}
