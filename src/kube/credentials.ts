/** What one request is authenticated with. */
export interface Credentials {
  /** The Authorization header. */
  readonly authorization?: string;
  readonly certificate?: ClientCertificate;
}

/** PEM. */
export interface ClientCertificate {
  readonly certificate: string;
  readonly key: string;
}

export interface CredentialSource {
  /** The credentials for the next request. Cheap where they are known and still valid. */
  current(): Promise<Credentials>;
  /** Forgets what the server has just refused; false where asking again cannot bring anything else. */
  invalidate(): boolean;
}
