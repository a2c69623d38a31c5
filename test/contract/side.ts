import { load } from 'js-yaml';

/** One of the two that must answer alike: the stand-in, or a real cluster. */
export interface Side {
  readonly server: URL;
  /** PEM. */
  readonly authority: string;
  readonly administrator: Identity;
  /** Lets it forget all versions but the newest. */
  readonly compact: () => Promise<void>;
  /** Waits until a Pod has ended as its command does, where there is a kubelet; or does what that would. */
  readonly complete: (namespace: string, name: string) => Promise<void>;
  /** Gives the namespace of a Deployment of this name, which may be made in `namespace`. */
  readonly deployment: (name: string, namespace: string) => Promise<string>;
}

export type Identity =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'certificate'; readonly certificate: string; readonly key: string };

type Named<T extends string, U> = readonly ({ readonly name: string } & Readonly<Record<T, U>>)[];

interface Kubeconfig {
  readonly clusters: Named<
    'cluster',
    { readonly server: string; readonly 'certificate-authority-data': string }
  >;
  readonly users: Named<
    'user',
    {
      readonly token?: string;
      readonly 'client-certificate-data'?: string;
      readonly 'client-key-data'?: string;
    }
  >;
}

/** The only cluster of a kubeconfig, and its only user. */
export function readKubeconfig(text: string): Pick<Side, 'server' | 'authority' | 'administrator'> {
  const { clusters, users } = load(text) as Kubeconfig;
  const [{ cluster }, { user }] = [only(clusters), only(users)];
  const administrator: Identity =
    user.token === undefined
      ? {
          kind: 'certificate',
          certificate: decoded(user['client-certificate-data']),
          key: decoded(user['client-key-data']),
        }
      : { kind: 'token', token: user.token };
  return {
    server: new URL(cluster.server),
    authority: decoded(cluster['certificate-authority-data']),
    administrator,
  };
}

function only<T>(elements: readonly T[]): T {
  const [element] = elements;
  if (element === undefined || elements.length > 1)
    throw new Error('The kubeconfig is not of one cluster and one user.');
  return element;
}

function decoded(base64 = ''): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
